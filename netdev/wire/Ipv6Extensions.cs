using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>Where a walk over IPv6 extension headers ended.</summary>
/// <param name="HasTransport">True when a transport header begins at <paramref name="Offset"/>.</param>
/// <param name="Protocol">The last next-header value seen.</param>
/// <param name="Offset">Bytes from the end of the fixed IPv6 header.</param>
/// <param name="IsFragment">True when a fragment header was passed, for a first fragment too.</param>
internal readonly record struct Ipv6Walk(bool HasTransport, byte Protocol, int Offset, bool IsFragment);

/// <summary>Steps over IPv6 extension headers.</summary>
/// <remarks>
/// Source: RFC 8200, section 4; Linux 6.12 net/ipv6/exthdrs_core.c, ipv6_skip_exthdr. A fragment header whose offset
/// and flags are zero is an atomic fragment (RFC 6946) and counts as a fragment here too.
/// </remarks>
internal static class Ipv6Extensions
{
    public static Ipv6Walk Walk(byte nextHeader, ReadOnlySpan<byte> payload)
    {
        var offset = 0;
        var isFragment = false;
        while (nextHeader is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.Destination or IpProtocol.Mobility
            or IpProtocol.Fragment or IpProtocol.Authentication)
        {
            var rest = payload[offset..];
            if (rest.Length < 8) return new Ipv6Walk(false, nextHeader, offset, isFragment);
            var length = nextHeader switch
            {
                IpProtocol.Fragment => 8,
                IpProtocol.Authentication => (rest[1] + 2) * 4,
                _ => (rest[1] + 1) * 8,
            };
            if (length > rest.Length) return new Ipv6Walk(false, nextHeader, offset, isFragment);
            var isLater = false;
            if (nextHeader == IpProtocol.Fragment)
            {
                isFragment = true;
                isLater = (BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) & 0xfff8) != 0;
            }
            nextHeader = rest[0];
            offset += length;
            if (isLater) return new Ipv6Walk(false, nextHeader, offset, true);
        }
        return new Ipv6Walk(nextHeader != IpProtocol.NoNext, nextHeader, offset, isFragment);
    }
}
