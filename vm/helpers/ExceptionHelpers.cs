using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Giving up in the middle of a program. Source: Linux 6.12 kernel/bpf/helpers.c, bpf_throw.</summary>
public static class ExceptionHelpers
{
    /// <summary>
    /// Ends the program from any depth of calls: its exception callback gets <paramref name="cookie"/> and says what the program returns;
    /// without a callback the cookie itself is returned. O(frames), allocates nothing.
    /// </summary>
    [Kfunc("bpf_throw", Flags = CallFlags.Throws)]
    public static void Throw(ExecContext x, ulong cookie)
    {
        x.Run.ThrowCookie = cookie;
        x.Run.Throwing = true;
    }
}
