using System.Diagnostics.CodeAnalysis;

namespace Vm.Kernel;

/// <summary>Objects of one kind by id. Ids go up from 1 and come round only after <see cref="int.MaxValue"/>, so that an old id names nothing.</summary>
/// <remarks>Thread-safe; O(log n). Source: Linux 6.12 kernel/bpf/syscall.c, idr_alloc_cyclic in bpf_prog_alloc_id and its brothers.</remarks>
/// <typeparam name="T">Kind.</typeparam>
public sealed class IdTable<T> where T : class, IKernelObject
{
    private readonly Lock _gate = new();
    private readonly SortedSet<uint> _ids = [];
    private readonly Dictionary<uint, T> _objects = [];
    private uint _last;

    /// <summary>Objects that have an id.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _objects.Count;
        }
    }

    /// <summary>Those that are live, by id.</summary>
    public IReadOnlyList<T> All
    {
        get
        {
            lock (_gate) return [.. _ids.Select(id => _objects[id]).Where(one => one.IsLive)];
        }
    }

    /// <summary>Gives an object the next free id.</summary>
    public void Add(T made)
    {
        ArgumentNullException.ThrowIfNull(made);
        lock (_gate)
        {
            do _last = _last >= int.MaxValue ? 1 : _last + 1;
            while (!_ids.Add(_last));
            made.Id = _last;
            _objects.Add(_last, made);
        }
    }

    /// <summary>Forgets an object; nothing happens when it is not there.</summary>
    public void Remove(T gone)
    {
        ArgumentNullException.ThrowIfNull(gone);
        lock (_gate)
        {
            if (_objects.GetValueOrDefault(gone.Id) != gone) return;
            _objects.Remove(gone.Id);
            _ids.Remove(gone.Id);
        }
    }

    /// <summary>The live object with an id; whoever keeps it must hold it.</summary>
    public bool TryGet(uint id, [NotNullWhen(true)] out T? found)
    {
        lock (_gate) return _objects.TryGetValue(id, out found) && found.IsLive;
    }

    /// <summary>The object with an id, held for the caller.</summary>
    public bool TryHold(uint id, [NotNullWhen(true)] out T? held) => TryGet(id, out held) && held.TryHold();

    /// <summary>The smallest id above another; false when there is none.</summary>
    public bool TryNext(uint after, out uint next)
    {
        lock (_gate)
        {
            while (after < int.MaxValue)
            {
                using var rest = _ids.GetViewBetween(after + 1, int.MaxValue).GetEnumerator();
                if (!rest.MoveNext()) break;
                after = next = rest.Current;
                if (_objects[next].IsLive) return true;
            }
        }
        next = 0;
        return false;
    }
}
