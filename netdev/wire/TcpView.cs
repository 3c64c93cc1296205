using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>The flag bits of a TCP header.</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 0x01,

    /// <summary>Synchronise sequence numbers.</summary>
    Syn = 0x02,

    /// <summary>Reset the connection.</summary>
    Rst = 0x04,

    /// <summary>Hand data to the application at once.</summary>
    Psh = 0x08,

    /// <summary>The acknowledgement number counts.</summary>
    Ack = 0x10,

    /// <summary>The urgent pointer counts.</summary>
    Urg = 0x20,

    /// <summary>ECN echo.</summary>
    Ece = 0x40,

    /// <summary>Congestion window reduced.</summary>
    Cwr = 0x80,
}

/// <summary>A TCP header with its options; numbers in host order.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/tcp.h, struct tcphdr.</remarks>
public readonly ref struct TcpView
{
    /// <summary>Bytes of the smallest header.</summary>
    public const int MinHeaderBytes = 20;

    private readonly Span<byte> _bytes;

    private TcpView(Span<byte> bytes) => _bytes = bytes;

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

    /// <summary>Number of the first payload byte.</summary>
    public uint SequenceNumber
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[4..], value);
    }

    /// <summary>Next byte expected from the other side.</summary>
    public uint AcknowledgementNumber
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[8..], value);
    }

    /// <summary>Bytes of the header with options, 20 to 60.</summary>
    public int HeaderBytes => (_bytes[12] >> 4) * 4;

    /// <summary>The flags CWR ECE URG ACK PSH RST SYN FIN, FIN lowest.</summary>
    public TcpFlags Flags
    {
        get => (TcpFlags)_bytes[13];
        set => _bytes[13] = (byte)value;
    }

    /// <summary>Receive window, unscaled.</summary>
    public ushort Window
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[14..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[14..], value);
    }

    /// <summary>Checksum over pseudo header, header and payload.</summary>
    public ushort Checksum
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[16..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[16..], value);
    }

    /// <summary>End of urgent data.</summary>
    public ushort UrgentPointer
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[18..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[18..], value);
    }

    /// <summary>Header options.</summary>
    public Span<byte> Options => _bytes[MinHeaderBytes..HeaderBytes];

    /// <summary>Everything after the header.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..];

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it or its options are cut.</summary>
    public static bool TryParse(Span<byte> bytes, out TcpView header)
    {
        header = new TcpView(bytes);
        if (bytes.Length < MinHeaderBytes) return false;
        var headerBytes = header.HeaderBytes;
        return headerBytes >= MinHeaderBytes && headerBytes <= bytes.Length;
    }
}
