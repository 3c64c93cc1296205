using Netdev.Wire;

namespace Tests.Wire;

public sealed class FlowHashTests
{
    private static PacketBuilder Ethernet => PacketBuilder.Ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");

    [Fact]
    public void OfFrame_SameFlow_IgnoresPayloadAndVlanTag()
    {
        var plain = FlowHash.OfFrame(1, Ethernet.Ipv4("10.0.0.1", "10.0.0.2").Udp(1, 2).Build());
        Assert.Equal(plain, FlowHash.OfFrame(1, Ethernet.Vlan(7).Ipv4("10.0.0.1", "10.0.0.2", timeToLive: 3).Udp(1, 2).Payload("x").Build()));
        Assert.Equal(plain, FlowHash.OfIpv4(1, 0x0a000001, 0x0a000002, IpProtocol.Udp, (1 << 16) | 2));
    }

    [Fact]
    public void OfFrame_AnotherFieldOfTheTuple_HashesDifferently()
    {
        byte[][] frames =
        [
            Ethernet.Ipv4("10.0.0.1", "10.0.0.2").Udp(1, 2).Build(),
            Ethernet.Ipv4("10.0.0.2", "10.0.0.1").Udp(2, 1).Build(),
            Ethernet.Ipv4("10.0.0.1", "10.0.0.2").Tcp(1, 2).Build(),
            Ethernet.Ipv4("10.0.0.1", "10.0.0.2").Udp(1, 3).Build(),
            Ethernet.Ipv4("10.0.0.1", "10.0.0.3").Udp(1, 2).Build(),
            Ethernet.Ipv6("fd00::1", "fd00::2").Udp(1, 2).Build(),
            Ethernet.Ipv6("fd00::1", "fd01::2").Udp(1, 2).Build(),
        ];
        Assert.Distinct(frames.Select(frame => FlowHash.OfFrame(1, frame)));
        Assert.NotEqual(FlowHash.OfFrame(1, frames[0]), FlowHash.OfFrame(2, frames[0]));
    }

    [Fact]
    public void OfFrame_Fragments_HashWithoutPorts()
    {
        var first = Ethernet.Ipv4("10.0.0.1", "10.0.0.2").Udp(1, 2).Build();
        var second = Ethernet.Ipv4("10.0.0.1", "10.0.0.2").Udp(3, 4).Build();
        first[20] = 0x20; // more fragments
        second[21] = 0x10; // offset 128
        Assert.Equal(FlowHash.OfFrame(1, first), FlowHash.OfFrame(1, second));
    }

    [Fact]
    public void OfIpv4_OverManyFlows_SpreadsEvenlyOverCpus()
    {
        var perCpu = new int[8];
        for (uint flow = 0; flow < 80_000; flow++) perCpu[FlowHash.OfIpv4(42, 0x0a000000 + (flow & 0xff), 0x0a010001, IpProtocol.Tcp, (1024 + (flow >> 8)) << 16 | 80) % 8]++;
        Assert.All(perCpu, count => Assert.InRange(count, 9_500, 10_500));
    }

    [Fact]
    public void OfIpv4_GivesTheSameHashInEveryRelease() => Assert.Equal(1049165493u, FlowHash.OfIpv4(42, 0x0a000001, 0x0a000002, IpProtocol.Tcp, (1024u << 16) | 80));
}
