using CsCheck;
using Netdev.Pcap;
using Vm.Abi;

namespace Tests.Pcap;

public sealed class CaptureDamageTests
{
    private static readonly byte[] s_pcap = new RawCapture(true).PcapHeader(0xa1b23c4d)
        .PcapRecord(1, 1, [1, 2, 3]).PcapRecord(2, 2, new byte[40]).PcapRecord(3, 3, []).PcapRecord(4, 4, [5]).ToArray();

    private static readonly byte[] s_pcapng = new RawCapture(false).Section().Interface(resolution: 9).Enhanced(0, 1, [1, 2, 3])
        .Interface(LinkType.Raw, snapLength: 8, offset: 5).Simple([1, 2, 3, 4], 4).Block(77, b => b.U32(1)).Old(1, 9, [7, 7]).Enhanced(1, 3, new byte[33]).ToArray();

    public static TheoryData<string> Kinds => ["pcap", "pcapng", "pcap.gz", "pcapng.gz", "two members.gz", "stored.gz"];

    private static byte[] Sample(string kind) => kind switch
    {
        "pcap" => s_pcap,
        "pcapng" => s_pcapng,
        "pcap.gz" => RawCapture.Gzip(s_pcap),
        "pcapng.gz" => RawCapture.Gzip(s_pcapng),
        "two members.gz" => [.. RawCapture.Gzip(s_pcap.AsSpan(0, 43)), .. RawCapture.Gzip(s_pcap.AsSpan(43))],
        _ => RawCapture.Gzip(s_pcap, System.IO.Compression.CompressionLevel.NoCompression),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryPrefix_GivesItsWholePacketsThenOneErrorOrTheEnd(string kind)
    {
        var whole = Sample(kind);
        var all = RawCapture.ReadAll(whole);
        Assert.Equal(4, all.Count);
        var longest = 0;
        var cleanEnds = 0;
        for (var length = 0; length < whole.Length; length++)
        {
            var (packets, error) = ReadUntilError(whole[..length]);
            Assert.Equal(all.Take(packets.Count), packets);
            Assert.True(packets.Count >= longest, $"{length} bytes give {packets.Count} packets, fewer bytes gave {longest}");
            longest = packets.Count;
            if (error is null) cleanEnds++;
        }
        // Plain formats may end between records: after the header and each packet, and between blocks; gzip only between members.
        var boundaries = kind switch { "pcap" => 4, "pcapng" => 7, "two members.gz" => 1, _ => 0 };
        Assert.Equal(boundaries, cleanEnds);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryFlippedByte_KeepsThePacketsBeforeItAndNeverThrowsAnythingElse(string kind)
    {
        var whole = Sample(kind);
        for (var at = 0; at < whole.Length; at++)
        {
            var before = ReadUntilError(whole[..at]).Packets;
            foreach (var flip in new byte[] { 0x01, 0x80, 0xff })
            {
                var damaged = (byte[])whole.Clone();
                damaged[at] ^= flip;
                Assert.Equal(before, ReadUntilError(damaged).Packets.Take(before.Count));
            }
        }
    }

    [Fact]
    public void MutatedCaptures_OnlyEverYieldCaptureFormatException()
    {
        byte[][] seeds = [.. Kinds.Select(kind => Sample(kind.Data))];
        var mutation = Gen.Select(Gen.Int[0, 10_000], Gen.Byte, Gen.Int[0, 4]);
        Gen.Select(Gen.Int[0, seeds.Length - 1], mutation.Array[1, 6]).Sample(
            (seed, mutations) =>
            {
                var bytes = new List<byte>(seeds[seed]);
                foreach (var (place, value, how) in mutations)
                {
                    var at = place % bytes.Count;
                    switch (how)
                    {
                        case 0:
                            bytes[at] = value;
                            break;
                        case 1:
                            bytes.Insert(at, value);
                            break;
                        case 2 when bytes.Count > 1:
                            bytes.RemoveAt(at);
                            break;
                        case 3:
                            bytes[at] = 0xff;
                            break;
                        default:
                            bytes[at] ^= (byte)(1 << (value & 7));
                            break;
                    }
                }
                ReadUntilError([.. bytes]);
            },
            iter: 40_000);
    }

    [Fact]
    public void HostilePacketLength_IsDamageAndNoAllocation()
    {
        var pcap = new RawCapture(false).PcapHeader(0xa1b2c3d4).PcapRecord(1, 1, [1]).U32(0).U32(0).U32(0x7fffffff).U32(60).ToArray();
        AssertCheapError(pcap, "limit is 262144", "offset 0x29", packets: 1);
        var pcapng = new RawCapture(false).Section().Interface().U32(0xdead).U32(0xfffffffc).U32(0).ToArray();
        AssertCheapError(pcapng, "beyond the limit", "offset 0x", packets: 0);
    }

    [Fact]
    public void TruncatedPacket_ErrorSaysWhereAndWhatToDo()
    {
        var (_, error) = ReadUntilError(s_pcap[..^1]);
        Assert.NotNull(error);
        Assert.Equal(
            "damaged: offset 0x73: the file ends inside a packet: its header promises 1 bytes, 0 are there (the 3 packets before it are whole; " +
            "get the file again from where it came, or keep those with 'editcap -r <file> <new file> 1-3')",
            error.Message);
    }

    [Fact]
    public void TruncatedGzip_ErrorSpeaksOfTheUncompressedStream()
    {
        var (packets, error) = ReadUntilError(Sample("pcap.gz")[..^3]);
        Assert.Equal(4, packets.Count);
        Assert.NotNull(error);
        Assert.Contains($"offset 0x{s_pcap.Length:x} of the uncompressed stream", error.Message, StringComparison.Ordinal);
        Assert.Contains("ends in the middle of a member", error.Message, StringComparison.Ordinal);
    }

    private static void AssertCheapError(byte[] capture, string says, string where, int packets)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (read, error) = ReadUntilError(capture);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2_000_000, "a hostile length was believed");
        Assert.Equal(packets, read.Count);
        Assert.NotNull(error);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
    }

    private static (List<KeptPacket> Packets, CaptureFormatException? Error) ReadUntilError(byte[] capture)
    {
        var packets = new List<KeptPacket>();
        CaptureReader reader;
        try
        {
            reader = CaptureReader.Open(new MemoryStream(capture), "damaged");
        }
        catch (CaptureFormatException error)
        {
            return (packets, error);
        }
        using (reader)
        {
            try
            {
                while (reader.TryRead(out var packet))
                    packets.Add(new KeptPacket(packet.Data.ToArray(), packet.TimestampNs, packet.OriginalLength, packet.InterfaceId, packet.LinkType));
                return (packets, null);
            }
            catch (CaptureFormatException error)
            {
                Assert.False(reader.TryRead(out _), "after its one error the capture has ended");
                return (packets, error);
            }
        }
    }
}
