using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>An Ethernet header over the bytes of a frame; setters write the frame.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/if_ether.h, struct ethhdr.</remarks>
public readonly ref struct EthernetView
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 14;

    private readonly Span<byte> _bytes;

    private EthernetView(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Destination address.</summary>
    public MacAddress Destination
    {
        get => MacAddress.Read(_bytes);
        set => value.Write(_bytes);
    }

    /// <summary>Source address.</summary>
    public MacAddress Source
    {
        get => MacAddress.Read(_bytes[6..]);
        set => value.Write(_bytes[6..]);
    }

    /// <summary>What follows, an <see cref="EtherType"/>; a VLAN tag counts as what follows.</summary>
    public ushort Type
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[12..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[12..], value);
    }

    /// <summary>Everything after the header.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..];

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut.</summary>
    public static bool TryParse(Span<byte> bytes, out EthernetView header)
    {
        header = new EthernetView(bytes);
        return bytes.Length >= HeaderBytes;
    }
}
