namespace Netdev.Pcap;

/// <summary>What the first bytes of a captured packet are; the numbers of the tcpdump LINKTYPE_ registry.</summary>
/// <remarks>A capture may carry any 16-bit number; the ones without a name here are passed on unchanged.</remarks>
public enum LinkType : ushort
{
    /// <summary>BSD loopback: a 4-byte address family in the byte order of the capturing host.</summary>
    Null = 0,

    /// <summary>Ethernet from the destination address on, without preamble.</summary>
    Ethernet = 1,

    /// <summary>An IPv4 or IPv6 header comes first; the version nibble tells which.</summary>
    Raw = 101,

    /// <summary>Linux "cooked" capture, version 1 (16-byte header).</summary>
    LinuxSll = 113,

    /// <summary>An IPv4 header comes first.</summary>
    Ipv4 = 228,

    /// <summary>An IPv6 header comes first.</summary>
    Ipv6 = 229,

    /// <summary>Linux "cooked" capture, version 2 (20-byte header).</summary>
    LinuxSll2 = 276,
}
