using System.Runtime.InteropServices;
using Vm.Abi;

namespace Sim.Live;

/// <summary>The capabilities bpf(2) asks about, of the calling thread: taken away, and given back to one that may have them.</summary>
/// <remarks>Others stay as they are. Source: capset(2); Linux 6.12 include/uapi/linux/capability.h.</remarks>
internal static class ThreadCapabilities
{
    private const uint Version = 0x20080522;

    /// <summary>Makes exactly these effective, of the four there are.</summary>
    /// <exception cref="KernelRefusedException">The thread may not have one of them.</exception>
    public static void Set(Capabilities wanted)
    {
        uint[] header = [Version, 0];
        // Effective, permitted, inheritable; the low half of each, then the high half.
        var sets = new uint[6];
        Check(CapGet(header, sets));
        (sets[0], sets[3]) = (Among(sets[0], unchecked((uint)Capabilities.All), unchecked((uint)wanted)), Among(sets[3], (uint)((ulong)Capabilities.All >> 32), (uint)((ulong)wanted >> 32)));
        Check(CapSet(header, sets));
    }

    private static uint Among(uint all, uint asked, uint wanted) => (all & ~asked) | wanted;

    private static void Check(int result)
    {
        if (result == 0) return;
        var errno = (Errno)Marshal.GetLastPInvokeError();
        throw new KernelRefusedException("script", "become", $"the kernel does not give these capabilities ({errno})", errno);
    }

    [DllImport("libc", EntryPoint = "capget", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CapGet(uint[] header, [Out] uint[] sets);

    [DllImport("libc", EntryPoint = "capset", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CapSet(uint[] header, uint[] sets);
}
