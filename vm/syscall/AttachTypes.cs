using Vm.Abi;
using Vm.Runtime;

namespace Vm.Syscall;

/// <summary>Which programs an attach type is for.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, attach_type_to_prog_type and bpf_prog_attach_check_attach_type.</remarks>
internal static class AttachTypes
{
    /// <summary>The program type BPF_PROG_ATTACH expects; Unspec where it attaches nothing.</summary>
    public static ProgramType ProgramTypeOf(AttachType type) => type switch
    {
        AttachType.None or AttachType.CgroupInetEgress => ProgramType.CgroupSkb,
        AttachType.CgroupInetSockCreate or AttachType.CgroupInetSockRelease or AttachType.CgroupInet4PostBind or AttachType.CgroupInet6PostBind => ProgramType.CgroupSock,
        AttachType.CgroupInet4Bind or AttachType.CgroupInet6Bind or AttachType.CgroupInet4Connect or AttachType.CgroupInet6Connect or AttachType.CgroupUdp4SendMsg
            or AttachType.CgroupUdp6SendMsg or AttachType.CgroupUdp4RecvMsg or AttachType.CgroupUdp6RecvMsg or (>= AttachType.CgroupInet4GetPeerName and <= AttachType.CgroupInet6GetSockName)
            or (>= AttachType.CgroupUnixConnect and <= AttachType.CgroupUnixGetSockName) => ProgramType.CgroupSockAddr,
        AttachType.CgroupSockOps => ProgramType.SockOps,
        AttachType.CgroupDevice => ProgramType.CgroupDevice,
        AttachType.SkMsgVerdict => ProgramType.SkMsg,
        AttachType.SkSkbStreamParser or AttachType.SkSkbStreamVerdict or AttachType.SkSkbVerdict => ProgramType.SkSkb,
        AttachType.LircMode2 => ProgramType.LircMode2,
        AttachType.FlowDissector => ProgramType.FlowDissector,
        AttachType.CgroupSysctl => ProgramType.CgroupSysctl,
        AttachType.CgroupGetSockOpt or AttachType.CgroupSetSockOpt => ProgramType.CgroupSockOpt,
        AttachType.TraceIter or AttachType.TraceRawTp or AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn => ProgramType.Tracing,
        AttachType.LsmMac or AttachType.LsmCgroup => ProgramType.Lsm,
        AttachType.SkLookup => ProgramType.SkLookup,
        AttachType.Xdp => ProgramType.Xdp,
        AttachType.TcxIngress or AttachType.TcxEgress or AttachType.NetkitPrimary or AttachType.NetkitPeer => ProgramType.SchedCls,
        _ => ProgramType.Unspec,
    };

    /// <summary>True for attach types of control groups.</summary>
    public static bool IsCgroup(AttachType type) => ProgramTypeOf(type) is ProgramType.CgroupSkb or ProgramType.CgroupSock or ProgramType.CgroupSockAddr or ProgramType.SockOps
        or ProgramType.CgroupDevice or ProgramType.CgroupSysctl or ProgramType.CgroupSockOpt || type == AttachType.LsmCgroup;

    /// <summary>Looks whether a program may be attached with a type, given the one it was loaded with.</summary>
    public static bool Fits(ExecutableProgram program, AttachType type) => program.Type switch
    {
        ProgramType.CgroupSock or ProgramType.CgroupSockAddr or ProgramType.CgroupSockOpt or ProgramType.SkLookup => program.AttachType == type,
        ProgramType.SchedCls => type is AttachType.TcxIngress or AttachType.TcxEgress or AttachType.NetkitPrimary or AttachType.NetkitPeer,
        _ => ProgramTypeOf(type) == program.Type,
    };
}
