using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Elf;

/// <summary>A map and where the symbols that mean it point.</summary>
/// <param name="Spec">The map.</param>
/// <param name="Section">Number of the section it is declared in.</param>
/// <param name="Offset">Byte offset there.</param>
internal sealed record PlacedMap(MapSpec Spec, int Section, ulong Offset);

/// <summary>Reads maps declared as BTF-typed variables in section <c>.maps</c>.</summary>
/// <remarks>
/// Numbers are array lengths behind pointers (<c>int (*max_entries)[64]</c>). Unlike libbpf, unknown pinning values and
/// static maps are taken, since objects in use have them.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__init_user_btf_map, parse_btf_map_def, bpf_object__collect_map_relos.
/// </remarks>
internal sealed class MapDefinitions(ElfFile file, ElfSection section, BtfSpec btf, CodeSections code, IReadOnlyList<ElfRelocation> relocations)
{
    public const string SectionName = ".maps";
    private const uint PageBytes = 4096;

    /// <summary>All maps of the section, in its order.</summary>
    /// <exception cref="ElfFormatException">A definition makes no sense; names the map and the attribute.</exception>
    public List<PlacedMap> Read()
    {
        if (!btf.TryFind<BtfDataSection>(SectionName, out var types))
            throw file.In(section, "the BTF does not describe this section; compile with -g");
        var maps = new List<PlacedMap>();
        foreach (var placement in types.Variables.OrderBy(placement => placement.Offset))
        {
            if (btf[placement.TypeId] is not BtfVariable variable || variable.Name.Length == 0)
                throw file.In(section, "the BTF lists something here that is not a named variable");
            if (variable.Linkage != BtfLinkage.Global)
                throw file.In(section, $"map '{variable.Name}' is {(variable.Linkage == BtfLinkage.Static ? "static" : "extern")}, which libbpf refuses: a map is a global variable", Errno.EOPNOTSUPP);
            if (btf.Resolve(variable.TypeId) is not BtfComposite { IsUnion: false } definition)
                throw file.In(section, $"map '{variable.Name}' is not a struct");
            if ((ulong)placement.Offset + definition.SizeBytes > (ulong)section.SizeBytes)
                throw file.In(section, $"map '{variable.Name}' leaves the section");
            var spec = Definition(variable.Name, definition, inner: false);
            spec = spec with { Slots = Slots(spec, definition, placement.Offset, definition.SizeBytes, maps: types) };
            maps.Add(new PlacedMap(spec, section.Index, placement.Offset));
        }
        return maps;
    }

    /// <summary>Size libbpf gives a ring buffer: the next power of two of pages that holds what was asked for.</summary>
    internal static uint RingBufferBytes(uint asked)
    {
        if (asked == 0 || (asked % PageBytes == 0 && uint.IsPow2(asked / PageBytes))) return asked;
        for (ulong bytes = PageBytes; bytes <= uint.MaxValue; bytes <<= 1)
        {
            if (bytes > asked) return (uint)bytes;
        }
        return asked;
    }

    private MapSpec Definition(string name, BtfComposite definition, bool inner)
    {
        var spec = new MapSpec { Name = name, Type = MapType.Unspec, Btf = btf };
        for (int i = 0; i < definition.Members.Count; i++)
        {
            var member = definition.Members[i];
            spec = member.Name switch
            {
                "type" => spec with { Type = (MapType)Number(name, member) },
                "max_entries" => spec with { MaxEntries = Number(name, member) },
                "map_flags" => spec with { Flags = (MapFlags)Number(name, member) },
                "numa_node" => spec with { NumaNode = (int)Number(name, member) },
                "key_size" => spec with { KeySize = Agree(name, "key", spec.KeySize, Number(name, member)) },
                "value_size" => spec with { ValueSize = Agree(name, "value", spec.ValueSize, Number(name, member)) },
                "map_extra" => spec with { Extra = WideNumber(name, member) },
                "pinning" when !inner => spec with { Pinning = Number(name, member) },
                "key" => spec with
                {
                    KeySize = Agree(name, "key", spec.KeySize, btf.SizeOf(Pointed(name, member))),
                    KeyTypeId = Pointed(name, member),
                },
                "value" => spec with
                {
                    ValueSize = Agree(name, "value", spec.ValueSize, btf.SizeOf(Pointed(name, member))),
                    ValueTypeId = Pointed(name, member),
                },
                "values" when !inner && i == definition.Members.Count - 1 => Values(name, member, spec),
                _ => throw Bad(name, $"attribute '{member.Name}' is not one of type, key, key_size, value, value_size, max_entries, "
                    + "map_flags, map_extra, numa_node" + (inner ? "" : ", pinning, values (last)"), Errno.ENOTSUPP),
            };
        }
        if (spec.Type == MapType.Unspec) throw Bad(name, "attribute 'type' is missing");
        return spec.Type is MapType.RingBuf or MapType.UserRingBuf ? spec with { MaxEntries = RingBufferBytes(spec.MaxEntries) } : spec;
    }

    private MapSpec Values(string name, BtfMember member, MapSpec spec)
    {
        bool nested = spec.Type is MapType.ArrayOfMaps or MapType.HashOfMaps;
        if (!nested && spec.Type != MapType.ProgArray) throw Bad(name, "only prog arrays and maps of maps have 'values'", Errno.ENOTSUPP);
        if (btf[member.TypeId] is not BtfArray { Count: 0 } array || btf.Resolve(array.ElementId) is not BtfPointer pointer)
            throw Bad(name, "'values' is not an array of pointers without length");
        spec = spec with { ValueSize = Agree(name, "value", spec.ValueSize, 4) };
        return (btf.Resolve(pointer.TargetId), nested) switch
        {
            (BtfPrototype, false) => spec,
            (BtfComposite { IsUnion: false } definition, true) => spec with { Inner = Definition(name + ".inner", definition, inner: true) },
            (var other, _) => throw Bad(name, $"'values' points at {other.Describe()}"),
        };
    }

    private MapSlot[] Slots(MapSpec spec, BtfComposite definition, uint start, uint size, BtfDataSection maps)
    {
        // The initialiser makes the variable longer than its type: it reaches to the next map.
        ulong end = maps.Variables.Where(other => other.Offset > start).Select(other => (ulong)other.Offset)
            .DefaultIfEmpty((ulong)section.SizeBytes).Min();
        var here = relocations.Where(relocation => relocation.Offset >= start && relocation.Offset < end).ToList();
        if (here.Count == 0) return [];
        var last = definition.Members[^1];
        ulong first = start + last.BitOffset / 8;
        if (last.Name != "values") throw Bad(spec.Name, $"it is initialised (and {size} bytes long) but has no 'values'");
        var slots = new MapSlot[here.Count];
        for (int i = 0; i < slots.Length; i++)
        {
            var relocation = here[i];
            if (relocation.Offset < first || (relocation.Offset - first) % 8 != 0)
                throw Bad(spec.Name, $"an initialiser at offset 0x{relocation.Offset:x} is not one of its 'values'");
            slots[i] = new MapSlot((uint)((relocation.Offset - first) / 8), Target(spec, relocation, maps));
        }
        return slots;
    }

    private string Target(MapSpec spec, ElfRelocation relocation, BtfDataSection maps)
    {
        var symbol = relocation.Symbol;
        ulong offset = symbol.Value + (ulong)(relocation.Addend ?? InPlace(relocation.Offset));
        if (spec.Type == MapType.ProgArray)
        {
            return code.TryAt(symbol.Section, (long)(offset / 8), out var function) && offset % 8 == 0
                ? function.Name
                : throw Bad(spec.Name, $"'{symbol.Name}' in its 'values' is not a program");
        }
        foreach (var placement in maps.Variables)
        {
            if (symbol.Section == section.Index && placement.Offset == offset) return btf[placement.TypeId].Name;
        }
        throw Bad(spec.Name, $"'{symbol.Name}' in its 'values' is not a map of section {SectionName}");
    }

    private long InPlace(ulong offset)
    {
        var reader = new SpanReader(section.Content.Span);
        reader.TrySeek((long)offset);
        return reader.TryU64(out ulong value) ? (long)value : 0;
    }

    private uint Agree(string map, string what, uint before, uint now) =>
        before == 0 || before == now ? now : throw Bad(map, $"its {what} size is given as {before} and as {now}");

    private uint Number(string map, BtfMember member) =>
        btf.Resolve(member.TypeId) is BtfPointer pointer && btf[pointer.TargetId] is BtfArray array
            ? array.Count
            : throw Bad(map, $"attribute '{member.Name}' is not written with __uint()");

    private ulong WideNumber(string map, BtfMember member) =>
        btf.Resolve(member.TypeId) is BtfEnum { Values.Count: 1 } number ? number.Values[0].Value : Number(map, member);

    private uint Pointed(string map, BtfMember member) =>
        btf[member.TypeId] is BtfPointer pointer ? pointer.TargetId : throw Bad(map, $"attribute '{member.Name}' is not written with __type()");

    private ElfFormatException Bad(string map, string what, Errno errno = Errno.EINVAL) => file.In(section, $"map '{map}': {what}", errno);
}
