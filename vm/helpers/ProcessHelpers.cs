using Vm.Abi;

namespace Vm.Helpers;

/// <summary>The process a SYSCALL program runs for: here always the same one, root's first, called <c>sim</c>.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/helpers.c, bpf_get_current_pid_tgid, bpf_get_current_uid_gid, bpf_get_current_comm.</remarks>
public static class ProcessHelpers
{
    /// <summary>Name of the process.</summary>
    public const string Name = "sim";

    private const ulong Pid = 1;

    /// <summary>Process number in the upper half, thread number in the lower: 1 and 1.</summary>
    [Helper(HelperId.GetCurrentPidTgid)]
    public static ulong PidTgid() => (Pid << 32) | Pid;

    /// <summary>Group in the upper half, user in the lower: 0 and 0.</summary>
    [Helper(HelperId.GetCurrentUidGid)]
    public static ulong UidGid() => 0;

    /// <summary>Writes the process's name, cut to what fits, padded with zeros: 0.</summary>
    [Helper(HelperId.GetCurrentComm)]
    public static long Comm(Span<byte> to)
    {
        to.Clear();
        for (int i = 0; i < Math.Min(Name.Length, to.Length - 1); i++) to[i] = (byte)Name[i];
        return 0;
    }
}
