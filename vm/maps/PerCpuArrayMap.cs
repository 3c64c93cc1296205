using System.Buffers.Binary;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_PERCPU_ARRAY: every CPU sees its own copy of each entry.</summary>
/// <remarks>User space reads and writes all copies at once. Source: Linux 6.12 kernel/bpf/arraymap.c, percpu_array_map_lookup_elem, bpf_percpu_array_copy.</remarks>
public sealed class PerCpuArrayMap : Map
{
    private readonly NativeBlock _values;
    private readonly ValueLayout _layout;

    internal PerCpuArrayMap(MapSpec spec, int cpuCount, ValueLayout layout)
        : base(spec, cpuCount)
    {
        _layout = layout;
        Stride = (int)((spec.ValueSize + 7) & ~7u);
        // Copies of different CPUs start on different cache lines.
        CpuStride = ((long)Stride * spec.MaxEntries + 63) & ~63L;
        _values = MapMemory.Allocate(spec, CpuStride * cpuCount);
    }

    /// <summary>Address of entry 0 of CPU 0.</summary>
    public ulong ValueBase => _values.Address;

    /// <summary>Bytes from one entry to the next of the same CPU.</summary>
    public int Stride { get; }

    /// <summary>Bytes from a CPU's copies to the next CPU's.</summary>
    public long CpuStride { get; }

    /// <inheritdoc/>
    public override int UserValueBytes => Stride * CpuCount;

    /// <inheritdoc/>
    public override ulong ProgramLookup(ExecContext x, ulong key)
    {
        uint index = Native.Ref<uint>(key);
        return index < Spec.MaxEntries ? AddressOf(index, x.Cpu) : 0;
    }

    /// <summary>bpf_map_lookup_percpu_elem: the copy of another CPU, or 0 when there is no such CPU or index.</summary>
    public ulong LookupOn(int cpu, ulong key)
    {
        uint index = Native.Ref<uint>(key);
        return index < Spec.MaxEntries && (uint)cpu < (uint)CpuCount ? AddressOf(index, cpu) : 0;
    }

    /// <inheritdoc/>
    public override long ProgramUpdate(ExecContext x, ulong key, ulong value, ulong flags)
    {
        uint index = Native.Ref<uint>(key);
        // Programs share the checks of plain arrays, where a lock is a flag known but of no use here; user space does not.
        bool locks = (flags & MapUpdateFlags.Lock) != 0;
        var errno = CheckIndex(index, flags & ~MapUpdateFlags.Lock);
        if (locks && errno == Errno.None) errno = Errno.EINVAL;
        if (errno != Errno.None) return -(long)errno;
        _layout.Copy(value, AddressOf(index, x.Cpu));
        return 0;
    }

    /// <inheritdoc/>
    public override long ProgramDelete(ExecContext x, ulong key) => -(long)Errno.EINVAL;

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (flags != 0) return Errno.EINVAL;
        if (index >= Spec.MaxEntries) return Errno.ENOENT;
        for (int cpu = 0; cpu < CpuCount; cpu++) _layout.CopyWordsOut(AddressOf(index, cpu), value.Slice(cpu * Stride, Stride));
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        var errno = CheckIndex(index, flags);
        if (errno != Errno.None) return errno;
        for (int cpu = 0; cpu < CpuCount; cpu++) _layout.CopyWordsIn(value.Slice(cpu * Stride, Stride), AddressOf(index, cpu));
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key) => Errno.EINVAL;

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => ArrayKeys.Next(key, next, Spec.MaxEntries);

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (!_values.Contains(address, bytes)) return false;
        ulong ofCpu = (address - ValueBase) % (ulong)CpuStride;
        return ofCpu < (ulong)Stride * Spec.MaxEntries && ofCpu % (ulong)Stride + (ulong)bytes <= Spec.ValueSize;
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        for (int cpu = 0; cpu < CpuCount && _layout.Special.Count > 0; cpu++)
        {
            for (uint index = 0; index < Spec.MaxEntries; index++) _layout.ReleaseSpecial(AddressOf(index, cpu));
        }
        _values.Dispose();
        base.OnDispose();
    }

    private ulong AddressOf(uint index, int cpu) => ValueBase + (ulong)(cpu * CpuStride) + (ulong)index * (ulong)Stride;

    private Errno CheckIndex(uint index, ulong flags)
    {
        if (flags > MapUpdateFlags.Exist) return Errno.EINVAL;
        if (index >= Spec.MaxEntries) return Errno.E2BIG;
        return flags == MapUpdateFlags.NoExist ? Errno.EEXIST : Errno.None;
    }
}
