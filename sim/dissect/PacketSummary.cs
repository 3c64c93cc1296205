using PacketDotNet;

namespace Sim.Dissect;

/// <summary>One line about a packet, for traces and reports.</summary>
public static class PacketSummary
{
    /// <summary>Addresses, protocol and what matters of it: <c>10.0.0.1:1024 > 10.0.0.2:80 TCP SYN, 60 bytes</c>.</summary>
    public static string Of(ReadOnlySpan<byte> frame)
    {
        string length = $"{frame.Length} bytes";
        if (frame.Length < 14) return $"{length} (no Ethernet header)";
        try
        {
            return Summarise(Packet.ParsePacket(LinkLayers.Ethernet, frame.ToArray()), length);
        }
        catch (Exception damaged) when (damaged is ArgumentException or InvalidOperationException or IndexOutOfRangeException or OverflowException or FormatException)
        {
            // PacketDotNet parses layers when they are asked for and gives up on cut headers this way; the field table still shows them.
            return $"{length} (headers damaged)";
        }
    }

    private static string Summarise(Packet packet, string length)
    {
        if (packet.Extract<ArpPacket>() is { } arp) return $"ARP {arp.Operation} {arp.SenderProtocolAddress} > {arp.TargetProtocolAddress}, {length}";
        if (packet.Extract<IPPacket>() is not { } ip) return $"EtherType 0x{(int)((EthernetPacket)packet).Type:x4}, {length}";
        if (ip.Extract<TcpPacket>() is { } tcp)
            return $"{ip.SourceAddress}:{tcp.SourcePort} > {ip.DestinationAddress}:{tcp.DestinationPort} TCP {Flags(tcp)}, {length}";
        if (ip.Extract<UdpPacket>() is { } udp) return $"{ip.SourceAddress}:{udp.SourcePort} > {ip.DestinationAddress}:{udp.DestinationPort} UDP, {length}";
        return $"{ip.SourceAddress} > {ip.DestinationAddress} {ip.Protocol}, {length}";
    }

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
