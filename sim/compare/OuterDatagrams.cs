using Netdev.Devices;
using Netdev.Wire;

namespace Sim.Compare;

/// <summary>The datagrams tunnel devices send and receive, as they are seen around them.</summary>
internal static class OuterDatagrams
{
    /// <summary>
    /// Fields no two runs have in common: the identification and the source port come from keys a kernel makes when it starts, and a
    /// checksum is left to the device, which on a veth nobody makes.
    /// </summary>
    public static IReadOnlyCollection<string> Incomparable { get; } = ["ip.id", "ip.checksum", "udp.srcport", "udp.checksum"];

    /// <summary>True for a frame whose datagram goes to the port of a tunnel of any namespace.</summary>
    public static bool IsOne(Network network, ReadOnlySpan<byte> frame)
    {
        Span<byte> bytes = frame.ToArray();
        if (bytes.Length < EthernetView.HeaderBytes || !TryUdp(bytes, out var udp)) return false;
        ushort port = udp.DestinationPort;
        return network.Devices.Any(device => device.Tunnel is { } tunnel && tunnel.Port == port);
    }

    private static bool TryUdp(Span<byte> frame, out UdpView udp)
    {
        udp = default;
        ushort type = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        var network = frame[EthernetView.HeaderBytes..];
        if (type == EtherType.Ipv4 && Ipv4View.TryParse(network, out var v4) && v4.Protocol == IpProtocol.Udp) return UdpView.TryParse(v4.Payload, out udp);
        return type == EtherType.Ipv6 && Ipv6View.TryParse(network, out var v6) && v6.NextHeader == IpProtocol.Udp && UdpView.TryParse(v6.Payload, out udp);
    }
}
