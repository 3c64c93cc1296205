using System.Buffers.Binary;
using Netdev.Wire;

namespace Netdev.Skbs;

/// <summary>The socket a test run hangs on its packet: nothing but the packet's family and addresses, as CGROUP_SKB programs read them.</summary>
/// <remarks>Elsewhere packets have no socket, and all of these read as 0. Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_skb; net/core/filter.c, bpf_convert_ctx_access.</remarks>
public static class TestSocket
{
    private const int Ipv4SourceAt = 12, Ipv4DestinationAt = 16, Ipv6SourceAt = 8, Ipv6DestinationAt = 24;
    private const ulong FamilyIpv4 = 2, FamilyIpv6 = 10;

    /// <summary>AF_INET, AF_INET6, or 0.</summary>
    public static ulong Family(ulong ctx) => FamilyOf(new Skb(ctx));

    /// <summary>IPv4 destination in network order.</summary>
    public static ulong RemoteIp4(ulong ctx) => Word(ctx, FamilyIpv4, Ipv4DestinationAt);

    /// <summary>IPv4 source in network order.</summary>
    public static ulong LocalIp4(ulong ctx) => Word(ctx, FamilyIpv4, Ipv4SourceAt);

    /// <summary>First word of the IPv6 destination.</summary>
    public static ulong RemoteIp60(ulong ctx) => Word(ctx, FamilyIpv6, Ipv6DestinationAt);

    /// <summary>Second word of the IPv6 destination.</summary>
    public static ulong RemoteIp61(ulong ctx) => Word(ctx, FamilyIpv6, Ipv6DestinationAt + 4);

    /// <summary>Third word of the IPv6 destination.</summary>
    public static ulong RemoteIp62(ulong ctx) => Word(ctx, FamilyIpv6, Ipv6DestinationAt + 8);

    /// <summary>Last word of the IPv6 destination.</summary>
    public static ulong RemoteIp63(ulong ctx) => Word(ctx, FamilyIpv6, Ipv6DestinationAt + 12);

    /// <summary>First word of the IPv6 source.</summary>
    public static ulong LocalIp60(ulong ctx) => Word(ctx, FamilyIpv6, Ipv6SourceAt);

    /// <summary>Second word of the IPv6 source.</summary>
    public static ulong LocalIp61(ulong ctx) => Word(ctx, FamilyIpv6, Ipv6SourceAt + 4);

    /// <summary>Third word of the IPv6 source.</summary>
    public static ulong LocalIp62(ulong ctx) => Word(ctx, FamilyIpv6, Ipv6SourceAt + 8);

    /// <summary>Last word of the IPv6 source.</summary>
    public static ulong LocalIp63(ulong ctx) => Word(ctx, FamilyIpv6, Ipv6SourceAt + 12);

    private static ulong FamilyOf(Skb skb) => skb.Fields.HasTestSocket == 0 ? 0 : skb.EtherType switch { EtherType.Ipv4 => FamilyIpv4, EtherType.Ipv6 => FamilyIpv6, _ => 0 };

    // The programs that ask cannot write the packet, and it was found to hold its whole IP header.
    private static ulong Word(ulong ctx, ulong family, int at)
    {
        var skb = new Skb(ctx);
        return FamilyOf(skb) == family ? BinaryPrimitives.ReadUInt32LittleEndian(skb.Bytes[(skb.NetworkOffset + at)..]) : 0;
    }
}
