using System.Buffers.Binary;
using Netdev.Wire;

namespace Netdev.Pcap;

/// <summary>Makes Ethernet frames of packets of other links, for one device.</summary>
/// <param name="own">Address of the device that is to get the frames: where a header is put in front, it is the destination.</param>
/// <param name="outgoing">True when the device is to send them: it is the source then.</param>
public sealed class LinkFramer(MacAddress own, bool outgoing)
{
    private static readonly MacAddress s_someone = MacAddress.Parse("02:00:00:00:00:aa");

    private readonly HashSet<LinkType> _replaced = [];
    private byte[] _frame = [];
    private long _leftOut;

    /// <summary>True for links whose packets an Ethernet device can be given.</summary>
    public static bool Knows(LinkType type) => type == LinkType.Ethernet || LinkHeaders.Find(type) is not null;

    /// <summary>The links that are known, for messages.</summary>
    public static string KnownLinks => LinkHeaders.Known;

    /// <summary>A link type's registered name and number, or its number alone.</summary>
    public static string NameOf(LinkType type) => LinkHeaders.NameOf(type);

    /// <summary>The frame of a packet: itself when it is Ethernet, else what stands behind its link header, with an Ethernet header in front.</summary>
    /// <param name="type">A link that is known.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="frame">The frame; valid until the next call.</param>
    /// <returns>False for a packet nothing in which has an EtherType; it is counted.</returns>
    public bool TryFrame(LinkType type, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> frame)
    {
        frame = packet;
        if (type == LinkType.Ethernet) return true;
        var header = LinkHeaders.Find(type) ?? throw new ArgumentException($"No Ethernet frame can be made of link type {type}.", nameof(type));
        if (!header.TryParse(packet, out var payload))
        {
            _leftOut++;
            return false;
        }
        _replaced.Add(type);
        var rest = packet[payload.Start..];
        int bytes = EthernetView.HeaderBytes + rest.Length;
        if (_frame.Length < bytes) _frame = new byte[Math.Max(bytes, 2048)];
        var written = _frame.AsSpan(0, bytes);
        var (from, to) = outgoing ? (own, s_someone) : (payload.From ?? s_someone, Destination(payload, rest));
        to.Write(written);
        from.Write(written[MacAddress.Bytes..]);
        BinaryPrimitives.WriteUInt16BigEndian(written[(2 * MacAddress.Bytes)..], payload.EtherType);
        rest.CopyTo(written[EthernetView.HeaderBytes..]);
        frame = written;
        return true;
    }

    /// <summary>What was done, in sentences; empty when every packet was an Ethernet frame.</summary>
    /// <param name="source">Where packets came from.</param>
    /// <param name="total">Packets there were.</param>
    public IEnumerable<string> Notes(string source, long total)
    {
        if (_replaced.Count > 0)
        {
            string names = string.Join(" and ", _replaced.Order().Select(type => LinkHeaders.Find(type)!.Name));
            yield return $"{source}: packets have no Ethernet header but {names}; each was given one {(outgoing ? "from" : "to")} {own}";
        }
        if (_leftOut > 0)
            yield return $"{source}: {_leftOut} of {total} packets carried nothing Ethernet carries (such as PPP control, or a cut header), and {(_leftOut == 1 ? "was" : "were")} left out; the others are numbered without";
    }

    private MacAddress Destination(LinkPayload payload, ReadOnlySpan<byte> rest) => payload.To switch
    {
        LinkAddressee.Everybody => MacAddress.Broadcast,
        LinkAddressee.Group => Group(payload.EtherType, rest),
        LinkAddressee.OtherHost => new MacAddress(own.Value ^ 0xff),
        _ => own,
    };

    // RFC 1112, 6.4; RFC 2464, 7.
    private static MacAddress Group(ushort etherType, ReadOnlySpan<byte> packet) => etherType switch
    {
        EtherType.Ipv4 when packet.Length >= Ipv4View.MinHeaderBytes => new MacAddress(0x01005e000000ul | (BinaryPrimitives.ReadUInt32BigEndian(packet[16..]) & 0x7fffff)),
        EtherType.Ipv6 when packet.Length >= Ipv6View.HeaderBytes => new MacAddress(0x333300000000ul | BinaryPrimitives.ReadUInt32BigEndian(packet[36..])),
        _ => new MacAddress(0x01005e000001ul),
    };
}
