namespace Netdev.Pcap;

/// <summary>One packet as a capture recorded it; its bytes live in the reader and die with the next read.</summary>
public readonly ref struct CapturedPacket
{
    internal CapturedPacket(ReadOnlySpan<byte> data, long timestampNs, int originalLength, int interfaceId, LinkType linkType, int checkBytes)
    {
        // The check sequence ends the packet on the wire; of a packet that was cut, some of it or nothing may be left.
        OriginalLength = Math.Max(0, originalLength - checkBytes);
        Data = data.Length > OriginalLength ? data[..OriginalLength] : data;
        TimestampNs = timestampNs;
        InterfaceId = interfaceId;
        LinkType = linkType;
    }

    /// <summary>The bytes that were captured (0 to 262144), without a frame check sequence. Valid until the reader's next call; copy them to keep them.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>
    /// Nanoseconds since 1970-01-01T00:00:00Z; negative before it. 0 when the record carries no time
    /// (pcapng Simple Packet Block).
    /// </summary>
    public long TimestampNs { get; }

    /// <summary>Bytes the packet had on the wire, without a frame check sequence; more than <c>Data.Length</c> when the capture cut it (snaplen).</summary>
    public int OriginalLength { get; }

    /// <summary>Index into <see cref="CaptureReader.Interfaces"/>, counted over all sections of the file.</summary>
    public int InterfaceId { get; }

    /// <summary>What <see cref="Data"/> starts with.</summary>
    public LinkType LinkType { get; }

    /// <summary>True when the capture kept fewer bytes than the wire carried.</summary>
    public bool IsCut => OriginalLength > Data.Length;
}
