using Vm.Abi;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Reads of any address, with care: what is not there is an error, not a fault.</summary>
/// <remarks>
/// Kernel memory is what the simulated kernel has: maps, packets, the stack. There is no user space behind a program here, so its memory is
/// never there. Source: Linux 6.12 kernel/trace/bpf_trace.c, bpf_probe_read_kernel and kin.
/// </remarks>
public static class ProbeHelpers
{
    private const int KernelHalfShift = 47;
    private const ulong KernelHalf = 0x1ffff;
    private const CallFlags Flags = CallFlags.GplOnly | CallFlags.NeedsPerfmon;

    /// <summary>Copies kernel memory: 0; EFAULT or ERANGE, with the buffer zeroed, when it is not there.</summary>
    [Helper(HelperId.ProbeReadKernel, Flags = Flags)]
    public static long ReadKernel(ExecContext x, [OrZero] Span<byte> to, ulong address)
    {
        // Whether an address may be the kernel's is asked even when nothing is to be copied from it.
        Span<byte> one = stackalloc byte[1];
        if (GuestAccess.TryCopy(address, x, to.IsEmpty ? one : to)) return 0;
        to.Clear();
        return -(long)WhyNot(address);
    }

    /// <summary>Why there is nothing at an address: ERANGE outside the kernel's half, EFAULT in it. Source: arch/x86/mm/maccess.c, copy_from_kernel_nofault_allowed.</summary>
    internal static Errno WhyNot(ulong address) => address >> KernelHalfShift == KernelHalf ? Errno.EFAULT : Errno.ERANGE;

    /// <summary>Copies a NUL-terminated string of kernel memory, cut to what fits.</summary>
    /// <returns>Bytes with the NUL; EFAULT or ERANGE, with the buffer zeroed, when it is not there.</returns>
    [Helper(HelperId.ProbeReadKernelStr, Flags = Flags)]
    public static long ReadKernelString(ExecContext x, [OrZero] Span<byte> to, ulong address)
    {
        for (int i = 0; i < to.Length; i++)
        {
            if (!GuestAccess.TryCopy(address + (ulong)i, x, to.Slice(i, 1)))
            {
                to.Clear();
                return -(long)WhyNot(address);
            }
            if (to[i] == 0) return i + 1;
        }
        if (!to.IsEmpty) to[^1] = 0;
        return to.Length;
    }

    /// <summary>Copies user memory: EFAULT, with the buffer zeroed.</summary>
    [Helper(HelperId.ProbeReadUser, Flags = Flags)]
    public static long ReadUser([OrZero] Span<byte> to, ulong address)
    {
        to.Clear();
        return to.IsEmpty ? 0 : -(long)Errno.EFAULT;
    }

    /// <summary>Copies a string of user memory: EFAULT, with the buffer zeroed.</summary>
    [Helper(HelperId.ProbeReadUserStr, Flags = Flags)]
    public static long ReadUserString([OrZero] Span<byte> to, ulong address) => ReadUser(to, address);
}
