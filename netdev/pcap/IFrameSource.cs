namespace Netdev.Pcap;

/// <summary>An Ethernet frame somebody else's buffer holds; its bytes die with the next read.</summary>
/// <param name="data">The frame from its destination address on, without check sequence.</param>
/// <param name="timestampNs">Nanoseconds since 1970-01-01T00:00:00Z; 0 when nobody knows.</param>
public readonly ref struct CapturedFrame(ReadOnlySpan<byte> data, long timestampNs)
{
    /// <summary>The frame. Valid until the source's next call.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z; 0 when nobody knows.</summary>
    public long TimestampNs { get; } = timestampNs;
}

/// <summary>Where frames for a device come from, one after another.</summary>
public interface IFrameSource : IDisposable
{
    /// <summary>What whoever looks at the outcome should know, in sentences. Complete after the last frame.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Moves to the next frame; false when there are no more.</summary>
    /// <exception cref="Vm.Abi.CaptureFormatException">The source is damaged here, or has packets no Ethernet device has.</exception>
    bool TryRead(out CapturedFrame frame);
}
