using Vm.Abi;

namespace Vm.Syscall;

/// <summary>BPF_F_TOKEN_FD: a command is given a BPF token.</summary>
internal static class TokenFlag
{
    /// <summary>The flag, the same for all commands that take one.</summary>
    public const uint Bit = 1u << 16;

    /// <summary>Looks at the descriptor, when the flag is set; before any right is asked for.</summary>
    /// <returns>EBADF for a number that is not open, EINVAL for what is no token.</returns>
    public static Errno Check(Call call, uint flags, int descriptorOffset)
    {
        if ((flags & Bit) == 0) return Errno.None;
        var file = call.Caller.Files.Acquire(call.U32(descriptorOffset));
        if (file is null) return Errno.EBADF;
        file.Release();
        return Errno.EINVAL;
    }
}
