using Netdev;
using Netdev.Devices;
using Netdev.Pcap;

namespace Tests.Sim;

/// <summary>The library as the README shows it.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Library_ReplaysACaptureAndReadsTheMaps()
    {
        using var network = new Network();
        using var firewall = Bpf.Open(File("scenarios/02-firewall/firewall.bpf.o"), network);
        firewall.Set("allow_icmp", "false");
        var eth0 = network.AddDevice("eth0");
        eth0.Ingress.Attach(firewall.Program("firewall").Compile());
        firewall.Map<uint, byte>("open_ports")[PortKey(6, 80)] = 1;

        using var capture = FrameReader.Open(File("pcaps/web.pcap"), eth0.Mac);
        while (capture.TryRead(out var frame)) network.Receive(eth0, frame.Data, frame.TimestampNs);

        Assert.Equal(61, eth0.Counters().RxPackets);
        Assert.Equal(19, eth0.Counters().Delivered); // ARP, and TCP to port 80
        Assert.Equal(4ul, firewall.Map<uint, ulong>("verdicts")[5]); // not IP: four ARP frames
    }

    // struct port_key: protocol, a byte of padding, the port in network order.
    private static uint PortKey(byte protocol, ushort port) => protocol | ((uint)System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(port) << 16);

    private static string File(string path) => Path.Combine(ShippedScenarios.Root, path);
}
