namespace Netdev.Wire;

/// <summary>Explicit congestion notification across tunnels: the low two bits of the service byte.</summary>
/// <remarks>Source: RFC 6040; Linux 6.12 include/net/inet_ecn.h.</remarks>
public static class Ecn
{
    /// <summary>The two bits.</summary>
    public const byte Mask = 3;

    /// <summary>ECT(1).</summary>
    public const byte Capable1 = 1;

    /// <summary>ECT(0).</summary>
    public const byte Capable0 = 2;

    /// <summary>Congestion experienced.</summary>
    public const byte Congested = 3;

    /// <summary>The outer service byte: the one wished for with the inner header's bits; congestion already noted inside does not show outside.</summary>
    public static byte Encapsulate(byte outer, byte inner) =>
        (byte)((outer & ~Mask) | ((inner & Mask) == Congested ? Capable0 : inner & Mask));

    /// <summary>False when a packet must be dropped: congestion noted outside, and a packet inside that takes no part.</summary>
    public static bool MayDecapsulate(byte outer, byte inner) => (inner & Mask) != 0 || (outer & Mask) != Congested;
}
