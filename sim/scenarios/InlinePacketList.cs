using System.Collections;

namespace Sim.Scenarios;

/// <summary>The packets of a replay as a scenario writes them; what is repeated is kept once.</summary>
internal sealed class InlinePacketList : IReadOnlyList<InlinePacket>
{
    /// <summary>Most packets of one replay.</summary>
    public const int MostPackets = 100_000_000;

    private readonly List<Run> _runs = [];

    /// <summary>Packets, repeats included.</summary>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public InlinePacket this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            int low = 0, high = _runs.Count - 1;
            while (low < high)
            {
                int middle = (low + high + 1) / 2;
                if (_runs[middle].First <= index) low = middle;
                else high = middle - 1;
            }
            return _runs[low].At(index - _runs[low].First);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<InlinePacket> GetEnumerator()
    {
        foreach (var run in _runs)
        {
            for (int i = 0; i < run.Repeat; i++) yield return run.At(i);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds a packet a number of times; false when that would be more than <see cref="MostPackets"/>.</summary>
    /// <param name="packet">The first of them.</param>
    /// <param name="repeat">How often.</param>
    /// <param name="everyNs">Time from one to the next, when the first has one; null: as packets without a time.</param>
    internal bool TryAdd(InlinePacket packet, int repeat, long? everyNs)
    {
        if (repeat > MostPackets - Count) return false;
        _runs.Add(new Run(Count, packet, repeat, everyNs));
        Count += repeat;
        return true;
    }

    private readonly record struct Run(int First, InlinePacket Packet, int Repeat, long? EveryNs)
    {
        public InlinePacket At(int i) => i == 0 ? Packet : new InlinePacket(Packet.Bytes, EveryNs is { } step && Packet.TimestampNs is { } start ? start + i * step : null);
    }
}
