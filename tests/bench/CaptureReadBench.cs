using BenchmarkDotNet.Attributes;
using Netdev.Pcap;

namespace Bench;

/// <summary>What does it cost to read one 118-byte frame from a capture already in memory?</summary>
[MemoryDiagnoser]
public class CaptureReadBench
{
    private const int Frames = 1_000_000;
    private const int FrameBytes = 118;

    private byte[] _pcap = [];
    private byte[] _pcapng = [];

    /// <summary>Writes both captures once.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var frame = new byte[FrameBytes];
        var pcap = new MemoryStream();
        var pcapng = new MemoryStream();
        using (var classic = new PcapWriter(pcap))
        using (var next = new PcapngWriter(pcapng))
        {
            next.AddInterface("eth0");
            for (var i = 0; i < Frames; i++)
            {
                frame[i % FrameBytes]++;
                classic.Write(i * 100L, frame);
                next.Write(0, i * 100L, frame);
            }
        }
        _pcap = pcap.ToArray();
        _pcapng = pcapng.ToArray();
    }

    /// <summary>Classic pcap.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public long Pcap() => ReadAll(_pcap);

    /// <summary>pcapng, enhanced packet blocks.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public long Pcapng() => ReadAll(_pcapng);

    private static long ReadAll(byte[] capture)
    {
        using var reader = CaptureReader.Open(new MemoryStream(capture, writable: false), "bench");
        long bytes = 0;
        while (reader.TryRead(out var packet)) bytes += packet.Data.Length;
        return bytes;
    }
}
