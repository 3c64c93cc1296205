using Netdev.Pcap;
using Netdev.Wire;

namespace Sim.Inputs;

/// <summary>The frames a command was told to take: a capture, and what of it.</summary>
/// <param name="Path">Capture file; <c>-</c> is standard input.</param>
/// <param name="Filter">Filter in tcpdump's language; null for everything.</param>
internal sealed record CaptureInput(string Path, string? Filter = null)
{
    /// <summary>Opens it.</summary>
    /// <param name="own">Address of the device that gets the frames.</param>
    /// <param name="outgoing">True when the device sends them.</param>
    /// <exception cref="Vm.Abi.CaptureFormatException">It is no capture.</exception>
    /// <exception cref="UsageException">The filter makes no sense.</exception>
    public IFrameSource Open(MacAddress own = default, bool outgoing = false)
    {
        // The filter first: a wrong one is noticed before a pipe is waited for.
        var filter = Filter is null ? null : PacketFilter.Compile(Filter);
        try
        {
            IFrameSource frames = FrameReader.Open(Path, own, outgoing);
            return filter is null ? frames : new FilteredFrames(frames, filter, Filter!);
        }
        catch
        {
            filter?.Dispose();
            throw;
        }
    }
}
