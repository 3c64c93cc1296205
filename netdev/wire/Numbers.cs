namespace Netdev.Wire;

/// <summary>EtherTypes, in host order.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/if_ether.h, ETH_P_*.</remarks>
public static class EtherType
{
    /// <summary>IPv4.</summary>
    public const ushort Ipv4 = 0x0800;

    /// <summary>ARP.</summary>
    public const ushort Arp = 0x0806;

    /// <summary>Transparent Ethernet bridging: an Ethernet frame inside GRE or Geneve.</summary>
    public const ushort TransparentEthernet = 0x6558;

    /// <summary>802.1Q customer VLAN tag.</summary>
    public const ushort Vlan = 0x8100;

    /// <summary>IPv6.</summary>
    public const ushort Ipv6 = 0x86dd;

    /// <summary>802.1ad service VLAN tag.</summary>
    public const ushort ServiceVlan = 0x88a8;
}

/// <summary>IP protocol numbers; in IPv6 also the types of extension headers.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/in.h and in6.h, IPPROTO_*.</remarks>
public static class IpProtocol
{
    /// <summary>IPv6 hop-by-hop options.</summary>
    public const byte HopByHop = 0;

    /// <summary>ICMP for IPv4.</summary>
    public const byte Icmp = 1;

    /// <summary>IPv4 inside IP.</summary>
    public const byte IpIp = 4;

    /// <summary>TCP.</summary>
    public const byte Tcp = 6;

    /// <summary>UDP.</summary>
    public const byte Udp = 17;

    /// <summary>IPv6 inside IP.</summary>
    public const byte Ipv6 = 41;

    /// <summary>IPv6 routing header.</summary>
    public const byte Routing = 43;

    /// <summary>IPv6 fragment header.</summary>
    public const byte Fragment = 44;

    /// <summary>GRE.</summary>
    public const byte Gre = 47;

    /// <summary>Authentication header.</summary>
    public const byte Authentication = 51;

    /// <summary>ICMP for IPv6.</summary>
    public const byte Icmpv6 = 58;

    /// <summary>IPv6: nothing follows.</summary>
    public const byte NoNext = 59;

    /// <summary>IPv6 destination options.</summary>
    public const byte Destination = 60;

    /// <summary>SCTP; its ports sit where those of TCP and UDP do.</summary>
    public const byte Sctp = 132;

    /// <summary>IPv6 mobility header.</summary>
    public const byte Mobility = 135;
}
