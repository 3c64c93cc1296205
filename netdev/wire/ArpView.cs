using System.Buffers.Binary;

namespace Netdev.Wire;

/// <summary>An ARP message for IPv4 over Ethernet.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/if_arp.h, struct arphdr; net/ipv4/arp.c, arp_process.</remarks>
public readonly ref struct ArpView
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 28;

    private readonly Span<byte> _bytes;

    private ArpView(Span<byte> bytes) => _bytes = bytes;

    /// <summary>1 request, 2 reply.</summary>
    public ushort Operation
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[6..], value);
    }

    /// <summary>Hardware address of the sender.</summary>
    public MacAddress SenderMac
    {
        get => MacAddress.Read(_bytes[8..]);
        set => value.Write(_bytes[8..]);
    }

    /// <summary>IPv4 address of the sender.</summary>
    public uint SenderIp
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[14..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[14..], value);
    }

    /// <summary>Hardware address of the target; zero in a request.</summary>
    public MacAddress TargetMac
    {
        get => MacAddress.Read(_bytes[18..]);
        set => value.Write(_bytes[18..]);
    }

    /// <summary>IPv4 address of the target.</summary>
    public uint TargetIp
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[24..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[24..], value);
    }

    /// <summary>Takes the header at the start of <paramref name="bytes"/>; false when it is cut or not IPv4 over Ethernet.</summary>
    public static bool TryParse(Span<byte> bytes, out ArpView header)
    {
        header = new ArpView(bytes);
        return bytes.Length >= HeaderBytes
            && BinaryPrimitives.ReadUInt16BigEndian(bytes) == 1
            && BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) == EtherType.Ipv4
            && bytes[4] == MacAddress.Bytes && bytes[5] == 4;
    }
}
