using Netdev.Wire;

namespace Tests.Wire;

public sealed class HeaderViewTests
{
    private const string A = "02:00:00:00:00:01";
    private const string B = "02:00:00:00:00:02";

    [Fact]
    public void Views_OfABuiltUdpFrame_ShowEveryField()
    {
        var frame = PacketBuilder.Ethernet(A, B).Vlan(5, priority: 3).Ipv4("10.0.0.1", "10.0.0.2", timeToLive: 9, id: 77).Udp(1000, 53).Payload("text").PadTo(60).Build();
        Assert.Equal(60, frame.Length);
        Assert.True(EthernetView.TryParse(frame, out var ethernet));
        Assert.Equal((A, B, EtherType.Vlan), (ethernet.Source.ToString(), ethernet.Destination.ToString(), ethernet.Type));
        Assert.True(VlanTagView.TryParse(ethernet.Payload, out var vlan));
        Assert.Equal((5, 3, EtherType.Ipv4), (vlan.VlanId, vlan.Priority, vlan.Type));
        Assert.True(Ipv4View.TryParse(vlan.Payload, out var ip));
        Assert.Equal((0x0a000001u, 0x0a000002u, 9, 77, 32), (ip.Source, ip.Destination, ip.TimeToLive, ip.Id, ip.TotalLength));
        Assert.True(ip.ChecksumIsValid);
        Assert.False(ip.IsCut);
        Assert.False(ip.IsFragment);
        Assert.True(UdpView.TryParse(ip.Payload, out var udp));
        Assert.Equal((1000, 53, 12), (udp.SourcePort, udp.DestinationPort, udp.DatagramLength));
        Assert.Equal("text"u8, udp.Payload);
    }

    [Fact]
    public void Setters_WriteTheFrame()
    {
        var frame = PacketBuilder.Ethernet(A, B).Ipv4("10.0.0.1", "10.0.0.2").Tcp(1, 2).Build();
        Assert.True(EthernetView.TryParse(frame, out var ethernet));
        ethernet.Destination = MacAddress.Broadcast;
        Assert.True(Ipv4View.TryParse(ethernet.Payload, out var ip));
        ip.TimeToLive--;
        Assert.False(ip.ChecksumIsValid);
        ip.UpdateChecksum();
        Assert.True(ip.ChecksumIsValid);
        Assert.True(TcpView.TryParse(ip.Payload, out var tcp));
        tcp.DestinationPort = 8080;
        tcp.Flags |= TcpFlags.Ack;
        Assert.Equal("ffffffffffff020000000001", Convert.ToHexStringLower(frame.AsSpan(0, 12)));
        Assert.Equal(63, frame[22]);
        Assert.Equal("1f90", Convert.ToHexStringLower(frame.AsSpan(36, 2)));
        Assert.Equal(0x12, frame[47]);
    }

    [Fact]
    public void Ipv6Transport_IsFoundBehindExtensionHeaders()
    {
        // hop-by-hop (8), routing (16), first fragment (8), authentication (12), then UDP
        byte[] extensions = [43, 0, .. new byte[6], 44, 1, .. new byte[14], 51, 0, 0, 1, 0, 0, 0, 9, 17, 1, .. new byte[10]];
        byte[] udp = [0, 7, 0, 9, 0, 8, 0, 0];
        byte[] packet = [0x60, 0, 0, 0, 0, (byte)(extensions.Length + udp.Length), 0, 64, .. new byte[32], .. extensions, .. udp];
        Assert.True(Ipv6View.TryParse(packet, out var ip));
        Assert.True(ip.TryTransport(out var protocol, out var transport));
        Assert.Equal(IpProtocol.Udp, protocol);
        Assert.Equal(udp, transport.ToArray());

        packet[40 + 24 + 3] = 8; // no longer the first fragment
        Assert.False(ip.TryTransport(out _, out _));
        packet[40 + 24 + 3] = 1;
        packet[41] = 200; // the hop-by-hop header claims more than is there
        Assert.False(ip.TryTransport(out _, out _));
    }

    [Fact]
    public void Tunnels_ShowTheirIdentifiersAndPayload()
    {
        var frame = PacketBuilder.Ethernet(A, B).Ipv4("1.1.1.1", "2.2.2.2").Udp(9, VxlanView.Port).Vxlan(0xabcdef, B, A).Ipv6("fd00::1", "fd00::2").Echo(3, 4).Build();
        Assert.True(VxlanView.TryParse(frame.AsSpan(42), out var vxlan));
        Assert.Equal(0xabcdefu, vxlan.Vni);
        Assert.True(EthernetView.TryParse(vxlan.Payload, out var inner));
        Assert.Equal(EtherType.Ipv6, inner.Type);
        Assert.True(Ipv6View.TryParse(inner.Payload, out var ip));
        Assert.True(IcmpView.TryParse(ip.Payload, out var icmp));
        Assert.Equal((128, 3, 4), (icmp.Type, icmp.EchoId, icmp.EchoSequence));

        Assert.True(GeneveView.TryParse(Convert.FromHexString("0140655800007b00aabbccdd01"), out var geneve));
        Assert.Equal((12, 0x7bu, EtherType.TransparentEthernet), (geneve.HeaderBytes, geneve.Vni, geneve.Type));
        Assert.True(geneve.HasCriticalOptions);
        Assert.Equal([1], geneve.Payload.ToArray());

        Assert.True(GreView.TryParse(Convert.FromHexString("b0000800000000000000002a0000000701"), out var gre));
        Assert.Equal((16, 42u, 7u, EtherType.Ipv4), (gre.HeaderBytes, gre.Key, gre.Sequence, gre.Type));
        Assert.Equal([1], gre.Payload.ToArray());

        Assert.True(ArpView.TryParse(Convert.FromHexString("00010800060400010200000000010a0000010000000000000a000002"), out var arp));
        Assert.Equal((1, A, 0x0a000001u, 0x0a000002u), (arp.Operation, arp.SenderMac.ToString(), arp.SenderIp, arp.TargetIp));
    }

    [Fact]
    public void TryParse_OfAnyBytes_NeverLetsAPropertyThrow()
    {
        var random = new Random(7);
        var parsed = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(0, 80)];
            random.NextBytes(bytes);
            if (bytes.Length > 0 && i % 2 == 0) bytes[0] = (byte)((random.Next(2) == 0 ? 0x40 : 0x60) | random.Next(16));
            if (Ipv4View.TryParse(bytes, out var v4)) parsed += 1 + v4.Payload.Length + v4.Options.Length;
            if (Ipv6View.TryParse(bytes, out var v6) && v6.TryTransport(out _, out var transport)) parsed += 1 + transport.Length;
            if (TcpView.TryParse(bytes, out var tcp)) parsed += 1 + tcp.Payload.Length + tcp.Options.Length;
            if (UdpView.TryParse(bytes, out var udp)) parsed += 1 + udp.Payload.Length;
            if (GeneveView.TryParse(bytes, out var geneve)) parsed += 1 + geneve.Payload.Length + geneve.Options.Length;
            if (GreView.TryParse(bytes, out var gre)) parsed += 1 + gre.Payload.Length + (int)(gre.Key & 1) + (int)(gre.Sequence & 1);
            if (ArpView.TryParse(bytes, out var arp)) parsed += arp.Operation;
            FlowHash.OfFrame(1, bytes);
        }
        Assert.NotEqual(0, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("02:00:00:00:00")]
    [InlineData("02:00:00:00:00:0g")]
    [InlineData("2:0:0:0:0:1")]
    public void MacAddress_OfOtherText_IsRefused(string text) => Assert.False(MacAddress.TryParse(text, out _));
}
