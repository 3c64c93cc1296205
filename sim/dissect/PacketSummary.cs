using PacketDotNet;

namespace Sim.Dissect;

/// <summary>One line about a packet, for traces and reports.</summary>
internal static class PacketSummary
{
    private const int MostLayers = 12;

    /// <summary>Addresses, protocol and what matters of it: <c>10.0.0.1:1024 > 10.0.0.2:80 TCP SYN, 60 bytes</c>; tags and tunnels around it come first.</summary>
    public static string Of(ReadOnlySpan<byte> frame)
    {
        string length = $"{frame.Length} bytes";
        if (frame.Length < 14) return $"{length} (no Ethernet header)";
        return Packets.Parse(frame) is { } packet && Packets.TryRead(packet, Words, out string? words) ? $"{words}, {length}" : $"{length} (headers damaged)";
    }

    private static string Words(Packet packet)
    {
        string before = "", words = "";
        bool isAround = false;
        IPPacket? around = null;
        var layer = packet;
        for (int i = 0; layer is not null && i < MostLayers; i++, layer = Packets.Payload(layer))
        {
            // What is around another packet is said first, the innermost packet in full.
            if (isAround && layer is EthernetPacket or IPPacket) before += $"{words}: ";
            if (layer is Ieee8021QPacket tag) before += $"VLAN {tag.VlanIdentifier} ";
            around = layer as IPPacket ?? around;
            isAround = layer is not (EthernetPacket or Ieee8021QPacket);
            words = layer switch
            {
                EthernetPacket eth => $"EtherType 0x{(int)eth.Type:x4}",
                Ieee8021QPacket vlan => $"EtherType 0x{(int)vlan.Type:x4}",
                ArpPacket arp => $"ARP {arp.Operation} {arp.SenderProtocolAddress} > {arp.TargetProtocolAddress}",
                IPPacket ip => Ip(ip),
                _ => Inner(layer, words, around),
            };
        }
        return before + words;
    }

    private static string Ip(IPPacket ip)
    {
        string fragment = ip is IPv4Packet { FragmentOffset: > 0 } part ? $" fragment at {part.FragmentOffset * 8}" : "";
        return $"{ip.SourceAddress} > {ip.DestinationAddress} {ip.Protocol}{fragment}";
    }

    private static string Inner(Packet layer, string words, IPPacket? ip) => layer switch
    {
        TcpPacket tcp => $"{Ports(ip, tcp)} TCP {Flags(tcp)}",
        UdpPacket udp => $"{Ports(ip, udp)} UDP",
        IcmpV4Packet icmp => $"{Addresses(ip)} ICMP {icmp.TypeCode}",
        IcmpV6Packet icmp => $"{Addresses(ip)} ICMPv6 {icmp.Type}",
        NdpNeighborSolicitationPacket who => $"{words} for {who.TargetAddress}",
        NdpNeighborAdvertisementPacket who => $"{words} for {who.TargetAddress}",
        IgmpPacket igmp => $"{Addresses(ip)} IGMP {igmp.Type}",
        OspfV2Packet ospf => $"{Addresses(ip)} OSPF {ospf.Type}",
        VxlanPacket vxlan => $"{words} VXLAN {vxlan.Vni}",
        GrePacket => $"{Addresses(ip)} GRE",
        DhcpV4Packet dhcp => $"{words} DHCP {dhcp.MessageType}",
        PppoePacket pppoe => $"PPPoE {pppoe.Code} session {pppoe.SessionId}",
        PppPacket ppp => $"{words} PPP {ppp.Protocol}",
        L2tpPacket l2tp => $"{words} L2TP {l2tp.TunnelId}/{l2tp.SessionId}",
        LldpPacket => "LLDP",
        WakeOnLanPacket wake => $"Wake-on-LAN {wake.DestinationAddress}",
        _ => words,
    };

    private static string Addresses(IPPacket? ip) => $"{ip?.SourceAddress} > {ip?.DestinationAddress}";

    private static string Ports(IPPacket? ip, TransportPacket transport) => $"{ip?.SourceAddress}:{transport.SourcePort} > {ip?.DestinationAddress}:{transport.DestinationPort}";

    private static string Flags(TcpPacket tcp)
    {
        var flags = new List<string>();
        if (tcp.Synchronize) flags.Add("SYN");
        if (tcp.Acknowledgment) flags.Add("ACK");
        if (tcp.Finished) flags.Add("FIN");
        if (tcp.Reset) flags.Add("RST");
        if (tcp.Push) flags.Add("PSH");
        return flags.Count == 0 ? "(no flags)" : string.Join(',', flags);
    }
}
