using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>A GRE header, version 0, with the optional words its flags announce.</summary>
/// <remarks>Source: RFC 2784 and 2890; Linux 6.12 include/net/gre.h, struct gre_base_hdr.</remarks>
public readonly ref struct GreView
{
    /// <summary>Bytes of the smallest header.</summary>
    public const int MinHeaderBytes = 4;

    private readonly Span<byte> _bytes;

    private GreView(Span<byte> bytes) => _bytes = bytes;

    /// <summary>True when a checksum word follows the fixed part.</summary>
    public bool HasChecksum => (_bytes[0] & 0x80) != 0;

    /// <summary>True when a key is there.</summary>
    public bool HasKey => (_bytes[0] & 0x20) != 0;

    /// <summary>True when a sequence number is there.</summary>
    public bool HasSequence => (_bytes[0] & 0x10) != 0;

    /// <summary>Bytes of the header with its optional words, 4 to 16.</summary>
    public int HeaderBytes => MinHeaderBytes + (HasChecksum ? 4 : 0) + (HasKey ? 4 : 0) + (HasSequence ? 4 : 0);

    /// <summary>What follows, an <see cref="EtherType"/>.</summary>
    public ushort Type
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[2..], value);
    }

    /// <summary>The key; 0 when there is none.</summary>
    public uint Key => HasKey ? BinaryPrimitives.ReadUInt32BigEndian(_bytes[(HasChecksum ? 8 : 4)..]) : 0;

    /// <summary>The sequence number; 0 when there is none.</summary>
    public uint Sequence => HasSequence ? BinaryPrimitives.ReadUInt32BigEndian(_bytes[(HeaderBytes - 4)..]) : 0;

    /// <summary>What the tunnel carries.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..];

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut, has source routing (retired) or another version.</summary>
    public static bool TryParse(Span<byte> bytes, out GreView header)
    {
        header = new GreView(bytes);
        return bytes.Length >= MinHeaderBytes && (bytes[0] & 0x40) == 0 && (bytes[1] & 7) == 0 && bytes.Length >= header.HeaderBytes;
    }
}
