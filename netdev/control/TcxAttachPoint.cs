using System.Diagnostics.CodeAnalysis;
using Netdev.Devices;
using Netdev.Tcx;
using Vm.Abi;
using Vm.Kernel;
using Vm.Syscall;

namespace Netdev.Control;

/// <summary>tcx as an attach point of bpf(2): interface numbers are looked up in the caller's network namespace, then the hook is asked.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/tcx.c, tcx_prog_attach, tcx_prog_detach, tcx_prog_query, tcx_link_attach.</remarks>
/// <param name="network">The devices.</param>
public sealed class TcxAttachPoint(Network network) : IAttachPoint
{
    /// <inheritdoc/>
    public Errno Attach(in AttachRequest request)
    {
        if (!TryHook(request.Caller, request.Target, request.Type, out var hook)) return Errno.ENODEV;
        var flags = (MprogFlags)request.Flags;
        using var replace = new Found(request.Caller, flags.HasFlag(MprogFlags.Replace) ? request.Replace : null);
        if (flags.HasFlag(MprogFlags.Replace))
        {
            if (!replace.IsOpen) return Errno.EBADF;
            if (replace.Prog is not { Code.Type: ProgramType.SchedCls }) return Errno.EINVAL;
        }
        using var relative = FoundRelative(request, flags);
        return hook.TryAttach(request.Prog!.Code, flags, relative.AsRelative(request.Relative), request.ExpectedRevision, replace.Prog?.Code);
    }

    /// <inheritdoc/>
    public Errno Detach(in AttachRequest request)
    {
        if (!TryHook(request.Caller, request.Target, request.Type, out var hook)) return Errno.ENODEV;
        var flags = (MprogFlags)request.Flags;
        using var relative = FoundRelative(request, flags);
        return hook.TryDetach(request.Prog?.Code, flags, relative.AsRelative(request.Relative), request.ExpectedRevision);
    }

    /// <inheritdoc/>
    public QueryReply Query(in QueryRequest request)
    {
        if (!TryHook(request.Caller, request.Target, request.Type, out var hook)) return QueryReply.No(Errno.ENODEV);
        var entries = new TcxEntry[TcxHook.MaxPrograms];
        var answer = hook.Query(entries, request.QueryFlags | request.AttachFlags);
        return answer.Errno != Errno.None
            ? QueryReply.No(answer.Errno)
            : new QueryReply(Errno.None, answer.Revision, [.. entries.Take(answer.Count).Select(entry => (entry.ProgramId, entry.LinkId, 0u))]);
    }

    /// <inheritdoc/>
    public Errno CreateLink(in AttachRequest request, out BpfLink? link)
    {
        link = null;
        if (!TryHook(request.Caller, request.Target, request.Type, out var hook)) return Errno.ENODEV;
        var flags = (MprogFlags)request.Flags;
        using var relative = FoundRelative(request, flags);
        var errno = hook.TryCreateLink(request.Prog!.Code, out var made, flags, relative.AsRelative(request.Relative), request.ExpectedRevision);
        link = made;
        return errno;
    }

    private static Found FoundRelative(in AttachRequest request, MprogFlags flags)
    {
        bool named = !flags.HasFlag(MprogFlags.Id) && (request.Relative != 0 || flags.HasFlag(MprogFlags.Link));
        return new Found(request.Caller, named ? request.Relative : null);
    }

    private bool TryHook(Process caller, uint ifindex, AttachType type, [NotNullWhen(true)] out TcxHook? hook)
    {
        var space = caller.NetNamespace as NetNamespace ?? network.Root;
        hook = network.TryInterface(space, ifindex, out var device) ? type == AttachType.TcxIngress ? device.Ingress : device.Egress : null;
        return hook is not null;
    }

    /// <summary>What a descriptor stands for, while the call lasts.</summary>
    private readonly ref struct Found
    {
        private readonly OpenFile? _file;
        private readonly bool _named;

        public Found(Process caller, uint? descriptor)
        {
            _named = descriptor is not null;
            _file = descriptor is { } number ? caller.Files.Acquire(number) : null;
        }

        public bool IsOpen => _file is not null;

        public BpfProg? Prog => _file?.Target as BpfProg;

        public Relative AsRelative(uint number)
        {
            if (_file is null) return number == 0 && !_named ? Relative.None : Relative.ToId(number);
            return Relative.To(_file.Target is BpfProg prog ? prog.Code : _file.Target);
        }

        public void Dispose() => _file?.Release();
    }
}
