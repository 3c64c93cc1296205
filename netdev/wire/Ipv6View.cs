using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>An IPv6 header; numbers in host order. <see cref="TryTransport"/> walks the extension headers.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/ipv6.h, struct ipv6hdr.</remarks>
public readonly ref struct Ipv6View
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 40;

    private readonly Span<byte> _bytes;

    private Ipv6View(Span<byte> bytes) => _bytes = bytes;

    /// <summary>DSCP (upper six bits) and ECN (lower two).</summary>
    public byte TrafficClass
    {
        get => (byte)(BinaryPrimitives.ReadUInt16BigEndian(_bytes) >> 4);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes, (ushort)((BinaryPrimitives.ReadUInt16BigEndian(_bytes) & 0xf00f) | (value << 4)));
    }

    /// <summary>Flow label, 20 bits.</summary>
    public uint FlowLabel
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes) & 0xfffff;
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes, (BinaryPrimitives.ReadUInt32BigEndian(_bytes) & 0xfff00000) | (value & 0xfffff));
    }

    /// <summary>Bytes after this header, extension headers included.</summary>
    public ushort PayloadLength
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[4..], value);
    }

    /// <summary>What follows, an <see cref="IpProtocol"/>: an extension header or the transport.</summary>
    public byte NextHeader
    {
        get => _bytes[6];
        set => _bytes[6] = value;
    }

    /// <summary>Hops left.</summary>
    public byte HopLimit
    {
        get => _bytes[7];
        set => _bytes[7] = value;
    }

    /// <summary>Source address.</summary>
    public UInt128 Source
    {
        get => BinaryPrimitives.ReadUInt128BigEndian(_bytes[8..]);
        set => BinaryPrimitives.WriteUInt128BigEndian(_bytes[8..], value);
    }

    /// <summary>Destination address.</summary>
    public UInt128 Destination
    {
        get => BinaryPrimitives.ReadUInt128BigEndian(_bytes[24..]);
        set => BinaryPrimitives.WriteUInt128BigEndian(_bytes[24..], value);
    }

    /// <summary>True when the buffer holds less than the header promises.</summary>
    public bool IsCut => PayloadLength > _bytes.Length - HeaderBytes;

    /// <summary>Everything the header counts after itself; shorter when <see cref="IsCut"/>.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..Math.Min(HeaderBytes + PayloadLength, _bytes.Length)];

    /// <summary>Finds the transport header behind the extension headers.</summary>
    /// <param name="protocol">Its <see cref="IpProtocol"/>.</param>
    /// <param name="payload">The bytes from the transport header on.</param>
    /// <returns>False when an extension header is cut, nothing follows, or this is a fragment other than the first.</returns>
    public bool TryTransport(out byte protocol, out Span<byte> payload)
    {
        var walk = Ipv6Extensions.Walk(NextHeader, Payload);
        protocol = walk.Protocol;
        payload = walk.HasTransport ? Payload[walk.Offset..] : default;
        return walk.HasTransport;
    }

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut or of another version.</summary>
    public static bool TryParse(Span<byte> bytes, out Ipv6View header)
    {
        header = new Ipv6View(bytes);
        return bytes.Length >= HeaderBytes && bytes[0] >> 4 == 6;
    }
}
