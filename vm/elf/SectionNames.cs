using Vm.Abi;

namespace Vm.Elf;

/// <summary>What a section name says about the programs in it.</summary>
/// <param name="Name">The name; with a <c>+</c> at the end a <c>/</c> and more may follow.</param>
/// <param name="Type">Program type.</param>
/// <param name="AttachNumber">Expected attach type, as its kernel number.</param>
/// <param name="LoadFlags">BPF_F_SLEEPABLE 16, BPF_F_XDP_HAS_FRAGS 32.</param>
internal readonly record struct SectionKind(string Name, ProgramType Type, int AttachNumber, uint LoadFlags = 0)
{
    public AttachType AttachType => (AttachType)AttachNumber;

    public bool Matches(string section)
    {
        if (!Name.EndsWith('+')) return section == Name;
        int length = Name.Length - 1;
        return section.AsSpan().StartsWith(Name.AsSpan(0, length)) && (section.Length == length || section[length] == '/');
    }
}

/// <summary>The section names libbpf knows.</summary>
/// <remarks>
/// Matched as libbpf matches them, most names exactly: a program in <c>tcx/ingres</c>, or in <c>xdp_prog1</c> of the days before libbpf 1.0,
/// has no type unless somebody gives it one. Source: Linux 6.12 tools/lib/bpf/libbpf.c, section_defs and sec_def_matches.
/// </remarks>
internal static class SectionNames
{
    private static readonly SectionKind[] s_table =
    [
        new("socket", ProgramType.SocketFilter, 0),
        new("sk_reuseport/migrate", ProgramType.SkReusePort, 40),
        new("sk_reuseport", ProgramType.SkReusePort, 39),
        new("kprobe+", ProgramType.Kprobe, 0),
        new("uprobe+", ProgramType.Kprobe, 0),
        new("uprobe.s+", ProgramType.Kprobe, 0, 16),
        new("kretprobe+", ProgramType.Kprobe, 0),
        new("uretprobe+", ProgramType.Kprobe, 0),
        new("uretprobe.s+", ProgramType.Kprobe, 0, 16),
        new("kprobe.multi+", ProgramType.Kprobe, 42),
        new("kretprobe.multi+", ProgramType.Kprobe, 42),
        new("kprobe.session+", ProgramType.Kprobe, 56),
        new("uprobe.multi+", ProgramType.Kprobe, 48),
        new("uretprobe.multi+", ProgramType.Kprobe, 48),
        new("uprobe.multi.s+", ProgramType.Kprobe, 48, 16),
        new("uretprobe.multi.s+", ProgramType.Kprobe, 48, 16),
        new("ksyscall+", ProgramType.Kprobe, 0),
        new("kretsyscall+", ProgramType.Kprobe, 0),
        new("usdt+", ProgramType.Kprobe, 0),
        new("usdt.s+", ProgramType.Kprobe, 0, 16),
        new("tc/ingress", ProgramType.SchedCls, 46),
        new("tc/egress", ProgramType.SchedCls, 47),
        new("tcx/ingress", ProgramType.SchedCls, 46),
        new("tcx/egress", ProgramType.SchedCls, 47),
        new("tc", ProgramType.SchedCls, 0),
        new("classifier", ProgramType.SchedCls, 0),
        new("action", ProgramType.SchedAct, 0),
        new("netkit/primary", ProgramType.SchedCls, 54),
        new("netkit/peer", ProgramType.SchedCls, 55),
        new("tracepoint+", ProgramType.TracePoint, 0),
        new("tp+", ProgramType.TracePoint, 0),
        new("raw_tracepoint+", ProgramType.RawTracePoint, 0),
        new("raw_tp+", ProgramType.RawTracePoint, 0),
        new("raw_tracepoint.w+", ProgramType.RawTracePointWritable, 0),
        new("raw_tp.w+", ProgramType.RawTracePointWritable, 0),
        new("tp_btf+", ProgramType.Tracing, 23),
        new("fentry+", ProgramType.Tracing, 24),
        new("fmod_ret+", ProgramType.Tracing, 26),
        new("fexit+", ProgramType.Tracing, 25),
        new("fentry.s+", ProgramType.Tracing, 24, 16),
        new("fmod_ret.s+", ProgramType.Tracing, 26, 16),
        new("fexit.s+", ProgramType.Tracing, 25, 16),
        new("freplace+", ProgramType.Ext, 0),
        new("lsm+", ProgramType.Lsm, 27),
        new("lsm.s+", ProgramType.Lsm, 27, 16),
        new("lsm_cgroup+", ProgramType.Lsm, 43),
        new("iter+", ProgramType.Tracing, 28),
        new("iter.s+", ProgramType.Tracing, 28, 16),
        new("syscall", ProgramType.Syscall, 0, 16),
        new("xdp.frags/devmap", ProgramType.Xdp, 33, 32),
        new("xdp/devmap", ProgramType.Xdp, 33),
        new("xdp.frags/cpumap", ProgramType.Xdp, 35, 32),
        new("xdp/cpumap", ProgramType.Xdp, 35),
        new("xdp.frags", ProgramType.Xdp, 37, 32),
        new("xdp", ProgramType.Xdp, 37),
        new("perf_event", ProgramType.PerfEvent, 0),
        new("lwt_in", ProgramType.LwtIn, 0),
        new("lwt_out", ProgramType.LwtOut, 0),
        new("lwt_xmit", ProgramType.LwtXmit, 0),
        new("lwt_seg6local", ProgramType.LwtSeg6Local, 0),
        new("sockops", ProgramType.SockOps, 3),
        new("sk_skb/stream_parser", ProgramType.SkSkb, 4),
        new("sk_skb/stream_verdict", ProgramType.SkSkb, 5),
        new("sk_skb/verdict", ProgramType.SkSkb, 38),
        new("sk_skb", ProgramType.SkSkb, 0),
        new("sk_msg", ProgramType.SkMsg, 7),
        new("lirc_mode2", ProgramType.LircMode2, 16),
        new("flow_dissector", ProgramType.FlowDissector, 17),
        new("cgroup_skb/ingress", ProgramType.CgroupSkb, 0),
        new("cgroup_skb/egress", ProgramType.CgroupSkb, 1),
        new("cgroup/skb", ProgramType.CgroupSkb, 0),
        new("cgroup/sock_create", ProgramType.CgroupSock, 2),
        new("cgroup/sock_release", ProgramType.CgroupSock, 34),
        new("cgroup/sock", ProgramType.CgroupSock, 2),
        new("cgroup/post_bind4", ProgramType.CgroupSock, 12),
        new("cgroup/post_bind6", ProgramType.CgroupSock, 13),
        new("cgroup/bind4", ProgramType.CgroupSockAddr, 8),
        new("cgroup/bind6", ProgramType.CgroupSockAddr, 9),
        new("cgroup/connect4", ProgramType.CgroupSockAddr, 10),
        new("cgroup/connect6", ProgramType.CgroupSockAddr, 11),
        new("cgroup/connect_unix", ProgramType.CgroupSockAddr, 49),
        new("cgroup/sendmsg4", ProgramType.CgroupSockAddr, 14),
        new("cgroup/sendmsg6", ProgramType.CgroupSockAddr, 15),
        new("cgroup/sendmsg_unix", ProgramType.CgroupSockAddr, 50),
        new("cgroup/recvmsg4", ProgramType.CgroupSockAddr, 19),
        new("cgroup/recvmsg6", ProgramType.CgroupSockAddr, 20),
        new("cgroup/recvmsg_unix", ProgramType.CgroupSockAddr, 51),
        new("cgroup/getpeername4", ProgramType.CgroupSockAddr, 29),
        new("cgroup/getpeername6", ProgramType.CgroupSockAddr, 30),
        new("cgroup/getpeername_unix", ProgramType.CgroupSockAddr, 52),
        new("cgroup/getsockname4", ProgramType.CgroupSockAddr, 31),
        new("cgroup/getsockname6", ProgramType.CgroupSockAddr, 32),
        new("cgroup/getsockname_unix", ProgramType.CgroupSockAddr, 53),
        new("cgroup/sysctl", ProgramType.CgroupSysctl, 18),
        new("cgroup/getsockopt", ProgramType.CgroupSockOpt, 21),
        new("cgroup/setsockopt", ProgramType.CgroupSockOpt, 22),
        new("cgroup/dev", ProgramType.CgroupDevice, 6),
        new("struct_ops+", ProgramType.StructOps, 0),
        new("struct_ops.s+", ProgramType.StructOps, 0, 16),
        new("sk_lookup", ProgramType.SkLookup, 36),
        new("netfilter", ProgramType.Netfilter, 45),
    ];

    /// <summary>What a section name says; false when it says nothing.</summary>
    /// <param name="name">Section name without a leading <c>?</c>.</param>
    /// <param name="kind">What it says.</param>
    public static bool TryFind(string name, out SectionKind kind)
    {
        foreach (var row in s_table)
        {
            if (!row.Matches(name)) continue;
            kind = row;
            return true;
        }
        kind = default;
        return false;
    }

    /// <summary>The known name somebody may have meant; null when none is near.</summary>
    public static string? Nearest(string name) => Spelling.Nearest(name, s_table.Select(row => row.Name.TrimEnd('+')));
}
