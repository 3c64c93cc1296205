namespace Netdev.Skbs;

/// <summary>Whom a frame is addressed to. Source: Linux 6.12 include/uapi/linux/if_packet.h.</summary>
public enum PacketType : byte
{
    /// <summary>To us.</summary>
    Host = 0,

    /// <summary>To all.</summary>
    Broadcast = 1,

    /// <summary>To a group.</summary>
    Multicast = 2,

    /// <summary>To somebody else.</summary>
    OtherHost = 3,

    /// <summary>Sent by us.</summary>
    Outgoing = 4,
}

/// <summary>What is known of a packet's transport checksum. Source: Linux 6.12 include/linux/skbuff.h, CHECKSUM_*.</summary>
public enum ChecksumState : byte
{
    /// <summary>Nothing: software verifies it.</summary>
    None = 0,

    /// <summary>Hardware verified it.</summary>
    Unnecessary = 1,

    /// <summary>Hardware summed the whole packet.</summary>
    Complete = 2,

    /// <summary>Only the pseudo header is in; the rest is summed on the way out.</summary>
    Partial = 3,
}

/// <summary>Kinds of super-packets. Source: Linux 6.12 include/linux/skbuff.h, SKB_GSO_*.</summary>
[Flags]
public enum GsoTypes : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>TCP over IPv4.</summary>
    TcpV4 = 1 << 0,

    /// <summary>Headers come from an untrusted source.</summary>
    Dodgy = 1 << 1,

    /// <summary>TCP with ECN.</summary>
    TcpEcn = 1 << 2,

    /// <summary>TCP over IPv6.</summary>
    TcpV6 = 1 << 4,

    /// <summary>Inside GRE.</summary>
    Gre = 1 << 6,

    /// <summary>Inside IPv4.</summary>
    IpXIp4 = 1 << 8,

    /// <summary>Inside IPv6.</summary>
    IpXIp6 = 1 << 9,

    /// <summary>Inside a UDP tunnel.</summary>
    UdpTunnel = 1 << 10,

    /// <summary>UDP segmentation.</summary>
    UdpL4 = 1 << 17,
}
