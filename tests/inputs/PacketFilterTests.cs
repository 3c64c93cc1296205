using Netdev.Pcap;
using Netdev.Wire;
using Sim.Inputs;
using Tests.Pcap;
using Tests.Verifier;
using Vm.Abi;

namespace Tests.Inputs;

/// <summary>Filters in tcpdump's language on any capture; skipped where libpcap is not installed.</summary>
public sealed class PacketFilterTests
{
    private static CaptureInput Web(string? filter) => new(Repository.PathOf("pcaps/web.pcap"), filter);

    private static (List<byte[]> Frames, IReadOnlyList<string> Notes) Read(CaptureInput input)
    {
        SkipWithoutLibPcap();
        using var source = input.Open();
        var frames = new List<byte[]>();
        while (source.TryRead(out var frame)) frames.Add(frame.Data.ToArray());
        return (frames, source.Notes);
    }

    private static void SkipWithoutLibPcap()
    {
        try
        {
            PacketFilter.Compile("ip").Dispose();
        }
        catch (UsageException missing)
        {
            Assert.Skip(missing.Message);
        }
    }

    [Fact]
    public void AFilter_LetsThroughWhatItsWordsSay()
    {
        var (all, notes) = Read(Web(null));
        Assert.Empty(notes);
        Assert.Equal(all.Where(frame => frame[12] == 8 && frame[13] == 6), Read(Web("arp")).Frames);
        var (web, said) = Read(Web("ip and tcp port 80"));
        Assert.NotEmpty(web);
        Assert.All(web, frame => Assert.True(frame[23] == 6 && (frame[35] == 80 || frame[37] == 80)));
        Assert.Equal($"the filter 'ip and tcp port 80' let {web.Count} of {all.Count} packets through; they are numbered without the others", Assert.Single(said));
        Assert.Equal(all.Count, web.Count + Read(Web("not (ip and tcp port 80)")).Frames.Count);
    }

    [Theory]
    [InlineData("tcp prot 80")]
    [InlineData("no such words at all")]
    [InlineData("host 300.1.2.3.4")]
    public void AWrongFilter_IsRefusedInOneSentence(string text)
    {
        SkipWithoutLibPcap();
        var refused = Assert.Throws<UsageException>(() => Web(text).Open());
        Assert.StartsWith($"--filter '{text}': libpcap says ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void AFilterOnALinkWithoutEthernet_SeesTheHeaderThatWasPutInFront()
    {
        SkipWithoutLibPcap();
        byte[] packet = [0x45, .. new byte[19]];
        var raw = new RawCapture(bigEndian: false).Section().Interface(LinkType.Raw).Enhanced(0, 1, packet).Enhanced(0, 2, [0x60, .. new byte[39]]);
        var reader = new FrameReader(CaptureReader.Open(new MemoryStream(raw.ToArray()), "raw"), MacAddress.Parse("02:00:00:00:00:01"));
        using var frames = new FilteredFrames(reader, PacketFilter.Compile("ip and ether dst 02:00:00:00:00:01"), "ip");
        Assert.True(frames.TryRead(out var frame));
        Assert.Equal(34, frame.Data.Length);
        Assert.False(frames.TryRead(out _));
    }

    [Fact]
    public void WithoutLibPcap_OneSentenceSaysWhatToInstall()
    {
        foreach (var missing in (Exception[])[new DllNotFoundException("wpcap"), new EntryPointNotFoundException(), new TypeInitializationException("SharpPcap.X", new DllNotFoundException())])
        {
            var said = Assert.Throws<UsageException>(() => LibPcap.Need<int>("--filter", () => throw missing));
            Assert.StartsWith("--filter needs libpcap, which cannot be loaded here; install it", said.Message, StringComparison.Ordinal);
        }
        Assert.Throws<InvalidOperationException>(() => LibPcap.Need<int>("--filter", () => throw new InvalidOperationException()));
    }

    [Fact]
    public void ACaptureThatIsNotThere_IsStillTheCapturesError() =>
        Assert.Throws<CaptureFormatException>(() => new CaptureInput("no/such.pcap").Open());
}
