using Netdev.Wire;
using Sim.Dissect;

namespace Tests.Dissect;

/// <summary>One line a packet, whatever it is, and fields of protocols we have no table for.</summary>
public sealed class PacketSummaryTests
{
    private const string Link = "020000000001020000000002";

    private static byte[] Ip(byte protocol, string payload)
    {
        byte[] inner = Convert.FromHexString(payload);
        byte[] frame = [.. Convert.FromHexString($"{Link}0800450000000001000040000000c0000201e0000005"), .. inner];
        frame[17] = (byte)(20 + inner.Length);
        frame[23] = protocol;
        return frame;
    }

    private static PacketBuilder Ethernet() => PacketBuilder.Ethernet("02:00:00:00:00:02", "02:00:00:00:00:01");

    public static TheoryData<string, byte[]> Frames => new()
    {
        { "10.0.0.1:1024 > 10.0.0.2:80 TCP SYN, 54 bytes", Ethernet().Ipv4("10.0.0.1", "10.0.0.2").Tcp(1024, 80).Build() },
        { "VLAN 7 10.0.0.1:9 > 10.0.0.2:10 UDP, 46 bytes", Ethernet().Vlan(7).Ipv4("10.0.0.1", "10.0.0.2").Udp(9, 10).Build() },
        { "10.0.0.1 > 10.0.0.2 ICMP EchoRequest, 42 bytes", Ethernet().Ipv4("10.0.0.1", "10.0.0.2").Echo(1, 1, false).Build() },
        {
            "192.0.2.1:5 > 192.0.2.2:4789 UDP VXLAN 100: 10.0.0.1:1 > 10.0.0.2:2 UDP, 92 bytes",
            Ethernet().Ipv4("192.0.2.1", "192.0.2.2").Udp(5, 4789).Vxlan(100, "02:00:00:00:00:0a", "02:00:00:00:00:0b").Ipv4("10.0.0.1", "10.0.0.2").Udp(1, 2).Build()
        },
        { "192.0.2.1 > 224.0.0.5 IGMP MembershipReportIGMPv2, 42 bytes", Ip(2, "1600f5fee0000005") },
        { "192.0.2.1 > 224.0.0.5 OSPF Hello, 78 bytes", Ip(89, "0201002c0a0000010000000000000000000000000000000000ffffff000a0201000000280a0000010a000002") },
        { "EtherType 0x88b5, 20 bytes", Convert.FromHexString($"{Link}88b5000102030405") },
        { "3 bytes (no Ethernet header)", [1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void EveryPacket_HasALine(string line, byte[] frame) => Assert.Equal(line, PacketSummary.Of(frame));

    [Fact]
    public void AProtocolWithoutATable_IsComparedByField_AndTheBytesStay()
    {
        var differences = PacketDiff.Compare(Ip(2, "1600f5fee0000005"), Ip(2, "1700f4fee0000006"), []);
        Assert.Equal(["igmp.type", "igmp.checksum", "igmp.maddr", "data.data"], differences.Select(difference => difference.Field));
        Assert.Equal(("224.0.0.5", "224.0.0.6"), (differences[2].Expected, differences[2].Got));
        var hello = PacketDiff.Compare(
            Ip(89, "0201002c0a0000010000000000000000000000000000000000ffffff000a0201000000280a0000010a000002"),
            Ip(89, "0201002c0a0000010000000000000000000000000000000000ffffff000f0201000000280a0000010a000002"), []);
        Assert.Equal(["ospf.hello.hello_interval", "data.data[29]"], hello.Select(difference => difference.Field));
        Assert.Empty(PacketDiff.Compare(Ip(2, "1600f5fee0000005"), Ip(2, "1700f4fee0000006"), ["data"]));
    }

    [Fact]
    public void AnyBytes_HaveALineAndFields()
    {
        var random = new Vm.Runtime.SeededRandom(5);
        byte[][] seeds = [.. Frames.Select(row => row.Data.Item2).Where(frame => frame.Length > 14)];
        for (int round = 0; round < 20_000; round++)
        {
            byte[] frame = [.. seeds[random.NextUInt32() % seeds.Length]];
            for (uint i = 1 + random.NextUInt32() % 6; i > 0; i--) frame[random.NextUInt32() % frame.Length] = (byte)random.NextUInt32();
            frame = frame[..(int)(1 + random.NextUInt32() % frame.Length)];
            Assert.NotEmpty(PacketSummary.Of(frame));
            ForeignLayers.Of(frame);
        }
    }
}
