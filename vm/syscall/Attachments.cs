using System.Buffers.Binary;
using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>BPF_PROG_ATTACH, BPF_PROG_DETACH and BPF_PROG_QUERY: what belongs to no attach point alone.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_attach, bpf_prog_detach, bpf_prog_query.</remarks>
internal static class Attachments
{
    private const int Target = 0, ProgFd = 4, Type = 8, Flags = 12, ReplaceFd = 16, Relative = 20, ExpectedRevision = 24, Last = 32;
    private const int QueryType = 4, QueryFlags = 8, QueryAttachFlags = 12, ProgIds = 16, ProgCount = 24, ProgFlags = 32, LinkIds = 40, LinkFlags = 48, Revision = 56, QueryLast = 64;

    private const uint AllowOverride = 1, AllowMulti = 2, Replace = 4, Before = 8, After = 16, ById = 32, Preorder = 64, ByLink = 1 << 13;
    private const uint BaseMask = AllowOverride | AllowMulti | Replace | Preorder, MprogMask = Replace | Before | After | ById | ByLink;
    private const uint Effective = 1;

    public static int Attach(Call call)
    {
        var type = (AttachType)call.U32(Type);
        var progType = AttachTypes.ProgramTypeOf(type);
        if (progType == ProgramType.Unspec || !FlagsFit(call, progType)) return Call.Fail(Errno.EINVAL);
        var errno = call.Find<BpfProg>(call.U32(ProgFd), out var prog);
        if (errno != Errno.None) return Call.Fail(errno);
        using (prog)
        {
            if (!AttachTypes.Fits(prog.Object.Code, type)) return Call.Fail(Errno.EINVAL);
            return call.Syscalls.Settings.AttachPoints.TryGetValue(type, out var point) ? Call.Fail(point.Attach(Request(call, prog.Object))) : Call.Fail(Errno.EINVAL);
        }
    }

    public static int Detach(Call call)
    {
        var type = (AttachType)call.U32(Type);
        var progType = AttachTypes.ProgramTypeOf(type);
        if (progType == ProgramType.Unspec) return Call.Fail(Errno.EINVAL);
        bool tcx = type is AttachType.TcxIngress or AttachType.TcxEgress or AttachType.NetkitPrimary or AttachType.NetkitPeer;
        if (tcx)
        {
            if ((call.U32(Flags) & ~MprogMask) != 0) return Call.Fail(Errno.EINVAL);
            if (call.U32(ProgFd) == 0) return call.Caller.Capable(Capabilities.NetAdmin) ? At(call, type, null) : Call.Fail(Errno.EPERM);
        }
        else if (AttachTypes.IsCgroup(type) && (call.U32(Flags) | call.U32(Relative)) != 0) return Call.Fail(Errno.EINVAL);
        else if (!AttachTypes.IsCgroup(type) && (call.U32(Flags) != 0 || call.U32(Relative) != 0 || call.U64(ExpectedRevision) != 0)) return Call.Fail(Errno.EINVAL);
        if (!tcx) return At(call, type, null);
        var errno = call.Find<BpfProg>(call.U32(ProgFd), out var prog);
        if (errno != Errno.None) return Call.Fail(errno);
        using (prog) return prog.Object.Code.Type == progType ? At(call, type, prog.Object) : Call.Fail(Errno.EINVAL);

        static int At(Call call, AttachType type, BpfProg? prog) =>
            call.Syscalls.Settings.AttachPoints.TryGetValue(type, out var point) ? Call.Fail(point.Detach(Request(call, prog))) : Call.Fail(Errno.EINVAL);
    }

    public static int Query(Call call)
    {
        if (!call.Caller.Capable(Capabilities.NetAdmin)) return Call.Fail(Errno.EPERM);
        if (!call.EndsAt(QueryLast) || (call.U32(QueryFlags) & ~Effective) != 0) return Call.Fail(Errno.EINVAL);
        var type = (AttachType)call.U32(QueryType);
        if (!call.Syscalls.Settings.AttachPoints.TryGetValue(type, out var point)) return Call.Fail(Errno.EINVAL);
        var reply = point.Query(new QueryRequest(call.Caller, type, call.U32(Target), call.U32(QueryFlags), call.U32(QueryAttachFlags)));
        return reply.Errno != Errno.None ? Call.Fail(reply.Errno) : Call.Fail(Write(call, reply));
    }

    private static AttachRequest Request(Call call, BpfProg? prog) => new()
    {
        Caller = call.Caller,
        Prog = prog,
        Type = (AttachType)call.U32(Type),
        Target = call.U32(Target),
        Flags = call.U32(Flags),
        Replace = call.U32(ReplaceFd),
        Relative = call.U32(Relative),
        ExpectedRevision = call.U64(ExpectedRevision),
    };

    private static bool FlagsFit(Call call, ProgramType progType)
    {
        uint flags = call.U32(Flags);
        if (progType == ProgramType.SchedCls) return (flags & ~MprogMask) == 0;
        return (flags & ~BaseMask) == 0 && call.U32(Relative) == 0 && call.U64(ExpectedRevision) == 0;
    }

    // Flags, revision and count first, then as many slots as there is room for. Source: Linux 6.12 kernel/bpf/mprog.c, bpf_mprog_query.
    private static Errno Write(Call call, in QueryReply reply)
    {
        uint room = call.U32(ProgCount), count = (uint)reply.Slots.Count;
        if (!call.TryPut(QueryAttachFlags, 0u) || (reply.Revision is { } revision && !call.TryPut(Revision, revision)) || !call.TryPut(ProgCount, count)) return Errno.EFAULT;
        ulong ids = call.U64(ProgIds), progFlags = call.U64(ProgFlags), links = call.U64(LinkIds), linkFlags = call.U64(LinkFlags);
        if (room == 0 || ids == 0 || count == 0) return Errno.None;
        for (int i = 0; i < Math.Min(room, count); i++)
        {
            var (prog, link, flags) = reply.Slots[i];
            ulong at = (ulong)i * sizeof(uint);
            if (!Put(ids + at, prog) || (progFlags != 0 && !Put(progFlags + at, flags)) || (links != 0 && !Put(links + at, link)) || (linkFlags != 0 && !Put(linkFlags + at, 0))) return Errno.EFAULT;
        }
        return room < count ? Errno.ENOSPC : Errno.None;

        bool Put(ulong address, uint value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            return call.Memory.TryWrite(address, bytes);
        }
    }
}
