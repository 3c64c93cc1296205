using System.Buffers.Binary;
using Netdev.Skbs;
using Netdev.Wire;

namespace Netdev.Devices;

/// <summary>Takes the frame out of a datagram that is for a tunnel of the namespace and lets it come in on the tunnel device.</summary>
/// <remarks>
/// It stands where the stack would find the tunnel's socket: after the ingress hook, for packets to an address of the namespace.
/// Fragments and IPv6 packets with extension headers are the stack's.
/// Source: Linux 6.12 net/ipv4/ip_input.c, ip_rcv_core; net/ipv4/udp.c, udp_queue_rcv_one_skb; drivers/net/vxlan/vxlan_core.c,
/// vxlan_rcv; drivers/net/geneve.c, geneve_udp_encap_recv; net/ipv4/udp_tunnel_core.c, udp_tun_rx_dst.
/// </remarks>
internal static class TunnelReceive
{
    /// <summary>Takes a packet that is to be delivered to the stack; false when it is for no tunnel.</summary>
    public static bool TryTake(NetContext x, NetDevice device, Skb skb)
    {
        ref var fields = ref skb.Fields;
        const ushort vlanId = 0x0fff;
        if (fields.PacketType == PacketType.OtherHost || (fields.VlanTci & vlanId) != 0) return false;
        var outer = new TunnelInfo { Flags = TunnelFlags.Key };
        if (!TryDatagram(device, skb, ref outer, out int datagramAt, out int datagramBytes)) return false;
        var datagram = skb.Bytes.Slice(datagramAt, datagramBytes);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if (device.Namespace.TunnelAt(port) is not { Tunnel: { } tunnel } target) return false;

        var reason = TryOpen(x, skb, tunnel, datagram, ref outer, out int headerBytes);
        if (reason == DropReason.None) reason = Enter(x, target, skb, outer, datagramAt + headerBytes, datagramBytes - headerBytes);
        if (reason != DropReason.None)
        {
            target.CountersOf(x).RxDropped++;
            PacketEndings.Drop(x, target, skb, reason);
            return true;
        }
        x.Network.Observer?.Tunnelled(x, target, device, outer, skb);
        var counters = target.CountersOf(x);
        counters.RxPackets++;
        counters.RxBytes += fields.Length;
        ReceivePath.Enqueue(x, target, skb);
        return true;
    }

    /// <summary>Finds a whole UDP datagram for an address of the namespace; offsets count from the packet's start.</summary>
    private static bool TryDatagram(NetDevice device, Skb skb, ref TunnelInfo outer, out int at, out int bytes)
    {
        (at, bytes) = (0, 0);
        int network = skb.NetworkOffset;
        var packet = skb.Bytes[network..];
        return skb.EtherType switch
        {
            EtherType.Ipv4 => TryIpv4(packet, ref outer, out at, out bytes),
            EtherType.Ipv6 => TryIpv6(packet, ref outer, out at, out bytes),
            _ => false,
        }
            && bytes >= UdpView.HeaderBytes
            && device.Namespace.Fib.Lookup(outer.Destination, skb.Fields.Mark) is { Type: RouteType.Local }
            && TrySize(packet[at..], ref bytes)
            && (at += network) > 0;
    }

    private static bool TryIpv4(ReadOnlySpan<byte> packet, ref TunnelInfo outer, out int at, out int bytes)
    {
        const ushort moreFragmentsOrOffset = 0x3fff;
        (at, bytes) = (0, 0);
        if (packet.Length < Ipv4View.MinHeaderBytes || packet[0] >> 4 != 4 || packet[9] != IpProtocol.Udp) return false;
        int header = (packet[0] & 15) * 4, total = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (header < Ipv4View.MinHeaderBytes || total < header || total > packet.Length) return false;
        if (InternetChecksum.Compute(packet[..header]) != 0) return false;
        if ((BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & moreFragmentsOrOffset) != 0) return false;
        outer.Tos = packet[1];
        outer.Ttl = packet[8];
        outer.Source = IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(packet[12..]));
        outer.Destination = IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(packet[16..]));
        (at, bytes) = (header, total - header);
        return true;
    }

    private static bool TryIpv6(ReadOnlySpan<byte> packet, ref TunnelInfo outer, out int at, out int bytes)
    {
        const uint labelMask = 0xfffff;
        (at, bytes) = (0, 0);
        if (packet.Length < Ipv6View.HeaderBytes || packet[0] >> 4 != 6 || packet[6] != IpProtocol.Udp) return false;
        int payload = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (payload > packet.Length - Ipv6View.HeaderBytes) return false;
        uint first = BinaryPrimitives.ReadUInt32BigEndian(packet);
        outer.Tos = (byte)(first >> 20);
        outer.Label = first & labelMask;
        outer.Ttl = packet[7];
        outer.Source = IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(packet[8..]));
        outer.Destination = IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(packet[24..]));
        (at, bytes) = (Ipv6View.HeaderBytes, payload);
        return true;
    }

    private static bool TrySize(ReadOnlySpan<byte> datagram, ref int bytes)
    {
        int stated = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        if (stated < UdpView.HeaderBytes || stated > bytes) return false;
        bytes = stated;
        return true;
    }

    /// <summary>Checks the datagram and reads the tunnel header; <paramref name="headerBytes"/> are those in front of the frame inside.</summary>
    private static DropReason TryOpen(NetContext x, Skb skb, TunnelEndpoint tunnel, Span<byte> datagram, ref TunnelInfo outer, out int headerBytes)
    {
        headerBytes = 0;
        ushort sum = BinaryPrimitives.ReadUInt16BigEndian(datagram[6..]);
        if (sum == 0 && outer.Destination.IsV6) return DropReason.UdpChecksum;
        if (sum != 0)
        {
            if (skb.Fields.IpSummed is ChecksumState.None or ChecksumState.Complete && !IsRight(datagram, outer)) return DropReason.UdpChecksum;
            outer.Flags |= TunnelFlags.Checksum;
        }
        var inside = datagram[UdpView.HeaderBytes..];
        if (tunnel.Kind == TunnelKind.Vxlan)
        {
            if (inside.Length < VxlanView.HeaderBytes) return DropReason.TunnelHeader;
            // Anything but the flag for the identifier and the identifier itself must be zero.
            if (BinaryPrimitives.ReadUInt32BigEndian(inside) != 0x0800_0000 || inside[7] != 0) return DropReason.TunnelHeader;
            headerBytes = UdpView.HeaderBytes + VxlanView.HeaderBytes;
        }
        else
        {
            if (!GeneveView.TryParse(inside, out var geneve) || geneve.Type != EtherType.TransparentEthernet) return DropReason.TunnelHeader;
            if (geneve.IsControl) outer.Flags |= TunnelFlags.Oam;
            if (geneve.HasCriticalOptions) outer.Flags |= TunnelFlags.CriticalOptions;
            if (geneve.Options.Length > 0) outer.Flags |= TunnelFlags.GeneveOptions;
            outer.OptionBytes = (byte)geneve.Options.Length;
            geneve.Options.CopyTo(outer.Options);
            headerBytes = UdpView.HeaderBytes + geneve.HeaderBytes;
        }
        outer.Id = BinaryPrimitives.ReadUInt32BigEndian(inside[4..]) >> 8;
        return DropReason.None;
    }

    private static bool IsRight(ReadOnlySpan<byte> datagram, in TunnelInfo outer)
    {
        uint pseudo = outer.Destination.IsV6
            ? InternetChecksum.PseudoHeader(outer.Source.Value, outer.Destination.Value, IpProtocol.Udp, datagram.Length)
            : InternetChecksum.PseudoHeader((uint)outer.Source.Value, (uint)outer.Destination.Value, IpProtocol.Udp, datagram.Length);
        return InternetChecksum.Fold(InternetChecksum.Partial(datagram, pseudo)) == 0;
    }

    private static DropReason Enter(NetContext x, NetDevice target, Skb skb, in TunnelInfo outer, int frameAt, int frameBytes)
    {
        ref var fields = ref skb.Fields;
        if (frameBytes < EthernetView.HeaderBytes) return DropReason.TooShort;
        skb.SubtractFromSum(fields.Data, frameAt);
        fields.MetaLength = 0;
        skb.Pull(frameAt);
        skb.SetLength((uint)frameBytes);
        fields.QueueMapping = 0;
        fields.Vlan = 0;
        TransmitPath.Scrub(x, skb, toOtherNamespace: false);
        x.Pool.Tunnels.TakeNew(skb) = outer;
        EthernetReceive.TypeTrans(skb, target.WireAddress);
        skb.SubtractFromSum(fields.Data, EthernetView.HeaderBytes);
        if (fields.IpSummed == ChecksumState.Unnecessary && fields.CsumLevel > 0) fields.CsumLevel--;
        else if (fields.IpSummed == ChecksumState.Unnecessary) fields.IpSummed = ChecksumState.None;
        if (MacAddress.Read(skb.Bytes[MacAddress.Bytes..]) == target.Mac) return DropReason.TunnelLoop;
        if (!InnerHeaders.TryFind(skb)) return DropReason.TunnelInnerCut;
        byte inner = InnerHeaders.Service(skb);
        if (skb.EtherType is EtherType.Ipv4 or EtherType.Ipv6 && !Ecn.MayDecapsulate(outer.Tos, inner)) return DropReason.TunnelEcn;
        if ((outer.Tos & Ecn.Mask) == Ecn.Congested) CongestionMark.Set(skb);
        else if ((outer.Tos & Ecn.Mask) == Ecn.Capable1 && (inner & Ecn.Mask) == Ecn.Capable0) InnerHeaders.MarkCapable1(skb);
        if (!target.IsUp) return DropReason.DeviceDown;
        fields.IsXdp = target.Xdp is null ? (byte)0 : (byte)1;
        return DropReason.None;
    }
}
