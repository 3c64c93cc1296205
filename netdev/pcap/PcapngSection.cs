using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Netdev.Pcap;

/// <summary>Block types of pcapng that we read or write.</summary>
internal enum PcapngBlock : uint
{
    InterfaceDescription = 1,
    OldPacket = 2,
    SimplePacket = 3,
    EnhancedPacket = 6,
    SectionHeader = 0x0a0d0d0a,
}

/// <summary>What the section header and interface blocks read so far say: byte order and interfaces.</summary>
internal sealed class PcapngSection
{
    public const uint ByteOrderMagic = 0x1a2b3c4d;

    /// <summary>Limit over all sections, so that a file of nothing but interfaces cannot fill the memory.</summary>
    public const int MaxInterfaces = 65536;

    private const int InterfaceFixedBytes = 8;
    private const ushort OptionEnd = 0;
    private const ushort OptionName = 2;
    private const ushort OptionTimestampResolution = 9;
    private const ushort OptionFcsLength = 13;
    private const ushort OptionTimestampOffset = 14;
    private const ushort OptionPacketFlags = 2;

    private readonly List<CaptureInterface> _all = [];
    private CaptureInterface[] _current = new CaptureInterface[4];
    private bool _swapped;

    /// <summary>True once a section header was read.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Interfaces of this section.</summary>
    public int InterfaceCount { get; private set; }

    /// <summary>Interfaces of all sections, in file order.</summary>
    public IReadOnlyList<CaptureInterface> AllInterfaces => _all;

    /// <summary>Starts a section: takes its byte order and forgets the interfaces of the one before.</summary>
    /// <param name="header">The block's first 28 bytes.</param>
    /// <param name="problem">What is wrong with it, when false.</param>
    public bool TryOpen(ReadOnlySpan<byte> header, out string problem)
    {
        problem = "";
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        _swapped = magic != ByteOrderMagic;
        if (_swapped && BinaryPrimitives.ReverseEndianness(magic) != ByteOrderMagic)
        {
            problem = $"the section header's byte-order mark is 0x{magic:x8}, neither order of 0x{ByteOrderMagic:x8}";
            return false;
        }
        if (U16(header[12..]) != 1)
        {
            problem = $"pcapng version {U16(header[12..])}.{U16(header[14..])} is not read, only 1.x";
            return false;
        }
        if (U32(header[4..]) < header.Length)
        {
            problem = $"a section header of {U32(header[4..])} bytes cannot be: it has at least {header.Length}";
            return false;
        }
        IsOpen = true;
        InterfaceCount = 0;
        return true;
    }

    /// <summary>Adds the interface an Interface Description Block describes.</summary>
    public bool TryAddInterface(ReadOnlySpan<byte> body, out string problem)
    {
        problem = "";
        if (body.Length < InterfaceFixedBytes) problem = "an interface block is too short for its fixed fields";
        else if (_all.Count == MaxInterfaces) problem = $"more than {MaxInterfaces} interfaces are described; so many cannot be meant";
        if (problem.Length > 0) return false;

        var name = "";
        byte resolution = 6, checkLength = 0;
        long offsetSeconds = 0;
        for (var options = body[InterfaceFixedBytes..]; options.Length >= 4;)
        {
            var (code, length) = (U16(options), U16(options[2..]));
            if (code == OptionEnd) break;
            var padded = (length + 3) & ~3;
            if (padded > options.Length - 4)
            {
                problem = $"option {code} of an interface block claims {length} bytes, {options.Length - 4} are there";
                return false;
            }
            var value = options.Slice(4, length);
            if (code == OptionName) name = Encoding.UTF8.GetString(value).TrimEnd('\0');
            else if (code == OptionTimestampResolution && length == 1) resolution = value[0];
            else if (code == OptionFcsLength && length == 1) checkLength = value[0];
            else if (code == OptionTimestampOffset && length == 8) offsetSeconds = I64(value);
            options = options[(4 + padded)..];
        }

        var scale = resolution == 6 && offsetSeconds == 0 ? TimestampScale.Microseconds : new TimestampScale(resolution, offsetSeconds);
        var linkType = (LinkType)U16(body);
        var added = new CaptureInterface(_all.Count, name, linkType, U32(body[4..])) { Scale = scale, CheckBytes = FrameCheck.OfInterface(linkType, checkLength) };
        _all.Add(added);
        if (InterfaceCount == _current.Length) Array.Resize(ref _current, _current.Length * 2);
        _current[InterfaceCount++] = added;
        return true;
    }

    /// <summary>The section's interface of that number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryInterface(uint id, [NotNullWhen(true)] out CaptureInterface? found)
    {
        var known = id < (uint)InterfaceCount && id < (uint)_current.Length;
        found = known ? _current[id] : null;
        return known;
    }

    /// <summary>Bytes of frame check sequence a packet's own options state; 0 when they do not.</summary>
    /// <param name="options">What follows the packet's padded bytes; damage in it is not looked for.</param>
    /// <param name="type">Its link type.</param>
    public int CheckBytes(ReadOnlySpan<byte> options, LinkType type)
    {
        while (options.Length >= 8)
        {
            var (code, length) = (U16(options), U16(options[2..]));
            if (code == OptionEnd) return 0;
            if (code == OptionPacketFlags && length == sizeof(uint)) return FrameCheck.OfPacket(type, U32(options[4..]));
            var padded = (length + 3) & ~3;
            if (padded > options.Length - 4) return 0;
            options = options[(4 + padded)..];
        }
        return 0;
    }

    /// <summary>A 16-bit number in the section's byte order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort U16(ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return _swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    /// <summary>A 32-bit number in the section's byte order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint U32(ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return _swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    private long I64(ReadOnlySpan<byte> bytes) =>
        _swapped ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
