using System.Runtime.InteropServices;
using Vm.Helpers;

namespace Sim.Live;

/// <summary>The calling thread's name in the kernel: what bpf_get_current_comm reads there must be what it reads here.</summary>
internal static class ThreadName
{
    private const int SetName = 15;

    /// <summary>Gives the calling thread the name of the simulated process.</summary>
    public static void BeTheSimulated() => _ = Control(SetName, ProcessHelpers.Name, 0, 0, 0);

    [DllImport("libc", EntryPoint = "prctl", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int option, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, nuint third, nuint fourth, nuint fifth);
}
