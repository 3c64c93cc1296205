using System.Runtime.InteropServices;

namespace Sim.Inputs;

/// <summary>libpcap, which may be missing: one sentence says so.</summary>
internal static class LibPcap
{
    private const int Incoming = 1, Outgoing = 2;

    private static readonly string[] s_names = ["libpcap.so.0.8", "libpcap.so.1", "libpcap.so", "libpcap.dylib", "wpcap.dll"];

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetDirection(IntPtr capture, int direction);

    /// <summary>Does what needs libpcap.</summary>
    /// <param name="what">What needs it, for the message: <c>--filter</c>.</param>
    /// <param name="use">What to do.</param>
    /// <exception cref="UsageException">It is not installed.</exception>
    public static T Need<T>(string what, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception missing) when (IsMissing(missing))
        {
            throw new UsageException($"{what} needs libpcap, which cannot be loaded here; install it (Debian and Ubuntu: libpcap0.8, Fedora: libpcap, Windows: Npcap; macOS has it)");
        }
    }

    /// <summary>Makes an open interface show one direction only (pcap_setdirection, which SharpPcap does not offer).</summary>
    /// <remarks>The filter words <c>inbound</c> and <c>outbound</c> will not do: libpcap judges the first packet after a filter is set itself, and then knows no direction.</remarks>
    /// <returns>False when this system cannot.</returns>
    public static bool TrySetDirection(SafeHandle capture, bool outgoing)
    {
        foreach (string name in s_names)
        {
            if (!NativeLibrary.TryLoad(name, out var library)) continue;
            if (!NativeLibrary.TryGetExport(library, "pcap_setdirection", out var address)) return false;
            int answer = Marshal.GetDelegateForFunctionPointer<SetDirection>(address)(capture.DangerousGetHandle(), outgoing ? Outgoing : Incoming);
            GC.KeepAlive(capture);
            return answer == 0;
        }
        return false;
    }

    // A missing library may first be noticed in a static constructor.
    private static bool IsMissing(Exception problem) =>
        problem is DllNotFoundException or EntryPointNotFoundException || problem is TypeInitializationException { InnerException: { } inner } && IsMissing(inner);
}
