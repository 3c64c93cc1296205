using System.Buffers.Binary;
using Netdev.Skbs;
using Netdev.Wire;

namespace Netdev.Devices;

/// <summary>Puts outer headers around what a tunnel device sends and sends it on by the routes of the namespace.</summary>
/// <remarks>
/// A datagram that is too long for its route is dropped whether or not it may be fragmented. Its IPv4 identification is the packet's
/// number and its source port follows from the flow hash; the kernel's are drawn from keys made at boot.
/// Source: Linux 6.12 drivers/net/vxlan/vxlan_core.c, vxlan_xmit_one; drivers/net/geneve.c, geneve_xmit_skb;
/// net/ipv4/udp_tunnel_core.c, udp_tunnel_xmit_skb; net/ipv4/ip_tunnel_core.c, iptunnel_xmit.
/// </remarks>
internal static class TunnelTransmit
{
    private const byte DefaultTtl = 64;
    private const int ChecksumAt = 6;
    private const int FirstVxlanPort = 32768, VxlanPorts = 60999 - FirstVxlanPort, FirstGenevePort = 1, GenevePorts = ushort.MaxValue - FirstGenevePort;

    /// <summary>Sends a packet that has passed the tunnel device's egress hook; it is gone afterwards.</summary>
    /// <returns>0, or 1 (NET_XMIT_DROP).</returns>
    public static int Send(NetContext x, NetDevice device, TunnelEndpoint tunnel, Skb skb)
    {
        ref var fields = ref skb.Fields;
        uint length = fields.Length;
        var reason = TryEncapsulate(x, device, tunnel, skb, out var output);
        var counters = device.CountersOf(x);
        if (reason != DropReason.None)
        {
            counters.TxDropped++;
            PacketEndings.Drop(x, device, skb, reason);
            return ReceivePath.Dropped;
        }
        counters.TxPackets++;
        counters.TxBytes += length;
        x.TransmitDepth++;
        int result = TransmitPath.Queue(x, output!, skb);
        x.TransmitDepth--;
        return result;
    }

    private static DropReason TryEncapsulate(NetContext x, NetDevice device, TunnelEndpoint tunnel, Skb skb, out NetDevice? output)
    {
        output = null;
        ref var fields = ref skb.Fields;
        if (!TunnelTable.Has(skb) || !x.Pool.Tunnels.Of(skb).Transmit) return DropReason.TunnelNoMetadata;
        if (fields.Vlan != 0 && !VlanTags.TryInsert(x.Pool, skb)) return DropReason.NoBuffer;
        if (!InnerHeaders.TryFind(skb)) return DropReason.TunnelInnerCut;
        ref var info = ref x.Pool.Tunnels.Of(skb);
        if (tunnel.Kind == TunnelKind.Vxlan && (info.Flags & TunnelFlags.VxlanOptions) != 0 && info.OptionBytes < sizeof(uint)) return DropReason.TunnelNoMetadata;
        var reason = TryRoute(device, fields.Mark, info, out var route, out var neighbour, out var source);
        if (reason != DropReason.None) return reason;
        int options = tunnel.Kind == TunnelKind.Geneve ? info.OptionBytes : 0;
        int ip = info.Destination.IsV6 ? Ipv6View.HeaderBytes : Ipv4View.MinHeaderBytes;
        int tunnelBytes = VxlanView.HeaderBytes + options, outer = ip + UdpView.HeaderBytes + tunnelBytes;
        output = route!.Device!;
        if (fields.Length + (uint)outer > (uint)(route.LockedMtu != 0 ? route.LockedMtu : output.Mtu)) return DropReason.MtuExceeded;
        if (!x.Pool.TryReserve(skb, outer + EthernetView.HeaderBytes, 0)) return DropReason.NoBuffer;

        byte service = Ecn.Encapsulate(info.Tos, InnerHeaders.Service(skb));
        ushort port = SourcePort(x, tunnel.Kind, skb);
        skb.Push(outer + EthernetView.HeaderBytes);
        var frame = skb.Bytes;
        neighbour.Write(frame);
        output.Mac.Write(frame[MacAddress.Bytes..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(2 * MacAddress.Bytes)..], info.Destination.IsV6 ? EtherType.Ipv6 : EtherType.Ipv4);
        var network = frame[EthernetView.HeaderBytes..];
        byte ttl = info.Ttl == 0 && tunnel.Kind == TunnelKind.Vxlan ? DefaultTtl : info.Ttl;
        if (info.Destination.IsV6) WriteIpv6(network, info, source, service, ttl);
        else WriteIpv4(network, info, source, service, ttl, route.LockedMtu != 0, (ushort)fields.Id);
        var datagram = network[ip..];
        WriteTunnel(datagram[UdpView.HeaderBytes..], tunnel.Kind, info);
        BinaryPrimitives.WriteUInt16BigEndian(datagram, port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], tunnel.Port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)datagram.Length);
        bool hasChecksum = (info.Flags & TunnelFlags.Checksum) != 0;

        TransmitPath.Scrub(x, skb, toOtherNamespace: false);
        fields.Protocol = BinaryPrimitives.ReverseEndianness(info.Destination.IsV6 ? EtherType.Ipv6 : EtherType.Ipv4);
        fields.MacHeader = (int)(fields.Data - fields.Head);
        fields.NetworkHeader = fields.MacHeader + EthernetView.HeaderBytes;
        fields.TransportHeader = fields.NetworkHeader + ip;
        fields.MacLength = EthernetView.HeaderBytes;
        fields.Encapsulation = 1;
        (fields.Cb01, fields.Cb23, fields.Cb4) = (0, 0, 0);
        WriteChecksum(skb, datagram, hasChecksum, info, source);
        x.Network.Observer?.Tunnelled(x, device, output, info, skb);
        return DropReason.None;
    }

    private static DropReason TryRoute(NetDevice device, uint mark, in TunnelInfo info, out Route? route, out MacAddress neighbour, out IpAddress source)
    {
        source = info.Source;
        neighbour = default;
        route = device.Namespace.Fib.Lookup(info.Destination, mark);
        if (route is not { Type: RouteType.Unicast, Device: { } output } || output == device) return DropReason.TunnelNoRoute;
        if (source.Value == 0 && (!SourceAddress.TrySelect(route, info.Destination, out source) || source.Value == 0)) return DropReason.TunnelNoRoute;
        return Redirects.TryNeighbour(output, route.Gateway ?? info.Destination, out neighbour) ? DropReason.None : DropReason.NeighbourUnknown;
    }

    private static ushort SourcePort(NetContext x, TunnelKind kind, Skb skb)
    {
        ref var fields = ref skb.Fields;
        if (fields.HasHash == 0)
        {
            fields.Hash = FlowHash.OfFrame(x.Network.Seed, skb.Bytes);
            fields.HasHash = 1;
        }
        var (first, count) = kind == TunnelKind.Vxlan ? (FirstVxlanPort, VxlanPorts) : (FirstGenevePort, GenevePorts);
        uint hash = fields.Hash ^ (fields.Hash << 16);
        return (ushort)(first + (int)(((ulong)hash * (uint)count) >> 32));
    }

    private static void WriteIpv4(Span<byte> header, in TunnelInfo info, IpAddress source, byte tos, byte ttl, bool lockedMtu, ushort id)
    {
        const byte versionAndLength = 0x45, udp = IpProtocol.Udp;
        const ushort dontFragment = 0x4000;
        header[0] = versionAndLength;
        header[1] = tos;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)header.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], id);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (info.Flags & TunnelFlags.DontFragment) != 0 && !lockedMtu ? dontFragment : (ushort)0);
        header[8] = ttl;
        header[9] = udp;
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], (uint)source.Value);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], (uint)info.Destination.Value);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Compute(header[..Ipv4View.MinHeaderBytes]));
    }

    private static void WriteIpv6(Span<byte> header, in TunnelInfo info, IpAddress source, byte trafficClass, byte hopLimit)
    {
        BinaryPrimitives.WriteUInt32BigEndian(header, 6u << 28 | (uint)trafficClass << 20 | info.Label);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(header.Length - Ipv6View.HeaderBytes));
        header[6] = IpProtocol.Udp;
        header[7] = hopLimit;
        BinaryPrimitives.WriteUInt128BigEndian(header[8..], source.Value);
        BinaryPrimitives.WriteUInt128BigEndian(header[24..], info.Destination.Value);
    }

    private static void WriteTunnel(Span<byte> header, TunnelKind kind, in TunnelInfo info)
    {
        const uint vxlanHasId = 0x0800_0000;
        const byte oam = 0x80, critical = 0x40;
        if (kind == TunnelKind.Vxlan)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header, vxlanHasId);
        }
        else
        {
            header[0] = (byte)(info.OptionBytes / 4);
            header[1] = (byte)(((info.Flags & TunnelFlags.Oam) != 0 ? oam : 0) | ((info.Flags & TunnelFlags.CriticalOptions) != 0 ? critical : 0));
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], EtherType.TransparentEthernet);
            info.Options[..info.OptionBytes].CopyTo(header[GeneveView.MinHeaderBytes..]);
        }
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], info.Id << 8);
    }

    // The sum is left to the device, as every sender in the kernel leaves it: the field holds the pseudo header's. A sum inside that
    // is still to be made makes the outer one now: what it will come to is known. Source: net/ipv4/udp.c, udp_set_csum; lco_csum.
    private static void WriteChecksum(Skb skb, Span<byte> datagram, bool wanted, in TunnelInfo info, IpAddress source)
    {
        ref var fields = ref skb.Fields;
        BinaryPrimitives.WriteUInt16BigEndian(datagram[ChecksumAt..], 0);
        if (!wanted)
        {
            if (fields.IpSummed != ChecksumState.Partial) fields.IpSummed = ChecksumState.None;
            return;
        }
        uint pseudo = info.Destination.IsV6
            ? InternetChecksum.PseudoHeader(source.Value, info.Destination.Value, IpProtocol.Udp, datagram.Length)
            : InternetChecksum.PseudoHeader((uint)source.Value, (uint)info.Destination.Value, IpProtocol.Udp, datagram.Length);
        int innerStart = fields.CsumStart - fields.TransportHeader;
        if (fields.IpSummed == ChecksumState.Partial && innerStart > 0 && innerStart + fields.CsumOffset + 2 <= datagram.Length)
        {
            uint inner = (ushort)~BinaryPrimitives.ReadUInt16LittleEndian(datagram[(innerStart + fields.CsumOffset)..]);
            ushort sum = InternetChecksum.Fold(InternetChecksum.Partial(datagram[..innerStart], InternetChecksum.Add(pseudo, inner)));
            BinaryPrimitives.WriteUInt16BigEndian(datagram[ChecksumAt..], sum == 0 ? (ushort)0xffff : sum);
            return;
        }
        BinaryPrimitives.WriteUInt16BigEndian(datagram[ChecksumAt..], (ushort)~InternetChecksum.Fold(pseudo));
        fields.IpSummed = ChecksumState.Partial;
        fields.CsumStart = fields.TransportHeader;
        fields.CsumOffset = ChecksumAt;
    }
}
