using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>An IPv4 header with its options; numbers in host order.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/ip.h, struct iphdr; length rules as in net/ipv4/ip_input.c, ip_rcv_core.</remarks>
public readonly ref struct Ipv4View
{
    /// <summary>Bytes of the smallest header.</summary>
    public const int MinHeaderBytes = 20;

    private readonly Span<byte> _bytes;

    private Ipv4View(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Bytes of the header with options, 20 to 60.</summary>
    public int HeaderBytes => (_bytes[0] & 0x0f) * 4;

    /// <summary>DSCP (upper six bits) and ECN (lower two).</summary>
    public byte TypeOfService
    {
        get => _bytes[1];
        set => _bytes[1] = value;
    }

    /// <summary>Bytes of header and payload, as the header says.</summary>
    public ushort TotalLength
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[2..], value);
    }

    /// <summary>Identification, shared by the fragments of a packet.</summary>
    public ushort Id
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[4..], value);
    }

    /// <summary>True when fragmenting is forbidden.</summary>
    public bool DontFragment => (_bytes[6] & 0x40) != 0;

    /// <summary>True when more fragments follow this one.</summary>
    public bool MoreFragments => (_bytes[6] & 0x20) != 0;

    /// <summary>Where this fragment belongs, in bytes.</summary>
    public int FragmentOffset => (BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]) & 0x1fff) * 8;

    /// <summary>True for any fragment, the first included.</summary>
    public bool IsFragment => MoreFragments || FragmentOffset != 0;

    /// <summary>Hops left.</summary>
    public byte TimeToLive
    {
        get => _bytes[8];
        set => _bytes[8] = value;
    }

    /// <summary>What follows, an <see cref="IpProtocol"/>.</summary>
    public byte Protocol
    {
        get => _bytes[9];
        set => _bytes[9] = value;
    }

    /// <summary>Header checksum.</summary>
    public ushort Checksum
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[10..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[10..], value);
    }

    /// <summary>Source address; 10.0.0.1 is 0x0a000001.</summary>
    public uint Source
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[12..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[12..], value);
    }

    /// <summary>Destination address.</summary>
    public uint Destination
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[16..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[16..], value);
    }

    /// <summary>Header options, empty for most packets.</summary>
    public Span<byte> Options => _bytes[MinHeaderBytes..HeaderBytes];

    /// <summary>True when the buffer holds less than the header promises, as in a capture with a small snaplen.</summary>
    public bool IsCut => TotalLength > _bytes.Length;

    /// <summary>What the header counts as payload, without link padding; shorter when <see cref="IsCut"/>.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..Math.Min(TotalLength, _bytes.Length)];

    /// <summary>True when the header sums to zero as it must.</summary>
    public bool ChecksumIsValid => InternetChecksum.Fold(InternetChecksum.Partial(_bytes[..HeaderBytes], 0)) == 0;

    /// <summary>Computes and writes the header checksum.</summary>
    public void UpdateChecksum()
    {
        Checksum = 0;
        Checksum = InternetChecksum.Compute(_bytes[..HeaderBytes]);
    }

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut, of another version, or contradicts its own lengths.</summary>
    public static bool TryParse(Span<byte> bytes, out Ipv4View header)
    {
        header = new Ipv4View(bytes);
        if (bytes.Length < MinHeaderBytes || bytes[0] >> 4 != 4) return false;
        var headerBytes = header.HeaderBytes;
        return headerBytes >= MinHeaderBytes && headerBytes <= bytes.Length && header.TotalLength >= headerBytes;
    }
}
