using System.Buffers.Binary;
using Netdev.Wire;
using Vm.Abi;

namespace Netdev.Pcap;

/// <summary>An Ethernet frame out of a capture; its bytes live in the reader and die with the next read.</summary>
public readonly ref struct CapturedFrame
{
    internal CapturedFrame(ReadOnlySpan<byte> data, long timestampNs)
    {
        Data = data;
        TimestampNs = timestampNs;
    }

    /// <summary>The frame from its destination address on, without check sequence. Valid until the reader's next call.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z; 0 when the record carries no time.</summary>
    public long TimestampNs { get; }
}

/// <summary>Reads a capture as Ethernet frames, whatever its link type: what a device of a <see cref="Devices.Network"/> can be given.</summary>
/// <remarks>
/// Packets of links without Ethernet headers (raw IP, cooked, loopback, PPP) get one; <see cref="Notes"/> says so. Not thread-safe.
/// </remarks>
public sealed class FrameReader : IDisposable
{
    private static readonly MacAddress s_someone = MacAddress.Parse("02:00:00:00:00:aa");

    private readonly CaptureReader _capture;
    private readonly MacAddress _own;
    private readonly bool _outgoing;
    private readonly HashSet<LinkType> _replaced = [];
    private byte[] _frame = [];
    private long _cut, _leftOut;

    /// <summary>Reads what a capture reader gives.</summary>
    /// <param name="capture">The capture; closed with this.</param>
    /// <param name="own">Address of the device that is to get the frames: where a header is put in front, it is the destination.</param>
    /// <param name="outgoing">True when the device is to send them: it is the source then.</param>
    /// <exception cref="CaptureFormatException">The capture's only link type has no place on an Ethernet device.</exception>
    public FrameReader(CaptureReader capture, MacAddress own = default, bool outgoing = false)
    {
        ArgumentNullException.ThrowIfNull(capture);
        (_capture, _own, _outgoing) = (capture, own, outgoing);
        if (capture.Interfaces is not [{ LinkType: not LinkType.Ethernet } only] || LinkHeaders.Find(only.LinkType) is not null) return;
        capture.Dispose();
        throw Unknown(only.LinkType, "its packets begin with");
    }

    /// <summary>Opens a capture file. Other parameters as for the constructor.</summary>
    /// <param name="path">File name, or <c>-</c> for standard input.</param>
    /// <param name="own">Address of the device.</param>
    /// <param name="outgoing">True when the device sends the frames.</param>
    /// <exception cref="CaptureFormatException">It cannot be opened, is no capture, or is one of an unknown link.</exception>
    public static FrameReader Open(string path, MacAddress own = default, bool outgoing = false) => new(CaptureReader.Open(path), own, outgoing);

    /// <summary>What whoever looks at the outcome should know, in sentences: headers put in front, packets cut or left out. Complete after the last frame.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            var notes = new List<string>();
            if (_replaced.Count > 0)
            {
                string names = string.Join(" and ", _replaced.Order().Select(type => LinkHeaders.Find(type)!.Name));
                notes.Add($"{_capture.Name}: packets have no Ethernet header but {names}; each was given one {(_outgoing ? "from" : "to")} {_own}");
            }
            if (_leftOut > 0) notes.Add($"{_capture.Name}: {Of(_leftOut)} carried nothing Ethernet carries (such as PPP control, or a cut header), and {(_leftOut == 1 ? "was" : "were")} left out; the others are numbered without");
            if (_cut > 0) notes.Add($"{_capture.Name}: {Of(_cut)} had been cut when captured (snapshot length); programs saw them as short as the file has them");
            return notes;
        }
    }

    /// <summary>Moves to the next frame.</summary>
    /// <param name="frame">The frame; its bytes are valid until the next call.</param>
    /// <returns>False at the end of the capture.</returns>
    /// <exception cref="CaptureFormatException">The capture is damaged here, or the packet is of a link no Ethernet device has.</exception>
    /// <remarks>O(bytes of the frame); an Ethernet frame is not copied, nothing is allocated for any.</remarks>
    public bool TryRead(out CapturedFrame frame)
    {
        while (_capture.TryRead(out var packet))
        {
            if (packet.LinkType == LinkType.Ethernet) frame = new CapturedFrame(packet.Data, packet.TimestampNs);
            else if (!TryWithHeader(packet, out frame)) continue;
            if (packet.IsCut) _cut++;
            return true;
        }
        frame = default;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _capture.Dispose();

    private bool TryWithHeader(CapturedPacket packet, out CapturedFrame frame)
    {
        var header = LinkHeaders.Find(packet.LinkType) ?? throw Unknown(packet.LinkType, $"packet {_capture.PacketsRead} begins with");
        frame = default;
        if (!header.TryParse(packet.Data, out var payload))
        {
            _leftOut++;
            return false;
        }
        _replaced.Add(packet.LinkType);
        var rest = packet.Data[payload.Start..];
        int bytes = EthernetView.HeaderBytes + rest.Length;
        if (_frame.Length < bytes) _frame = new byte[Math.Max(bytes, 2048)];
        var written = _frame.AsSpan(0, bytes);
        var (from, to) = _outgoing ? (_own, s_someone) : (payload.From ?? s_someone, Destination(payload, rest));
        to.Write(written);
        from.Write(written[MacAddress.Bytes..]);
        BinaryPrimitives.WriteUInt16BigEndian(written[(2 * MacAddress.Bytes)..], payload.EtherType);
        rest.CopyTo(written[EthernetView.HeaderBytes..]);
        frame = new CapturedFrame(written, packet.TimestampNs);
        return true;
    }

    private MacAddress Destination(LinkPayload payload, ReadOnlySpan<byte> rest) => payload.To switch
    {
        LinkAddressee.Everybody => MacAddress.Broadcast,
        LinkAddressee.Group => Group(payload.EtherType, rest),
        LinkAddressee.OtherHost => new MacAddress(_own.Value ^ 0xff),
        _ => _own,
    };

    // RFC 1112, 6.4; RFC 2464, 7.
    private static MacAddress Group(ushort etherType, ReadOnlySpan<byte> packet) => etherType switch
    {
        EtherType.Ipv4 when packet.Length >= Ipv4View.MinHeaderBytes => new MacAddress(0x01005e000000ul | (BinaryPrimitives.ReadUInt32BigEndian(packet[16..]) & 0x7fffff)),
        EtherType.Ipv6 when packet.Length >= Ipv6View.HeaderBytes => new MacAddress(0x333300000000ul | BinaryPrimitives.ReadUInt32BigEndian(packet[36..])),
        _ => new MacAddress(0x01005e000001ul),
    };

    private string Of(long count) => $"{count} of {_capture.PacketsRead} packets";

    private CaptureFormatException Unknown(LinkType type, string what) => new(
        _capture.Name, "", $"{what} link type {LinkHeaders.NameOf(type)}, which has no place on an Ethernet device; read are {LinkHeaders.Known}", Errno.EPROTONOSUPPORT);
}
