namespace Netdev.Pcap;

/// <summary>An interface a capture says it recorded from.</summary>
/// <param name="Id">Its number over the whole file, from 0.</param>
/// <param name="Name">The name (pcapng <c>if_name</c>); empty when the file does not say.</param>
/// <param name="LinkType">What its packets start with.</param>
/// <param name="SnapLength">Most bytes kept of a packet; 0 means no limit was stated.</param>
public sealed record CaptureInterface(int Id, string Name, LinkType LinkType, uint SnapLength)
{
    /// <summary>How the interface's clock ticks become nanoseconds.</summary>
    internal TimestampScale Scale { get; init; } = TimestampScale.Microseconds;

    /// <summary>Bytes of frame check sequence behind each packet, unless the packet says otherwise.</summary>
    internal int CheckBytes { get; init; }
}
