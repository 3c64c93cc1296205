using System.Buffers.Binary;
using Vm.Abi;

namespace Netdev.Pcap;

/// <summary>Reads pcapng: sections in either byte order, any number of interfaces, all three kinds of packet block.</summary>
/// <remarks>
/// Blocks we do not know are stepped over. Source: IETF draft-ietf-opsawg-pcapng, section 4 (Block Definition);
/// the old Packet Block is its appendix A.
/// </remarks>
internal sealed class PcapngReader(CaptureSource source, ByteWindow window) : CaptureReader(source, window)
{
    /// <summary>Larger blocks are taken for damage; Wireshark draws the same line.</summary>
    public const uint MaxBlockBytes = 16 * 1024 * 1024;

    private const int SmallestBlockBytes = 12;
    private const int FrameBytes = 12;            // type and length before the body, length again after it
    private const int BodyOffset = 8;

    private const int EnhancedFixedBytes = 20;    // interface, time (2 words), captured, original
    private const int SimpleFixedBytes = 4;       // original

    private readonly PcapngSection _section = new();

    public override IReadOnlyList<CaptureInterface> Interfaces => _section.AllInterfaces;

    private protected override string FormatName => "pcapng";

    private protected override bool TryReadNext(out CapturedPacket packet)
    {
        while (Window.TryPeek(SmallestBlockBytes, out var head))
        {
            var offset = Window.Offset;
            var type = (PcapngBlock)_section.U32(head);
            if (type == PcapngBlock.SectionHeader || !_section.IsOpen) OpenSection(head);

            var length = _section.U32(head[4..]);
            if (length < SmallestBlockBytes || length % 4 != 0 || length > MaxBlockBytes) throw BadLength(offset, length);
            if (!Window.TryTake((int)length, out var block)) throw CutBlock(offset, length);
            if (_section.U32(block[^4..]) != length)
                throw Damage(offset, $"a block of {length} bytes repeats its length as {_section.U32(block[^4..])}; one of the two is damaged");

            var body = block[BodyOffset..^4];
            switch (type)
            {
                case PcapngBlock.EnhancedPacket:
                    if (body.Length < EnhancedFixedBytes) throw TooShort(offset, "enhanced packet", body.Length);
                    ReadPacket(offset, _section.U32(body), body, out packet);
                    return true;
                case PcapngBlock.OldPacket: // as the enhanced block, but with a 16-bit interface and a count of lost packets
                    if (body.Length < EnhancedFixedBytes) throw TooShort(offset, "packet", body.Length);
                    ReadPacket(offset, _section.U16(body), body, out packet);
                    return true;
                case PcapngBlock.SimplePacket:
                    ReadSimple(offset, body, out packet);
                    return true;
                case PcapngBlock.InterfaceDescription:
                    if (_section.TryAddInterface(body, out var problem)) break;
                    throw Damage(offset, problem);
                case PcapngBlock.SectionHeader:
                default:
                    break;
            }
        }
        packet = default;
        if (Window.Remaining == 0) return false;
        throw Damage(Window.Offset, $"the file ends inside a block: {Window.Remaining} bytes are there, the smallest block has {SmallestBlockBytes}");
    }

    private void OpenSection(ReadOnlySpan<byte> head)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != (uint)PcapngBlock.SectionHeader)
            throw Damage(Window.Offset, "a pcapng file must begin with a section header block");
        // The whole header: frame, byte order, version, section length.
        if (!Window.TryPeek(FrameBytes + 16, out var header)) throw CutBlock(Window.Offset, FrameBytes + 16);
        if (!_section.TryOpen(header, out var problem)) throw Damage(Window.Offset, problem);
    }

    private void ReadPacket(long offset, uint id, ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        if (!_section.TryInterface(id, out var source)) throw UnknownInterface(offset, id);
        var ticks = ((ulong)_section.U32(body[4..]) << 32) | _section.U32(body[8..]);
        var captured = _section.U32(body[12..]);
        var original = _section.U32(body[16..]);
        var room = (uint)(body.Length - EnhancedFixedBytes);
        if (captured > room || captured > MaxPacketBytes || original > int.MaxValue) throw BadPacketLength(offset, captured, original, room);
        if (!source.Scale.TryToNanoseconds(ticks, out var timestampNs)) throw BadTime(offset, ticks);
        PacketsRead++;
        var data = body.Slice(EnhancedFixedBytes, (int)captured);
        var options = body[Math.Min(body.Length, EnhancedFixedBytes + (((int)captured + 3) & ~3))..];
        var checkBytes = options.IsEmpty ? 0 : _section.CheckBytes(options, source.LinkType);
        packet = new CapturedPacket(data, timestampNs, (int)Math.Max(captured, original), source.Id, source.LinkType, checkBytes > 0 ? checkBytes : source.CheckBytes);
    }

    /// <summary>A packet of the section's first interface without time; what was kept follows from its snaplen.</summary>
    private void ReadSimple(long offset, ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        if (body.Length < SimpleFixedBytes) throw TooShort(offset, "simple packet", body.Length);
        if (!_section.TryInterface(0, out var source)) throw UnknownInterface(offset, 0);
        var original = _section.U32(body);
        var captured = source.SnapLength == 0 ? original : Math.Min(original, source.SnapLength);
        var room = (uint)(body.Length - SimpleFixedBytes);
        if (captured > room || captured > MaxPacketBytes || original > int.MaxValue) throw BadPacketLength(offset, captured, original, room);
        PacketsRead++;
        packet = new CapturedPacket(body.Slice(SimpleFixedBytes, (int)captured), 0, (int)original, source.Id, source.LinkType, source.CheckBytes);
    }

    private CaptureFormatException BadLength(long offset, uint length) =>
        Damage(offset, length > MaxBlockBytes
            ? $"a block of {length} bytes is beyond the limit of {MaxBlockBytes}, so its header is damaged"
            : $"a block length of {length} cannot be: it is a multiple of 4 and at least {SmallestBlockBytes}");

    private CaptureFormatException CutBlock(long offset, uint length) =>
        Damage(offset, $"the file ends inside a block: it needs {length} bytes, {Window.Remaining} are there");

    private CaptureFormatException TooShort(long offset, string kind, int bytes) =>
        Damage(offset, $"a body of {bytes} bytes is too short for the fixed fields of a {kind} block");

    private CaptureFormatException UnknownInterface(long offset, uint id) =>
        Damage(offset, $"the packet names interface {id}, but the section has described only {_section.InterfaceCount}");

    private CaptureFormatException BadPacketLength(long offset, uint captured, uint original, uint room) =>
        Damage(offset, captured > room
            ? $"the packet claims {captured} bytes, but its block has room for {room}"
            : $"a packet of {captured} bytes captured, {original} on the wire, cannot be: the limit is {MaxPacketBytes} captured");

    private CaptureFormatException BadTime(long offset, ulong ticks) =>
        Damage(offset, $"the packet's time, {ticks} ticks, lies beyond what 63 bits of nanoseconds reach (year 2262)");
}
