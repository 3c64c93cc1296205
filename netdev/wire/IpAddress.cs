namespace Netdev.Wire;

/// <summary>An IP address of either family, host order; IPv4 addresses fill the low 32 bits.</summary>
/// <param name="IsV6">Family.</param>
/// <param name="Value">The number.</param>
public readonly record struct IpAddress(bool IsV6, UInt128 Value)
{
    /// <summary>An IPv4 address.</summary>
    public static IpAddress V4(uint value) => new(false, value);

    /// <summary>An IPv6 address.</summary>
    public static IpAddress V6(UInt128 value) => new(true, value);

    /// <summary>Bits of an address of this family.</summary>
    public int Bits => IsV6 ? 128 : 32;

    /// <summary>True for groups.</summary>
    public bool IsMulticast => IsV6 ? Value >> 120 == 0xff : Value >> 28 == 0xe;

    /// <summary>True for IPv6 loopback, link-local and multicast addresses: never forwarded, and routed by their own device only.</summary>
    /// <remarks>Source: Linux 6.12 include/net/ip6_route.h, rt6_need_strict.</remarks>
    public bool NeedsOwnDevice => IsV6 && (Value == 1 || IsMulticast || Value >> 118 == 0x3fa);

    /// <summary>The address with all but its first <paramref name="length"/> bits zero.</summary>
    public IpAddress Network(int length) => length == 0 ? this with { Value = 0 } : this with { Value = Value >> (Bits - length) << (Bits - length) };

    /// <summary>True when the first <paramref name="length"/> bits of both are the same.</summary>
    public bool SharesPrefix(IpAddress other, int length) =>
        IsV6 == other.IsV6 && (length == 0 || (Value ^ other.Value) >> (Bits - length) == 0);

    /// <summary>The usual text: 192.0.2.1, fd00::1. Allocates.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new System.Net.IPAddress(IsV6 ? bytes : bytes[12..]).ToString();
    }
}
