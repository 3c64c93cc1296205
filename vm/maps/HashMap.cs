using Vm.Abi;
using Vm.Memory;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_HASH and BPF_MAP_TYPE_PERCPU_HASH: fixed capacity, E2BIG when full.</summary>
/// <remarks>
/// Replacing a value puts a new element in front and retires the old one, so a pointer that was looked up before keeps showing the old
/// value until its element is used again, as with a preallocated kernel map. Per-CPU values are replaced in place.
/// Source: Linux 6.12 kernel/bpf/hashtab.c, htab_map_update_elem, alloc_htab_elem.
/// </remarks>
public sealed class HashMap : HashMapBase
{
    private readonly NativeBlock _freeLinks;
    private int _free;
    private int _spare;
    private int _fresh;

    internal HashMap(MapSpec spec, int cpuCount, ValueLayout layout, bool perCpu)
        : base(spec, cpuCount, layout, perCpu, (long)spec.MaxEntries + 1)
    {
        _freeLinks = MapMemory.Allocate(spec, 4L * (spec.MaxEntries + 1L));
        _free = -1;
        _spare = 0;
        _fresh = 1;
    }

    private protected override Errno Write(int cpu, ulong key, ulong value, ulong flags, bool everyCpu)
    {
        if ((flags & ~MapUpdateFlags.Lock) > MapUpdateFlags.Exist) return Errno.EINVAL;
        if ((flags & MapUpdateFlags.Lock) != 0 && (PerCpu || !Layout.HasSpinLock)) return Errno.EINVAL;
        uint hash = Table.Hash(key);
        Gate.Enter();
        var errno = WriteHeld(cpu, key, hash, value, flags, everyCpu);
        Gate.Exit();
        return errno;
    }

    private Errno WriteHeld(int cpu, ulong key, uint hash, ulong value, ulong flags, bool everyCpu)
    {
        int old = Table.Find(key, hash);
        var errno = CheckExistence(old >= 0, flags);
        if (errno != Errno.None) return errno;
        if (old >= 0 && PerCpu)
        {
            WriteCopies(old, cpu, value, everyCpu);
            return Errno.None;
        }
        if (old >= 0 && (flags & MapUpdateFlags.Lock) != 0)
        {
            Layout.Copy(value, Table.ValueOf(old));
            return Errno.None;
        }
        int node = old >= 0 ? _spare : Take();
        if (node < 0) return Errno.E2BIG;
        FillNew(node, cpu, value, everyCpu);
        Table.Link(node, key, hash);
        if (old < 0)
        {
            Count++;
            return Errno.None;
        }
        Table.Unlink(old);
        ReleaseSpecial(old);
        _spare = old;
        return Errno.None;
    }

    private protected override void Free(int node)
    {
        LinkOf(node) = _free;
        _free = node;
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        base.OnDispose();
        _freeLinks.Dispose();
    }

    // The last element freed is the first one used again, as on the kernel's per-CPU free lists.
    private int Take()
    {
        if (Count == Spec.MaxEntries) return -1;
        if (_free < 0) return _fresh++;
        int node = _free;
        _free = LinkOf(node);
        return node;
    }

    private ref int LinkOf(int node) => ref Native.Ref<int>(_freeLinks.Address + 4ul * (ulong)node);
}
