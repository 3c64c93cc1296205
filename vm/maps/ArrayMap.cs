using System.Buffers.Binary;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_ARRAY, and the one-entry maps that hold global variables.</summary>
/// <remarks>
/// All entries exist from the start, zeroed; nothing can be deleted. A lookup is one comparison and one multiplication, which the
/// JIT emits in place. Source: Linux 6.12 kernel/bpf/arraymap.c, array_map_lookup_elem, array_map_update_elem.
/// </remarks>
public sealed class ArrayMap : Map
{
    private readonly NativeBlock _values;
    private readonly ValueLayout _layout;

    /// <summary>Makes the array. The spec has been checked.</summary>
    internal ArrayMap(MapSpec spec, int cpuCount, ValueLayout layout)
        : base(spec, cpuCount)
    {
        _layout = layout;
        Stride = (int)((spec.ValueSize + 7) & ~7u);
        _values = MapMemory.Allocate(spec, (long)Stride * spec.MaxEntries);
    }

    /// <summary>Address of entry 0.</summary>
    public ulong ValueBase => _values.Address;

    /// <summary>Bytes from one entry to the next: the value size rounded up to 8.</summary>
    public int Stride { get; }

    /// <inheritdoc/>
    public override ulong ProgramLookup(ExecContext x, ulong key)
    {
        uint index = Native.Ref<uint>(key);
        return index < Spec.MaxEntries ? AddressOf(index) : 0;
    }

    /// <inheritdoc/>
    public override long ProgramUpdate(ExecContext x, ulong key, ulong value, ulong flags)
    {
        uint index = Native.Ref<uint>(key);
        var errno = Check(index, flags);
        if (errno != Errno.None) return -(long)errno;
        _layout.Copy(value, AddressOf(index));
        _layout.ReleaseSpecial(AddressOf(index));
        return 0;
    }

    /// <inheritdoc/>
    public override long ProgramDelete(ExecContext x, ulong key) => -(long)Errno.EINVAL;

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (!_layout.AllowsLookup(flags)) return Errno.EINVAL;
        if (index >= Spec.MaxEntries) return Errno.ENOENT;
        _layout.CopyOut(AddressOf(index), value);
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        var errno = Check(index, flags);
        if (errno != Errno.None) return errno;
        _layout.CopyIn(value, AddressOf(index));
        _layout.ReleaseSpecial(AddressOf(index));
        return errno;
    }

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key) => Errno.EINVAL;

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => ArrayKeys.Next(key, next, Spec.MaxEntries);

    /// <inheritdoc/>
    public override bool TryElementOf(ulong field, out ulong key, out uint index, out ulong value)
    {
        key = 0;
        index = (uint)((field - ValueBase) / (ulong)Stride);
        value = AddressOf(index);
        return _values.Contains(field, 1);
    }

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (!_values.Contains(address, bytes)) return false;
        ulong within = (address - ValueBase) % (ulong)Stride;
        return within + (ulong)bytes <= Spec.ValueSize;
    }

    /// <inheritdoc/>
    protected override void OnUserless()
    {
        for (uint index = 0; index < Spec.MaxEntries && _layout.HasAsync; index++) _layout.ReleaseAsync(AddressOf(index));
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        for (uint index = 0; index < Spec.MaxEntries && _layout.Special.Count > 0; index++) _layout.ReleaseSpecial(AddressOf(index));
        _values.Dispose();
        base.OnDispose();
    }

    private ulong AddressOf(uint index) => ValueBase + (ulong)index * (ulong)Stride;

    private Errno Check(uint index, ulong flags)
    {
        if ((flags & ~MapUpdateFlags.Lock) > MapUpdateFlags.Exist) return Errno.EINVAL;
        if (index >= Spec.MaxEntries) return Errno.E2BIG;
        if ((flags & MapUpdateFlags.NoExist) != 0) return Errno.EEXIST;
        return (flags & MapUpdateFlags.Lock) != 0 && !_layout.HasSpinLock ? Errno.EINVAL : Errno.None;
    }
}

/// <summary>Key order of everything that is indexed by a u32.</summary>
internal static class ArrayKeys
{
    /// <summary>BPF_MAP_GET_NEXT_KEY of arrays: an absent or too large key restarts at 0. Source: kernel/bpf/arraymap.c, array_map_get_next_key.</summary>
    public static Errno Next(ReadOnlySpan<byte> key, Span<byte> next, uint maxEntries)
    {
        uint index = key.IsEmpty ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index < maxEntries && index == maxEntries - 1) return Errno.ENOENT;
        BinaryPrimitives.WriteUInt32LittleEndian(next, index >= maxEntries ? 0 : index + 1);
        return Errno.None;
    }
}

/// <summary>Memory for maps, with the refusal a person can read.</summary>
internal static class MapMemory
{
    /// <summary>Most bytes one map may take.</summary>
    private const long Limit = 16L << 30;

    /// <summary>Allocates zeroed memory for a map, at least one byte.</summary>
    public static NativeBlock Allocate(MapSpec spec, long bytes)
    {
        if (bytes > Limit) throw TooLarge(spec, bytes, null);
        try
        {
            return new NativeBlock(Math.Max(bytes, 1));
        }
        catch (InsufficientMemoryException refused)
        {
            throw TooLarge(spec, bytes, refused);
        }
    }

    /// <summary>Managed slots of a map that holds objects rather than bytes, all empty.</summary>
    public static T?[] Slots<T>(MapSpec spec) where T : class
    {
        long bytes = (long)spec.MaxEntries * IntPtr.Size;
        if (spec.MaxEntries > Array.MaxLength) throw TooLarge(spec, bytes, null);
        try
        {
            return new T?[spec.MaxEntries];
        }
        catch (OutOfMemoryException refused)
        {
            throw TooLarge(spec, bytes, refused);
        }
    }

    private static MapSpecException TooLarge(MapSpec spec, long bytes, Exception? refused) =>
        new("map", spec.Name, $"{spec.MaxEntries} entries need {bytes} bytes, more than can be had; lower max_entries" + (refused is null ? "" : $" ({refused.Message})"), Errno.ENOMEM);
}
