using System.Collections.Frozen;
using Vm.Abi;

namespace Netdev.Programs;

/// <summary>Which helpers the kernel has for which program type, by number: what is missing here but not there is ours to admit.</summary>
/// <remarks>
/// Source: Linux 6.12 kernel/bpf/helpers.c, bpf_base_func_proto; net/core/filter.c, sk_filter_func_proto, tc_cls_act_func_proto, xdp_func_proto,
/// cg_skb_func_proto, bpf_sk_base_func_proto; kernel/bpf/cgroup.c, cgroup_common_func_proto; kernel/bpf/syscall.c, syscall_prog_func_proto;
/// kernel/trace/bpf_trace.c, bpf_tracing_func_proto.
/// </remarks>
internal static class KernelHelperSets
{
    /// <summary>Helpers of every type.</summary>
    private static readonly (int First, int Last)[] s_base =
    [
        (1, 3), (5, 8), (12, 12), (14, 14), (35, 35), (42, 42), (80, 80), (87, 89), (93, 94), (105, 106), (112, 115), (118, 118), (120, 120), (123, 123),
        (125, 125), (130, 134), (149, 149), (153, 154), (158, 158), (164, 165), (169, 172), (175, 175), (177, 177), (181, 182), (194, 195), (197, 203),
        (208, 211)
    ];

    private static readonly (int First, int Last)[] s_socketFilter =
    [
        (25, 26), (46, 47), (68, 68), (136, 140), (160, 160), (178, 178), (196, 196)
    ];

    private static readonly (int First, int Last)[] s_tc =
    [
        (9, 11), (13, 13), (17, 21), (23, 26), (28, 34), (38, 41), (43, 43), (46, 48), (50, 50), (66, 66), (68, 69), (79, 79), (83, 86), (95, 100), (107, 108),
        (110, 110), (124, 124), (135, 140), (151, 152), (155, 155), (160, 160), (163, 163), (178, 178), (192, 192), (196, 196), (204, 207)
    ];

    private static readonly (int First, int Last)[] s_xdp =
    [
        (23, 23), (25, 25), (28, 28), (44, 44), (51, 51), (54, 54), (65, 65), (69, 69), (84, 86), (99, 100), (110, 110), (136, 140), (160, 160), (163, 163),
        (178, 178), (188, 190), (196, 196), (204, 207)
    ];

    private static readonly (int First, int Last)[] s_cgroupSkb =
    [
        (25, 26), (46, 47), (68, 68), (79, 79), (81, 81), (83, 86), (95, 99), (107, 108), (128, 129), (136, 140), (160, 160), (178, 178), (196, 196)
    ];

    private static readonly (int First, int Last)[] s_syscall =
    [
        (4, 4), (15, 16), (22, 22), (36, 37), (45, 45), (55, 55), (109, 109), (117, 117), (141, 141), (148, 148), (156, 157), (166, 168), (173, 173),
        (176, 176), (179, 180), (191, 191)
    ];

    /// <summary>The helpers of a type; none for types that are not simulated.</summary>
    public static IReadOnlySet<int> Of(ProgramType type) => type switch
    {
        ProgramType.SocketFilter => Set(s_socketFilter),
        ProgramType.SchedCls or ProgramType.SchedAct => Set(s_tc),
        ProgramType.Xdp => Set(s_xdp),
        ProgramType.CgroupSkb => Set(s_cgroupSkb),
        ProgramType.Syscall => Set(s_syscall),
        _ => FrozenSet<int>.Empty,
    };

    private static FrozenSet<int> Set((int First, int Last)[] own) =>
        s_base.Concat(own).SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)).ToFrozenSet();
}
