using Netdev.Pcap;
using Vm.Abi;

namespace Tests.Pcap;

public sealed class CaptureReaderTests
{
    private static readonly byte[] s_data = [1, 2, 3, 4, 5, 6, 7];

    [Theory]
    [InlineData(false, 0xa1b2c3d4, 7_000_654_000)]
    [InlineData(true, 0xa1b2c3d4, 7_000_654_000)]
    [InlineData(false, 0xa1b23c4d, 7_000_000_654)]
    [InlineData(true, 0xa1b23c4d, 7_000_000_654)]
    public void Pcap_OfEitherOrderAndResolution_GivesTheSamePackets(bool bigEndian, uint magic, long timestampNs)
    {
        var capture = new RawCapture(bigEndian).PcapHeader(magic, LinkType.Raw).PcapRecord(7, 654, s_data, original: 99).PcapRecord(7, 654, []).ToArray();
        KeptPacket[] expected = [new(s_data, timestampNs, 99, 0, LinkType.Raw), new([], timestampNs, 0, 0, LinkType.Raw)];
        Assert.Equal(expected, RawCapture.ReadAll(capture));
    }

    [Fact]
    public void Pcap_LastMomentOfItsClock_KeepsEveryNanosecond()
    {
        var capture = new RawCapture(false).PcapHeader(0xa1b23c4d).PcapRecord(uint.MaxValue, 999_999_999, s_data).ToArray();
        Assert.Equal(4_294_967_295_999_999_999, RawCapture.ReadAll(capture)[0].TimestampNs);
    }

    [Theory]
    [InlineData(null, null, 1_234_567UL, 1_234_567_000)]
    [InlineData((byte)0, null, 12UL, 12_000_000_000)]
    [InlineData((byte)3, null, 1_234UL, 1_234_000_000)]
    [InlineData((byte)6, 10L, 5UL, 10_000_005_000)]
    [InlineData((byte)6, -10L, 5UL, -9_999_995_000)]
    [InlineData((byte)9, null, 1_700_000_000_123_456_789UL, 1_700_000_000_123_456_789)]
    [InlineData((byte)12, null, 1_999UL, 1)]
    [InlineData((byte)28, null, 10_000_000_000_000_000_000UL, 1)]
    [InlineData((byte)127, 3L, ulong.MaxValue, 3_000_000_000)]
    [InlineData((byte)0x80, null, 4UL, 4_000_000_000)]
    [InlineData((byte)0x8a, null, 1536UL, 1_500_000_000)]
    [InlineData((byte)0xa0, null, 0x1_8000_0000UL, 1_500_000_000)]
    [InlineData((byte)0xff, null, ulong.MaxValue, 0)]
    public void Pcapng_TimestampResolutionAndOffset_AreExact(byte? resolution, long? offset, ulong ticks, long expectedNs)
    {
        foreach (var bigEndian in new[] { false, true })
        {
            var capture = new RawCapture(bigEndian).Section().Interface(resolution: resolution, offset: offset).Enhanced(0, ticks, s_data).ToArray();
            Assert.Equal(new KeptPacket(s_data, expectedNs, 7, 0, LinkType.Ethernet), Assert.Single(RawCapture.ReadAll(capture)));
        }
    }

    [Fact]
    public void Pcapng_TimeBeyond63Bits_IsDamage()
    {
        var capture = new RawCapture(false).Section().Interface(resolution: 0).Enhanced(0, 9_223_372_037, s_data).ToArray();
        var error = Assert.Throws<CaptureFormatException>(() => RawCapture.ReadAll(capture));
        Assert.Contains("2262", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pcapng_SectionsInterfacesAndOldBlocks_AreReadInOrder()
    {
        byte[] capture =
        [
            .. new RawCapture(false).Section().Interface(LinkType.Raw).Interface(snapLength: 4).Block(0xbad, b => b.Bytes(1, 2, 3))
                .Enhanced(1, 1, s_data, original: 1000).Old(0, 2, s_data).ToArray(),
            .. new RawCapture(true).Section().Interface(LinkType.LinuxSll, snapLength: 3).Simple([9, 8, 7], 60).Enhanced(0, 3, [1]).ToArray(),
        ];
        using var reader = CaptureReader.Open(new MemoryStream(capture), "sections");
        KeptPacket[] expected =
        [
            new(s_data, 1000, 1000, 1, LinkType.Ethernet),
            new(s_data, 2000, 7, 0, LinkType.Raw),
            new([9, 8, 7], 0, 60, 2, LinkType.LinuxSll),
            new([1], 3000, 1, 2, LinkType.LinuxSll),
        ];
        Assert.Equal(expected, RawCapture.ReadAll(reader));
        Assert.Equal("pcapng", reader.Format);
        Assert.Equal(["eth0", "eth0", "eth0"], reader.Interfaces.Select(i => i.Name));
        Assert.Equal(4, reader.PacketsRead);
    }

    [Fact]
    public void Open_FromFile_ReadsAllOfIt()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var writer = new PcapWriter(File.Create(path)))
                for (var i = 0; i < 20_000; i++) writer.Write(i, new byte[i % 1500], 2000);
            using var reader = CaptureReader.Open(path);
            var count = 0;
            for (; reader.TryRead(out var packet); count++)
            {
                Assert.Equal(count, packet.TimestampNs);
                Assert.Equal(count % 1500, packet.Data.Length);
                Assert.True(packet.IsCut);
            }
            Assert.Equal(20_000, count);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void TryRead_OfManyPackets_AllocatesNothingPerPacket()
    {
        var bytes = new MemoryStream();
        using (var writer = new PcapngWriter(bytes))
        {
            writer.AddInterface("eth0");
            for (var i = 0; i < 50_000; i++) writer.Write(0, i, new byte[118], notes: new PacketNotes { PacketId = 1 });
        }
        var allocated = 0L;
        for (var pass = 0; pass < 2; pass++) // the first fills the pool of buffers
        {
            using var reader = CaptureReader.Open(new MemoryStream(bytes.ToArray()), "many");
            Assert.True(reader.TryRead(out _));
            var before = GC.GetAllocatedBytesForCurrentThread();
            while (reader.TryRead(out _))
            {
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        // Other tests may have taken the pool's buffers; one small object a packet would be 1.2 MB.
        Assert.True(allocated < 600_000, $"{allocated} bytes for 50000 packets");
    }

    [Fact]
    public void Open_OfOneByteAtATime_GivesTheSamePackets()
    {
        var capture = new RawCapture(true).Section().Interface().Enhanced(0, 1, s_data).Enhanced(0, 2, new byte[300]).ToArray();
        using var reader = CaptureReader.Open(new TricklingStream(capture), "trickle");
        Assert.Equal(RawCapture.ReadAll(capture), RawCapture.ReadAll(reader));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("0a0d", "only 2 bytes")]
    [InlineData("7f454c46010101", "not a capture")]
    [InlineData("34cdb2a1", "modified pcap")]
    [InlineData("d4c3b2a10300040000000000000000000000000000000000", "version 3.4")]
    [InlineData("0a0d0d0a1c0000001a2b3c4e01000000ffffffffffffffff1c000000", "byte-order mark")]
    public void Open_OfSomethingElse_SaysWhatItIs(string hex, string says)
    {
        var error = Assert.Throws<CaptureFormatException>(() => RawCapture.ReadAll(Convert.FromHexString(hex)));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("sample: offset 0x", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfAMissingFile_IsENOENT()
    {
        var error = Assert.Throws<CaptureFormatException>(() => CaptureReader.Open("no/such/file.pcap"));
        Assert.Equal(Errno.ENOENT, error.Errno);
    }

    [Fact]
    public void Open_OfADirectory_SaysSo()
    {
        var error = Assert.Throws<CaptureFormatException>(() => CaptureReader.Open(Path.GetTempPath()));
        Assert.Contains("directory", error.Message, StringComparison.Ordinal);
    }

    private sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);
    }
}
