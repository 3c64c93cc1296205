using Netdev.Pcap;

namespace Sim.Output;

/// <summary>A capture being written: pcapng when its name says so, pcap otherwise; whole or not there at all, as <see cref="OutputFile"/> has it.</summary>
internal sealed class CaptureFile : IDisposable
{
    private const long PcapEndNs = (1L << 32) * 1_000_000_000;

    private readonly OutputFile _file;
    private readonly string _path;
    private readonly PcapWriter? _pcap;
    private readonly PcapngWriter? _pcapng;
    private readonly Dictionary<string, int> _interfaces = [];

    /// <summary>Begins it.</summary>
    /// <param name="path">Where; <c>-</c> for standard output.</param>
    /// <exception cref="OutputException">Nothing can be written there.</exception>
    public CaptureFile(string path)
    {
        _path = path;
        _file = OutputFile.Create(path);
        if (path.EndsWith(".pcapng", StringComparison.Ordinal)) _pcapng = new PcapngWriter(_file.Stream);
        else _pcap = new PcapWriter(_file.Stream);
    }

    /// <summary>Adds a frame.</summary>
    /// <param name="device">Interface name; kept by pcapng only.</param>
    /// <param name="timestampNs">Since the epoch; classic pcap holds times up to the year 2106.</param>
    /// <param name="frame">From the Ethernet header on.</param>
    /// <exception cref="OutputException">It cannot be written.</exception>
    public void Write(string device, long timestampNs, ReadOnlySpan<byte> frame)
    {
        if (_pcapng is null)
        {
            if (timestampNs is < 0 or >= PcapEndNs) throw new OutputException(_path, "pcap holds times from 1970 to 2106 only, and this packet has another; give the file a name that ends in .pcapng");
            _pcap!.Write(timestampNs, frame, frame.Length);
            return;
        }
        if (!_interfaces.TryGetValue(device, out int id)) _interfaces.Add(device, id = _pcapng.AddInterface(device));
        _pcapng.Write(id, timestampNs, frame, frame.Length);
    }

    /// <summary>Says that all packets are in: the file takes its place.</summary>
    public void Commit()
    {
        _pcap?.Flush();
        _pcapng?.Flush();
        _file.Commit();
    }

    /// <summary>Closes it; without <see cref="Commit"/> nothing is left.</summary>
    public void Dispose() => _file.Dispose();
}
