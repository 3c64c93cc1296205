using Vm.Abi;

namespace Vm.Btf;

/// <summary>A function record of <c>.BTF.ext</c>.</summary>
/// <param name="OffsetBytes">Where the function starts in its section.</param>
/// <param name="TypeId">Id of its <see cref="BtfFunction"/>.</param>
public readonly record struct BtfFunctionRecord(uint OffsetBytes, uint TypeId);

/// <summary>A source line record of <c>.BTF.ext</c>.</summary>
/// <param name="OffsetBytes">First instruction of the line in its section.</param>
/// <param name="FileOffset">File name, as an offset in the BTF strings.</param>
/// <param name="TextOffset">Text of the line, as an offset in the BTF strings.</param>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Column">Column, from 1; 0 when unknown.</param>
public readonly record struct BtfLineRecord(uint OffsetBytes, uint FileOffset, uint TextOffset, int Line, int Column);

/// <summary>A CO-RE record of <c>.BTF.ext</c>.</summary>
/// <param name="OffsetBytes">The instruction to patch, in its section.</param>
/// <param name="TypeId">Root type in the object's BTF.</param>
/// <param name="AccessOffset">Access string, as an offset in the BTF strings.</param>
/// <param name="Kind">What is asked about it.</param>
public readonly record struct BtfCoreRecord(uint OffsetBytes, uint TypeId, uint AccessOffset, uint Kind);

/// <summary>What <c>.BTF.ext</c> says about the instructions of each section.</summary>
/// <remarks>Source: Linux 6.12 tools/lib/bpf/btf.c, btf_ext_setup_info; Documentation/bpf/btf.rst, .BTF.ext section.</remarks>
public sealed class BtfExt
{
    private readonly Dictionary<string, List<BtfFunctionRecord>> _functions = [];
    private readonly Dictionary<string, List<BtfLineRecord>> _lines = [];
    private readonly Dictionary<string, List<BtfCoreRecord>> _core = [];

    private BtfExt()
    {
    }

    /// <summary>Function records of a section, ascending.</summary>
    public IReadOnlyList<BtfFunctionRecord> Functions(string section) => _functions.TryGetValue(section, out var list) ? list : [];

    /// <summary>Line records of a section, ascending.</summary>
    public IReadOnlyList<BtfLineRecord> Lines(string section) => _lines.TryGetValue(section, out var list) ? list : [];

    /// <summary>CO-RE records of a section, ascending.</summary>
    public IReadOnlyList<BtfCoreRecord> CoreRelocations(string section) => _core.TryGetValue(section, out var list) ? list : [];

    /// <summary>Reads <c>.BTF.ext</c>.</summary>
    /// <param name="bytes">The section.</param>
    /// <param name="btf">The object's BTF, whose strings the records speak of.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="BtfFormatException">The bytes are damaged.</exception>
    public static BtfExt Read(ReadOnlySpan<byte> bytes, BtfSpec btf, string source)
    {
        var reader = new SpanReader(bytes);
        if (!(reader.TryU16(out ushort magic) & reader.TryU8(out byte version) & reader.TryU8(out byte flags)
            & reader.TryU32(out uint headerBytes)) || magic != BtfReader.Magic || version != 1 || flags != 0
            || headerBytes < 24 || headerBytes > bytes.Length)
            throw Bad(source, 0, "the header is damaged");
        var ext = new BtfExt();
        for (int part = 0; part < (headerBytes >= 32 ? 3 : 2); part++)
        {
            reader.TrySeek(8 + part * 8);
            reader.TryU32(out uint offset);
            reader.TryU32(out uint size);
            long start = (long)headerBytes + offset;
            if (start + size > bytes.Length) throw Bad(source, 8 + part * 8, $"part {part} leaves the section");
            if (size != 0) new PartReader(ext, btf, source, part, (int)start).Read(bytes.Slice((int)start, (int)size));
        }
        foreach (var list in ext._functions.Values) Sort(list, record => record.OffsetBytes);
        foreach (var list in ext._lines.Values) Sort(list, record => record.OffsetBytes);
        foreach (var list in ext._core.Values) Sort(list, record => record.OffsetBytes);
        return ext;
    }

    // Equal offsets keep their order: two lines of one instruction mean that the later one wins.
    private static void Sort<T>(List<T> list, Func<T, uint> key)
    {
        var sorted = list.OrderBy(key).ToList();
        list.Clear();
        list.AddRange(sorted);
    }

    private static BtfFormatException Bad(string source, long offset, string what) =>
        new(source, $".BTF.ext offset 0x{offset:x}", what);

    private static List<T> ListOf<T>(Dictionary<string, List<T>> lists, string section)
    {
        if (!lists.TryGetValue(section, out var list)) lists.Add(section, list = []);
        return list;
    }

    /// <summary>Reads one of the three parts: record size, then per section its name, a count and the records.</summary>
    private readonly struct PartReader(BtfExt ext, BtfSpec btf, string source, int part, int partStart)
    {
        private int MinRecordBytes => part == 0 ? 8 : 16;

        public void Read(ReadOnlySpan<byte> bytes)
        {
            var reader = new SpanReader(bytes);
            if (!reader.TryU32(out uint recordBytes) || recordBytes < MinRecordBytes || recordBytes % 4 != 0)
                throw Bad(source, partStart, $"records of {recordBytes} bytes, at least {MinRecordBytes} are needed");
            while (reader.Remaining > 0)
            {
                int at = partStart + reader.Position;
                if (!(reader.TryU32(out uint nameOffset) & reader.TryU32(out uint count)))
                    throw Bad(source, at, "a section's records are cut off");
                if (!reader.TryBytes((long)count * recordBytes, out var records))
                    throw Bad(source, at, $"{count} records do not fit");
                string section = btf.StringAt(nameOffset);
                for (int i = 0; i < count; i++) Add(section, records[(int)(i * recordBytes)..]);
            }
        }

        private void Add(string section, ReadOnlySpan<byte> bytes)
        {
            var reader = new SpanReader(bytes);
            reader.TryU32(out uint offset);
            reader.TryU32(out uint second);
            reader.TryU32(out uint third);
            reader.TryU32(out uint fourth);
            switch (part)
            {
                case 0:
                    ListOf(ext._functions, section).Add(new BtfFunctionRecord(offset, second));
                    break;
                case 1:
                    ListOf(ext._lines, section).Add(new BtfLineRecord(offset, second, third, (int)(fourth >> 10), (int)(fourth & 0x3ff)));
                    break;
                default:
                    ListOf(ext._core, section).Add(new BtfCoreRecord(offset, second, third, fourth));
                    break;
            }
        }
    }
}
