using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Netdev.Wire;

/// <summary>Builds frames from their fields, layer by layer; lengths and checksums are filled in at the end.</summary>
/// <remarks>
/// <c>PacketBuilder.Ethernet(src, dst).Vlan(5).Ipv4("10.0.0.1", "10.0.0.2").Udp(1000, 53).Payload("text").Build()</c>.
/// A new layer tells the one before it what follows (EtherType, protocol). For tests and generated traffic: allocates.
/// Malformed arguments throw <see cref="FormatException"/> or <see cref="ArgumentException"/>.
/// </remarks>
public sealed class PacketBuilder
{
    private const int MaxFrameBytes = 1 << 17;

    private readonly List<(Layer Kind, byte[] Bytes)> _layers = [];
    private byte[] _payload = [];
    private int _smallest;

    private PacketBuilder()
    {
    }

    private enum Layer
    {
        Ethernet,
        Vlan,
        Ipv4,
        Ipv6,
        Tcp,
        Udp,
        Icmp,
        Icmpv6,
        Vxlan,
    }

    /// <summary>Begins a frame.</summary>
    public static PacketBuilder Ethernet(string source, string destination) => new PacketBuilder().AddEthernet(source, destination);

    /// <summary>Adds a VLAN tag: 802.1Q, or another tag type.</summary>
    public PacketBuilder Vlan(int vlanId, int priority = 0, ushort tagType = EtherType.Vlan)
    {
        var tag = new byte[VlanTagView.HeaderBytes];
        BinaryPrimitives.WriteUInt16BigEndian(tag, (ushort)((priority << 13) | vlanId));
        return Add(Layer.Vlan, tag, tagType, 0);
    }

    /// <summary>Adds an IPv4 header.</summary>
    public PacketBuilder Ipv4(string source, string destination, byte timeToLive = 64, byte typeOfService = 0, ushort id = 0)
    {
        var ip = new byte[Ipv4View.MinHeaderBytes];
        ip[0] = 0x45;
        ip[1] = typeOfService;
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(4), id);
        ip[8] = timeToLive;
        Address(source, AddressFamily.InterNetwork).CopyTo(ip, 12);
        Address(destination, AddressFamily.InterNetwork).CopyTo(ip, 16);
        return Add(Layer.Ipv4, ip, EtherType.Ipv4, IpProtocol.IpIp);
    }

    /// <summary>Adds an IPv6 header.</summary>
    public PacketBuilder Ipv6(string source, string destination, byte hopLimit = 64, byte trafficClass = 0, uint flowLabel = 0)
    {
        var ip = new byte[Ipv6View.HeaderBytes];
        BinaryPrimitives.WriteUInt32BigEndian(ip, 0x6000_0000 | ((uint)trafficClass << 20) | (flowLabel & 0xfffff));
        ip[6] = IpProtocol.NoNext;
        ip[7] = hopLimit;
        Address(source, AddressFamily.InterNetworkV6).CopyTo(ip, 8);
        Address(destination, AddressFamily.InterNetworkV6).CopyTo(ip, 24);
        return Add(Layer.Ipv6, ip, EtherType.Ipv6, IpProtocol.Ipv6);
    }

    /// <summary>Adds a TCP header without options.</summary>
    public PacketBuilder Tcp(int sourcePort, int destinationPort, TcpFlags flags = TcpFlags.Syn, uint sequence = 0, uint acknowledgement = 0, ushort window = 65535)
    {
        var tcp = new byte[TcpView.MinHeaderBytes];
        WritePorts(tcp, sourcePort, destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.AsSpan(8), acknowledgement);
        tcp[12] = 5 << 4;
        tcp[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp.AsSpan(14), window);
        return Add(Layer.Tcp, tcp, 0, IpProtocol.Tcp);
    }

    /// <summary>Adds a UDP header.</summary>
    public PacketBuilder Udp(int sourcePort, int destinationPort)
    {
        var udp = new byte[UdpView.HeaderBytes];
        WritePorts(udp, sourcePort, destinationPort);
        return Add(Layer.Udp, udp, 0, IpProtocol.Udp);
    }

    /// <summary>Adds an echo request: ICMP after IPv4, ICMPv6 after IPv6.</summary>
    public PacketBuilder Echo(ushort id, ushort sequence, bool isReply = false)
    {
        var isIpv6 = _layers[^1].Kind == Layer.Ipv6;
        var icmp = new byte[IcmpView.HeaderBytes];
        icmp[0] = (byte)((isIpv6, isReply) switch { (false, false) => 8, (false, true) => 0, (true, false) => 128, (true, true) => 129 });
        BinaryPrimitives.WriteUInt16BigEndian(icmp.AsSpan(4), id);
        BinaryPrimitives.WriteUInt16BigEndian(icmp.AsSpan(6), sequence);
        return isIpv6 ? Add(Layer.Icmpv6, icmp, 0, IpProtocol.Icmpv6) : Add(Layer.Icmp, icmp, 0, IpProtocol.Icmp);
    }

    /// <summary>Adds a VXLAN header and the Ethernet header of the frame inside; follow with the inner layers.</summary>
    public PacketBuilder Vxlan(uint vni, string innerSource, string innerDestination)
    {
        var vxlan = new byte[VxlanView.HeaderBytes];
        vxlan[0] = 0x08;
        BinaryPrimitives.WriteUInt32BigEndian(vxlan.AsSpan(4), vni << 8);
        return Add(Layer.Vxlan, vxlan, 0, 0).AddEthernet(innerSource, innerDestination);
    }

    /// <summary>Sets what follows the last header.</summary>
    public PacketBuilder Payload(ReadOnlySpan<byte> bytes)
    {
        _payload = bytes.ToArray();
        return this;
    }

    /// <summary>Sets what follows the last header, as UTF-8.</summary>
    public PacketBuilder Payload(string text) => Payload(Encoding.UTF8.GetBytes(text));

    /// <summary>Pads the finished frame with zero bytes to at least this length, as a network card does to 60.</summary>
    public PacketBuilder PadTo(int bytes)
    {
        _smallest = bytes;
        return this;
    }

    /// <summary>Puts the layers together and fills in lengths and checksums, the innermost first.</summary>
    public byte[] Build()
    {
        var length = _layers.Sum(layer => layer.Bytes.Length) + _payload.Length;
        if (length > MaxFrameBytes) throw new ArgumentException($"its layers and payload have {length} bytes; an IP packet has at most 65535, its link headers aside");
        var frame = new byte[Math.Max(length, _smallest)];
        var at = length - _payload.Length;
        _payload.CopyTo(frame, at);
        for (var i = _layers.Count - 1; i >= 0; i--)
        {
            at -= _layers[i].Bytes.Length;
            _layers[i].Bytes.CopyTo(frame, at);
            var previous = i > 0 ? _layers[i - 1].Bytes : [];
            Complete(_layers[i].Kind, frame.AsSpan(at, length - at), previous);
        }
        return frame;
    }

    private static void Complete(Layer kind, Span<byte> bytes, ReadOnlySpan<byte> ip)
    {
        switch (kind)
        {
            case Layer.Ipv4:
                BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], Length16(bytes.Length, kind));
                BinaryPrimitives.WriteUInt16BigEndian(bytes[10..], InternetChecksum.Compute(bytes[..Ipv4View.MinHeaderBytes]));
                break;
            case Layer.Ipv6:
                BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], Length16(bytes.Length - Ipv6View.HeaderBytes, kind));
                break;
            case Layer.Tcp:
                WriteChecksum(bytes, 16, PseudoHeader(ip, IpProtocol.Tcp, bytes.Length));
                break;
            case Layer.Udp:
                BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], Length16(bytes.Length, kind));
                WriteChecksum(bytes, 6, PseudoHeader(ip, IpProtocol.Udp, bytes.Length));
                // A sum of zero is sent as its other form, since zero says there is none.
                if (bytes[6] == 0 && bytes[7] == 0) bytes[6] = bytes[7] = 0xff;
                break;
            case Layer.Icmp:
                WriteChecksum(bytes, 2, 0);
                break;
            case Layer.Icmpv6:
                WriteChecksum(bytes, 2, PseudoHeader(ip, IpProtocol.Icmpv6, bytes.Length));
                break;
            case Layer.Ethernet:
            case Layer.Vlan:
            case Layer.Vxlan:
            default:
                break;
        }
    }

    private static ushort Length16(int length, Layer kind) =>
        length <= ushort.MaxValue ? (ushort)length : throw new ArgumentException($"the {kind} header would have to say {length} bytes; its length field goes up to 65535");

    private static void WriteChecksum(Span<byte> bytes, int offset, uint pseudoHeader) =>
        BinaryPrimitives.WriteUInt16BigEndian(bytes[offset..], InternetChecksum.Fold(InternetChecksum.Partial(bytes, pseudoHeader)));

    private static uint PseudoHeader(ReadOnlySpan<byte> ip, byte protocol, int length) => ip.Length == Ipv6View.HeaderBytes
        ? InternetChecksum.PseudoHeader(BinaryPrimitives.ReadUInt128BigEndian(ip[8..]), BinaryPrimitives.ReadUInt128BigEndian(ip[24..]), protocol, length)
        : InternetChecksum.PseudoHeader(BinaryPrimitives.ReadUInt32BigEndian(ip[12..]), BinaryPrimitives.ReadUInt32BigEndian(ip[16..]), protocol, length);

    private static void WritePorts(Span<byte> header, int sourcePort, int destinationPort)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header, checked((ushort)sourcePort));
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], checked((ushort)destinationPort));
    }

    private static byte[] Address(string text, AddressFamily family)
    {
        if (IPAddress.TryParse(text, out var address) && address.AddressFamily == family) return address.GetAddressBytes();
        throw new FormatException($"'{text}' is not an {(family == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address");
    }

    private PacketBuilder AddEthernet(string source, string destination)
    {
        var header = new byte[EthernetView.HeaderBytes];
        MacAddress.Parse(destination).Write(header);
        MacAddress.Parse(source).Write(header.AsSpan(MacAddress.Bytes));
        return Add(Layer.Ethernet, header, 0, 0);
    }

    /// <summary>Adds a layer after telling the one below what follows it.</summary>
    private PacketBuilder Add(Layer kind, byte[] header, ushort etherType, byte protocol)
    {
        var below = _layers.Count > 0 ? _layers[^1] : default;
        var needsIp = kind is Layer.Tcp or Layer.Udp or Layer.Icmp or Layer.Icmpv6;
        var isOnIp = _layers.Count > 0 && below.Kind is Layer.Ipv4 or Layer.Ipv6;
        if (needsIp && !isOnIp) throw new ArgumentException($"{kind} must follow an IP header");
        if (kind == Layer.Vxlan && below.Kind != Layer.Udp) throw new ArgumentException("Vxlan must follow a UDP header");
        if (_layers.Count > 0)
        {
            if (below.Kind == Layer.Ethernet) BinaryPrimitives.WriteUInt16BigEndian(below.Bytes.AsSpan(12), etherType);
            else if (below.Kind == Layer.Vlan) BinaryPrimitives.WriteUInt16BigEndian(below.Bytes.AsSpan(2), etherType);
            else if (below.Kind == Layer.Ipv4) below.Bytes[9] = protocol;
            else if (below.Kind == Layer.Ipv6) below.Bytes[6] = protocol;
        }
        _layers.Add((kind, header));
        return this;
    }
}
