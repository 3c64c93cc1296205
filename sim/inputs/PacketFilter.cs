using Netdev.Pcap;
using PacketDotNet;
using SharpPcap.LibPcap;

namespace Sim.Inputs;

/// <summary>A filter in tcpdump's language, compiled by libpcap for Ethernet frames.</summary>
internal sealed class PacketFilter : IDisposable
{
    private readonly BpfProgram _program;

    private PacketFilter(BpfProgram program) => _program = program;

    /// <summary>Compiles a filter such as <c>tcp port 80</c>.</summary>
    /// <exception cref="UsageException">libpcap does not understand it, or is not there.</exception>
    public static PacketFilter Compile(string text) => LibPcap.Need("--filter", () =>
    {
        if (BpfProgram.TryCreate(LinkLayers.Ethernet, text, 1, 0) is { } program) return new PacketFilter(program);
        PcapDevice.CheckFilter(text, out string? complaint);
        throw new UsageException($"--filter '{text}': libpcap says {(string.IsNullOrWhiteSpace(complaint) ? "it is no filter" : complaint)}; see 'man pcap-filter'");
    });

    /// <summary>True when the filter lets a frame through.</summary>
    public bool Matches(ReadOnlySpan<byte> frame) => _program.Matches(frame);

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}

/// <summary>The frames of a source that a filter lets through.</summary>
internal sealed class FilteredFrames(IFrameSource source, PacketFilter filter, string text) : IFrameSource
{
    private long _seen, _passed;

    public IReadOnlyList<string> Notes => [.. source.Notes, $"the filter '{text}' let {_passed} of {_seen} packets through; they are numbered without the others"];

    public bool TryRead(out CapturedFrame frame)
    {
        while (source.TryRead(out frame))
        {
            _seen++;
            if (!filter.Matches(frame.Data)) continue;
            _passed++;
            return true;
        }
        return false;
    }

    public void Dispose()
    {
        source.Dispose();
        filter.Dispose();
    }
}
