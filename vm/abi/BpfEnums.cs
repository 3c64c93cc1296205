#pragma warning disable CS1591 // The members are the kernel's own names and numbers.
namespace Vm.Abi;

/// <summary>Map types with their kernel numbers. Source: Linux 6.12 include/uapi/linux/bpf.h, enum bpf_map_type.</summary>
public enum MapType
{
    Unspec = 0,
    Hash = 1,
    Array = 2,
    ProgArray = 3,
    PerfEventArray = 4,
    PerCpuHash = 5,
    PerCpuArray = 6,
    StackTrace = 7,
    CgroupArray = 8,
    LruHash = 9,
    LruPerCpuHash = 10,
    LpmTrie = 11,
    ArrayOfMaps = 12,
    HashOfMaps = 13,
    DevMap = 14,
    SockMap = 15,
    CpuMap = 16,
    XskMap = 17,
    SockHash = 18,
    CgroupStorage = 19,
    ReusePortSockArray = 20,
    PerCpuCgroupStorage = 21,
    Queue = 22,
    Stack = 23,
    SkStorage = 24,
    DevMapHash = 25,
    StructOps = 26,
    RingBuf = 27,
    InodeStorage = 28,
    TaskStorage = 29,
    BloomFilter = 30,
    UserRingBuf = 31,
    CgrpStorage = 32,
    Arena = 33,
}

/// <summary>Map creation flags. Source: Linux 6.12 include/uapi/linux/bpf.h, BPF_F_* for BPF_MAP_CREATE.</summary>
[Flags]
public enum MapFlags : uint
{
    None = 0,
    NoPrealloc = 1 << 0,
    NoCommonLru = 1 << 1,
    NumaNode = 1 << 2,
    RdOnly = 1 << 3,
    WrOnly = 1 << 4,
    StackBuildId = 1 << 5,
    ZeroSeed = 1 << 6,
    RdOnlyProg = 1 << 7,
    WrOnlyProg = 1 << 8,
    Clone = 1 << 9,
    Mmapable = 1 << 10,
    PreserveElems = 1 << 11,
    InnerMap = 1 << 12,
    Link = 1 << 13,
    PathFd = 1 << 14,
    VtypeBtfObjFd = 1 << 15,
    TokenFd = 1 << 16,
    SegvOnFault = 1 << 17,
    NoUserConv = 1 << 18,
}

/// <summary>Flags of map update and lookup. Source: Linux 6.12 include/uapi/linux/bpf.h.</summary>
public static class MapUpdateFlags
{
    public const ulong Any = 0;
    public const ulong NoExist = 1;
    public const ulong Exist = 2;
    public const ulong Lock = 4;
}

/// <summary>Program types. Source: Linux 6.12 include/uapi/linux/bpf.h, enum bpf_prog_type.</summary>
public enum ProgramType
{
    Unspec = 0,
    SocketFilter = 1,
    Kprobe = 2,
    SchedCls = 3,
    SchedAct = 4,
    TracePoint = 5,
    Xdp = 6,
    PerfEvent = 7,
    CgroupSkb = 8,
    CgroupSock = 9,
    LwtIn = 10,
    LwtOut = 11,
    LwtXmit = 12,
    SockOps = 13,
    SkSkb = 14,
    CgroupDevice = 15,
    SkMsg = 16,
    RawTracePoint = 17,
    CgroupSockAddr = 18,
    LwtSeg6Local = 19,
    LircMode2 = 20,
    SkReusePort = 21,
    FlowDissector = 22,
    CgroupSysctl = 23,
    RawTracePointWritable = 24,
    CgroupSockOpt = 25,
    Tracing = 26,
    StructOps = 27,
    Ext = 28,
    Lsm = 29,
    SkLookup = 30,
    Syscall = 31,
    Netfilter = 32,
}

/// <summary>Attach types. Source: Linux 6.12 include/uapi/linux/bpf.h, enum bpf_attach_type.</summary>
public enum AttachType
{
    /// <summary>Zero: what most program types are loaded with (numerically BPF_CGROUP_INET_INGRESS).</summary>
    None = 0,
    CgroupInetEgress = 1,
    CgroupInetSockCreate = 2,
    CgroupSockOps = 3,
    SkSkbStreamParser = 4,
    SkSkbStreamVerdict = 5,
    CgroupDevice = 6,
    SkMsgVerdict = 7,
    CgroupInet4Bind = 8,
    CgroupInet6Bind = 9,
    CgroupInet4Connect = 10,
    CgroupInet6Connect = 11,
    CgroupInet4PostBind = 12,
    CgroupInet6PostBind = 13,
    CgroupUdp4SendMsg = 14,
    CgroupUdp6SendMsg = 15,
    LircMode2 = 16,
    FlowDissector = 17,
    CgroupSysctl = 18,
    CgroupUdp4RecvMsg = 19,
    CgroupUdp6RecvMsg = 20,
    CgroupGetSockOpt = 21,
    CgroupSetSockOpt = 22,
    TraceRawTp = 23,
    TraceFentry = 24,
    TraceFexit = 25,
    ModifyReturn = 26,
    LsmMac = 27,
    TraceIter = 28,
    CgroupInet4GetPeerName = 29,
    CgroupInet6GetPeerName = 30,
    CgroupInet4GetSockName = 31,
    CgroupInet6GetSockName = 32,
    XdpDevMap = 33,
    CgroupInetSockRelease = 34,
    XdpCpuMap = 35,
    SkLookup = 36,
    Xdp = 37,
    SkSkbVerdict = 38,
    SkReusePortSelect = 39,
    SkReusePortSelectOrMigrate = 40,
    PerfEvent = 41,
    TraceKprobeMulti = 42,
    LsmCgroup = 43,
    StructOps = 44,
    Netfilter = 45,
    TcxIngress = 46,
    TcxEgress = 47,
    TraceUprobeMulti = 48,
    CgroupUnixConnect = 49,
    CgroupUnixSendMsg = 50,
    CgroupUnixRecvMsg = 51,
    CgroupUnixGetPeerName = 52,
    CgroupUnixGetSockName = 53,
    NetkitPrimary = 54,
    NetkitPeer = 55,
    TraceKprobeSession = 56,
}

/// <summary>Link types. Source: Linux 6.12 include/uapi/linux/bpf.h, enum bpf_link_type.</summary>
public enum BpfLinkType
{
    Unspec = 0,
    RawTracePoint = 1,
    Tracing = 2,
    Cgroup = 3,
    Iter = 4,
    NetNs = 5,
    Xdp = 6,
    PerfEvent = 7,
    KprobeMulti = 8,
    StructOps = 9,
    Netfilter = 10,
    Tcx = 11,
    UprobeMulti = 12,
    Netkit = 13,
    SockMap = 14,
}

/// <summary>Commands of bpf(2). Source: Linux 6.12 include/uapi/linux/bpf.h, enum bpf_cmd.</summary>
public enum BpfCommand
{
    MapCreate = 0,
    MapLookup = 1,
    MapUpdate = 2,
    MapDelete = 3,
    MapGetNextKey = 4,
    ProgLoad = 5,
    ObjPin = 6,
    ObjGet = 7,
    ProgAttach = 8,
    ProgDetach = 9,
    ProgTestRun = 10,
    ProgGetNextId = 11,
    MapGetNextId = 12,
    ProgGetFdById = 13,
    MapGetFdById = 14,
    ObjGetInfoByFd = 15,
    ProgQuery = 16,
    RawTracePointOpen = 17,
    BtfLoad = 18,
    BtfGetFdById = 19,
    TaskFdQuery = 20,
    MapLookupAndDelete = 21,
    MapFreeze = 22,
    BtfGetNextId = 23,
    MapLookupBatch = 24,
    MapLookupAndDeleteBatch = 25,
    MapUpdateBatch = 26,
    MapDeleteBatch = 27,
    LinkCreate = 28,
    LinkUpdate = 29,
    LinkGetFdById = 30,
    LinkGetNextId = 31,
    EnableStats = 32,
    IterCreate = 33,
    LinkDetach = 34,
    ProgBindMap = 35,
    TokenCreate = 36,
}

/// <summary>Capabilities bpf(2) asks about, as bits. Source: Linux 6.12 include/uapi/linux/capability.h.</summary>
[Flags]
public enum Capabilities : ulong
{
    None = 0,
    NetAdmin = 1ul << 12,
    SysAdmin = 1ul << 21,
    Perfmon = 1ul << 38,
    Bpf = 1ul << 39,

    /// <summary>Those of root.</summary>
    All = NetAdmin | SysAdmin | Perfmon | Bpf,
}

/// <summary>What a tcx program returns. Source: Linux 6.12 include/uapi/linux/bpf.h, enum tcx_action_base.</summary>
public enum TcxAction
{
    TCX_NEXT = -1,
    TCX_PASS = 0,
    TCX_DROP = 2,
    TCX_REDIRECT = 7,
}

/// <summary>What an XDP program returns. Source: Linux 6.12 include/uapi/linux/bpf.h, enum xdp_action.</summary>
public enum XdpAction
{
    XDP_ABORTED = 0,
    XDP_DROP = 1,
    XDP_PASS = 2,
    XDP_TX = 3,
    XDP_REDIRECT = 4,
}
