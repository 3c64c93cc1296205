using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>An ICMP or ICMPv6 header: the eight bytes every message begins with.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/icmp.h, struct icmphdr; icmpv6.h, struct icmp6hdr.</remarks>
public readonly ref struct IcmpView
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 8;

    private readonly Span<byte> _bytes;

    private IcmpView(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Message type: for ICMP 8 is echo request, 0 its reply; for ICMPv6 128 and 129.</summary>
    public byte Type
    {
        get => _bytes[0];
        set => _bytes[0] = value;
    }

    /// <summary>Detail of the type.</summary>
    public byte Code
    {
        get => _bytes[1];
        set => _bytes[1] = value;
    }

    /// <summary>Checksum over the message; ICMPv6 adds a pseudo header.</summary>
    public ushort Checksum
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[2..], value);
    }

    /// <summary>Echo messages: identifier.</summary>
    public ushort EchoId
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[4..], value);
    }

    /// <summary>Echo messages: sequence number.</summary>
    public ushort EchoSequence
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[6..], value);
    }

    /// <summary>The last four header bytes as one number: MTU, pointer, or unused.</summary>
    public uint Data
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[4..], value);
    }

    /// <summary>Everything after the eight bytes.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..];

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut.</summary>
    public static bool TryParse(Span<byte> bytes, out IcmpView header)
    {
        header = new IcmpView(bytes);
        return bytes.Length >= HeaderBytes;
    }
}
