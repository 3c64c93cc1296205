using System.Buffers.Binary;
using Vm.Abi;
using Vm.Kernel;
using Vm.Runtime;

namespace Netdev.Tcx;

/// <summary>A bpf_link on a tcx hook: owns one place in the order until it is detached or its device goes away.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/tcx.c, tcx_link_*.</remarks>
public sealed class TcxLink : BpfLink
{
    internal TcxLink(TcxHook hook, ExecutableProgram program)
    {
        Hook = hook;
        AttachType = hook.AttachType;
        Program = program;
        program.Acquire();
    }

    /// <inheritdoc/>
    public override BpfLinkType Type => BpfLinkType.Tcx;

    /// <inheritdoc/>
    public override ExecutableProgram Prog => Program;

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

    /// <inheritdoc/>
    public override Errno Update(ExecutableProgram next, ExecutableProgram? old) => TryUpdate(next, old is null ? MprogFlags.None : MprogFlags.Replace, old);

    /// <summary>BPF_LINK_DETACH: leaves the hook. Detaching again does nothing; it cannot be refused.</summary>
    public override Errno Detach()
    {
        Hook?.DetachLink(this);
        return Errno.None;
    }

    /// <inheritdoc/>
    public override void WriteInfo(Span<byte> info)
    {
        BinaryPrimitives.WriteInt32LittleEndian(info, Ifindex);
        BinaryPrimitives.WriteInt32LittleEndian(info[4..], (int)AttachType);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> FdInfo() => [$"ifindex:\t{Ifindex}", $"attach_type:\t{(int)AttachType} ({(AttachType == AttachType.TcxIngress ? "ingress" : "egress")})"];

    /// <summary>Closes the maker's reference: when it is the last one, the link leaves its hook and gives its id up.</summary>
    public void Close() => Dispose();

    /// <summary>Takes over another program; the hook's lock is held.</summary>
    internal void Take(ExecutableProgram program)
    {
        program.Acquire();
        Program.Release();
        Program = program;
    }

    /// <inheritdoc/>
    protected override void OnUnreferenced()
    {
        Detach();
        base.OnUnreferenced();
    }

    /// <inheritdoc/>
    protected override void OnDispose() => Program.Release();
}
