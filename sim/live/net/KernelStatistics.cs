using System.Runtime.InteropServices;
using Vm.Abi;

namespace Sim.Live.Net;

/// <summary>Lets the kernel count runs of programs while this object lives; it stops by itself when the process ends.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_enable_runtime_stats.</remarks>
internal sealed class KernelStatistics : IDisposable
{
    private readonly KernelHandle _handle;

    public KernelStatistics()
    {
        var attributes = new EnableStatsAttr();
        var errno = BpfSyscall.Call(BpfCommand.EnableStats, ref attributes, out int descriptor);
        if (errno != Errno.None) throw new KernelRefusedException("kernel", "statistics", $"the kernel refuses to count runs of programs ({errno})", errno);
        _handle = new KernelHandle(descriptor);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}

/// <summary>BPF_ENABLE_STATS; type 0 is run time.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EnableStatsAttr
{
    public uint Type;
}
