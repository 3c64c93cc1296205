using Vm.Abi;

namespace Vm.Elf;

/// <summary>One relocation: a place in a section that depends on a symbol.</summary>
/// <param name="Offset">Byte offset in the section it applies to.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="SymbolIndex">Its number in the symbol table.</param>
/// <param name="Addend">Addend of a RELA entry; null for REL, whose addend is in place.</param>
internal readonly record struct ElfRelocation(ulong Offset, ElfSymbol Symbol, int SymbolIndex, long? Addend);

/// <summary>Reads the relocations of a file, in REL and RELA form.</summary>
/// <remarks>
/// The relocation type is not looked at: as in libbpf, the instruction at the place says what is meant.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__collect_prog_relos; Documentation/bpf/llvm_reloc.rst.
/// </remarks>
internal static class ElfRelocations
{
    /// <summary>Relocations by number of the section they apply to, ascending by offset.</summary>
    /// <exception cref="ElfFormatException">An entry refers outside its section or the symbol table.</exception>
    public static Dictionary<int, List<ElfRelocation>> Read(ElfFile file, Func<ElfSection, bool> wanted)
    {
        var all = new Dictionary<int, List<ElfRelocation>>();
        foreach (var section in file.Sections)
        {
            if (section.Type is not (ElfSection.Relocations or ElfSection.RelocationsWithAddend)) continue;
            if (section.Info == 0 || section.Info >= file.Sections.Count)
                throw file.In(section, $"it relocates section {section.Info}, which does not exist");
            var target = file.Sections[(int)section.Info];
            if (!wanted(target)) continue;
            if (!all.TryGetValue(target.Index, out var list)) all.Add(target.Index, list = []);
            ReadOne(file, section, target, list);
        }
        foreach (var list in all.Values) list.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        return all;
    }

    private static void ReadOne(ElfFile file, ElfSection section, ElfSection target, List<ElfRelocation> list)
    {
        bool explicitAddend = section.Type == ElfSection.RelocationsWithAddend;
        int entryBytes = explicitAddend ? 24 : 16;
        if (section.EntryBytes != (ulong)entryBytes || section.SizeBytes % entryBytes != 0)
            throw file.In(section, $"entries of {section.EntryBytes} bytes in {section.SizeBytes}; there should be {entryBytes} each");
        var reader = new SpanReader(section.Content.Span);
        for (long i = 0; i < section.SizeBytes / entryBytes; i++)
        {
            reader.TryU64(out ulong offset);
            reader.TryU64(out ulong info);
            ulong addend = 0;
            if (explicitAddend) reader.TryU64(out addend);
            uint symbol = (uint)(info >> 32);
            if (symbol >= file.Symbols.Count) throw file.In(section, $"entry {i} names symbol {symbol} of {file.Symbols.Count}");
            if (offset > (ulong)target.SizeBytes || (ulong)target.SizeBytes - offset < 4)
                throw file.In(section, $"entry {i} is about offset 0x{offset:x}, outside section {target.Name}");
            list.Add(new ElfRelocation(offset, file.Symbols[(int)symbol], (int)symbol, explicitAddend ? (long)addend : null));
        }
    }
}
