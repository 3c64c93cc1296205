using Netdev.Wire;
using Vm.Abi;

namespace Netdev.Pcap;

/// <summary>Reads a capture as Ethernet frames, whatever its link type: what a device of a <see cref="Devices.Network"/> can be given.</summary>
/// <remarks>
/// Packets of links without Ethernet headers (raw IP, cooked, loopback, PPP) get one; <see cref="Notes"/> says so. Not thread-safe.
/// </remarks>
public sealed class FrameReader : IFrameSource
{
    private readonly CaptureReader _capture;
    private readonly LinkFramer _framer;
    private readonly PcapReader? _plain;
    private long _cut;

    /// <summary>Reads what a capture reader gives.</summary>
    /// <param name="capture">The capture; closed with this.</param>
    /// <param name="own">Address of the device that is to get the frames: where a header is put in front, it is the destination.</param>
    /// <param name="outgoing">True when the device is to send them: it is the source then.</param>
    /// <exception cref="CaptureFormatException">The capture's only link type has no place on an Ethernet device.</exception>
    public FrameReader(CaptureReader capture, MacAddress own = default, bool outgoing = false)
    {
        ArgumentNullException.ThrowIfNull(capture);
        (_capture, _framer) = (capture, new LinkFramer(own, outgoing));
        _plain = capture is PcapReader { HoldsPlainFrames: true } plain ? plain : null;
        if (capture.Interfaces is not [{ } only] || LinkFramer.Knows(only.LinkType)) return;
        capture.Dispose();
        throw Unknown(only.LinkType, "its packets begin with");
    }

    /// <summary>Opens a capture file. Other parameters as for the constructor.</summary>
    /// <param name="path">File name, or <c>-</c> for standard input.</param>
    /// <param name="own">Address of the device.</param>
    /// <param name="outgoing">True when the device sends the frames.</param>
    /// <exception cref="CaptureFormatException">It cannot be opened, is no capture, or is one of an unknown link.</exception>
    public static FrameReader Open(string path, MacAddress own = default, bool outgoing = false) => new(CaptureReader.Open(path), own, outgoing);

    /// <inheritdoc/>
    /// <remarks>Headers put in front, packets left out or cut.</remarks>
    public IReadOnlyList<string> Notes
    {
        get
        {
            var notes = _framer.Notes(_capture.Name, _capture.PacketsRead).ToList();
            if (_cut > 0) notes.Add($"{_capture.Name}: {_cut} of {_capture.PacketsRead} packets had been cut when captured (snapshot length); programs saw them as short as the file has them");
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
        if (_plain is null || !_plain.TryReadAtHand(out frame, out bool isCut)) return TryReadElse(out frame);
        if (isCut) _cut++;
        return true;
    }

    /// <summary>What is not at hand, and all that takes more than handing it out.</summary>
    private bool TryReadElse(out CapturedFrame frame)
    {
        while (_capture.TryRead(out var packet))
        {
            if (!LinkFramer.Knows(packet.LinkType)) throw Unknown(packet.LinkType, $"packet {_capture.PacketsRead} begins with");
            if (!_framer.TryFrame(packet.LinkType, packet.Data, out var data)) continue;
            if (packet.IsCut) _cut++;
            frame = new CapturedFrame(data, packet.TimestampNs);
            return true;
        }
        frame = default;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _capture.Dispose();

    private CaptureFormatException Unknown(LinkType type, string what) => new(
        _capture.Name, "", $"{what} link type {LinkFramer.NameOf(type)}, which has no place on an Ethernet device; read are {LinkFramer.KnownLinks}", Errno.EPROTONOSUPPORT);
}
