using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Netdev;
using Netdev.Devices;
using Netdev.Pcap;

namespace Tests.Sim;

/// <summary>The library as the README shows it.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Library_ReplaysACaptureAndReadsTheMaps()
    {
        // The README's lines begin here.
        using var network = new Network();
        using var firewall = Bpf.Open(InRepository("scenarios/02-firewall/firewall.bpf.o"), network);
        firewall.Set("allow_icmp", "false");
        var eth0 = network.AddDevice("eth0");
        eth0.Ingress.Attach(firewall.Program("firewall").Compile());
        firewall.Map<uint, byte>("open_ports")[0x5000_0006] = 1; // struct port_key: TCP, port 80 in network order
        using var capture = FrameReader.Open(InRepository("pcaps/web.pcap"), eth0.Mac);
        while (capture.TryRead(out var frame)) network.Receive(eth0, frame.Data, frame.TimestampNs);
        Assert.Equal(19, eth0.Counters().Delivered); // ARP, and TCP to port 80
        Assert.Equal(4ul, firewall.Map<uint, ulong>("verdicts")[5]); // not IP: four ARP frames
        // The README's lines end here.
        Assert.Equal(61, eth0.Counters().RxPackets);
    }

    [Fact]
    public void Readme_ShowsTheLinesThatRun()
    {
        string[] run = [.. File.ReadLines(ThisFile()).SkipWhile(line => !line.Contains("// The README's lines begin", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.Contains("// The README's lines end", StringComparison.Ordinal)).Select(line => Placed().Replace(line.Trim(), "$1"))];
        string[] shown = [.. File.ReadLines(InRepository("README.md")).SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```")];
        Assert.Equal(run, shown);
    }

    private static string InRepository(string path) => Path.Combine(ShippedScenarios.Root, path);

    private static string ThisFile([CallerFilePath] string path = "") => path;

    // Where the repository is, the README leaves to the reader.
    [GeneratedRegex(@"InRepository\((""[^""]*"")\)")]
    private static partial Regex Placed();
}
