using Netdev.Pcap;
using Netdev.Wire;
using Vm.Abi;

namespace Tests.Pcap;

/// <summary>Captures of every link become Ethernet frames, or are refused by name.</summary>
public sealed class FrameReaderTests
{
    private static readonly MacAddress s_own = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly byte[] s_ip4 = PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:01").Ipv4("10.0.0.1", "10.0.0.2").Udp(1, 2).Payload("abc").Build();
    private static readonly byte[] s_ip6 = PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:01").Ipv6("fd00::1", "fd00::2").Udp(1, 2).Build();

    private const string Someone = "0200000000aa", Own = "020000000001", Sender = "0a0b0c0d0e0f";

    /// <summary>Link type, link header, which packet is behind it, and the addresses of the Ethernet header it must get.</summary>
    public static TheoryData<int, string, int, string> Links => new()
    {
        { 101, "", 4, Own + Someone },
        { 101, "", 6, Own + Someone },
        { 12, "", 4, Own + Someone },
        { 14, "", 6, Own + Someone },
        { 228, "", 4, Own + Someone },
        { 229, "", 6, Own + Someone },
        { 0, "02000000", 4, Own + Someone },
        { 0, "00000002", 4, Own + Someone },
        { 0, "1e000000", 6, Own + Someone },
        { 0, "0000000a", 6, Own + Someone },
        { 108, "00000002", 4, Own + Someone },
        { 108, "0000001c", 6, Own + Someone },
        { 113, "0000000100060a0b0c0d0e0f00000800", 4, Own + Sender },
        { 113, "0001000100060a0b0c0d0e0f00000800", 4, "ffffffffffff" + Sender },
        { 113, "0002000100060a0b0c0d0e0f00000800", 4, "01005e000002" + Sender },
        { 113, "0002000100060a0b0c0d0e0f000086dd", 6, "333300000002" + Sender },
        { 113, "0003000100060a0b0c0d0e0f00000800", 4, "0200000000fe" + Sender },
        { 113, "0004000100060a0b0c0d0e0f000086dd", 6, Own + Sender },
        { 113, "0000fffe0000000000000000000086dd", 6, Own + Someone },
        { 276, "08000000000000020001000600000000" + "00000000", 4, Own + "000000000000" },
        { 276, "86dd0000000000030304010000000000" + "00000000", 6, "ffffffffffff" + Someone },
        { 9, "0021", 4, Own + Someone },
        { 9, "ff030057", 6, Own + Someone },
        { 9, "21", 4, Own + Someone },
        { 50, "ff030021", 4, Own + Someone },
        { 50, "0f000800", 4, Own + Someone },
        { 104, "8f0086dd", 6, "333300000002" + Someone },
    };

    private static byte[] Packet(int version) => version == 4 ? s_ip4 : s_ip6;

    private static (List<string> Frames, IReadOnlyList<string> Notes) Read(byte[] capture, bool outgoing = false)
    {
        using var reader = new FrameReader(CaptureReader.Open(new MemoryStream(capture), "sample"), s_own, outgoing);
        var frames = new List<string>();
        while (reader.TryRead(out var frame)) frames.Add(Convert.ToHexStringLower(frame.Data));
        return (frames, reader.Notes);
    }

    private static byte[] Pcap(uint linkType, params byte[][] packets)
    {
        var raw = new RawCapture(bigEndian: false).U32(0xa1b2c3d4).U16(2).U16(4).U32(0).U32(0).U32(65535).U32(linkType);
        foreach (byte[] packet in packets) raw.U32(1).U32(0).U32((uint)packet.Length).U32((uint)packet.Length).Bytes(packet);
        return raw.ToArray();
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void EveryLink_GetsAnEthernetHeaderInPlaceOfItsOwn(int linkType, string header, int version, string addresses)
    {
        byte[] ip = Packet(version)[14..];
        var (frames, notes) = Read(Pcap((uint)linkType, [.. Convert.FromHexString(header), .. ip]));
        Assert.Equal(addresses + (version == 4 ? "0800" : "86dd") + Convert.ToHexStringLower(ip), Assert.Single(frames));
        Assert.Contains("packets have no Ethernet header", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void AnOutgoingFrame_ComesFromTheDevice()
    {
        var (frames, notes) = Read(Pcap(101, s_ip4[14..]), outgoing: true);
        Assert.Equal(Someone + Own + "0800" + Convert.ToHexStringLower(s_ip4.AsSpan(14)), Assert.Single(frames));
        Assert.EndsWith("each was given one from 02:00:00:00:00:01", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Ethernet_StaysAsItIs_WithoutAWord()
    {
        var (frames, notes) = Read(Pcap(1, s_ip4, s_ip6, [1, 2, 3]));
        Assert.Equal([Convert.ToHexStringLower(s_ip4), Convert.ToHexStringLower(s_ip6), "010203"], frames);
        Assert.Empty(notes);
    }

    [Theory]
    [InlineData(9, "c021010100")] // LCP
    [InlineData(9, "")]
    [InlineData(101, "00")]
    [InlineData(0, "07000000")]
    [InlineData(113, "00000001")]
    [InlineData(113, "0000033800000000000000000000000045")] // netlink
    [InlineData(276, "0800000000000001032300060000000000000000")] // radiotap behind SLL2
    [InlineData(104, "8f008035000000")] // keep-alive
    public void WhatNoEtherTypeStandsFor_IsLeftOutAndCounted(int linkType, string packet)
    {
        string link = linkType == 9 ? "0021" : linkType switch { 0 => "02000000", 113 => "00000001000000000000000000000800", 276 => "0800000000000001000100060000000000000000", 104 => "0f000800", _ => "" };
        var (frames, notes) = Read(Pcap((uint)linkType, Convert.FromHexString(packet), [.. Convert.FromHexString(link), .. s_ip4[14..]]));
        Assert.Single(frames);
        Assert.Contains(notes, note => note.Contains("1 of 2 packets carried nothing Ethernet carries", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(127u, "Ieee80211Radiotap (127)")]
    [InlineData(105u, "Ieee80211 (105)")]
    [InlineData(189u, "UsbLinux (189)")]
    [InlineData(147u, "link type 147")]
    public void AnyOtherLink_IsRefusedByName(uint linkType, string name)
    {
        var refused = Assert.Throws<CaptureFormatException>(() => Read(Pcap(linkType, [0, 0, 8, 0, 0, 0, 0, 0])));
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.Contains("read are Ethernet, raw IP", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pcapng_HasALinkTypeForEachInterface(bool bigEndian)
    {
        var capture = new RawCapture(bigEndian).Section().Interface().Interface(LinkType.Raw).Interface(LinkType.Ieee80211Radiotap)
            .Enhanced(1, 5, s_ip4[14..]).Enhanced(0, 6, s_ip6);
        var (frames, notes) = Read(capture.ToArray());
        Assert.Equal([Own + Someone + Convert.ToHexStringLower(s_ip4.AsSpan(12)), Convert.ToHexStringLower(s_ip6)], frames);
        Assert.Single(notes);
        var refused = Assert.Throws<CaptureFormatException>(() => Read(capture.Enhanced(2, 7, s_ip4).ToArray()));
        Assert.Contains("packet 3 begins with link type Ieee80211Radiotap (127)", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x24000001u, 4)] // two words of 16 bits, as the format has it
    [InlineData(0x44000001u, 4)] // written as bytes
    [InlineData(0x20000001u, 0)] // not marked as present
    [InlineData(0x14000009u, 2)] // PPP with a check sequence of 16 bits
    public void CheckSequence_OfAPcap_IsCutOff(uint linkTypeWord, int bytes)
    {
        byte[] packet = (linkTypeWord & 0xff) == 9 ? [0x00, 0x21, .. s_ip4[14..]] : s_ip4;
        var (frames, _) = Read(Pcap(linkTypeWord, [.. packet, .. new byte[bytes]]));
        Assert.EndsWith(Convert.ToHexStringLower(s_ip4.AsSpan(14)), Assert.Single(frames), StringComparison.Ordinal);
        Assert.Equal(2 * s_ip4.Length, frames[0].Length);
    }

    [Theory]
    [InlineData((byte)4, null, 4)]
    [InlineData((byte)32, null, 4)]
    [InlineData((byte)0, 4u << 5, 4)]
    [InlineData((byte)0, 0u, 0)]
    [InlineData(null, 4u << 5 | 1, 4)]
    [InlineData(null, null, 0)]
    public void CheckSequence_OfAPcapng_IsCutOff(byte? ofInterface, uint? ofPacket, int bytes)
    {
        foreach (bool bigEndian in (bool[])[false, true])
        {
            var capture = new RawCapture(bigEndian).Section().Interface(check: ofInterface).Enhanced(0, 5, [.. s_ip4, .. new byte[bytes]], flags: ofPacket);
            Assert.Equal(Convert.ToHexStringLower(s_ip4), Assert.Single(Read(capture.ToArray()).Frames));
        }
    }

    [Fact]
    public void CutPackets_AreCountedOnce_AndACheckSequenceThatWasCutAwayIsNone()
    {
        var capture = new RawCapture(bigEndian: false).Section().Interface(check: 4)
            .Enhanced(0, 1, s_ip4[..40], original: (uint)s_ip4.Length + 4)
            .Enhanced(0, 2, [.. s_ip4, 0xde, 0xad], original: (uint)s_ip4.Length + 4)
            .Enhanced(0, 3, s_ip4[..20], original: 1000);
        var (frames, notes) = Read(capture.ToArray());
        Assert.Equal([80, 2 * s_ip4.Length, 40], frames.Select(frame => frame.Length));
        Assert.Equal("sample: 2 of 3 packets had been cut when captured (snapshot length); programs saw them as short as the file has them", Assert.Single(notes));
    }

    /// <summary>What a plain Ethernet capture has at hand is handed out directly: the same packets, notes and complaints as the long way, wherever buffers and damage fall.</summary>
    [Fact]
    public void PlainCaptures_ReadTheShortWay_AreReadAsTheLongWay()
    {
        var random = new Random(11);
        for (int round = 0; round < 300; round++)
        {
            bool bigEndian = random.Next(4) == 0;
            var raw = new RawCapture(bigEndian).U32(random.Next(2) == 0 ? 0xa1b2c3d4 : 0xa1b23c4d).U16(2).U16(4).U32(0).U32(0).U32(65535).U32(random.Next(4) == 0 ? 0x4400_0001u : 1u);
            for (int packets = random.Next(400); packets > 0; packets--)
            {
                int captured = random.Next(20) == 0 ? random.Next(70_000) : random.Next(300);
                int original = random.Next(5) == 0 ? random.Next(2000) : captured;
                byte[] data = new byte[captured];
                random.NextBytes(data);
                raw.U32((uint)random.Next()).U32((uint)random.Next(1_000_000)).U32((uint)captured).U32((uint)original).Bytes(data);
            }
            byte[] capture = raw.ToArray();
            if (random.Next(2) == 0 && capture.Length > 24) random.NextBytes(capture.AsSpan(random.Next(24, capture.Length), 1));
            if (random.Next(2) == 0) capture = capture[..random.Next(24, capture.Length + 1)];
            Assert.Equal(ReadAll(capture, shortWay: false), ReadAll(capture, shortWay: true));
        }
    }

    private static List<string> ReadAll(byte[] capture, bool shortWay)
    {
        var seen = new List<string>();
        int cut = 0;
        using var reader = CaptureReader.Open(new MemoryStream(capture), "sample");
        using var frames = shortWay ? new FrameReader(reader, s_own) : null;
        try
        {
            if (frames is not null)
            {
                while (frames.TryRead(out var frame)) seen.Add($"{frame.TimestampNs} {Convert.ToHexString(frame.Data)}");
            }
            else
            {
                while (reader.TryRead(out var packet))
                {
                    seen.Add($"{packet.TimestampNs} {Convert.ToHexString(packet.Data)}");
                    if (packet.IsCut) cut++;
                }
            }
        }
        catch (CaptureFormatException damage)
        {
            seen.Add(damage.Message);
        }
        seen.Add(frames is null ? $"{cut} of {reader.PacketsRead}" : frames.Notes.Count == 0 ? $"0 of {reader.PacketsRead}" : Assert.Single(frames.Notes)["sample: ".Length..].Split(" packets")[0]);
        return seen;
    }
}
