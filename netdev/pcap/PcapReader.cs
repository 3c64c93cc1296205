using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Vm.Abi;

namespace Netdev.Pcap;

/// <summary>Reads classic pcap: one header, one link type, microsecond or nanosecond stamps, either byte order.</summary>
/// <remarks>Source: IETF draft-ietf-opsawg-pcap, sections 4 (File Header) and 5 (Packet Record).</remarks>
internal sealed class PcapReader : CaptureReader
{
    public const uint MagicMicroseconds = 0xa1b2c3d4;
    public const uint MagicNanoseconds = 0xa1b23c4d;
    public const int FileHeaderBytes = 24;
    public const int RecordHeaderBytes = 16;

    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly CaptureInterface[] _interfaces;
    private readonly LinkType _linkType;
    private readonly int _checkBytes;
    private readonly bool _swapped;
    private readonly long _nsPerFraction;

    public PcapReader(CaptureSource source, ByteWindow window)
        : base(source, window)
    {
        if (!window.TryTake(FileHeaderBytes, out var header))
            throw Damage(window.Offset, $"the file ends inside its {FileHeaderBytes}-byte header: {window.Remaining} bytes are there");
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(header);
        _swapped = magic is not (MagicMicroseconds or MagicNanoseconds);
        if (_swapped) magic = BinaryPrimitives.ReverseEndianness(magic);
        _nsPerFraction = magic == MagicNanoseconds ? 1 : 1000;

        var (major, minor) = (U16(header[4..]), U16(header[6..]));
        if ((major, minor) != (2, 4))
            throw Damage(4, $"pcap version {major}.{minor} is not read, only 2.4; convert it with 'editcap -F pcap <file> <new file>'", Errno.ENOTSUPP);
        _linkType = (LinkType)(U32(header[20..]) & 0xffff);
        _checkBytes = FrameCheck.OfHeader(_linkType, U32(header[20..]));
        _interfaces = [new CaptureInterface(0, "", _linkType, U32(header[16..]))];
    }

    public override IReadOnlyList<CaptureInterface> Interfaces => _interfaces;

    private protected override string FormatName => "pcap";

    /// <summary>True for the first four bytes of a pcap file, read little-endian.</summary>
    public static bool IsMagic(uint magic) =>
        magic is MagicMicroseconds or MagicNanoseconds ||
        BinaryPrimitives.ReverseEndianness(magic) is MagicMicroseconds or MagicNanoseconds;

    private protected override bool TryReadNext(out CapturedPacket packet)
    {
        packet = default;
        if (!Window.TryTake(RecordHeaderBytes, out var header)) return AtCleanEnd();

        var captured = U32(header[8..]);
        var original = U32(header[12..]);
        var timestampNs = (U32(header) * NanosecondsPerSecond) + (U32(header[4..]) * _nsPerFraction);
        if (captured > MaxPacketBytes || original > int.MaxValue) throw BadLength(captured, original);
        if (!Window.TryTake((int)captured, out var data)) throw CutPacket(captured);

        PacketsRead++;
        packet = new CapturedPacket(data, timestampNs, Math.Max((int)original, data.Length), 0, _linkType, _checkBytes);
        return true;
    }

    /// <summary>True when packets are Ethernet frames in this machine's byte order, with nothing behind them: then <see cref="TryReadAtHand"/> may be asked.</summary>
    public bool HoldsPlainFrames => _linkType == LinkType.Ethernet && _checkBytes == 0 && !_swapped;

    /// <summary>Moves to the next frame if it is whole and sound and at hand without reading. False says only that <see cref="CaptureReader.TryRead"/> is to be asked.</summary>
    /// <param name="frame">The frame; its bytes are valid until the reader's next call.</param>
    /// <param name="isCut">True when the capture kept fewer bytes than the wire carried.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadAtHand(out CapturedFrame frame, out bool isCut)
    {
        var bytes = Window.AtHand;
        if (bytes.Length >= RecordHeaderBytes)
        {
            uint captured = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), original = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
            if (captured <= MaxPacketBytes && (int)captured <= bytes.Length - RecordHeaderBytes && original <= int.MaxValue)
            {
                long seconds = BinaryPrimitives.ReadUInt32LittleEndian(bytes), fraction = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
                Window.Skip(RecordHeaderBytes + (int)captured);
                PacketsRead++;
                isCut = original > captured;
                frame = new CapturedFrame(bytes.Slice(RecordHeaderBytes, (int)captured), (seconds * NanosecondsPerSecond) + (fraction * _nsPerFraction));
                return true;
            }
        }
        isCut = false;
        frame = default;
        return false;
    }

    private bool AtCleanEnd()
    {
        if (Window.Remaining == 0) return false;
        throw Damage(Window.Offset, $"the file ends inside a packet's {RecordHeaderBytes}-byte header: {Window.Remaining} bytes are there");
    }

    private CaptureFormatException BadLength(uint captured, uint original) =>
        Damage(Window.Offset - RecordHeaderBytes, captured > MaxPacketBytes
            ? $"a packet of {captured} bytes cannot be: the limit is {MaxPacketBytes}, so its header is damaged"
            : $"a packet of {original} bytes on the wire cannot be, so its header is damaged");

    private CaptureFormatException CutPacket(uint captured) =>
        Damage(Window.Offset - RecordHeaderBytes,
            $"the file ends inside a packet: its header promises {captured} bytes, {Window.Remaining} are there");

    private ushort U16(ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return _swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    private uint U32(ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return _swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }
}
