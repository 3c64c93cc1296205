using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_CGROUP_STORAGE and its per-CPU form: a value for the cgroup a program is attached to.</summary>
/// <remarks>
/// There are no cgroups here, so there is one value: that of a cgroup which all programs are attached to and user space cannot name. It is
/// zero at first and kept from run to run; a test run begins with a fresh one. Source: Linux 6.12 kernel/bpf/local_storage.c; net/bpf/test_run.c, bpf_test_run.
/// </remarks>
public sealed class CgroupStorageMap : Map
{
    private readonly NativeBlock _values;
    private readonly long _cpuStride;
    private ulong _testRun;

    internal CgroupStorageMap(MapSpec spec, int cpuCount)
        : base(spec, cpuCount)
    {
        _cpuStride = PerCpu ? (spec.ValueSize + 63L) & ~63L : 0;
        _values = MapMemory.Allocate(spec, PerCpu ? _cpuStride * cpuCount : spec.ValueSize);
    }

    /// <summary>True for the form with a value a CPU.</summary>
    public bool PerCpu => Type == MapType.PerCpuCgroupStorage;

    /// <inheritdoc/>
    public override int UserValueBytes => PerCpu ? (int)((Spec.ValueSize + 7) & ~7u) * CpuCount : (int)Spec.ValueSize;

    /// <summary>bpf_get_local_storage: address of the value; never 0.</summary>
    public ulong Local(ExecContext x)
    {
        if (_testRun != x.TestRuns)
        {
            _testRun = x.TestRuns;
            Native.Clear(_values.Address, PerCpu ? (int)_cpuStride * CpuCount : (int)Spec.ValueSize);
        }
        return _values.Address + (ulong)(x.Cpu * _cpuStride);
    }

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => Errno.ENOENT;

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) =>
        (flags & ~(MapUpdateFlags.Lock | MapUpdateFlags.Exist)) != 0 ? Errno.EINVAL : Errno.ENOENT;

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key) => Errno.EINVAL;

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => Errno.ENOENT;

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (!_values.Contains(address, bytes)) return false;
        ulong within = address - _values.Address;
        if (_cpuStride > 0) within %= (ulong)_cpuStride;
        return within + (ulong)bytes <= Spec.ValueSize;
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        _values.Dispose();
        base.OnDispose();
    }
}
