using System.Text;
using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Elf;

/// <summary>Reads a BPF object file into plain data.</summary>
/// <remarks>
/// Takes what clang has written over the years (-mcpu v1-v4, with and without -g, REL and RELA, BTF-defined and legacy
/// maps) and not only what libbpf still opens. Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__open.
/// </remarks>
public static class ObjectReader
{
    private const ushort RelocatableFile = 1, BpfMachine = 247;

    /// <summary>Most bytes of an object file.</summary>
    public const long MaxFileBytes = 128L << 20;

    /// <summary>Reads an object file.</summary>
    /// <exception cref="BadInputException">It cannot be opened or is no BPF object.</exception>
    public static ObjectSpec Open(string path) => Read(InputFile.Read(path, MaxFileBytes, (what, errno) => new ElfFormatException(path, "", what, errno)), path);

    /// <summary>Reads an object.</summary>
    /// <param name="bytes">The whole file; kept where it can be.</param>
    /// <param name="name">The file as the user named it, for messages.</param>
    /// <returns>Programs, maps, types and sections.</returns>
    /// <exception cref="BadInputException">The file is not a BPF object or is damaged: what, where, and what to do.</exception>
    /// <remarks>O(bytes + slots of all programs with their subprograms).</remarks>
    public static ObjectSpec Read(ReadOnlyMemory<byte> bytes, string name)
    {
        var file = ElfFile.Read(bytes, name);
        // Compilers from before BPF had a number of its own left the machine at 0.
        if (file.Machine is not (BpfMachine or 0))
            throw new ElfFormatException(name, "offset 0x12", $"this is code for machine {file.Machine}, not BPF (247); compile with clang --target=bpf");
        if (file.FileType != RelocatableFile)
            throw new ElfFormatException(name, "offset 0x10", $"ELF file type {file.FileType}; an object file (1) is needed, so compile with -c");
        var btf = ReadBtf(file);
        var ext = btf is not null && file.TrySection(".BTF.ext", out var extSection) ? BtfExt.Read(extSection.Content.Span, btf, name) : null;
        var code = new CodeSections(file);
        var relocations = ElfRelocations.Read(file, section => section.IsCode || section.Name == MapDefinitions.SectionName);
        var maps = ReadMaps(file, btf, code, relocations);
        MapSpec? config = KernelConfig.TryRead(file, btf, out var found) ? found : null;
        var references = new CodeReferences(file, code, maps, config, btf, relocations);
        var assembler = new ProgramAssembler(name, code, references, btf, ext);
        var programs = EntryFunctions(code, references, maps).Select(assembler.Assemble).ToList();
        return TailCallSlots.Fill(new ObjectSpec(name, ReadLicense(file), ReadVersion(file), programs,
            [.. maps.Select(map => map.Spec), .. config is null ? Array.Empty<MapSpec>() : [config]], btf,
            [.. file.Sections.Skip(1).Select(section => new SectionInfo(section.Name, section.Offset, section.SizeBytes))]));
    }

    private static BtfSpec? ReadBtf(ElfFile file) => file.TrySection(".BTF", out var section)
        ? DataSectionTypes.Complete(file, BtfReader.Read(section.Content, file.Name))
        : null;

    private static List<PlacedMap> ReadMaps(ElfFile file, BtfSpec? btf, CodeSections code, Dictionary<int, List<ElfRelocation>> relocations)
    {
        var maps = new List<PlacedMap>();
        if (file.TrySection(MapDefinitions.SectionName, out var section) && section.SizeBytes > 0)
        {
            if (btf is null) throw file.In(section, "maps declared here need BTF; compile with -g");
            var initialisers = relocations.TryGetValue(section.Index, out var list) ? list : [];
            maps.AddRange(new MapDefinitions(file, section, btf, code, initialisers).Read());
        }
        maps.AddRange(new LegacyMaps(file, btf, code).Read());
        WithArenaContents(file, maps);
        maps.AddRange(DataSections.Read(file, btf));
        var twice = maps.GroupBy(map => map.Spec.Name).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? maps : throw new ElfFormatException(file.Name, "", $"there are two maps named '{twice.Key}'");
    }

    private static void WithArenaContents(ElfFile file, List<PlacedMap> maps)
    {
        int arena = maps.FindIndex(map => map.Spec.Type == MapType.Arena);
        if (arena < 0 || !file.TrySection(".addr_space.1", out var section) || section.SizeBytes == 0) return;
        if (section.SizeBytes > Math.Min(maps[arena].Spec.MaxEntries * 4096L, 64 << 20))
            throw file.In(section, $"{section.SizeBytes} bytes of variables do not fit the arena's {maps[arena].Spec.MaxEntries} pages", Errno.E2BIG);
        byte[] contents = new byte[section.SizeBytes];
        section.Content.Span.CopyTo(contents);
        maps[arena] = maps[arena] with { Spec = maps[arena].Spec with { Contents = contents } };
    }

    /// <summary>
    /// Which functions are programs. In a section of its own: whatever nobody calls. In <c>.text</c>, where libbpf sees only
    /// subprograms: the same, but only when there is no program elsewhere. What a prog array lists is a program anyway.
    /// </summary>
    private static List<CodeFunction> EntryFunctions(CodeSections code, CodeReferences references, List<PlacedMap> maps)
    {
        var called = new HashSet<CodeFunction>(ReferenceEqualityComparer.Instance);
        foreach (var function in code.All)
        {
            foreach (var reference in references.In(function))
            {
                if (reference.Function is { } target && target != function) called.Add(target);
            }
        }
        var listed = maps.Where(map => map.Spec.Type == MapType.ProgArray).SelectMany(map => map.Spec.Slots).Select(slot => slot.Target).ToHashSet();
        var free = code.All.Where(function => !called.Contains(function) || listed.Contains(function.Name)).ToList();
        var elsewhere = free.Where(function => function.Section.Name != ".text" || listed.Contains(function.Name)).ToList();
        return elsewhere.Count > 0 ? elsewhere : free;
    }

    private static string ReadLicense(ElfFile file)
    {
        if (!file.TrySection("license", out var section)) return "";
        var text = section.Content.Span;
        int end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    private static uint ReadVersion(ElfFile file)
    {
        if (!file.TrySection("version", out var section)) return 0;
        if (section.Content.Length != 4) throw file.In(section, $"a version is 4 bytes, not {section.Content.Length}");
        var reader = new SpanReader(section.Content.Span);
        reader.TryU32(out uint version);
        return version;
    }
}
