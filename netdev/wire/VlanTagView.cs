using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>A VLAN tag: the four bytes after an EtherType of 0x8100 or 0x88a8.</summary>
/// <remarks>Source: Linux 6.12 include/linux/if_vlan.h, struct vlan_hdr.</remarks>
public readonly ref struct VlanTagView
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 4;

    private readonly Span<byte> _bytes;

    private VlanTagView(Span<byte> bytes) => _bytes = bytes;

    /// <summary>The whole tag control word: priority, drop eligible, VLAN id.</summary>
    public ushort Tci
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes, value);
    }

    /// <summary>VLAN id, 0 to 4095.</summary>
    public ushort VlanId
    {
        get => (ushort)(Tci & 0x0fff);
        set => Tci = (ushort)((Tci & 0xf000) | (value & 0x0fff));
    }

    /// <summary>Priority, 0 to 7.</summary>
    public byte Priority
    {
        get => (byte)(Tci >> 13);
        set => Tci = (ushort)((Tci & 0x1fff) | ((value & 7) << 13));
    }

    /// <summary>True when the frame may be dropped first.</summary>
    public bool IsDropEligible => (Tci & 0x1000) != 0;

    /// <summary>What follows the tag, an <see cref="EtherType"/>.</summary>
    public ushort Type
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[2..], value);
    }

    /// <summary>Everything after the tag.</summary>
    public Span<byte> Payload => _bytes[HeaderBytes..];

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut.</summary>
    public static bool TryParse(Span<byte> bytes, out VlanTagView header)
    {
        header = new VlanTagView(bytes);
        return bytes.Length >= HeaderBytes;
    }
}
