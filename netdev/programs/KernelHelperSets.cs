using System.Collections.Frozen;
using Vm.Abi;
using static Vm.Abi.HelperId;

namespace Netdev.Programs;

/// <summary>Which helpers the kernel has for which program type: what is missing here but not there is ours to admit.</summary>
/// <remarks>
/// Source: Linux 6.12 kernel/bpf/helpers.c, bpf_base_func_proto; net/core/filter.c, sk_filter_func_proto, tc_cls_act_func_proto, xdp_func_proto,
/// cg_skb_func_proto, bpf_sk_base_func_proto; kernel/bpf/cgroup.c, cgroup_common_func_proto; kernel/bpf/syscall.c, syscall_prog_func_proto;
/// kernel/trace/bpf_trace.c, bpf_tracing_func_proto.
/// </remarks>
internal static class KernelHelperSets
{
    /// <summary>Helpers of every type.</summary>
    private static readonly HelperId[] s_base =
    [
        MapLookupElem, MapUpdateElem, MapDeleteElem, KtimeGetNs, TracePrintk, GetPrandomU32, GetSmpProcessorId, TailCall, GetCurrentPidTgid, GetCurrentTask,
        GetNumaNodeId, GetCurrentCgroupId, MapPushElem, MapPopElem, MapPeekElem, HelperId.SpinLock, SpinUnlock, Strtol, Strtoul, ProbeReadUser, ProbeReadKernel,
        ProbeReadUserStr, ProbeReadKernelStr, Jiffies64, GetNsCurrentPidTgid, GetCurrentAncestorCgroupId, KtimeGetBootNs, RingbufOutput, RingbufReserve,
        RingbufSubmit, RingbufDiscard, RingbufQuery, SnprintfBtf, PerCpuPtr, ThisCpuPtr, GetCurrentTaskBtf, ForEachMapElem, Snprintf, TimerInit,
        TimerSetCallback, TimerStart, TimerCancel, TaskPtRegs, TraceVprintk, Loop, Strncmp, KptrXchg, MapLookupPercpuElem, DynptrFromMem,
        RingbufReserveDynptr, RingbufSubmitDynptr, RingbufDiscardDynptr, DynptrRead, DynptrWrite, DynptrData, KtimeGetTaiNs, UserRingbufDrain, CgrpStorageGet,
        CgrpStorageDelete,
    ];

    private static readonly HelperId[] s_socketFilter =
    [
        PerfEventOutput, SkbLoadBytes, GetSocketCookie, GetSocketUid, SkbLoadBytesRelative, SkcToTcp6Sock, SkcToTcpSock, SkcToTcpTimewaitSock,
        SkcToTcpRequestSock, SkcToUdp6Sock, KtimeGetCoarseNs, SkcToUnixSock, SkcToMptcpSock,
    ];

    private static readonly HelperId[] s_tc =
    [
        SkbStoreBytes, L3CsumReplace, L4CsumReplace, CloneRedirect, GetCgroupClassid, SkbVlanPush, SkbVlanPop, SkbGetTunnelKey, SkbSetTunnelKey, Redirect,
        GetRouteRealm, PerfEventOutput, SkbLoadBytes, CsumDiff, SkbGetTunnelOpt, SkbSetTunnelOpt, SkbChangeProto, SkbChangeType, SkbUnderCgroup,
        GetHashRecalc, SkbChangeTail, SkbPullData, CsumUpdate, SetHashInvalid, SkbChangeHead, GetSocketCookie, GetSocketUid, SetHash, SkbAdjustRoom,
        SkbGetXfrmState, SkbLoadBytesRelative, FibLookup, SkbCgroupId, SkbAncestorCgroupId, SkLookupTcp, SkLookupUdp, SkRelease, SkFullsock, TcpSock,
        SkbEcnSetCe, GetListenerSock, SkcLookupTcp, TcpCheckSyncookie, SkStorageGet, SkStorageDelete, TcpGenSyncookie, SkAssign, CsumLevel, SkcToTcp6Sock,
        SkcToTcpSock, SkcToTcpTimewaitSock, SkcToTcpRequestSock, SkcToUdp6Sock, SkbCgroupClassid, RedirectNeigh, RedirectPeer, KtimeGetCoarseNs, CheckMtu,
        SkcToUnixSock, SkbSetTstamp, SkcToMptcpSock, TcpRawGenSyncookieIpv4, TcpRawGenSyncookieIpv6, TcpRawCheckSyncookieIpv4, TcpRawCheckSyncookieIpv6,
    ];

    private static readonly HelperId[] s_xdp =
    [
        Redirect, PerfEventOutput, CsumDiff, XdpAdjustHead, RedirectMap, XdpAdjustMeta, XdpAdjustTail, FibLookup, SkLookupTcp, SkLookupUdp, SkRelease,
        SkcLookupTcp, TcpCheckSyncookie, TcpGenSyncookie, SkcToTcp6Sock, SkcToTcpSock, SkcToTcpTimewaitSock, SkcToTcpRequestSock, SkcToUdp6Sock,
        KtimeGetCoarseNs, CheckMtu, SkcToUnixSock, XdpGetBuffLen, XdpLoadBytes, XdpStoreBytes, SkcToMptcpSock, TcpRawGenSyncookieIpv4, TcpRawGenSyncookieIpv6,
        TcpRawCheckSyncookieIpv4, TcpRawCheckSyncookieIpv6,
    ];

    private static readonly HelperId[] s_cgroupSkb =
    [
        PerfEventOutput, SkbLoadBytes, GetSocketCookie, GetSocketUid, SkbLoadBytesRelative, SkbCgroupId, GetLocalStorage, SkbAncestorCgroupId, SkLookupTcp,
        SkLookupUdp, SkRelease, SkFullsock, TcpSock, SkbEcnSetCe, GetListenerSock, SkcLookupTcp, SkStorageGet, SkStorageDelete, SkCgroupId,
        SkAncestorCgroupId, SkcToTcp6Sock, SkcToTcpSock, SkcToTcpTimewaitSock, SkcToTcpRequestSock, SkcToUdp6Sock, KtimeGetCoarseNs, SkcToUnixSock,
        SkcToMptcpSock,
    ];

    private static readonly HelperId[] s_syscall =
    [
        ProbeRead, GetCurrentUidGid, GetCurrentComm, PerfEventRead, ProbeWriteUser, CurrentTaskUnderCgroup, ProbeReadStr, PerfEventReadValue, SendSignal,
        SendSignalThread, GetTaskStack, CopyFromUser, TaskStorageGet, TaskStorageDelete, SysBpf, BtfFindByNameKind, SysClose, GetFuncIp, GetBranchSnapshot,
        KallsymsLookupName, FindVma, CopyFromUserTask,
    ];

    /// <summary>The helpers of a type; none for types that are not simulated.</summary>
    public static IReadOnlySet<HelperId> Of(ProgramType type) => type switch
    {
        ProgramType.SocketFilter => Set(s_socketFilter),
        ProgramType.SchedCls or ProgramType.SchedAct => Set(s_tc),
        ProgramType.Xdp => Set(s_xdp),
        ProgramType.CgroupSkb => Set(s_cgroupSkb),
        ProgramType.Syscall => Set(s_syscall),
        _ => FrozenSet<HelperId>.Empty,
    };

    private static FrozenSet<HelperId> Set(HelperId[] own) => s_base.Concat(own).ToFrozenSet();
}
