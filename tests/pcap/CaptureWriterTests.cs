using CsCheck;
using Netdev.Pcap;

namespace Tests.Pcap;

public sealed class CaptureWriterTests
{
    private static readonly Gen<(byte[] Data, long TimestampNs, int Extra, int InterfaceId)[]> s_packets =
        Gen.Select(Gen.Byte.Array[0, 2000], Gen.Long[0, 4_294_967_295_999_999_999], Gen.Int[0, 100_000], Gen.Int[0, 2]).Array[0, 40];

    [Fact]
    public void Pcap_WrittenAndReadBack_IsTheSame() => s_packets.Sample(
        packets =>
        {
            var bytes = new MemoryStream();
            using (var writer = new PcapWriter(bytes, LinkType.Ipv6))
                foreach (var p in packets) writer.Write(p.TimestampNs, p.Data, p.Data.Length + p.Extra);
            var expected = packets.Select(p => new KeptPacket(p.Data, p.TimestampNs, p.Data.Length + p.Extra, 0, LinkType.Ipv6));
            Assert.Equal(expected, RawCapture.ReadAll(bytes.ToArray()));
        },
        iter: 200);

    [Fact]
    public void Pcapng_WrittenCompressedAndReadBack_IsTheSame() => Gen.Select(s_packets, Gen.Enum<System.IO.Compression.CompressionLevel>()).Sample(
        (packets, level) =>
        {
            var bytes = Write(packets);
            Assert.Equal(bytes, Write(packets));
            LinkType[] links = [LinkType.Ethernet, LinkType.Raw, LinkType.LinuxSll];
            var expected = packets.Select(p => new KeptPacket(p.Data, p.TimestampNs, p.Data.Length + p.Extra, p.InterfaceId, links[p.InterfaceId])).ToList();
            Assert.Equal(expected, RawCapture.ReadAll(bytes));
            Assert.Equal(expected, RawCapture.ReadAll(RawCapture.Gzip(bytes, level)));
        },
        iter: 200);

    [Fact]
    public void Gzip_OfManyMembersAndMegabytes_InflatesExactly()
    {
        var random = new Random(5);
        var data = new byte[3_000_000];
        for (var i = 0; i < data.Length; i++) data[i] = random.Next(4) == 0 ? (byte)random.Next(256) : data[Math.Max(0, i - random.Next(1, 40_000))];
        byte[] file = [.. RawCapture.Gzip(data.AsSpan(0, 1_000_000)), .. RawCapture.Gzip([]), .. RawCapture.Gzip(data.AsSpan(1_000_000)), 0, 0, 0];
        using var input = new GzipInput(new MemoryStream(file));
        var inflated = new MemoryStream();
        input.CopyTo(inflated);
        Assert.True(data.AsSpan().SequenceEqual(inflated.ToArray()));
    }

    [Fact]
    public void Writers_RefuseWhatTheFormatCannotHold()
    {
        using var pcap = new PcapWriter(new MemoryStream());
        using var pcapng = new PcapngWriter(new MemoryStream());
        Assert.Throws<ArgumentOutOfRangeException>(() => pcap.Write(-1, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => pcap.Write(long.MaxValue, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => pcap.Write(0, new byte[CaptureReader.MaxPacketBytes + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => pcapng.Write(0, 0, [1]));
    }

    private static byte[] Write((byte[] Data, long TimestampNs, int Extra, int InterfaceId)[] packets)
    {
        var bytes = new MemoryStream();
        using (var writer = new PcapngWriter(bytes))
        {
            writer.AddInterface("eth0");
            writer.AddInterface("tun0", LinkType.Raw);
            writer.AddInterface("any", LinkType.LinuxSll);
            foreach (var p in packets)
            {
                var notes = new PacketNotes { PacketId = (ulong)p.Extra, TcVerdict = p.InterfaceId - 1, Comment = p.Extra % 2 == 0 ? "even" : null };
                writer.Write(p.InterfaceId, p.TimestampNs, p.Data, p.Data.Length + p.Extra, notes);
            }
        }
        return bytes.ToArray();
    }
}
