using Netdev.Devices;
using Netdev.Programs;
using Netdev.Skbs;
using Vm.Abi;
using Vm.Helpers;
using Vm.Programs;

namespace Tests.NetDev;

/// <summary>The tables that verifier and engines read. Source: Linux 6.12 net/core/filter.c; include/uapi/linux/bpf.h.</summary>
public sealed class ProgramKindTests
{
    /// <summary>bpf_helper_changes_pkt_data, as far as we have the helpers.</summary>
    private static readonly string[] s_movesPackets =
    [
        "bpf_clone_redirect", "bpf_l3_csum_replace", "bpf_l4_csum_replace", "bpf_skb_adjust_room", "bpf_skb_change_head", "bpf_skb_change_proto",
        "bpf_skb_change_tail", "bpf_skb_pull_data", "bpf_skb_store_bytes", "bpf_skb_vlan_pop", "bpf_skb_vlan_push", "bpf_tail_call",
        "bpf_xdp_adjust_head", "bpf_xdp_adjust_meta", "bpf_xdp_adjust_tail",
    ];

    [Fact]
    public void Helpers_HaveTheKernelsNamesAndNumbers() => Assert.All(NetProgramKinds.All.SelectMany(kind => kind.Helpers), pair =>
    {
        Assert.Equal(pair.Key.KernelName(), pair.Value.Signature.Name);
        Assert.Equal(s_movesPackets.Contains(pair.Value.Signature.Name), pair.Value.Signature.Flags.HasFlag(CallFlags.ChangesPacket));
    });

    [Fact]
    public void Kfuncs_AreKnownByName() =>
        Assert.All(NetProgramKinds.All.SelectMany(kind => kind.Kfuncs.Keys), name => Assert.Contains(name, KernelNames.Kfuncs));

    [Theory]
    [InlineData(ProgramType.SchedCls, "bpf_redirect_peer", true)]
    [InlineData(ProgramType.SchedCls, "bpf_xdp_adjust_head", false)]
    [InlineData(ProgramType.Xdp, "bpf_redirect_map", true)]
    [InlineData(ProgramType.Xdp, "bpf_csum_diff", true)]
    [InlineData(ProgramType.Xdp, "bpf_skb_load_bytes", false)]
    [InlineData(ProgramType.SocketFilter, "bpf_skb_load_bytes", true)]
    [InlineData(ProgramType.SocketFilter, "bpf_skb_store_bytes", false)]
    [InlineData(ProgramType.CgroupSkb, "bpf_skb_ecn_set_ce", true)]
    [InlineData(ProgramType.CgroupSkb, "bpf_redirect", false)]
    [InlineData(ProgramType.Syscall, "bpf_map_lookup_elem", true)]
    [InlineData(ProgramType.Syscall, "bpf_ktime_get_coarse_ns", false)]
    [InlineData(ProgramType.Syscall, "bpf_ktime_get_boot_ns", true)]
    [InlineData(ProgramType.SchedCls, "bpf_ktime_get_coarse_ns", true)]
    [InlineData(ProgramType.CgroupSkb, "bpf_ktime_get_coarse_ns", true)]
    [InlineData(ProgramType.SocketFilter, "bpf_ktime_get_coarse_ns", true)]
    [InlineData(ProgramType.Xdp, "bpf_ktime_get_coarse_ns", true)]
    public void Types_HaveTheirHelpers(ProgramType type, string name, bool allowed) =>
        Assert.Equal(allowed, NetProgramKinds.For(type).Helpers.Values.Any(helper => helper.Signature.Name == name));

    [Fact]
    public void GplOnly_IsWhatTheKernelSays() => Assert.Equal(
        ["bpf_check_mtu", "bpf_fib_lookup", "bpf_perf_event_output", "bpf_probe_read_kernel", "bpf_probe_read_kernel_str", "bpf_probe_read_user", "bpf_probe_read_user_str",
            "bpf_timer_cancel", "bpf_timer_init", "bpf_timer_set_callback", "bpf_timer_start", "bpf_trace_printk", "bpf_trace_vprintk"],
        NetProgramKinds.For(ProgramType.SchedCls).Helpers.Values.Where(helper => helper.Signature.Flags.HasFlag(CallFlags.GplOnly)).Select(helper => helper.Signature.Name).Order());

    [Fact]
    public void Prototypes_AreTheKernels()
    {
        var helpers = NetProgramKinds.For(ProgramType.SchedCls).Helpers;
        Assert.Equal([ArgKind.Context, ArgKind.Anything, ArgKind.Memory, ArgKind.ConstSize, ArgKind.Anything], helpers[HelperId.SkbStoreBytes].Signature.Args.Select(arg => arg.Kind));
        Assert.Equal([ArgKind.Context, ArgKind.ConstMapPtr, ArgKind.Anything, ArgKind.Memory, ArgKind.ConstSize], helpers[HelperId.PerfEventOutput].Signature.Args.Select(arg => arg.Kind));
        Assert.Equal(ArgFlags.MaybeNull | ArgFlags.ReadOnly, helpers[HelperId.CsumDiff].Signature.Args[0].Flags);
        Assert.Equal(ArgFlags.OrZero, helpers[HelperId.CsumDiff].Signature.Args[1].Flags);
        Assert.Equal(ArgFlags.None, helpers[HelperId.FibLookup].Signature.Args[1].Flags);
        Assert.Equal(ArgFlags.FixedSize | ArgFlags.Aligned, helpers[HelperId.CheckMtu].Signature.Args[2].Flags);
    }

    [Fact]
    public void Layouts_AscendWithoutOverlap_AndLieInTheNativeStruct() => Assert.All(NetProgramKinds.All, kind =>
    {
        int end = 0;
        foreach (var field in kind.Context.Fields)
        {
            Assert.True(field.Offset >= end, field.Name);
            end = field.Offset + field.Size;
            if (field.Backing is ContextBacking.Native native) Assert.True(native.Offset + native.Bytes <= SkBuff.SizeBytes, field.Name);
        }
        Assert.True(end <= kind.Context.SizeBytes);
    });

    [Theory]
    [InlineData(ProgramType.SchedCls, "mark", true, true)]
    [InlineData(ProgramType.SchedCls, "len", true, false)]
    [InlineData(ProgramType.SocketFilter, "mark", true, false)]
    [InlineData(ProgramType.SocketFilter, "data", false, false)]
    [InlineData(ProgramType.CgroupSkb, "tstamp", true, true)]
    [InlineData(ProgramType.CgroupSkb, "tc_classid", false, false)]
    [InlineData(ProgramType.Xdp, "data_meta", true, false)]
    public void Fields_FollowTheType(ProgramType type, string name, bool readable, bool writable)
    {
        var field = NetProgramKinds.For(type).Context.Fields.SingleOrDefault(field => field.Name == name);
        Assert.Equal((readable, writable), (field is not null, field is not null && field.Write != Widths.None));
    }

    [Fact]
    public void QueueMapping_StoresFollowTheKernelsQuirk()
    {
        using var bed = new Bed();
        Assert.Equal((1ul, 1ul, 1ul, 0xfffful), bed.At(Bed.Udp(), (_, skb) =>
        {
            SkbLayouts.SetQueueMapping(skb.Address, 1);
            SkbLayouts.SetQueueMapping(skb.Address, 0xffff);
            ulong register = SkbLayouts.GetQueueMapping(skb.Address);
            SkbLayouts.SetQueueMapping(skb.Address, ulong.MaxValue);
            ulong negative = SkbLayouts.GetQueueMapping(skb.Address);
            SkbLayouts.SetQueueMappingImmediate(skb.Address, 0xffff);
            ulong immediate = SkbLayouts.GetQueueMapping(skb.Address);
            SkbLayouts.SetQueueMappingImmediate(skb.Address, ulong.MaxValue);
            return (register, negative, immediate, SkbLayouts.GetQueueMapping(skb.Address));
        }));
    }

    [Fact]
    public void Stubs_CallTheHelpers()
    {
        using var bed = new Bed();
        var helper = NetProgramKinds.For(ProgramType.SchedCls).Helpers[HelperId.SkbLoadBytes];
        Assert.Equal((0ul, (byte)8), bed.At(Bed.Udp(), (x, skb) =>
        {
            ulong stack = x.Run.FramePointer - 8;
            ulong result = helper.Stub(x, skb.Address, 12, stack, 2, 0);
            return (result, Vm.Memory.Native.Ref<byte>(stack));
        }));
        Assert.Equal(typeof(NetContext), NetProgramKinds.For(ProgramType.Xdp).ExecType);
    }
}
