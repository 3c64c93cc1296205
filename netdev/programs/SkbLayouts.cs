using System.Reflection;
using System.Runtime.InteropServices;
using Netdev.Skbs;
using Vm.Abi;
using Vm.Programs;

namespace Netdev.Programs;

/// <summary>struct __sk_buff, as the three program types that see it may use it.</summary>
/// <remarks>Source: Linux 6.12 net/core/filter.c, tc_cls_act_is_valid_access, sk_filter_is_valid_access, cg_skb_is_valid_access, bpf_convert_ctx_access.</remarks>
public static class SkbLayouts
{
    private const int SizeBytes = 192;
    private const string Name = "__sk_buff";

    /// <summary>Fields only tc programs see.</summary>
    private static readonly HashSet<string> s_tcOnly = ["tc_classid", "data_meta", "wire_len", "tstamp_type"];

    /// <summary>Fields socket filters do not see on top of that.</summary>
    private static readonly HashSet<string> s_notForSockets = ["data", "data_end", "tstamp", "hwtstamp"];

    /// <summary>SCHED_CLS and SCHED_ACT.</summary>
    public static ContextLayout Tc { get; } = new(Name, SizeBytes, TcFields());

    /// <summary>SOCKET_FILTER: no direct packet access, only cb can be written.</summary>
    public static ContextLayout SocketFilter { get; } = new(Name, SizeBytes,
        [.. Tc.Fields.Where(field => !s_tcOnly.Contains(field.Name) && !s_notForSockets.Contains(field.Name)).Select(field => Writable(field, "cb"))]);

    /// <summary>CGROUP_SKB. The socket's family, addresses and ports read as 0, as packets here have no socket; in a test run there is <see cref="TestSocket"/>.</summary>
    public static ContextLayout CgroupSkb { get; } = new(Name, SizeBytes,
        [
            .. Tc.Fields.Concat(SocketFields()).Where(field => !s_tcOnly.Contains(field.Name)).OrderBy(field => field.Offset)
                .Select(field => Writable(field, "cb", "mark", "priority", "tstamp")),
        ]);

    /// <summary>1 when there is a VLAN tag beside the packet.</summary>
    public static ulong GetVlanPresent(ulong ctx) => new Skb(ctx).Fields.Vlan != 0 ? 1UL : 0;

    /// <summary>Zero, for what packets here never have: a NAPI id, a socket.</summary>
    public static ulong GetNothing(ulong ctx) => 0;

    /// <summary>Register store: 0xffff and above are ignored.</summary>
    public static void SetQueueMapping(ulong ctx, ulong value)
    {
        if (value < 0xffff) new Skb(ctx).Fields.QueueMapping = (ushort)value;
    }

    /// <summary>Immediate store: compared as a signed number, so -1 passes.</summary>
    public static void SetQueueMappingImmediate(ulong ctx, ulong value)
    {
        if ((int)value < 0xffff) new Skb(ctx).Fields.QueueMapping = (ushort)value;
    }

    /// <summary>The value of queue_mapping.</summary>
    public static ulong GetQueueMapping(ulong ctx) => new Skb(ctx).Fields.QueueMapping;

    /// <summary>A delivery time is not shown at ingress to programs that do not ask for its clock.</summary>
    public static ulong GetTimestamp(ulong ctx)
    {
        ref var fields = ref new Skb(ctx).Fields;
        return fields.AtIngress != 0 && fields.TimestampType != 0 ? 0 : (ulong)fields.Timestamp;
    }

    /// <summary>A time written at ingress by such a program is a time of reception.</summary>
    public static void SetTimestamp(ulong ctx, ulong value)
    {
        ref var fields = ref new Skb(ctx).Fields;
        if (fields.AtIngress != 0) fields.TimestampType = 0;
        fields.Timestamp = (long)value;
    }

    private static IReadOnlyList<ContextField> TcFields() =>
    [
        Number("len", 0, nameof(SkBuff.Length), 4),
        Number("pkt_type", 4, nameof(SkBuff.PacketType), 1),
        Number("mark", 8, nameof(SkBuff.Mark), 4, Widths.B4),
        new("queue_mapping", 12, 4, Widths.Narrow4, Widths.B4,
            new ContextBacking.Methods(2, Method(nameof(GetQueueMapping)), Method(nameof(SetQueueMapping)), Method(nameof(SetQueueMappingImmediate)))),
        Number("protocol", 16, nameof(SkBuff.Protocol), 2),
        new("vlan_present", 20, 4, Widths.Narrow4, Widths.None, new ContextBacking.Methods(4, Method(nameof(GetVlanPresent)), null)),
        Number("vlan_tci", 24, nameof(SkBuff.VlanTci), 2),
        Number("vlan_proto", 28, nameof(SkBuff.VlanProtocol), 2),
        Number("priority", 32, nameof(SkBuff.Priority), 4, Widths.B4),
        Number("ingress_ifindex", 36, nameof(SkBuff.IngressIfindex), 4),
        Number("ifindex", 40, nameof(SkBuff.Ifindex), 4),
        Number("tc_index", 44, nameof(SkBuff.TcIndex), 2, Widths.B4),
        new("cb", 48, 20, Widths.Narrow4 | Widths.B8, Widths.Narrow4 | Widths.B8, Native(nameof(SkBuff.Cb01), 20)) { Region = true },
        Number("hash", 68, nameof(SkBuff.Hash), 4),
        Number("tc_classid", 72, nameof(SkBuff.TcClassId), 2, Widths.B4),
        Pointer("data", 76, nameof(SkBuff.Data), ContextValue.Packet),
        Pointer("data_end", 80, nameof(SkBuff.DataEnd), ContextValue.PacketEnd),
        new("napi_id", 84, 4, Widths.Narrow4, Widths.None, new ContextBacking.Methods(4, Method(nameof(GetNothing)), null)),
        Pointer("data_meta", 140, nameof(SkBuff.DataMeta), ContextValue.PacketMeta),
        new("tstamp", 152, 8, Widths.B8, Widths.B8, new ContextBacking.Methods(8, Method(nameof(GetTimestamp)), Method(nameof(SetTimestamp))))
        {
            RawWhenUsed = "tstamp_type",
            RawBacking = Native(nameof(SkBuff.Timestamp), 8),
        },
        Number("wire_len", 160, nameof(SkBuff.WireLength), 4),
        Number("gso_segs", 164, nameof(SkBuff.GsoSegments), 2),
        new("sk", 168, 8, Widths.B8, Widths.None, new ContextBacking.Methods(8, Method(nameof(GetNothing)), null)) { Value = ContextValue.SockCommonOrNull },
        Number("gso_size", 176, nameof(SkBuff.GsoSize), 2),
        new("tstamp_type", 180, 1, Widths.B1, Widths.None, Native(nameof(SkBuff.TimestampType), 1)),
        new("hwtstamp", 184, 8, Widths.B8, Widths.None, Native(nameof(SkBuff.HardwareTimestamp), 8)),
    ];

    private static IReadOnlyList<ContextField> SocketFields() =>
    [
        OfSocket("family", 88, TestSocket.Family), OfSocket("remote_ip4", 92, TestSocket.RemoteIp4), OfSocket("local_ip4", 96, TestSocket.LocalIp4),
        OfSocket("remote_ip6[0]", 100, TestSocket.RemoteIp60), OfSocket("remote_ip6[1]", 104, TestSocket.RemoteIp61),
        OfSocket("remote_ip6[2]", 108, TestSocket.RemoteIp62), OfSocket("remote_ip6[3]", 112, TestSocket.RemoteIp63),
        OfSocket("local_ip6[0]", 116, TestSocket.LocalIp60), OfSocket("local_ip6[1]", 120, TestSocket.LocalIp61),
        OfSocket("local_ip6[2]", 124, TestSocket.LocalIp62), OfSocket("local_ip6[3]", 128, TestSocket.LocalIp63),
        OfSocket("remote_port", 132, GetNothing), OfSocket("local_port", 136, GetNothing),
    ];

    private static ContextField OfSocket(string name, int offset, Func<ulong, ulong> get) =>
        new(name, offset, 4, Widths.Narrow4, Widths.None, new ContextBacking.Methods(4, get.Method, null));

    private static ContextField Number(string name, int offset, string field, int bytes, Widths write = Widths.None) =>
        new(name, offset, 4, Widths.Narrow4, write, Native(field, bytes));

    private static ContextField Pointer(string name, int offset, string field, ContextValue value) =>
        new(name, offset, 4, Widths.B4, Widths.None, Native(field, 8)) { Value = value, SignedLoads = false };

    private static ContextBacking.Native Native(string field, int bytes) => new((int)Marshal.OffsetOf<SkBuff>(field), bytes);

    private static ContextField Writable(ContextField field, params ReadOnlySpan<string> names) =>
        names.Contains(field.Name) ? field : field with { Write = Widths.None };

    private static MethodInfo Method(string name) => typeof(SkbLayouts).GetMethod(name, BindingFlags.Public | BindingFlags.Static)!;
}

/// <summary>struct xdp_md. Source: Linux 6.12 net/core/filter.c, xdp_is_valid_access and xdp_convert_ctx_access.</summary>
public static class XdpLayout
{
    /// <summary>The layout. egress_ifindex is for device map programs only; as these do not run here, nobody reads it.</summary>
    public static ContextLayout Md { get; } = new("xdp_md", 24,
    [
        Pointer("data", 0, nameof(SkBuff.Data), ContextValue.Packet),
        Pointer("data_end", 4, nameof(SkBuff.DataEnd), ContextValue.PacketEnd),
        Pointer("data_meta", 8, nameof(SkBuff.DataMeta), ContextValue.PacketMeta),
        Number("ingress_ifindex", 12, nameof(SkBuff.IngressIfindex)),
        Number("rx_queue_index", 16, nameof(SkBuff.ReceiveQueue)),
        new("egress_ifindex", 20, 4, Widths.B4, Widths.None, new ContextBacking.Methods(4, ((Func<ulong, ulong>)SkbLayouts.GetNothing).Method, null)) { Only = AttachType.XdpDevMap },
    ]);

    private static ContextField Pointer(string name, int offset, string field, ContextValue value) =>
        new(name, offset, 4, Widths.B4, Widths.None, new ContextBacking.Native((int)Marshal.OffsetOf<SkBuff>(field), 8)) { Value = value, SignedLoads = false };

    private static ContextField Number(string name, int offset, string field) =>
        new(name, offset, 4, Widths.B4, Widths.None, new ContextBacking.Native((int)Marshal.OffsetOf<SkBuff>(field), 4));
}
