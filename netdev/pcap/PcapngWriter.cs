using System.Buffers.Binary;
using System.Text;

namespace Netdev.Pcap;

/// <summary>Writes one pcapng section, little-endian with nanosecond stamps; the same packets give the same bytes.</summary>
/// <remarks>
/// Source: IETF draft-ietf-opsawg-pcapng, sections 4.1 (Section Header), 4.2 (Interface Description) and 4.3
/// (Enhanced Packet). Not thread-safe. Writing a packet without a comment allocates nothing.
/// </remarks>
public sealed class PcapngWriter : IDisposable
{
    private const ushort OptionEnd = 0;
    private const ushort OptionComment = 1;
    private const ushort InterfaceName = 2;
    private const ushort InterfaceTimestampResolution = 9;
    private const ushort PacketFlags = 2;
    private const ushort PacketIdentifier = 5;
    private const ushort PacketVerdict = 7;

    private const byte VerdictTc = 1;
    private const byte VerdictXdp = 2;
    private const byte Nanoseconds = 9;

    private readonly CaptureBuffer _buffer;

    /// <summary>Begins a capture; the stream is closed with the writer.</summary>
    public PcapngWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _buffer = new CaptureBuffer(stream);
        var block = Begin(PcapngBlock.SectionHeader, 16);
        BinaryPrimitives.WriteUInt32LittleEndian(block, PcapngSection.ByteOrderMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(block[4..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(block[8..], -1); // section length: not said, so no need to seek back
    }

    /// <summary>Interfaces added so far.</summary>
    public int InterfaceCount { get; private set; }

    /// <summary>Adds an interface packets can then name.</summary>
    /// <param name="name">Its name, as <c>ip link</c> would show it.</param>
    /// <param name="linkType">What its packets start with.</param>
    /// <param name="snapLength">Most bytes kept of a packet; stated, not enforced.</param>
    /// <returns>The number to give to <see cref="Write"/>.</returns>
    public int AddInterface(string name, LinkType linkType = LinkType.Ethernet, int snapLength = CaptureReader.MaxPacketBytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        var nameBytes = Encoding.UTF8.GetBytes(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nameBytes.Length, ushort.MaxValue, nameof(name));
        var block = Begin(PcapngBlock.InterfaceDescription, 8 + OptionBytes(nameBytes.Length) + OptionBytes(1) + OptionBytes(0));
        BinaryPrimitives.WriteUInt16LittleEndian(block, (ushort)linkType);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], snapLength);
        var options = block[8..];
        nameBytes.CopyTo(AddOption(ref options, InterfaceName, nameBytes.Length));
        AddOption(ref options, InterfaceTimestampResolution, 1)[0] = Nanoseconds;
        AddOption(ref options, OptionEnd, 0);
        return InterfaceCount++;
    }

    /// <summary>Adds a packet.</summary>
    /// <param name="interfaceId">From <see cref="AddInterface"/>.</param>
    /// <param name="timestampNs">Nanoseconds since the epoch, not negative.</param>
    /// <param name="data">The captured bytes, at most <see cref="CaptureReader.MaxPacketBytes"/>.</param>
    /// <param name="originalLength">Bytes on the wire; 0 when nothing was cut.</param>
    /// <param name="notes">Direction, identity, verdicts, comment.</param>
    public void Write(int interfaceId, long timestampNs, ReadOnlySpan<byte> data, int originalLength = 0, PacketNotes notes = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)interfaceId, (uint)InterfaceCount, nameof(interfaceId));
        ArgumentOutOfRangeException.ThrowIfNegative(timestampNs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, CaptureReader.MaxPacketBytes);

        var comment = notes.Comment is null ? null : Encoding.UTF8.GetBytes(notes.Comment);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(comment?.Length ?? 0, ushort.MaxValue, nameof(notes));
        var block = Begin(PcapngBlock.EnhancedPacket, 20 + Padded(data.Length) + NotesBytes(notes, comment));
        BinaryPrimitives.WriteInt32LittleEndian(block, interfaceId);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], (uint)(timestampNs >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], (uint)timestampNs);
        BinaryPrimitives.WriteInt32LittleEndian(block[12..], data.Length);
        BinaryPrimitives.WriteInt32LittleEndian(block[16..], Math.Max(originalLength, data.Length));
        data.CopyTo(block[20..]);
        AddNotes(block[(20 + Padded(data.Length))..], notes, comment);
    }

    /// <summary>Hands everything written so far to the stream.</summary>
    public void Flush() => _buffer.Flush();

    /// <summary>Writes what is left and closes the stream.</summary>
    public void Dispose() => _buffer.Dispose();

    private static int NotesBytes(in PacketNotes notes, byte[]? comment)
    {
        var bytes = (notes.Direction != PacketDirection.Unknown ? OptionBytes(4) : 0)
            + (notes.PacketId.HasValue ? OptionBytes(8) : 0)
            + (notes.TcVerdict.HasValue ? OptionBytes(9) : 0)
            + (notes.XdpVerdict.HasValue ? OptionBytes(9) : 0)
            + (comment is not null ? OptionBytes(comment.Length) : 0);
        return bytes == 0 ? 0 : bytes + OptionBytes(0);
    }

    private static void AddNotes(Span<byte> options, in PacketNotes notes, byte[]? comment)
    {
        if (options.IsEmpty) return;
        comment?.CopyTo(AddOption(ref options, OptionComment, comment.Length));
        if (notes.Direction != PacketDirection.Unknown)
            BinaryPrimitives.WriteUInt32LittleEndian(AddOption(ref options, PacketFlags, 4), (uint)notes.Direction);
        if (notes.PacketId is { } id)
            BinaryPrimitives.WriteUInt64LittleEndian(AddOption(ref options, PacketIdentifier, 8), id);
        if (notes.TcVerdict is { } tc) AddVerdict(ref options, VerdictTc, tc);
        if (notes.XdpVerdict is { } xdp) AddVerdict(ref options, VerdictXdp, xdp);
        AddOption(ref options, OptionEnd, 0);
    }

    private static void AddVerdict(ref Span<byte> options, byte kind, long value)
    {
        var option = AddOption(ref options, PacketVerdict, 9);
        option[0] = kind;
        BinaryPrimitives.WriteInt64LittleEndian(option[1..], value);
    }

    private static Span<byte> AddOption(ref Span<byte> options, ushort code, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(options, code);
        BinaryPrimitives.WriteUInt16LittleEndian(options[2..], (ushort)length);
        var value = options.Slice(4, length);
        options = options[OptionBytes(length)..];
        return value;
    }

    private static int OptionBytes(int length) => 4 + Padded(length);

    private static int Padded(int length) => (length + 3) & ~3;

    /// <summary>A block of that type with both lengths filled in; returns its body of zero bytes.</summary>
    private Span<byte> Begin(PcapngBlock type, int bodyBytes)
    {
        var length = bodyBytes + 12;
        var block = _buffer.Reserve(length);
        BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)type);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], length);
        BinaryPrimitives.WriteInt32LittleEndian(block[^4..], length);
        return block.Slice(8, bodyBytes);
    }
}
