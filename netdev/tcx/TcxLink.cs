using Vm.Abi;
using Vm.Runtime;

namespace Netdev.Tcx;

/// <summary>A bpf_link on a tcx hook: owns one place in the order until it is detached or its device goes away.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/tcx.c, tcx_link_*.</remarks>
public sealed class TcxLink
{
    private readonly BpfIds _ids;

    internal TcxLink(TcxHook hook, ExecutableProgram program, BpfIds ids)
    {
        _ids = ids;
        Id = ids.NextLinkId();
        Hook = hook;
        AttachType = hook.AttachType;
        Program = program;
        program.Acquire();
    }

    /// <summary>Link id, from 1.</summary>
    public uint Id { get; }

    /// <summary>The hook; null once detached or after the device went away.</summary>
    public TcxHook? Hook { get; internal set; }

    /// <summary>BPF_TCX_INGRESS or BPF_TCX_EGRESS; kept after detaching.</summary>
    public AttachType AttachType { get; }

    /// <summary>The program it runs.</summary>
    public ExecutableProgram Program { get; private set; }

    /// <summary>Interface it is on, 0 when there is none any more; follows the device into other namespaces.</summary>
    public int Ifindex => Hook?.Ifindex ?? 0;

    /// <summary>Puts another program in its place. Parameters as for <see cref="TryUpdate"/>.</summary>
    /// <exception cref="HookRefusedException">The link is detached, or the program does not fit.</exception>
    public void Update(ExecutableProgram program, MprogFlags flags = MprogFlags.None, ExecutableProgram? old = null)
    {
        var errno = TryUpdate(program, flags, old);
        if (errno != Errno.None) throw new HookRefusedException($"'{program.Name}' cannot take the place of '{Program.Name}'", errno, Hook is null ? "the link is on no hook" : "");
    }

    /// <summary>BPF_LINK_UPDATE: puts another program in its place, order unchanged.</summary>
    /// <param name="program">New program; the current one again changes nothing, not even the revision.</param>
    /// <param name="flags">None, or <see cref="MprogFlags.Replace"/> to insist on <paramref name="old"/>.</param>
    /// <param name="old">Program that must be the current one; only with Replace.</param>
    /// <returns>EINVAL flags or program type; ENOLINK detached; EPERM another program is current; EEXIST already on this hook.</returns>
    public Errno TryUpdate(ExecutableProgram program, MprogFlags flags = MprogFlags.None, ExecutableProgram? old = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        if ((flags & ~MprogFlags.Replace) != 0) return Errno.EINVAL;
        // Without the flag old_prog_fd must be 0; with it, it must be a program.
        if (flags.HasFlag(MprogFlags.Replace) ? old is null : old is not null) return flags == 0 ? Errno.EINVAL : Errno.EBADF;
        return Hook?.UpdateLink(this, program, old) ?? Errno.ENOLINK;
    }

    /// <summary>BPF_LINK_DETACH: leaves the hook. Detaching again does nothing; it cannot be refused.</summary>
    public void Detach() => Hook?.DetachLink(this);

    /// <summary>Closes the last reference: detaches and gives the id up.</summary>
    public void Close()
    {
        Detach();
        if (_ids.Remove(this)) Program.Release();
    }

    /// <summary>Takes over another program; the hook's lock is held.</summary>
    internal void Take(ExecutableProgram program)
    {
        program.Acquire();
        Program.Release();
        Program = program;
    }

    /// <summary>It was never attached, and nobody has seen it.</summary>
    internal void Abandon() => Program.Release();
}
