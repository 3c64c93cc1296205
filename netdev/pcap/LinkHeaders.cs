using System.Buffers.Binary;
using System.Collections.Frozen;
using Netdev.Wire;

namespace Netdev.Pcap;

/// <summary>To whom a packet was sent, where the link says so.</summary>
internal enum LinkAddressee : byte
{
    ThisHost,
    Everybody,
    Group,
    OtherHost,
}

/// <summary>What stands behind a link header: enough to write an Ethernet header for it.</summary>
/// <param name="Start">Bytes of the link header.</param>
/// <param name="EtherType">EtherType of what follows; a length for IEEE 802.3 frames.</param>
/// <param name="To">To whom.</param>
/// <param name="From">The sender's hardware address; null when the link has none.</param>
internal readonly record struct LinkPayload(int Start, ushort EtherType, LinkAddressee To = LinkAddressee.ThisHost, MacAddress? From = null);

/// <summary>A link type whose packets an Ethernet device can be given.</summary>
/// <param name="Type">The type.</param>
/// <param name="Name">For people.</param>
/// <param name="TryParse">Takes a packet's header apart; false when nothing behind it has an EtherType, or it is cut.</param>
internal sealed record LinkHeader(LinkType Type, string Name, LinkHeader.Parse TryParse)
{
    public delegate bool Parse(ReadOnlySpan<byte> packet, out LinkPayload payload);
}

/// <summary>The link headers in whose place an Ethernet header can be put.</summary>
/// <remarks>Source: the tcpdump LINKTYPE_ registry (tcpdump.org/linktypes.html); RFC 1661, RFC 1662; Linux 6.12 include/uapi/linux/if_arp.h.</remarks>
internal static class LinkHeaders
{
    private const ushort PppIpv4 = 0x0021, PppIpv6 = 0x0057;
    private const byte PppAddress = 0xff, PppControl = 0x03;
    private const int SllBytes = 16, Sll2Bytes = 20;

    private static readonly LinkHeader[] s_table =
    [
        new(LinkType.Raw, "raw IP", TryRaw),
        new(LinkType.RawBsd, "raw IP", TryRaw),
        new(LinkType.RawOpenBsd, "raw IP", TryRaw),
        new(LinkType.Ipv4, "raw IPv4", TryRaw),
        new(LinkType.Ipv6, "raw IPv6", TryRaw),
        new(LinkType.Null, "BSD loopback", TryNull),
        new(LinkType.Loop, "OpenBSD loopback", TryLoop),
        new(LinkType.LinuxSll, "Linux cooked v1", TrySll),
        new(LinkType.LinuxSll2, "Linux cooked v2", TrySll2),
        new(LinkType.Ppp, "PPP", TryPpp),
        new(LinkType.PppHdlc, "PPP in HDLC framing", TryHdlc),
        new(LinkType.CiscoHdlc, "Cisco HDLC", TryHdlc),
    ];

    private static readonly FrozenDictionary<LinkType, LinkHeader> s_byType = s_table.ToFrozenDictionary(row => row.Type);

    /// <summary>ARPHRD_ numbers of devices whose protocol field is no EtherType, or whose packets begin with a header of their own.</summary>
    private static readonly FrozenSet<int> s_notEtherTypes = new[] { 280, 770, 801, 802, 803, 824 }.ToFrozenSet();

    /// <summary>Types that can be replayed, for messages.</summary>
    public static string Known { get; } = $"Ethernet, {string.Join(", ", s_table.Select(row => row.Name).Distinct())}";

    public static LinkHeader? Find(LinkType type) => s_byType.GetValueOrDefault(type);

    /// <summary>A link type's registered name and number, or its number alone.</summary>
    public static string NameOf(LinkType type) => Enum.IsDefined(type) ? $"{type} ({(int)type})" : $"{(int)type}";

    private static bool TryRaw(ReadOnlySpan<byte> packet, out LinkPayload payload) => TryIp(packet, 0, out payload);

    // The address family is the capturing system's: 2 for IPv4 everywhere, 10, 24, 28 or 30 for IPv6.
    private static bool TryNull(ReadOnlySpan<byte> packet, out LinkPayload payload)
    {
        payload = default;
        if (packet.Length < sizeof(uint)) return false;
        uint family = BinaryPrimitives.ReadUInt32LittleEndian(packet);
        return TryFamily(family > ushort.MaxValue ? BinaryPrimitives.ReverseEndianness(family) : family, packet, out payload);
    }

    private static bool TryLoop(ReadOnlySpan<byte> packet, out LinkPayload payload)
    {
        payload = default;
        return packet.Length >= sizeof(uint) && TryFamily(BinaryPrimitives.ReadUInt32BigEndian(packet), packet, out payload);
    }

    private static bool TryFamily(uint family, ReadOnlySpan<byte> packet, out LinkPayload payload)
    {
        payload = default;
        return family is 2 or 10 or 24 or 28 or 30 && TryIp(packet, sizeof(uint), out payload);
    }

    private static bool TrySll(ReadOnlySpan<byte> packet, out LinkPayload payload)
    {
        payload = default;
        if (packet.Length < SllBytes) return false;
        return TryCooked(
            packet, SllBytes, packetType: BinaryPrimitives.ReadUInt16BigEndian(packet), device: BinaryPrimitives.ReadUInt16BigEndian(packet[2..]),
            addressBytes: BinaryPrimitives.ReadUInt16BigEndian(packet[4..]), addressAt: 6, protocol: BinaryPrimitives.ReadUInt16BigEndian(packet[14..]), out payload);
    }

    private static bool TrySll2(ReadOnlySpan<byte> packet, out LinkPayload payload)
    {
        payload = default;
        if (packet.Length < Sll2Bytes) return false;
        return TryCooked(
            packet, Sll2Bytes, packetType: packet[10], device: BinaryPrimitives.ReadUInt16BigEndian(packet[8..]),
            addressBytes: packet[11], addressAt: 12, protocol: BinaryPrimitives.ReadUInt16BigEndian(packet), out payload);
    }

    private static bool TryCooked(ReadOnlySpan<byte> packet, int start, int packetType, int device, int addressBytes, int addressAt, ushort protocol, out LinkPayload payload)
    {
        const ushort novell = 1, llc = 4;
        payload = default;
        if (s_notEtherTypes.Contains(device)) return false;
        var to = packetType switch { 1 => LinkAddressee.Everybody, 2 => LinkAddressee.Group, 3 => LinkAddressee.OtherHost, _ => LinkAddressee.ThisHost };
        MacAddress? from = addressBytes == MacAddress.Bytes ? MacAddress.Read(packet[addressAt..]) : null;
        // IEEE 802.3 frames, with LLC or Novell's without: the type field is their length.
        ushort type = protocol is novell or llc ? (ushort)Math.Min(packet.Length - start, 1500) : protocol;
        payload = new LinkPayload(start, type, to, from);
        return protocol is novell or llc or >= 0x0600;
    }

    private static bool TryPpp(ReadOnlySpan<byte> packet, out LinkPayload payload)
    {
        payload = default;
        int at = packet is [PppAddress, PppControl, ..] ? 2 : 0;
        if (packet.Length <= at) return false;
        // A protocol number whose first byte is odd has only that byte (RFC 1661, 6.5).
        int bytes = (packet[at] & 1) != 0 ? 1 : 2;
        if (packet.Length < at + bytes) return false;
        int protocol = bytes == 1 ? packet[at] : BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
        payload = new LinkPayload(at + bytes, protocol == PppIpv4 ? EtherType.Ipv4 : EtherType.Ipv6);
        return protocol is PppIpv4 or PppIpv6;
    }

    private static bool TryHdlc(ReadOnlySpan<byte> packet, out LinkPayload payload)
    {
        const byte unicast = 0x0f, multicast = 0x8f;
        payload = default;
        if (packet is not [unicast or multicast, ..]) return TryPpp(packet, out payload);
        if (packet.Length < 4) return false;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        payload = new LinkPayload(4, type, packet[0] == multicast ? LinkAddressee.Group : LinkAddressee.ThisHost);
        return type >= 0x0600 && type is not 0x8035;
    }

    private static bool TryIp(ReadOnlySpan<byte> packet, int start, out LinkPayload payload)
    {
        int version = packet.Length > start ? packet[start] >> 4 : 0;
        payload = new LinkPayload(start, version == 4 ? EtherType.Ipv4 : EtherType.Ipv6);
        return version is 4 or 6;
    }
}
