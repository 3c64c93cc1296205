using System.Collections.Frozen;

namespace Vm.Abi;

/// <summary>The kernel's names of program types: <c>sched_cls</c> for BPF_PROG_TYPE_SCHED_CLS.</summary>
/// <remarks>Source: Linux 6.12 tools/lib/bpf/libbpf.c, prog_type_name.</remarks>
public static class ProgramTypeNames
{
    private static readonly (ProgramType Type, string Name)[] s_table =
    [
        (ProgramType.Unspec, "unspec"), (ProgramType.SocketFilter, "socket_filter"), (ProgramType.Kprobe, "kprobe"), (ProgramType.SchedCls, "sched_cls"),
        (ProgramType.SchedAct, "sched_act"), (ProgramType.TracePoint, "tracepoint"), (ProgramType.Xdp, "xdp"), (ProgramType.PerfEvent, "perf_event"),
        (ProgramType.CgroupSkb, "cgroup_skb"), (ProgramType.CgroupSock, "cgroup_sock"), (ProgramType.LwtIn, "lwt_in"), (ProgramType.LwtOut, "lwt_out"),
        (ProgramType.LwtXmit, "lwt_xmit"), (ProgramType.SockOps, "sock_ops"), (ProgramType.SkSkb, "sk_skb"), (ProgramType.CgroupDevice, "cgroup_device"),
        (ProgramType.SkMsg, "sk_msg"), (ProgramType.RawTracePoint, "raw_tracepoint"), (ProgramType.CgroupSockAddr, "cgroup_sock_addr"),
        (ProgramType.LwtSeg6Local, "lwt_seg6local"), (ProgramType.LircMode2, "lirc_mode2"), (ProgramType.SkReusePort, "sk_reuseport"),
        (ProgramType.FlowDissector, "flow_dissector"), (ProgramType.CgroupSysctl, "cgroup_sysctl"),
        (ProgramType.RawTracePointWritable, "raw_tracepoint_writable"), (ProgramType.CgroupSockOpt, "cgroup_sockopt"), (ProgramType.Tracing, "tracing"),
        (ProgramType.StructOps, "struct_ops"), (ProgramType.Ext, "ext"), (ProgramType.Lsm, "lsm"), (ProgramType.SkLookup, "sk_lookup"),
        (ProgramType.Syscall, "syscall"), (ProgramType.Netfilter, "netfilter"),
    ];

    private static readonly FrozenDictionary<string, ProgramType> s_byName = s_table.ToFrozenDictionary(row => row.Name, row => row.Type);

    /// <summary>All names but <c>unspec</c>, in the order of their numbers.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_table.Skip(1).Select(row => row.Name)];

    /// <summary>The name of a type; its number when the type has none.</summary>
    public static string Of(ProgramType type) => (int)type is >= 0 and var at && at < s_table.Length ? s_table[at].Name : $"{(int)type}";

    /// <summary>The type of a name.</summary>
    public static bool TryParse(string name, out ProgramType type) => s_byName.TryGetValue(name, out type) && type != ProgramType.Unspec;
}
