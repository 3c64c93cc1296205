using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>A Geneve header with its options.</summary>
/// <remarks>Source: RFC 8926; Linux 6.12 include/net/geneve.h, struct genevehdr.</remarks>
public readonly ref struct GeneveView
{
    /// <summary>Bytes of the smallest header.</summary>
    public const int MinHeaderBytes = 8;

    /// <summary>UDP port Geneve listens on.</summary>
    public const ushort Port = 6081;

    private readonly Span<byte> _bytes;

    private GeneveView(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Bytes of the header with options, 8 to 260.</summary>
    public int HeaderBytes => MinHeaderBytes + ((_bytes[0] & 0x3f) * 4);

    /// <summary>True for control messages of the tunnel itself.</summary>
    public bool IsControl => (_bytes[1] & 0x80) != 0;

    /// <summary>True when an option must be understood.</summary>
    public bool HasCriticalOptions => (_bytes[1] & 0x40) != 0;

    /// <summary>What follows, an <see cref="EtherType"/>.</summary>
    public ushort Type
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[2..], value);
    }

    /// <summary>Virtual network identifier, 24 bits.</summary>
    public uint Vni
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]) >> 8;
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[4..], (value << 8) | _bytes[7]);
    }

    /// <summary>The options.</summary>
    public Span<byte> Options => _bytes[MinHeaderBytes..HeaderBytes];

    /// <summary>What the tunnel carries.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..];

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it or its options are cut, or for a version other than 0.</summary>
    public static bool TryParse(Span<byte> bytes, out GeneveView header)
    {
        header = new GeneveView(bytes);
        return bytes.Length >= MinHeaderBytes && bytes[0] >> 6 == 0 && bytes.Length >= header.HeaderBytes;
    }
}
