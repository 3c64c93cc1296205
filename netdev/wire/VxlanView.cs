using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>A VXLAN header; an Ethernet frame follows.</summary>
/// <remarks>Source: RFC 7348; Linux 6.12 include/net/vxlan.h, struct vxlanhdr.</remarks>
public readonly ref struct VxlanView
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 8;

    /// <summary>UDP port VXLAN listens on.</summary>
    public const ushort Port = 4789;

    private readonly Span<byte> _bytes;

    private VxlanView(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Virtual network identifier, 24 bits.</summary>
    public uint Vni
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]) >> 8;
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[4..], (value << 8) | _bytes[7]);
    }

    /// <summary>The inner Ethernet frame.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..];

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut or carries no network identifier.</summary>
    public static bool TryParse(Span<byte> bytes, out VxlanView header)
    {
        header = new VxlanView(bytes);
        return bytes.Length >= HeaderBytes && (bytes[0] & 0x08) != 0;
    }
}
