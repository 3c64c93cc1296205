using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>A UDP header; numbers in host order.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/udp.h, struct udphdr; length rules as in net/ipv4/udp.c, __udp4_lib_rcv.</remarks>
public readonly ref struct UdpView
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 8;

    private readonly Span<byte> _bytes;

    private UdpView(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Source port.</summary>
    public ushort SourcePort
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes, value);
    }

    /// <summary>Destination port.</summary>
    public ushort DestinationPort
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[2..], value);
    }

    /// <summary>Bytes of header and payload, as the header says.</summary>
    public ushort DatagramLength
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[4..], value);
    }

    /// <summary>Checksum over pseudo header and datagram; 0 means none (IPv4).</summary>
    public ushort Checksum
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[6..], value);
    }

    /// <summary>True when the buffer holds less than the header promises.</summary>
    public bool IsCut => DatagramLength > _bytes.Length;

    /// <summary>What the header counts as payload; shorter when <see cref="IsCut"/>.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..Math.Min(DatagramLength, _bytes.Length)];

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut or claims less than itself.</summary>
    public static bool TryParse(Span<byte> bytes, out UdpView header)
    {
        header = new UdpView(bytes);
        return bytes.Length >= HeaderBytes && header.DatagramLength >= HeaderBytes;
    }
}
