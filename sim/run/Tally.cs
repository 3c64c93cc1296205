namespace Sim.Run;

/// <summary>Counts how often each of a few things happened. Counting what was counted last is a comparison; nothing is allocated for what was seen before.</summary>
/// <typeparam name="TKey">What is counted.</typeparam>
internal sealed class Tally<TKey> where TKey : struct, IEquatable<TKey>
{
    private readonly Dictionary<TKey, int> _places = [];
    private (TKey Key, long Count)[] _counts = new (TKey, long)[8];
    private int _last;

    /// <summary>One more of these.</summary>
    public void Count(in TKey key)
    {
        ref var last = ref _counts[_last];
        if (last.Count > 0 && last.Key.Equals(key)) last.Count++;
        else CountElse(key);
    }

    /// <summary>What was counted since the last time, in the order in which it was first seen; all counts are 0 afterwards.</summary>
    public IReadOnlyList<(TKey Key, long Count)> Take()
    {
        (TKey Key, long Count)[] taken = [.. _counts.AsSpan(0, _places.Count)];
        foreach (ref var counted in _counts.AsSpan()) counted.Count = 0;
        return [.. taken.Where(counted => counted.Count > 0)];
    }

    private void CountElse(in TKey key)
    {
        if (!_places.TryGetValue(key, out _last))
        {
            _last = _places.Count;
            _places.Add(key, _last);
            if (_last == _counts.Length) Array.Resize(ref _counts, 2 * _last);
            _counts[_last].Key = key;
        }
        _counts[_last].Count++;
    }
}
