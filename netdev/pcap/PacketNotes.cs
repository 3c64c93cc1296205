namespace Netdev.Pcap;

/// <summary>Which way a packet passed the interface it was captured on.</summary>
public enum PacketDirection
{
    /// <summary>Not said.</summary>
    Unknown = 0,

    /// <summary>Received by the interface.</summary>
    Inbound = 1,

    /// <summary>Sent by the interface.</summary>
    Outbound = 2,
}

/// <summary>What a pcapng file can say about a packet besides its bytes; everything is optional.</summary>
/// <remarks>Wireshark shows them as <c>frame.packet_id</c>, <c>frame.verdict.ebpf_tc</c>, <c>frame.comment</c> and so on.</remarks>
public readonly record struct PacketNotes
{
    /// <summary>Which way the packet went.</summary>
    public PacketDirection Direction { get; init; }

    /// <summary>A number that is the same wherever this packet was captured.</summary>
    public ulong? PacketId { get; init; }

    /// <summary>What the tc (tcx) programs returned, sign-extended: <c>TCX_NEXT</c> is -1.</summary>
    public long? TcVerdict { get; init; }

    /// <summary>What the XDP program returned.</summary>
    public long? XdpVerdict { get; init; }

    /// <summary>Text for people, at most 65535 bytes of UTF-8.</summary>
    public string? Comment { get; init; }
}
