using System.ComponentModel;
using System.Diagnostics;
using Netdev.Pcap;
using Netdev.Wire;
using SharpPcap.LibPcap;

namespace Tests.Pcap;

/// <summary>Other readers must see in our files what we meant.</summary>
public sealed class SecondOpinionTests
{
    private const long FirstNs = 1_700_000_000_123_456_789;

    private static readonly byte[] s_frame = PacketBuilder.Ethernet("02:00:00:00:00:01", "02:00:00:00:00:02").Vlan(5)
        .Ipv4("10.0.0.1", "10.0.0.2").Udp(1000, 4000).Payload("hello").Build();

    [Fact]
    public void Tshark_ReadsVerdictsDirectionIdAndComment() => WithFile(
        path =>
        {
            using (var writer = new PcapngWriter(File.Create(path)))
            {
                writer.AddInterface("eth0");
                writer.AddInterface("veth1");
                writer.Write(0, FirstNs, s_frame, notes: new PacketNotes { Direction = PacketDirection.Inbound, PacketId = 41, TcVerdict = 7 });
                writer.Write(1, FirstNs + 1, s_frame, 1000, new PacketNotes { Direction = PacketDirection.Outbound, TcVerdict = -1, Comment = "next" });
                writer.Write(1, FirstNs + 2, s_frame, notes: new PacketNotes { XdpVerdict = 2 });
            }
            const string Fields = "-T fields -E separator=| -e frame.interface_name -e frame.time_epoch -e frame.len -e frame.packet_id " +
                "-e frame.verdict.ebpf_tc -e frame.verdict.ebpf_xdp -e frame.comment -e frame.packet_flags_direction";
            var lines = Tshark($"-n -r {path} {Fields}").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(
            [
                "eth0|1700000000.123456789|51|41|7|||0x00000001",
                "veth1|1700000000.123456790|1000||-1||next|0x00000002",
                "veth1|1700000000.123456791|51|||2||",
            ],
            lines);
            Assert.Equal("1", Tshark($"-n -r {path} -Y frame.verdict.ebpf_tc==7 -T fields -e frame.number").Trim());
            Assert.Equal("2", Tshark($"-n -r {path} -Y frame.verdict.ebpf_tc==-1 -T fields -e frame.number").Trim());
        });

    [Fact]
    public void Tshark_FindsOurChecksumsGood() => WithFile(
        path =>
        {
            var v6 = PacketBuilder.Ethernet("02:00:00:00:00:01", "02:00:00:00:00:02").Ipv6("fd00::1", "fd00::2");
            using (var writer = new PcapWriter(File.Create(path)))
            {
                writer.Write(0, s_frame);
                writer.Write(1, v6.Tcp(1, 2, TcpFlags.Syn | TcpFlags.Ece).Payload("odd").Build());
                writer.Write(2, PacketBuilder.Ethernet("02:00:00:00:00:01", "02:00:00:00:00:02").Ipv6("fd00::1", "fd00::2").Echo(1, 2).Payload("x").Build());
                writer.Write(3, PacketBuilder.Ethernet("02:00:00:00:00:01", "02:00:00:00:00:02").Ipv4("1.2.3.4", "5.6.7.8").Udp(5, 4789)
                    .Vxlan(77, "02:00:00:00:00:03", "02:00:00:00:00:04").Ipv4("10.0.0.1", "10.0.0.2").Echo(1, 2).Payload("ping").Build());
            }
            const string Check = "-o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE";
            Assert.Equal("", Tshark($"-n -r {path} {Check} -Y _ws.malformed||ip.checksum.status==0||tcp.checksum.status==0||udp.checksum.status==0||icmp.checksum.status==0||icmpv6.checksum.status==0"));
            Assert.Equal("4", Tshark($"-n -r {path} {Check} -Y vxlan.vni==77&&icmp.checksum.status==1 -T fields -e frame.number").Trim());
            Assert.Equal("1\n2\n3\n4", Tshark($"-n -r {path} {Check} -Y ip.checksum.status==1||tcp.checksum.status==1||icmpv6.checksum.status==1 -T fields -e frame.number").Trim());
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Libpcap_ReadsTheSamePackets(bool pcapng) => WithFile(
        path =>
        {
            Write(path, pcapng);
            try
            {
                using var device = new CaptureFileReaderDevice(path);
                device.Open(new SharpPcap.DeviceConfiguration());
                for (var i = 0; i < 3; i++)
                {
                    Assert.Equal(SharpPcap.GetPacketStatus.PacketRead, device.GetNextPacket(out var packet));
                    Assert.True(packet.Data.SequenceEqual(s_frame));
                    Assert.Equal(1_700_000_000UL, packet.Header.Timeval.Seconds);
                    Assert.Equal(123_456UL, packet.Header.Timeval.MicroSeconds);
                }
                Assert.Equal(SharpPcap.GetPacketStatus.NoRemainingPackets, device.GetNextPacket(out _));
            }
            catch (Exception missing) when (missing is DllNotFoundException or TypeInitializationException)
            {
                Assert.Skip($"native libpcap is not installed: {missing.Message}");
            }
        });

    private static void Write(string path, bool pcapng)
    {
        if (pcapng)
        {
            using var writer = new PcapngWriter(File.Create(path));
            writer.AddInterface("eth0");
            for (var i = 0; i < 3; i++) writer.Write(0, FirstNs + i, s_frame);
        }
        else
        {
            using var writer = new PcapWriter(File.Create(path));
            for (var i = 0; i < 3; i++) writer.Write(FirstNs + i, s_frame);
        }
    }

    private static void WithFile(Action<string> use)
    {
        var path = Path.GetTempFileName();
        try
        {
            use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Tshark(string arguments)
    {
        try
        {
            using var tshark = Process.Start(new ProcessStartInfo("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = tshark.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = tshark.StandardOutput.ReadToEnd();
            tshark.WaitForExit();
            Assert.True(tshark.ExitCode == 0, errors.Result);
            return output;
        }
        catch (Win32Exception missing)
        {
            Assert.Skip($"tshark is not installed: {missing.Message}");
            return "";
        }
    }
}
