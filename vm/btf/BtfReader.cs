using System.Buffers.Binary;
using Vm.Abi;

namespace Vm.Btf;

/// <summary>Reads and checks <c>.BTF</c> bytes.</summary>
/// <remarks>
/// Everything a later look-up relies on is checked here: record lengths, kinds, type ids, string offsets, integer and
/// enum shapes. What needs following types (loops, sizes) is checked when it is followed, with a depth limit.
/// Source: Linux 6.12 include/uapi/linux/btf.h; kernel/bpf/btf.c, btf_parse_hdr and btf_check_meta.
/// </remarks>
public static class BtfReader
{
    internal const ushort Magic = 0xeb9f;
    internal const int HeaderBytes = 24;
    private const int MaxTypes = 0xfffff;
    private const uint MaxNameOffset = 0xffffff;

    /// <summary>Reads a BTF blob. The bytes are kept, not copied; types are made when asked for.</summary>
    /// <param name="bytes">The blob: header, types, strings.</param>
    /// <param name="source">Name for messages.</param>
    /// <param name="baseBtf">For split BTF, the spec its ids and string offsets continue; null for a whole one.</param>
    /// <returns>The types.</returns>
    /// <exception cref="BtfFormatException">The bytes are damaged; names the byte offset.</exception>
    /// <remarks>O(bytes): one pass to find records, one to check them.</remarks>
    public static BtfSpec Read(ReadOnlyMemory<byte> bytes, string source, BtfSpec? baseBtf = null)
    {
        var layout = ReadHeader(bytes.Span, source, baseBtf);
        uint[] offsets = FindRecords(bytes.Span, layout, source, baseBtf);
        uint firstId = baseBtf?.Count ?? 1;
        uint count = firstId + (uint)offsets.Length;
        uint stringEnd = (baseBtf?.StringEnd ?? 0) + (uint)layout.StringBytes;
        var check = new RecordCheck(source, count, stringEnd);
        foreach (uint offset in offsets) check.Record(bytes.Span, (int)offset);
        return new BtfSpec(source, bytes, baseBtf, offsets, layout.StringStart, layout.StringBytes);
    }

    /// <summary>Reads a BTF blob from bytes that will not stay; they are copied.</summary>
    /// <inheritdoc cref="Read(ReadOnlyMemory{byte}, string, BtfSpec?)"/>
    public static BtfSpec Read(ReadOnlySpan<byte> bytes, string source, BtfSpec? baseBtf = null) =>
        Read(new ReadOnlyMemory<byte>(bytes.ToArray()), source, baseBtf);

    private static Layout ReadHeader(ReadOnlySpan<byte> bytes, string source, BtfSpec? baseBtf)
    {
        var reader = new SpanReader(bytes);
        if (!(reader.TryU16(out ushort magic) & reader.TryU8(out byte version) & reader.TryU8(out byte flags)
            & reader.TryU32(out uint headerBytes) & reader.TryU32(out uint typeOffset) & reader.TryU32(out uint typeBytes)
            & reader.TryU32(out uint stringOffset) & reader.TryU32(out uint stringBytes)))
            throw Bad(source, 0, $"the BTF header needs {HeaderBytes} bytes and there are {bytes.Length}");
        if (magic == BinaryPrimitives.ReverseEndianness(Magic))
            throw Bad(source, 0, "this is big-endian BTF; compile for bpfel (clang --target=bpfel)");
        if (magic != Magic) throw Bad(source, 0, $"BTF starts with 0xeb9f, this with 0x{magic:x4}");
        if (version != 1) throw Bad(source, 2, $"BTF version {version} is not known, only 1");
        if (flags != 0) throw Bad(source, 3, $"BTF header flags 0x{flags:x} are not known");
        if (headerBytes < HeaderBytes || headerBytes > bytes.Length)
            throw Bad(source, 4, $"the BTF header claims {headerBytes} of {bytes.Length} bytes");
        long typeStart = (long)headerBytes + typeOffset, stringStart = (long)headerBytes + stringOffset;
        if (typeOffset % 4 != 0 || typeStart + typeBytes > bytes.Length)
            throw Bad(source, 8, "the BTF type section is unaligned or leaves the data");
        if (stringStart + stringBytes > bytes.Length) throw Bad(source, 16, "the BTF string section leaves the data");
        if (typeOffset < (long)stringOffset + stringBytes && stringOffset < (long)typeOffset + typeBytes)
            throw Bad(source, 8, "the BTF type and string sections overlap");
        if (stringBytes > MaxNameOffset) throw Bad(source, 20, "the BTF string section is over 16 MiB");
        if (stringBytes == 0 && baseBtf is null) throw Bad(source, 20, "the BTF string section is empty");
        if (stringBytes > 0 && bytes[(int)(stringStart + stringBytes - 1)] != 0)
            throw Bad(source, stringStart + stringBytes - 1, "the last BTF string does not end");
        if (baseBtf is null && bytes[(int)stringStart] != 0)
            throw Bad(source, stringStart, "the first BTF string is not the empty one");
        return new Layout((int)typeStart, (int)typeBytes, (int)stringStart, (int)stringBytes);
    }

    private static uint[] FindRecords(ReadOnlySpan<byte> bytes, Layout layout, string source, BtfSpec? baseBtf)
    {
        var offsets = new List<uint>(layout.TypeBytes / 24);
        long at = layout.TypeStart, end = layout.TypeStart + layout.TypeBytes;
        while (at < end)
        {
            if (end - at < 12) throw Bad(source, at, "the last BTF type is cut off");
            var record = new RecordHeader(bytes, (int)at);
            if (record.ExtraBytes is not { } extra)
                throw Bad(source, at, $"BTF kind {record.Kind} is not known (1-19 are)");
            if (at + 12 + extra > end) throw Bad(source, at, $"the BTF type at the end ({record.Kind}) is cut off");
            offsets.Add((uint)at);
            at += 12 + extra;
        }
        if ((baseBtf?.Count ?? 1) + offsets.Count > MaxTypes + 1u)
            throw Bad(source, layout.TypeStart, $"more than {MaxTypes} BTF types", Errno.E2BIG);
        return [.. offsets];
    }

    internal static BtfFormatException Bad(string source, long offset, string what, Errno errno = Errno.EINVAL) =>
        new(source, $"BTF offset 0x{offset:x}", what, errno);

    private readonly record struct Layout(int TypeStart, int TypeBytes, int StringStart, int StringBytes);

    /// <summary>The twelve bytes every type starts with; the caller has checked that they are there.</summary>
    internal readonly ref struct RecordHeader(ReadOnlySpan<byte> bytes, int at)
    {
        public uint NameOffset { get; } = BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

        private readonly uint _info = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);

        /// <summary>Size in bytes or a type id, depending on the kind.</summary>
        public uint SizeOrType { get; } = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 8)..]);

        public uint Kind => (_info >> 24) & 0x1f;

        public int Count => (int)(_info & 0xffff);

        public bool Flag => _info >> 31 != 0;

        public bool HasUnknownBits => (_info & 0x60ff0000) != 0;

        /// <summary>Bytes after the header; null for an unknown kind.</summary>
        public int? ExtraBytes => Kind switch
        {
            1 or 14 or 17 => 4,
            2 or 7 or 8 or 9 or 10 or 11 or 12 or 16 or 18 => 0,
            3 => 12,
            4 or 5 or 15 or 19 => Count * 12,
            6 or 13 => Count * 8,
            _ => null,
        };
    }

    /// <summary>Checks one record against the number of types and strings there are.</summary>
    private readonly struct RecordCheck(string source, uint typeCount, uint stringEnd)
    {
        public void Record(ReadOnlySpan<byte> bytes, int at)
        {
            var record = new RecordHeader(bytes, at);
            if (record.HasUnknownBits) throw Bad(source, at + 4, "BTF info word has bits set that mean nothing");
            Name(record.NameOffset, at);
            int extra = at + 12;
            switch (record.Kind)
            {
                case 1:
                    Integer(Word(bytes, extra), record.SizeOrType, extra);
                    break;
                case 3:
                    TypeId(Word(bytes, extra), extra);
                    TypeId(Word(bytes, extra + 4), extra + 4);
                    break;
                case 4 or 5:
                    Members(bytes, record, extra);
                    break;
                case 6 or 19:
                    // An enum only declared (enum x;) has no values and no size.
                    if (record.SizeOrType is not (1 or 2 or 4 or 8) && (record.SizeOrType != 0 || record.Count != 0))
                        throw Bad(source, at + 8, $"an enum of {record.SizeOrType} bytes (1, 2, 4 and 8 exist)");
                    int stride = record.Kind == 6 ? 8 : 12;
                    for (int i = 0; i < record.Count; i++) Name(Word(bytes, extra + i * stride), extra + i * stride);
                    break;
                case 13:
                    TypeId(record.SizeOrType, at + 8);
                    for (int i = 0; i < record.Count; i++)
                    {
                        Name(Word(bytes, extra + i * 8), extra + i * 8);
                        TypeId(Word(bytes, extra + i * 8 + 4), extra + i * 8 + 4);
                    }
                    break;
                case 15:
                    for (int i = 0; i < record.Count; i++) TypeId(Word(bytes, extra + i * 12), extra + i * 12);
                    break;
                case 12:
                    if (record.Count > 2) throw Bad(source, at + 4, $"function linkage {record.Count} (0-2 exist)");
                    TypeId(record.SizeOrType, at + 8);
                    break;
                case 14:
                    if (Word(bytes, extra) > 2) throw Bad(source, extra, "variable linkage is not 0-2");
                    TypeId(record.SizeOrType, at + 8);
                    break;
                case 2 or 8 or 9 or 10 or 11 or 17 or 18:
                    TypeId(record.SizeOrType, at + 8);
                    break;
            }
        }

        private void Members(ReadOnlySpan<byte> bytes, RecordHeader record, int extra)
        {
            for (int i = 0; i < record.Count; i++)
            {
                int at = extra + i * 12;
                Name(Word(bytes, at), at);
                TypeId(Word(bytes, at + 4), at + 4);
                uint place = Word(bytes, at + 8);
                uint bitOffset = record.Flag ? place & 0xffffff : place;
                if (bitOffset > (ulong)record.SizeOrType * 8)
                    throw Bad(source, at + 8, $"a member starts at bit {bitOffset} of a {record.SizeOrType}-byte {(record.Kind == 4 ? "struct" : "union")}");
            }
        }

        private void Integer(uint shape, uint sizeBytes, int at)
        {
            uint bits = shape & 0xff, offset = (shape >> 16) & 0xff;
            if (bits + offset > 128 || (bits + offset + 7) / 8 > sizeBytes)
                throw Bad(source, at, $"an integer of {bits} bits at bit {offset} in {sizeBytes} bytes");
        }

        private void TypeId(uint id, int at)
        {
            if (id >= typeCount) throw Bad(source, at, $"BTF type id {id} is not one of the {typeCount}");
        }

        private void Name(uint offset, int at)
        {
            if (offset >= stringEnd) throw Bad(source, at, $"BTF name offset {offset} is outside the {stringEnd} bytes of strings");
        }

        private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
    }
}
