using Vm.Abi;
using Vm.Crypto;
using Vm.Helpers;
using Vm.Programs;
using Vm.Runtime;

namespace Tests.Verifier;

/// <summary>Program types as the verifier sees them: the kernel's context fields and helper prototypes, without bodies.</summary>
/// <remarks>Source: Linux 6.12 net/core/filter.c, tc_cls_act_is_valid_access, xdp_is_valid_access, *_func_proto.</remarks>
internal static class TestKinds
{
    private static readonly Type[] s_common =
        [typeof(CoreHelpers), typeof(MapHelpers), typeof(LoopHelpers), typeof(NumIterator), typeof(RingBufHelpers), typeof(DynptrHelpers), typeof(PrintHelpers), typeof(CryptoKfuncs)];

    public static ProgramKind SchedCls { get; } = Make(ProgramType.SchedCls, SkbLayout(), PacketAccess.ReadWrite, [.. s_common, typeof(SkbPrototypes)]) with
    {
        LegacyPacketLoads = true,
    };

    public static ProgramKind Xdp { get; } = Make(ProgramType.Xdp, XdpLayout(), PacketAccess.ReadWrite, [.. s_common, typeof(XdpPrototypes)]);

    public static ProgramKind Syscall { get; } = Make(ProgramType.Syscall, new ContextLayout("bpf_syscall", 0, [], RawBytes: 65535), PacketAccess.None,
        [.. s_common, typeof(CryptoSetupKfuncs)]) with
    {
        Sleepable = true,
    };

    public static ProgramKind SkLookup { get; } = Make(ProgramType.SkLookup, new ContextLayout("bpf_sk_lookup", 72, []), PacketAccess.None, s_common) with
    {
        ReturnRange = (0, 1),
    };

    public static ProgramKind Of(ProgramType type) => type switch
    {
        ProgramType.Xdp => Xdp,
        ProgramType.Syscall => Syscall,
        ProgramType.SkLookup => SkLookup,
        _ => SchedCls,
    };

    private static ProgramKind Make(ProgramType type, ContextLayout context, PacketAccess packet, Type[] classes)
    {
        var bindings = classes.SelectMany(HelperBinder.Bind).ToList();
        return new ProgramKind
        {
            Type = type,
            Context = context,
            Helpers = bindings.Where(b => !b.IsKfunc).ToDictionary(b => b.Id),
            Kfuncs = bindings.Where(b => b.IsKfunc).ToDictionary(b => b.Signature.Name),
            KfuncNames = bindings.Where(b => b.IsKfunc).Select(b => b.Signature.Name).Append("bpf_crypto_ctx_create").ToHashSet(),
            SimulatedKfuncs = bindings.Where(b => b.IsKfunc).Select(b => b.Signature.Name).Append("bpf_crypto_ctx_create").ToHashSet(),
            Packet = packet,
            ExecType = typeof(ExecContext),
        };
    }

    private static ContextLayout SkbLayout()
    {
        var fields = new List<ContextField>();
        void Add(int offset, string name, bool write = false) =>
            fields.Add(new ContextField(name, offset, 4, Widths.Narrow4, write ? Widths.B4 : Widths.None, new ContextBacking.Native(0, 4)));
        void AddWhole(int offset, string name, int size, Widths widths, ContextValue value) =>
            fields.Add(new ContextField(name, offset, size, widths, Widths.None, new ContextBacking.Native(0, 8)) { Value = value, SignedLoads = size != 4 });

        Add(0, "len");
        Add(4, "pkt_type");
        Add(8, "mark", write: true);
        Add(12, "queue_mapping", write: true);
        Add(16, "protocol");
        Add(20, "vlan_present");
        Add(24, "vlan_tci");
        Add(28, "vlan_proto");
        Add(32, "priority", write: true);
        Add(36, "ingress_ifindex");
        Add(40, "ifindex");
        Add(44, "tc_index", write: true);
        const Widths any = Widths.B1 | Widths.B2 | Widths.B4 | Widths.B8;
        fields.Add(new ContextField("cb", 48, 20, any, any, new ContextBacking.Native(0, 20)) { Region = true });
        Add(68, "hash");
        Add(72, "tc_classid", write: true);
        AddWhole(76, "data", 4, Widths.B4, ContextValue.Packet);
        AddWhole(80, "data_end", 4, Widths.B4, ContextValue.PacketEnd);
        Add(84, "napi_id");
        AddWhole(140, "data_meta", 4, Widths.B4, ContextValue.PacketMeta);
        fields.Add(new ContextField("tstamp", 152, 8, Widths.B8, Widths.B8, new ContextBacking.Native(0, 8)));
        Add(160, "wire_len");
        Add(164, "gso_segs");
        AddWhole(168, "sk", 8, Widths.B8, ContextValue.SockCommonOrNull);
        Add(176, "gso_size");
        fields.Add(new ContextField("tstamp_type", 180, 1, Widths.B1, Widths.None, new ContextBacking.Native(0, 1)));
        fields.Add(new ContextField("hwtstamp", 184, 8, Widths.B8, Widths.None, new ContextBacking.Native(0, 8)));
        return new ContextLayout("__sk_buff", 192, fields);
    }

    private static ContextLayout XdpLayout()
    {
        ContextField Field(int offset, string name, ContextValue value = ContextValue.Scalar) =>
            new(name, offset, 4, Widths.B4, Widths.None, new ContextBacking.Native(0, 8)) { Value = value, SignedLoads = value == ContextValue.Scalar };
        return new ContextLayout("xdp_md", 24,
        [
            Field(0, "data", ContextValue.Packet), Field(4, "data_end", ContextValue.PacketEnd), Field(8, "data_meta", ContextValue.PacketMeta),
            Field(12, "ingress_ifindex"), Field(16, "rx_queue_index"),
        ]);
    }
}

/// <summary>Stands for the context pointer.</summary>
[GuestArgument(ArgKind.Context)]
internal readonly record struct Ctx(ulong Address);

/// <summary>Stands for a socket pointer.</summary>
[GuestArgument(ArgKind.SockCommon)]
internal readonly record struct Sock(ulong Address);

/// <summary>Prototypes of SCHED_CLS helpers. Source: Linux 6.12 net/core/filter.c, bpf_*_proto.</summary>
#pragma warning disable IDE0060, CA1801 // The parameters are the prototype; nobody calls these.
internal static class SkbPrototypes
{
    [Helper(HelperId.SkbStoreBytes, Flags = CallFlags.ChangesPacket)]
    public static long StoreBytes(Ctx ctx, uint offset, ReadOnlySpan<byte> from, ulong flags) => 0;

    [Helper(HelperId.L3CsumReplace, Flags = CallFlags.ChangesPacket)]
    public static long L3(Ctx ctx, uint offset, ulong from, ulong to, ulong flags) => 0;

    [Helper(HelperId.L4CsumReplace, Flags = CallFlags.ChangesPacket)]
    public static long L4(Ctx ctx, uint offset, ulong from, ulong to, ulong flags) => 0;

    [Helper(HelperId.CloneRedirect, Flags = CallFlags.ChangesPacket)]
    public static long CloneRedirect(Ctx ctx, uint ifindex, ulong flags) => 0;

    [Helper(HelperId.SkbVlanPush, Flags = CallFlags.ChangesPacket)]
    public static long VlanPush(Ctx ctx, uint proto, uint tci) => 0;

    [Helper(HelperId.SkbVlanPop, Flags = CallFlags.ChangesPacket)]
    public static long VlanPop(Ctx ctx) => 0;

    [Helper(HelperId.Redirect)]
    public static long Redirect(uint ifindex, ulong flags) => 0;

    [Helper(HelperId.PerfEventOutput, Flags = CallFlags.GplOnly)]
    public static long PerfOutput(Ctx ctx, Vm.Maps.Map map, ulong flags, [OrZero] ReadOnlySpan<byte> data) => 0;

    [Helper(HelperId.SkbLoadBytes)]
    public static long LoadBytes(Ctx ctx, uint offset, Span<byte> to) => 0;

    [Helper(HelperId.CsumDiff, Flags = CallFlags.TakesPacket)]
    public static long CsumDiff([OrNull, OrZero] ReadOnlySpan<byte> from, [OrNull, OrZero] ReadOnlySpan<byte> to, uint seed) => 0;

    [Helper(HelperId.SkbChangeTail, Flags = CallFlags.ChangesPacket)]
    public static long ChangeTail(Ctx ctx, uint bytes, ulong flags) => 0;

    [Helper(HelperId.SkbPullData, Flags = CallFlags.ChangesPacket)]
    public static long PullData(Ctx ctx, uint bytes) => 0;

    [Helper(HelperId.SkbAdjustRoom, Flags = CallFlags.ChangesPacket)]
    public static long AdjustRoom(Ctx ctx, int bytes, uint mode, ulong flags) => 0;

    [Helper(HelperId.FibLookup, Flags = CallFlags.GplOnly)]
    public static long FibLookup(Ctx ctx, [Initialized] Span<byte> parameters, uint flags) => 0;

    [Helper(HelperId.SkLookupTcp, Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupTcp(Ctx ctx, ReadOnlySpan<byte> tuple, ulong netns, ulong flags) => 0;

    [Helper(HelperId.SkRelease, Flags = CallFlags.Release)]
    public static long Release([Arg(Flags = ArgFlags.Release)] Sock sock) => 0;

    [Helper(HelperId.TcpSock)]
    [Returns(ReturnKind.TcpSockOrNull)]
    public static ulong TcpSock(Sock sock) => 0;

    [Kfunc("bpf_dynptr_from_skb")]
    public static int FromSkb(Ctx ctx, ulong flags, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit, Dynptr = DynptrKind.Skb)] DynptrRef dynptr) => 0;
}

/// <summary>Prototypes of XDP helpers. Source: Linux 6.12 net/core/filter.c, bpf_xdp_*_proto.</summary>
internal static class XdpPrototypes
{
    [Helper(HelperId.XdpAdjustHead, Flags = CallFlags.ChangesPacket)]
    public static long AdjustHead(Ctx ctx, int delta) => 0;

    [Helper(HelperId.RedirectMap)]
    public static long RedirectMap(Vm.Maps.Map map, ulong key, ulong flags) => 0;

    [Kfunc("bpf_dynptr_from_xdp")]
    public static int FromXdp(Ctx ctx, ulong flags, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit, Dynptr = DynptrKind.Xdp)] DynptrRef dynptr) => 0;
}
#pragma warning restore IDE0060, CA1801
