using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Netdev.Devices;
using Netdev.Helpers;
using Vm.Abi;
using Vm.Crypto;
using Vm.Helpers;
using Vm.Programs;

namespace Netdev.Programs;

/// <summary>The program types the testbed runs, with context, helpers and kernel functions of each.</summary>
/// <remarks>
/// Which helper belongs to which type follows the kernel's func_proto switches; a helper that is missing here is one we have not got.
/// Source: Linux 6.12 net/core/filter.c, tc_cls_act_func_proto, xdp_func_proto, sk_filter_func_proto, cg_skb_func_proto;
/// kernel/bpf/helpers.c, bpf_base_func_proto; kernel/bpf/syscall.c, syscall_prog_func_proto.
/// </remarks>
public static class NetProgramKinds
{
    /// <summary>Helpers of the vm that packet programs may not call: none of the base set is left out.</summary>
    private static readonly Type[] s_base = [typeof(CoreHelpers), typeof(MapHelpers), typeof(RingBufHelpers), typeof(DynptrHelpers), typeof(LoopHelpers), typeof(NumIterator), typeof(BitsIterator), typeof(PrintHelpers),
        typeof(NumberHelpers), typeof(ProbeHelpers), typeof(PerCpuHelpers), typeof(TimerHelpers), typeof(WorkQueueKfuncs)];

    /// <summary>Kernel functions for <see cref="s_generic"/> only. Source: Linux 6.12 kernel/bpf/helpers.c, generic_btf_ids.</summary>
    private static readonly Type[] s_genericKfuncs = [typeof(ExceptionHelpers), typeof(AllocationKfuncs), typeof(CgroupKfuncs)];

    /// <summary>Types that have them. Source: Linux 6.12 kernel/bpf/helpers.c, kfunc_init.</summary>
    private static readonly HashSet<ProgramType> s_generic = [ProgramType.SchedCls, ProgramType.Xdp, ProgramType.Syscall, ProgramType.CgroupSkb];

    private static readonly Type[] s_tc =
    [
        typeof(SkbDataHelpers), typeof(ChecksumHelpers), typeof(ResizeHelpers), typeof(VlanHelpers), typeof(AdjustRoom), typeof(SkbStateHelpers), typeof(SkbEvents),
        typeof(RedirectHelpers), typeof(TunnelHelpers), typeof(SkbFib), typeof(SkbDynptr), typeof(SocketHelpers), typeof(SocketCasts), typeof(CryptoKfuncs),
    ];

    private static readonly Type[] s_xdp = [typeof(XdpHelpers), typeof(XdpFib), typeof(XdpEvents), typeof(XdpSocketHelpers), typeof(SocketCasts), typeof(CryptoKfuncs)];

    /// <summary>Helpers of the tc classes that socket filters share; cgroup programs add <see cref="s_cgroupShared"/>.</summary>
    private static readonly HashSet<string> s_socketShared =
        ["bpf_skb_load_bytes", "bpf_skb_load_bytes_relative", "bpf_get_socket_cookie", "bpf_get_socket_uid", "bpf_perf_event_output"];

    private static readonly HashSet<string> s_cgroupShared = [.. s_socketShared, "bpf_skb_cgroup_id", "bpf_skb_ancestor_cgroup_id", "bpf_skb_ecn_set_ce",
        "bpf_sk_lookup_tcp", "bpf_sk_lookup_udp", "bpf_skc_lookup_tcp", "bpf_sk_release", "bpf_sk_fullsock", "bpf_tcp_sock", "bpf_get_listener_sock",
        "bpf_sk_storage_get", "bpf_sk_storage_delete"];

    /// <summary>Helpers that are the same for skb and xdp programs.</summary>
    private static readonly HashSet<string> s_xdpShared = ["bpf_csum_diff", "bpf_sk_release"];

    private static readonly FrozenDictionary<ProgramType, ProgramKind> s_kinds = Together(
    [
        Skb(ProgramType.SchedCls),
        Skb(ProgramType.SchedAct),
        Make(ProgramType.Xdp, XdpLayout.Md, [.. Bind(s_xdp), .. Bind(s_tc).Where(helper => s_xdpShared.Contains(helper.Signature.Name))]) with { Packet = PacketAccess.ReadWrite },
        Make(ProgramType.SocketFilter, SkbLayouts.SocketFilter, ReadOnly(s_socketShared)) with { LegacyPacketLoads = true, LegacyLoad = LegacyLoad },
        Make(ProgramType.CgroupSkb, SkbLayouts.CgroupSkb, [.. ReadOnly(s_cgroupShared), .. Bind([typeof(CgroupHelpers)])]) with
        {
            Packet = PacketAccess.Read,
            // The kernel translates packet loads for tc programs and socket filters alone.
            ReturnRange = (0, 1),
            // Egress may say congestion (2, 3) as well. Source: Linux 6.12 kernel/bpf/verifier.c, check_return_code.
            ReturnRanges = new Dictionary<AttachType, (long, long)> { [AttachType.CgroupInetEgress] = (0, 3) },
        },
        Make(ProgramType.Syscall, new ContextLayout("syscall context", 0, [], RawBytes: ushort.MaxValue), Bind([typeof(CryptoSetupKfuncs), typeof(ProcessHelpers)])) with { Sleepable = true },
    ]);

    private static System.Reflection.MethodInfo LegacyLoad => typeof(LegacyLoads).GetMethod(nameof(LegacyLoads.Load))!;

    /// <summary>All of them, ascending type number.</summary>
    public static IReadOnlyList<ProgramKind> All { get; } = [.. s_kinds.Values.OrderBy(kind => kind.Type)];

    /// <summary>The kind of a type; false when the testbed does not run it.</summary>
    public static bool TryFor(ProgramType type, [NotNullWhen(true)] out ProgramKind? kind) => s_kinds.TryGetValue(type, out kind);

    /// <summary>The kind of a type the testbed is known to run.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    public static ProgramKind For(ProgramType type) =>
        TryFor(type, out var kind) ? kind : throw new ArgumentOutOfRangeException(nameof(type), type, "The testbed runs no programs of this type.");

    private static ProgramKind Skb(ProgramType type) =>
        Make(type, SkbLayouts.Tc, Bind(s_tc)) with { Packet = PacketAccess.ReadWrite, LegacyPacketLoads = true, LegacyLoad = LegacyLoad };

    private static List<HelperBinding> ReadOnly(HashSet<string> names) =>
        [.. Bind(s_tc).Where(helper => names.Contains(helper.Signature.Name)), .. Bind([typeof(SkbReadOnlyDynptr), typeof(SocketCasts)])];

    private static FrozenDictionary<ProgramType, ProgramKind> Together(ProgramKind[] kinds)
    {
        var kfuncs = kinds.SelectMany(kind => kind.Kfuncs.Keys).ToFrozenSet();
        return kinds.Select(kind => kind with { SimulatedKfuncs = kfuncs }).ToFrozenDictionary(kind => kind.Type);
    }

    private static List<HelperBinding> Bind(Type[] classes) => [.. classes.SelectMany(HelperBinder.Bind)];

    private static ProgramKind Make(ProgramType type, ContextLayout context, List<HelperBinding> own)
    {
        List<HelperBinding> all = [.. Bind(s_base), .. own];
        if (type != ProgramType.Syscall) all.AddRange(HelperBinder.Bind(typeof(CoarseClock)));
        if (s_generic.Contains(type)) all.AddRange(Bind(s_genericKfuncs));
        // A class may hold helpers that one type has and another has not: SYSCALL programs have no coarse clock.
        var kernel = KernelHelperSets.Of(type);
        return new ProgramKind
        {
            Type = type,
            Context = context,
            Helpers = all.Where(helper => !helper.IsKfunc && kernel.Contains(helper.Id)).ToFrozenDictionary(helper => helper.Id),
            Kfuncs = all.Where(helper => helper.IsKfunc).ToFrozenDictionary(helper => helper.Signature.Name),
            KfuncNames = KernelNames.Kfuncs,
            KernelHelpers = kernel,
            ExecType = typeof(NetContext),
        };
    }
}
