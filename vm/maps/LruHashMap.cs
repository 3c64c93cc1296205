using Vm.Abi;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_LRU_HASH and BPF_MAP_TYPE_LRU_PERCPU_HASH: a full map makes room by dropping an element nobody looked at lately.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/hashtab.c, htab_lru_map_update_elem, __htab_lru_percpu_map_update_elem; order: <see cref="LruOrder"/>.</remarks>
public sealed class LruHashMap : HashMapBase
{
    private readonly LruOrder _order;
    private readonly System.Collections.BitArray _linked;

    internal LruHashMap(MapSpec spec, int cpuCount, ValueLayout layout, bool perCpu)
        : base(spec, cpuCount, layout, perCpu, Capacity(spec, cpuCount))
    {
        _linked = new((int)Table.Count);
        _order = new LruOrder(spec, (int)Table.Count, cpuCount, Evict);
    }

    private protected override Errno Write(int cpu, ulong key, ulong value, ulong flags, bool everyCpu)
    {
        if (flags > MapUpdateFlags.Exist) return Errno.EINVAL;
        uint hash = Table.Hash(key);
        Gate.Enter();
        var errno = PerCpu ? WritePerCpu(cpu, key, hash, value, flags, everyCpu) : WriteOne(cpu, key, hash, value, flags);
        Gate.Exit();
        return errno;
    }

    private protected override void OnLookup(int node) => _order.Touch(node);

    private protected override void Free(int node)
    {
        _linked[node] = false;
        _order.Push(node);
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        base.OnDispose();
        _order.Dispose();
    }

    // An element is taken first, even when the key turns out to be there already: that may evict a third one.
    private Errno WriteOne(int cpu, ulong key, uint hash, ulong value, ulong flags)
    {
        int node = _order.Pop(cpu);
        if (node < 0) return Errno.ENOMEM;
        FillNew(node, cpu, value, everyCpu: false);
        int old = Table.Find(key, hash);
        var errno = CheckExistence(old >= 0, flags);
        if (errno != Errno.None)
        {
            _order.Push(node);
            return errno;
        }
        LinkNew(node, key, hash);
        if (old < 0) return Errno.None;
        _order.Touch(node);
        Table.Unlink(old);
        Count--;
        ReleaseSpecial(old);
        Free(old);
        return Errno.None;
    }

    private Errno WritePerCpu(int cpu, ulong key, uint hash, ulong value, ulong flags, bool everyCpu)
    {
        int node = flags == MapUpdateFlags.Exist ? -1 : _order.Pop(cpu);
        if (node < 0 && flags != MapUpdateFlags.Exist) return Errno.ENOMEM;
        int old = Table.Find(key, hash);
        var errno = CheckExistence(old >= 0, flags);
        if (errno == Errno.None && old >= 0)
        {
            _order.Touch(old);
            WriteCopies(old, cpu, value, everyCpu);
        }
        else if (errno == Errno.None)
        {
            FillNew(node, cpu, value, everyCpu);
            LinkNew(node, key, hash);
            node = -1;
        }
        if (node >= 0) _order.Push(node);
        return errno;
    }

    private void LinkNew(int node, ulong key, uint hash)
    {
        Table.Link(node, key, hash);
        _linked[node] = true;
        Count++;
    }

    private bool Evict(int node)
    {
        if (!_linked[node]) return false;
        Table.Unlink(node);
        _linked[node] = false;
        Count--;
        ReleaseSpecial(node);
        return true;
    }

    // With a list for each CPU the capacity becomes a multiple of their number. Source: hashtab.c, htab_map_alloc.
    private static long Capacity(MapSpec spec, int cpuCount) =>
        (spec.Flags & MapFlags.NoCommonLru) == 0 ? spec.MaxEntries : ((long)spec.MaxEntries + cpuCount - 1) / cpuCount * cpuCount;
}
