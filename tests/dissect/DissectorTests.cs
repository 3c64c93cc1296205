using Netdev.Wire;
using PacketDotNet;
using Sim.Dissect;

namespace Tests.Dissect;

public class DissectorTests
{
    private static readonly byte[] s_tcp = PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Vlan(10, 3).Ipv4("10.0.0.1", "10.0.0.2", 61, 8, 77).Tcp(1234, 80, TcpFlags.Syn, 1000, 2000).Payload("hi").Build();
    private static readonly byte[] s_udp = PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Ipv6("fd00::1", "fd00::2", 9).Udp(5000, 53).Payload("question").Build();

    private static readonly byte[] s_vxlan = PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Ipv4("10.0.0.1", "10.0.0.2").Udp(4000, 4789)
        .Vxlan(100, "02:00:00:00:00:0a", "02:00:00:00:00:0b").Ipv4("172.16.0.1", "172.16.0.2").Tcp(1, 2, TcpFlags.Ack).Build();

    [Fact]
    public void TcpOverVlan_ReadsAsPacketDotNetReadsIt()
    {
        var packet = Packet.ParsePacket(LinkLayers.Ethernet, s_tcp);
        var ip = packet.Extract<IPv4Packet>();
        var tcp = packet.Extract<TcpPacket>();
        var fields = Fields(s_tcp);
        Assert.Equal(("10", "3", "0x0800"), (fields["vlan.id"], fields["vlan.priority"], fields["vlan.etype"]));
        Assert.Equal(($"{ip.TimeToLive}", $"{ip.TotalLength}", ip.SourceAddress.ToString(), ip.DestinationAddress.ToString()), (fields["ip.ttl"], fields["ip.len"], fields["ip.src"], fields["ip.dst"]));
        Assert.Equal(($"0x{ip.Checksum:x4}", $"0x{ip.Id:x4}", "0x08"), (fields["ip.checksum"], fields["ip.id"], fields["ip.dsfield"]));
        Assert.Equal(($"{tcp.SourcePort}", $"{tcp.DestinationPort}", $"{tcp.SequenceNumber}", $"{tcp.AcknowledgmentNumber}"), (fields["tcp.srcport"], fields["tcp.dstport"], fields["tcp.seq_raw"], fields["tcp.ack_raw"]));
        Assert.Equal(("SYN", $"0x{tcp.Checksum:x4}", $"{tcp.WindowSize}", "6869"), (fields["tcp.flags"], fields["tcp.checksum"], fields["tcp.window_size_value"], fields["data.data"]));
    }

    [Fact]
    public void UdpOverIpv6_ReadsAsPacketDotNetReadsIt()
    {
        var packet = Packet.ParsePacket(LinkLayers.Ethernet, s_udp);
        var ip = packet.Extract<IPv6Packet>();
        var udp = packet.Extract<UdpPacket>();
        var fields = Fields(s_udp);
        Assert.Equal((ip.SourceAddress.ToString(), ip.DestinationAddress.ToString(), $"{ip.HopLimit}", $"{ip.PayloadLength}"), (fields["ipv6.src"], fields["ipv6.dst"], fields["ipv6.hlim"], fields["ipv6.plen"]));
        Assert.Equal(($"{udp.SourcePort}", $"{udp.DestinationPort}", $"{udp.Length}", $"0x{udp.Checksum:x4}"), (fields["udp.srcport"], fields["udp.dstport"], fields["udp.length"], fields["udp.checksum"]));
    }

    [Fact]
    public void Tunnel_NumbersItsSecondLayers()
    {
        var fields = Dissector.Dissect(s_vxlan);
        Assert.Equal("100", fields.Single(f => f.Name == "vxlan.vni").Value);
        Assert.Equal(["IPv4", "IPv4 #2"], fields.Where(f => f.Name == "ip.src").Select(f => f.LayerName));
        Assert.Equal(["10.0.0.1", "172.16.0.1"], fields.Where(f => f.Name == "ip.src").Select(f => f.Value));
    }

    [Fact]
    public void DamagedPackets_AreAlwaysDissectedAndEveryByteBelongsToAField()
    {
        var random = new Random(3);
        byte[][] packets = [s_tcp, s_udp, s_vxlan];
        for (int round = 0; round < 3000; round++)
        {
            byte[] packet = [.. packets[round % 3].AsSpan(0, random.Next(packets[round % 3].Length + 1))];
            for (int i = 0; i < 3 && packet.Length > 0; i++) packet[random.Next(packet.Length)] = (byte)random.Next(256);
            Assert.All(Dissector.Dissect(packet), field => Assert.InRange(field.Bit, 0, packet.Length * 8));
            Assert.NotEmpty(PacketSummary.Of(packet));
        }
    }

    [Fact]
    public void Same_ExactlyWhenCompareFindsNothing()
    {
        var random = new Random(4);
        byte[][] packets = [s_tcp, s_udp, s_vxlan];
        string[] names = [.. FieldTables.All.SelectMany(layer => layer.Rows).Select(row => row.Name), .. FieldTables.VariableFields, "eth", "ip", "tcp", "udp"];
        int same = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] one = packets[round % 3], other = [.. one];
            for (int i = random.Next(3); i > 0; i--) other[random.Next(other.Length)] ^= (byte)(1 << random.Next(8));
            if (random.Next(10) == 0) other = other[..random.Next(other.Length)];
            string[] ignored = [.. Enumerable.Range(0, random.Next(4)).Select(_ => names[random.Next(names.Length)])];
            bool equal = PacketDiff.Same(one, other, ignored);
            var differences = PacketDiff.Compare(one, other, ignored);
            Assert.True(equal == (differences.Count == 0), $"Same says {equal}, Compare names {differences.Count} differences; ignored {string.Join(' ', ignored)}; {Convert.ToHexString(one)} {Convert.ToHexString(other)}");
            same += equal ? 1 : 0;
        }
        Assert.InRange(same, 100, 2900);
    }

    [Fact]
    public void IgnoringAField_HidesExactlyThatField()
    {
        foreach (var field in Dissector.Dissect(s_vxlan).Where(f => f.Name is "ip.ttl" or "ip.checksum" or "tcp.srcport" or "eth.src" or "vxlan.vni" or "udp.checksum"))
        {
            byte[] changed = [.. s_vxlan];
            int last = field.Bit + field.Bits - 1;
            changed[last / 8] ^= (byte)(0x80 >> (last % 8));
            Assert.Equal([field.Name], PacketDiff.Compare(s_vxlan, changed, []).Select(d => d.Field));
            Assert.True(PacketDiff.Same(s_vxlan, changed, [field.Name]));
            Assert.True(PacketDiff.Same(s_vxlan, changed, [field.Name[..field.Name.IndexOf('.', StringComparison.Ordinal)]]));
            Assert.False(PacketDiff.Same(s_vxlan, changed, ["ip.dsfield", "tcp.flags"]));
        }
    }

    private static Dictionary<string, string> Fields(byte[] packet) => Dissector.Dissect(packet).ToDictionary(f => f.Name, f => f.Value);
}
