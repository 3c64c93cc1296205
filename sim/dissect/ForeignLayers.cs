using System.Globalization;
using System.Net.NetworkInformation;
using PacketDotNet;

namespace Sim.Dissect;

/// <summary>Fields of protocols that <see cref="FieldTables"/> has no table for, as PacketDotNet reads them. Names are Wireshark's.</summary>
/// <remarks>PacketDotNet gives values without their places, so these fields can be shown but not left out of a comparison.</remarks>
internal static class ForeignLayers
{
    private static readonly Row[] s_rows =
    [
        Row.Of<IgmpV2Packet>("IGMP", ("igmp.type", p => p.Type), ("igmp.max_resp", p => p.MaxResponseTime), ("igmp.checksum", p => Hex((ushort)p.Checksum)), ("igmp.maddr", p => p.GroupAddress)),
        Row.Of<IgmpV3MembershipQueryPacket>("IGMP", ("igmp.type", p => p.Type), ("igmp.maddr", p => p.GroupAddress), ("igmp.s", p => p.SuppressRouterSideProcessingFlag),
            ("igmp.qrv", p => p.QueriersRobustnessVariable), ("igmp.num_src", p => p.NumberOfSources)),
        Row.Of<IgmpV3MembershipReportPacket>("IGMP", ("igmp.type", p => p.Type), ("igmp.num_grp_recs", p => p.NumberOfGroupRecords)),
        Row.Of<DhcpV4Packet>("DHCP", ("dhcp.type", p => p.Operation), ("dhcp.hops", p => p.Hops), ("dhcp.id", p => Hex(p.TransactionId)), ("dhcp.secs", p => p.Secs), ("dhcp.flags", p => Hex(p.Flags)),
            ("dhcp.ip.client", p => p.ClientAddress), ("dhcp.ip.your", p => p.YourAddress), ("dhcp.ip.server", p => p.ServerAddress), ("dhcp.ip.relay", p => p.GatewayAddress),
            ("dhcp.hw.mac_addr", p => p.ClientHardwareAddress), ("dhcp.option.dhcp", p => p.MessageType)),
        Row.Of<PppoePacket>("PPPoE", ("pppoe.code", p => p.Code), ("pppoe.session_id", p => Hex(p.SessionId)), ("pppoe.payload_length", p => p.Length)),
        Row.Of<PppPacket>("PPP", ("ppp.protocol", p => p.Protocol)),
        Row.Of<L2tpPacket>("L2TP", ("l2tp.version", p => p.Version), ("l2tp.tunnel", p => p.TunnelId), ("l2tp.session", p => p.SessionId)),
        Row.Of<OspfV2Packet>("OSPF", ("ospf.msg", p => p.Type), ("ospf.packet_length", p => p.PacketLength), ("ospf.srcrouter", p => p.RouterId), ("ospf.area_id", p => p.AreaId),
            ("ospf.checksum", p => Hex(p.Checksum)), ("ospf.auth.type", p => p.AuType)),
        Row.Of<OspfV2HelloPacket>("OSPF", ("ospf.hello.network_mask", p => p.NetworkMask), ("ospf.hello.hello_interval", p => p.HelloInterval), ("ospf.hello.router_priority", p => p.RtrPriority),
            ("ospf.hello.router_dead_interval", p => p.RouterDeadInterval), ("ospf.hello.designated_router", p => p.DesignatedRouterId), ("ospf.hello.backup_designated_router", p => p.BackupRouterId)),
        Row.Of<NdpNeighborSolicitationPacket>("ICMPv6 ND", ("icmpv6.nd.ns.target_address", p => p.TargetAddress)),
        Row.Of<NdpNeighborAdvertisementPacket>("ICMPv6 ND", ("icmpv6.nd.na.target_address", p => p.TargetAddress), ("icmpv6.nd.na.flag.r", p => p.Router), ("icmpv6.nd.na.flag.s", p => p.Solicited),
            ("icmpv6.nd.na.flag.o", p => p.Override)),
        Row.Of<NdpRouterAdvertisementPacket>("ICMPv6 ND", ("icmpv6.nd.ra.cur_hop_limit", p => p.CurrentHopLimit), ("icmpv6.nd.ra.flag.m", p => p.ManagedAddressConfiguration),
            ("icmpv6.nd.ra.flag.o", p => p.OtherConfiguration), ("icmpv6.nd.ra.router_lifetime", p => p.RouterLifetime), ("icmpv6.nd.ra.reachable_time", p => p.ReachableTime),
            ("icmpv6.nd.ra.retrans_timer", p => p.RetransmitTimer)),
        Row.Of<NdpRedirectMessagePacket>("ICMPv6 ND", ("icmpv6.nd.rd.target_address", p => p.TargetAddress), ("icmpv6.rd.na.destination_address", p => p.DestinationAddress)),
        Row.Of<WakeOnLanPacket>("WoL", ("wol.mac", p => p.DestinationAddress)),
    ];

    /// <summary>What is known of a frame beyond our tables, in packet order; empty when nothing is, or the headers are damaged.</summary>
    public static IReadOnlyList<(string Layer, string Field, string Value)> Of(ReadOnlySpan<byte> frame)
    {
        var fields = new List<(string, string, string)>();
        for (var layer = Packets.Parse(frame); layer is not null; layer = Packets.Payload(layer))
        {
            foreach (var row in s_rows)
            {
                if (!row.Type.IsInstanceOfType(layer)) continue;
                foreach (var (name, read) in row.Fields)
                {
                    if (Packets.TryRead(layer, read, out object? value)) fields.Add((row.Layer, name, Text(value)));
                }
            }
        }
        return fields;
    }

    /// <summary>The fields of both frames that differ.</summary>
    public static IEnumerable<FieldDifference> Compare(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> got)
    {
        var wanted = Of(expected);
        var found = Of(got).ToLookup(field => (field.Layer, field.Field), field => field.Value);
        return [.. from field in wanted
                   let other = found[(field.Layer, field.Field)].FirstOrDefault()
                   where other is not null && other != field.Value
                   select new FieldDifference(field.Layer, field.Field, field.Value, other)];
    }

    private static string Hex(ulong value) => $"0x{value:x}";

    private static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "1" : "0",
        PhysicalAddress mac => string.Join(':', mac.GetAddressBytes().Select(b => b.ToString("x2", CultureInfo.InvariantCulture))),
        Enum named => Enum.IsDefined(named.GetType(), named) ? $"{named}" : named.ToString("d"),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>The fields of one of PacketDotNet's packets.</summary>
    private sealed record Row(Type Type, string Layer, IReadOnlyList<(string Name, Func<Packet, object?> Read)> Fields)
    {
        public static Row Of<T>(string layer, params (string Name, Func<T, object?> Read)[] fields) where T : Packet =>
            new(typeof(T), layer, [.. fields.Select(field => (field.Name, (Func<Packet, object?>)(packet => field.Read((T)packet))))]);
    }
}
