using System.Buffers.Binary;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_DEVMAP and BPF_MAP_TYPE_DEVMAP_HASH: where bpf_redirect_map sends packets.</summary>
/// <remarks>
/// A value is an ifindex, optionally followed by a program id. Whether the device exists is the networking side's question.
/// Source: Linux 6.12 kernel/bpf/devmap.c.
/// </remarks>
public sealed unsafe class DevMap : Map
{
    private readonly Map _slots;

    internal DevMap(MapSpec spec, int cpuCount)
        : base(spec, cpuCount)
    {
        var layout = new ValueLayout(8, []);
        var inside = spec with { ValueSize = 8 };
        _slots = spec.Type == MapType.DevMap ? new ArrayMap(inside, cpuCount, layout) : new HashMap(inside, cpuCount, layout, perCpu: false);
    }

    /// <summary>Address of the value (ifindex, program id) a key leads to, or 0.</summary>
    public override ulong ProgramLookup(ExecContext x, ulong key)
    {
        ulong slot = _slots.ProgramLookup(x, key);
        return slot == 0 || Native.Ref<int>(slot) == 0 ? 0 : slot;
    }

    /// <summary>The ifindex at a key; 0 when there is none. For the packet path.</summary>
    public int IfindexAt(ExecContext x, uint key)
    {
        ulong slot = ProgramLookup(x, (ulong)&key);
        return slot == 0 ? 0 : Native.Ref<int>(slot);
    }

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        Span<byte> slot = stackalloc byte[8];
        var errno = _slots.Lookup(key, slot, flags);
        if (errno != Errno.None) return errno;
        if (BinaryPrimitives.ReadInt32LittleEndian(slot) == 0) return Errno.ENOENT;
        slot[..(int)Spec.ValueSize].CopyTo(value);
        return Errno.None;
    }

    /// <summary>BPF_MAP_UPDATE_ELEM with a descriptor of a program as the second half of the value.</summary>
    /// <param name="key">Key.</param>
    /// <param name="value">ifindex, and program when the map has one.</param>
    /// <param name="flags">Update flags.</param>
    /// <param name="exists">Looks whether an interface number is a device of the caller's network namespace.</param>
    /// <returns>EINVAL also for a device there is not, and for any program: those of device maps are not simulated.</returns>
    public Errno Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, Func<uint, bool> exists)
    {
        ArgumentNullException.ThrowIfNull(exists);
        Span<byte> slot = stackalloc byte[8];
        var errno = Check(key, value, flags, slot);
        if (errno != Errno.None) return errno;
        uint ifindex = BinaryPrimitives.ReadUInt32LittleEndian(slot);
        if (Type == MapType.DevMapHash && flags == MapUpdateFlags.NoExist && _slots.Lookup(key, stackalloc byte[8], 0) == Errno.None) return Errno.EEXIST;
        if (ifindex != 0 && (!exists(ifindex) || BinaryPrimitives.ReadInt32LittleEndian(slot[4..]) > 0)) return Errno.EINVAL;
        // What is read is a program's id; there is none.
        BinaryPrimitives.WriteInt32LittleEndian(slot[4..], 0);
        return Put(key, slot, flags);
    }

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        Span<byte> slot = stackalloc byte[8];
        var errno = Check(key, value, flags, slot);
        return errno != Errno.None ? errno : Put(key, slot, flags);
    }

    private Errno Check(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, Span<byte> slot)
    {
        if (flags > MapUpdateFlags.Exist) return Errno.EINVAL;
        if (Type == MapType.DevMap && BinaryPrimitives.ReadUInt32LittleEndian(key) >= Spec.MaxEntries) return Errno.E2BIG;
        if (Type == MapType.DevMap && flags == MapUpdateFlags.NoExist) return Errno.EEXIST;
        slot.Clear();
        value[..(int)Spec.ValueSize].CopyTo(slot);
        // In an array, ifindex 0 empties the slot; it cannot come with a program.
        bool empties = BinaryPrimitives.ReadInt32LittleEndian(slot) == 0;
        return empties && (Type == MapType.DevMapHash || BinaryPrimitives.ReadInt32LittleEndian(slot[4..]) > 0) ? Errno.EINVAL : Errno.None;
    }

    // The hashed kind inserts under BPF_EXIST too.
    private Errno Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> slot, ulong flags) => _slots.Update(key, slot, flags == MapUpdateFlags.Exist ? MapUpdateFlags.Any : flags);

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key)
    {
        if (Type == MapType.DevMapHash) return _slots.Delete(key);
        if (BinaryPrimitives.ReadUInt32LittleEndian(key) >= Spec.MaxEntries) return Errno.EINVAL;
        return _slots.Update(key, stackalloc byte[8]);
    }

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => _slots.NextKey(key, next);

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access) => access == MemoryAccess.Read && _slots.Allows(address, bytes, access);

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        _slots.Dispose();
        base.OnDispose();
    }
}
