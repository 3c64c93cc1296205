using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>BPF_TOKEN_CREATE, and tokens given with other commands.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/token.c, bpf_token_create, bpf_token_get_from_fd, bpf_token_allow_cmd.</remarks>
internal static class Tokens
{
    /// <summary>BPF_F_TOKEN_FD, the same for all commands that take a token.</summary>
    public const uint Bit = 1u << 16;

    private const int Flags = 0, MountFd = 4;

    public static int Create(Call call)
    {
        if (call.U32(Flags) != 0) return Call.Fail(Errno.EINVAL);
        var file = call.Caller.Files.Acquire(call.U32(MountFd));
        if (file is null) return Call.Fail(Errno.EBADF);
        try
        {
            if (file.Target is not FsDirectory { Mount: { } mount } directory || mount.Root != directory) return Call.Fail(Errno.EINVAL);
            if (!directory.Allows(call.Caller, 1)) return Call.Fail(Errno.EACCES);
            if (call.Caller.UserNamespace != mount.Owner) return Call.Fail(Errno.EPERM);
            if (!call.Caller.Capable(Capabilities.Bpf, mount.Owner)) return Call.Fail(Errno.EPERM);
            if (mount.Owner == UserNamespace.Initial) return Call.Fail(Errno.EOPNOTSUPP);
            if (!mount.Options.Delegates) return Call.Fail(Errno.ENOENT);
            using var made = new OpenFile(new BpfToken(mount));
            return call.Caller.Files.Open(made);
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>Takes up the token a command was given, if any; before any right is asked for. One that does not allow the command is passed over, and ordinary rights count.</summary>
    /// <param name="call">The call; what it may do is asked of the token from then on.</param>
    /// <param name="flags">The command's flags.</param>
    /// <param name="descriptorOffset">Where the token's descriptor is.</param>
    /// <param name="command">The command.</param>
    /// <param name="allows">What the token must allow besides.</param>
    /// <returns>EBADF for a number that is not open, EINVAL for what is no token.</returns>
    public static Errno TakeUp(Call call, uint flags, int descriptorOffset, BpfCommand command, Func<BpfToken, bool>? allows = null)
    {
        if ((flags & Bit) == 0) return Errno.None;
        var errno = call.Find<BpfToken>(call.U32(descriptorOffset), out var held);
        if (errno != Errno.None) return errno;
        using (held)
            if (held.Object.Allows(command) && (allows is null || allows(held.Object))) call.Token = held.Object;
        return Errno.None;
    }
}
