using Vm.Abi;

namespace Sim.Live;

/// <summary>Finds out whether this machine's kernel can be asked.</summary>
internal static class KernelProbe
{
    private static readonly Lazy<string?> s_answer = new(Ask);

    /// <summary>Why the kernel cannot be asked, in one sentence; null when it can. Asked once a process.</summary>
    public static string? WhyNot() => s_answer.Value;

    private static string? Ask()
    {
        if (!OperatingSystem.IsLinux()) return "the kernel cannot be asked: this is not Linux, and bpf(2) is a Linux system call";
        if (!BitConverter.IsLittleEndian || !Environment.Is64BitProcess) return "the kernel cannot be asked: only 64-bit little-endian machines are supported";
        var create = new MapCreateAttr { MapType = (uint)MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        var errno = BpfSyscall.Call(BpfCommand.MapCreate, ref create, out int descriptor);
        if (errno != Errno.None)
        {
            return errno switch
            {
                Errno.EPERM => "the kernel cannot be asked: bpf(2) is refused (EPERM); run as root or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, outside a container that filters it",
                Errno.ENOSYS => "the kernel cannot be asked: it has no bpf(2) (ENOSYS), or a sandbox hides it",
                _ => $"the kernel cannot be asked: bpf(2) refuses to make a map ({errno})",
            };
        }
        new KernelHandle(descriptor).Dispose();
        return KernelTarget.WhyNot();
    }
}
