using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>BPF_LINK_CREATE, BPF_LINK_UPDATE and BPF_LINK_DETACH.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, link_create, link_update, link_detach.</remarks>
internal static class Links
{
    private const int ProgFd = 0, Target = 4, Type = 8, Flags = 12, Relative = 16, ExpectedRevision = 24;
    private const int LinkFd = 0, NextFd = 4, UpdateFlags = 8, OldFd = 12;
    private const uint Replace = 4;

    public static int Create(Call call)
    {
        var type = (AttachType)call.U32(Type);
        if (type == AttachType.StructOps) return CreateOfMap(call);
        var errno = call.Find<BpfProg>(call.U32(ProgFd), out var prog);
        if (errno != Errno.None) return Call.Fail(errno);
        using (prog)
        {
            if (prog.Object.Code.Type == ProgramType.CgroupSkb && !call.Caller.Capable(Capabilities.NetAdmin)) return Call.Fail(Errno.EPERM);
            if (!AttachTypes.Fits(prog.Object.Code, type)) return Call.Fail(Errno.EINVAL);
            if (!call.Syscalls.Settings.AttachPoints.TryGetValue(type, out var point)) return Call.Fail(Errno.EINVAL);
            errno = point.CreateLink(
                new AttachRequest
                {
                    Caller = call.Caller,
                    Prog = prog.Object,
                    Type = type,
                    Target = call.U32(Target),
                    Flags = call.U32(Flags),
                    Relative = call.U32(Relative),
                    ExpectedRevision = call.U64(ExpectedRevision),
                },
                out var link);
            return errno != Errno.None ? Call.Fail(errno) : call.Caller.Files.Open(link!);
        }
    }

    // No map here is one of struct_ops.
    private static int CreateOfMap(Call call)
    {
        var errno = call.Find<BpfMap>(call.U32(ProgFd), out var map);
        if (errno != Errno.None) return Call.Fail(errno);
        map.Dispose();
        return Call.Fail(Errno.EINVAL);
    }

    public static int Update(Call call)
    {
        uint flags = call.U32(UpdateFlags);
        if ((flags & ~Replace) != 0) return Call.Fail(Errno.EINVAL);
        var errno = call.Find<BpfLink>(call.U32(LinkFd), out var link);
        if (errno != Errno.None) return Call.Fail(errno);
        using (link)
        {
            errno = call.Find<BpfProg>(call.U32(NextFd), out var next);
            if (errno != Errno.None) return Call.Fail(errno);
            using (next)
            {
                if (flags == 0) return Call.Fail(call.U32(OldFd) != 0 ? Errno.EINVAL : link.Object.Update(next.Object.Code, null));
                errno = call.Find<BpfProg>(call.U32(OldFd), out var old);
                if (errno != Errno.None) return Call.Fail(errno);
                using (old) return Call.Fail(link.Object.Update(next.Object.Code, old.Object.Code));
            }
        }
    }

    public static int Detach(Call call)
    {
        var errno = call.Find<BpfLink>(call.U32(LinkFd), out var link);
        if (errno != Errno.None) return Call.Fail(errno);
        using (link) return Call.Fail(link.Object.Detach());
    }
}
