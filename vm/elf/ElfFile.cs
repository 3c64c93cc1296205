using System.Text;
using Vm.Abi;

namespace Vm.Elf;

/// <summary>A section of an ELF file.</summary>
/// <param name="Index">Number in the section table.</param>
/// <param name="Name">Name.</param>
/// <param name="Type">SHT_* number.</param>
/// <param name="Flags">SHF_* bits.</param>
/// <param name="Offset">Byte offset of the content in the file.</param>
/// <param name="SizeBytes">Size in bytes; for SHT_NOBITS the memory it stands for.</param>
/// <param name="Link">Number of the section this one refers to (a symbol table's strings).</param>
/// <param name="Info">Second reference (the section relocations apply to).</param>
/// <param name="EntryBytes">Size of one entry of a table; 0 otherwise.</param>
/// <param name="Content">The bytes; empty for SHT_NOBITS.</param>
public sealed record ElfSection(
    int Index, string Name, uint Type, ulong Flags, long Offset, long SizeBytes, uint Link, uint Info, ulong EntryBytes,
    ReadOnlyMemory<byte> Content)
{
    internal const uint ProgBits = 1, SymbolTable = 2, RelocationsWithAddend = 4, NoBits = 8, Relocations = 9;

    /// <summary>True for a section of instructions.</summary>
    public bool IsCode => Type == ProgBits && (Flags & 4) != 0;
}

/// <summary>A symbol of an ELF file.</summary>
/// <param name="Name">Name; empty for section symbols.</param>
/// <param name="Type">STT_* number: 0 untyped, 1 object, 2 function, 3 section.</param>
/// <param name="Binding">STB_* number: 0 local, 1 global, 2 weak.</param>
/// <param name="Visibility">STV_* number: 0 default, 1 internal, 2 hidden, 3 protected.</param>
/// <param name="Section">Number of its section; 0 when undefined, 0xff00 and up have special meanings.</param>
/// <param name="Value">Byte offset in its section.</param>
/// <param name="SizeBytes">Size in bytes; 0 when unknown.</param>
public readonly record struct ElfSymbol(
    string Name, int Type, int Binding, int Visibility, int Section, ulong Value, ulong SizeBytes)
{
    /// <summary>True when the symbol is defined elsewhere.</summary>
    public bool IsExtern => Section == 0 && Name.Length > 0 && Binding != 0;

    internal bool IsFunction => Type == 2;

    internal bool IsLocal => Binding == 0;

    internal bool IsWeak => Binding == 2;
}

/// <summary>Headers, sections and symbols of an ELF64 little-endian file.</summary>
/// <remarks>Every offset and length is checked when the file is opened. Source: System V ABI, ELF-64 object file format.</remarks>
public sealed class ElfFile
{
    private const int HeaderBytes = 64, SectionHeaderBytes = 64, SymbolBytes = 24;

    private ElfFile(string name, ushort fileType, ushort machine)
    {
        Name = name;
        FileType = fileType;
        Machine = machine;
    }

    /// <summary>The file as the user named it.</summary>
    public string Name { get; }

    /// <summary>ET_* number: 1 is a relocatable object.</summary>
    public ushort FileType { get; }

    /// <summary>EM_* number: 247 is BPF.</summary>
    public ushort Machine { get; }

    /// <summary>Sections by number; section 0 is the empty one.</summary>
    public IReadOnlyList<ElfSection> Sections { get; private set; } = [];

    /// <summary>Symbols by number; empty when there is no symbol table.</summary>
    public IReadOnlyList<ElfSymbol> Symbols { get; private set; } = [];

    /// <summary>The first section with a name.</summary>
    public bool TrySection(string name, out ElfSection section)
    {
        section = Sections.FirstOrDefault(candidate => candidate.Name == name)!;
        return section is not null;
    }

    /// <summary>Opens an ELF file that is in memory.</summary>
    /// <param name="bytes">The whole file; kept, not copied.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="ElfFormatException">Not ELF64 little-endian, truncated or inconsistent.</exception>
    /// <remarks>O(sections + symbols).</remarks>
    public static ElfFile Read(ReadOnlyMemory<byte> bytes, string name)
    {
        var ident = bytes.Span;
        if (ident.Length < 4 || !ident[..4].SequenceEqual("\x7f"u8 + "ELF"u8))
            throw At(name, 0, "not an ELF file; give the .o that clang --target=bpf wrote");
        if (ident.Length < HeaderBytes) throw At(name, ident.Length, $"the file ends inside the ELF header ({HeaderBytes} bytes)");
        if (ident[4] != 2) throw At(name, 4, "a 32-bit ELF file; BPF objects are 64-bit");
        if (ident[5] != 1) throw At(name, 5, "a big-endian object; compile with clang --target=bpfel");
        if (ident[6] != 1) throw At(name, 6, $"ELF version {ident[6]} is not known, only 1");
        var reader = new SpanReader(ident);
        reader.TrySeek(16);
        reader.TryU16(out ushort fileType);
        reader.TryU16(out ushort machine);
        reader.TrySeek(40);
        reader.TryU64(out ulong sectionTable);
        reader.TrySeek(58);
        reader.TryU16(out ushort entryBytes);
        reader.TryU16(out ushort sectionCount);
        reader.TryU16(out ushort nameSection);
        var file = new ElfFile(name, fileType, machine);
        file.Sections = file.ReadSections(bytes, sectionTable, entryBytes, sectionCount, nameSection);
        file.Symbols = file.ReadSymbols();
        return file;
    }

    internal ElfFormatException In(ElfSection section, string what, Errno errno = Errno.EINVAL) =>
        new(Name, $"section {section.Name}", what, errno);

    private static ElfFormatException At(string name, long offset, string what) => new(name, $"offset 0x{offset:x}", what);

    private ElfSection[] ReadSections(ReadOnlyMemory<byte> bytes, ulong table, ushort entryBytes, uint count, uint nameSection)
    {
        if (table == 0) throw At(Name, 40, "the file has no section table (was it stripped of it?)");
        if (entryBytes != SectionHeaderBytes) throw At(Name, 58, $"section headers of {entryBytes} bytes; ELF64 has {SectionHeaderBytes}");
        if (table > (ulong)bytes.Length - SectionHeaderBytes) throw At(Name, 40, "the section table is past the end; the file is truncated");
        // More than 65279 sections: the counts did not fit the header and are in section 0.
        var zero = Header(bytes.Span, (long)table, 0);
        if (count == 0) count = (uint)Math.Min(zero.SizeBytes, uint.MaxValue);
        if (nameSection == 0xffff) nameSection = zero.Link;
        if (count > (bytes.Length - (long)table) / SectionHeaderBytes)
            throw At(Name, (long)table, $"the table of {count} sections is cut off; the file is truncated");
        var raw = new RawSection[count];
        for (int i = 0; i < raw.Length; i++) raw[i] = Header(bytes.Span, (long)table, i);
        if (nameSection >= count || nameSection == 0) throw At(Name, 62, $"the section of section names ({nameSection}) does not exist");
        var names = Content(bytes, raw[nameSection], (long)table + nameSection * SectionHeaderBytes, "section names");
        var sections = new ElfSection[count];
        for (int i = 0; i < sections.Length; i++)
        {
            var header = raw[i];
            long at = (long)table + i * (long)SectionHeaderBytes;
            string name = i == 0 ? "" : Text(names.Span, header.NameOffset, at);
            var content = i == 0 ? default : Content(bytes, header, at, $"section {name}");
            sections[i] = new ElfSection(i, name, header.Type, header.Flags, (long)header.Offset, (long)header.SizeBytes,
                header.Link, header.Info, header.EntryBytes, content);
        }
        return sections;
    }

    private static RawSection Header(ReadOnlySpan<byte> bytes, long table, int index)
    {
        var reader = new SpanReader(bytes);
        reader.TrySeek(table + index * (long)SectionHeaderBytes);
        reader.TryU32(out uint nameOffset);
        reader.TryU32(out uint type);
        reader.TryU64(out ulong flags);
        reader.TryU64(out _);
        reader.TryU64(out ulong offset);
        reader.TryU64(out ulong size);
        reader.TryU32(out uint link);
        reader.TryU32(out uint info);
        reader.TryU64(out _);
        reader.TryU64(out ulong entryBytes);
        return new RawSection(nameOffset, type, flags, offset, size, link, info, entryBytes);
    }

    private ReadOnlyMemory<byte> Content(ReadOnlyMemory<byte> bytes, RawSection header, long at, string what)
    {
        if (header.Type == ElfSection.NoBits)
        {
            if (header.SizeBytes > int.MaxValue) throw At(Name, at, $"{what} claims {header.SizeBytes} bytes of memory");
            return default;
        }
        if (header.SizeBytes > (ulong)bytes.Length || header.Offset > (ulong)bytes.Length - header.SizeBytes)
            throw At(Name, at, $"{what} ({header.SizeBytes} bytes at 0x{header.Offset:x}) leaves the file; it is truncated or damaged");
        return bytes.Slice((int)header.Offset, (int)header.SizeBytes);
    }

    private ElfSymbol[] ReadSymbols()
    {
        var table = Sections.FirstOrDefault(section => section.Type == ElfSection.SymbolTable);
        if (table is null) return [];
        if (table.EntryBytes != SymbolBytes || table.SizeBytes % SymbolBytes != 0)
            throw In(table, $"symbols of {table.EntryBytes} bytes in {table.SizeBytes}; ELF64 has {SymbolBytes}");
        if (table.Link == 0 || table.Link >= Sections.Count) throw In(table, $"its names are in section {table.Link}, which does not exist");
        var names = Sections[(int)table.Link].Content.Span;
        var reader = new SpanReader(table.Content.Span);
        var symbols = new ElfSymbol[table.SizeBytes / SymbolBytes];
        for (int i = 0; i < symbols.Length; i++)
        {
            long at = table.Offset + reader.Position;
            reader.TryU32(out uint nameOffset);
            reader.TryU8(out byte info);
            reader.TryU8(out byte other);
            reader.TryU16(out ushort section);
            reader.TryU64(out ulong value);
            reader.TryU64(out ulong size);
            if (section < 0xff00 && section >= Sections.Count) throw At(Name, at, $"a symbol in section {section}, which does not exist");
            symbols[i] = new ElfSymbol(nameOffset == 0 ? "" : Text(names, nameOffset, at), info & 0xf, info >> 4, other & 3, section, value, size);
        }
        return symbols;
    }

    private string Text(ReadOnlySpan<byte> strings, uint offset, long at)
    {
        if (offset >= strings.Length) throw At(Name, at, $"a name at 0x{offset:x} of {strings.Length} bytes of strings");
        var rest = strings[(int)offset..];
        int length = rest.IndexOf((byte)0);
        if (length < 0) throw At(Name, at, "a name that does not end");
        return Encoding.UTF8.GetString(rest[..length]);
    }

    private readonly record struct RawSection(
        uint NameOffset, uint Type, ulong Flags, ulong Offset, ulong SizeBytes, uint Link, uint Info, ulong EntryBytes);
}
