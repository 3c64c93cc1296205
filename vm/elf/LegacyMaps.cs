using System.Globalization;
using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Elf;

/// <summary>Reads maps declared as plain structs in section <c>maps</c> (or <c>maps/name</c>), as before BTF.</summary>
/// <remarks>
/// Three layouts are in use: bpf_map_def of 20 bytes (type, key, value, entries, flags), the same with inner map index
/// and NUMA node (28), and iproute2's bpf_elf_map (36: … flags, id, pinning, inner id, inner index). iproute2 also fills
/// prog arrays from program sections named <c>id/index</c>.
/// Source: iproute2 include/bpf_elf.h; Linux 6.12 tools/lib/bpf/libbpf.c, struct bpf_map_def (removed in 1.0).
/// </remarks>
internal sealed class LegacyMaps(ElfFile file, BtfSpec? btf, CodeSections code)
{
    private const int PlainBytes = 20, NestedBytes = 28, Iproute2Bytes = 36;

    private sealed record Entry(MapSpec Spec, int Section, ulong Offset, uint[] Extra);

    /// <summary>All legacy maps, in file order.</summary>
    public List<PlacedMap> Read()
    {
        var entries = file.Sections.Where(section => section.Name == "maps" || section.Name.StartsWith("maps/", StringComparison.Ordinal))
            .SelectMany(ReadSection).ToList();
        return [.. entries.Select(entry => new PlacedMap(WithInner(entry, entries), entry.Section, entry.Offset))];
    }

    private IEnumerable<Entry> ReadSection(ElfSection section)
    {
        var symbols = file.Symbols.Where(symbol => symbol.Section == section.Index && symbol.Name.Length > 0 && symbol.Type is 0 or 1)
            .Where(symbol => symbol.Section == section.Index).OrderBy(symbol => symbol.Value).ToList();
        if (symbols.Count == 0) return [];
        long bytes = section.Content.Length / symbols.Count;
        if (section.Content.Length % symbols.Count != 0 || bytes < PlainBytes || bytes % 4 != 0)
            throw file.In(section, $"{symbols.Count} maps in {section.Content.Length} bytes; definitions have 20, 28 or 36 bytes each");
        return symbols.Select(symbol => ReadOne(section, symbol, (int)bytes)).ToList();
    }

    private Entry ReadOne(ElfSection section, ElfSymbol symbol, int bytes)
    {
        var reader = new SpanReader(section.Content.Span);
        if (!reader.TrySeek((long)Math.Min(symbol.Value, long.MaxValue)) || reader.Remaining < bytes || symbol.Value % (ulong)bytes != 0)
            throw file.In(section, $"map '{symbol.Name}' at offset 0x{symbol.Value:x} is not one of the {bytes}-byte definitions");
        uint[] words = new uint[bytes / 4];
        for (int i = 0; i < words.Length; i++) reader.TryU32(out words[i]);
        if (bytes is not (PlainBytes or NestedBytes or Iproute2Bytes) && words.AsSpan(5).ContainsAnyExcept(0u))
            throw file.In(section, $"map '{symbol.Name}' has a definition of {bytes} bytes whose extra fields are not known (20, 28 and 36 are)", Errno.EOPNOTSUPP);
        var spec = new MapSpec
        {
            Name = symbol.Name,
            Type = (MapType)words[0],
            KeySize = words[1],
            ValueSize = words[2],
            MaxEntries = (MapType)words[0] is MapType.RingBuf ? MapDefinitions.RingBufferBytes(words[3]) : words[3],
            Flags = (MapFlags)words[4],
            Btf = btf,
            NumaNode = bytes == NestedBytes ? (int)words[6] : 0,
            Pinning = bytes == Iproute2Bytes ? words[6] : 0,
            LegacyLayout = true,
        };
        return new Entry(WithTypes(spec), section.Index, symbol.Value, words[5..]);
    }

    // BPF_ANNOTATE_KV_PAIR left the types in a struct named after the map.
    private MapSpec WithTypes(MapSpec spec)
    {
        if (btf is null || !btf.TryFind<BtfComposite>("____btf_map_" + spec.Name, out var pair) || pair.Members.Count < 2) return spec;
        uint key = pair.Members[0].TypeId, value = pair.Members[1].TypeId;
        bool fits = btf.TrySizeOf(key, out uint keyBytes) && keyBytes == spec.KeySize
            && btf.TrySizeOf(value, out uint valueBytes) && valueBytes == spec.ValueSize;
        return fits ? spec with { KeyTypeId = key, ValueTypeId = value } : spec;
    }

    private MapSpec WithInner(Entry entry, List<Entry> all)
    {
        var spec = entry.Spec;
        bool nested = spec.Type is MapType.ArrayOfMaps or MapType.HashOfMaps;
        if (entry.Extra.Length == 2 && nested)
        {
            uint index = entry.Extra[0];
            if (index >= all.Count || all[(int)index] == entry)
                throw new ElfFormatException(file.Name, $"map '{spec.Name}'", $"its inner map is number {index} of {all.Count}");
            return spec with { Inner = all[(int)index].Spec with { Name = spec.Name + ".inner" } };
        }
        if (entry.Extra.Length != 4) return spec;
        uint id = entry.Extra[0], innerId = entry.Extra[2];
        if (nested && innerId != 0)
        {
            var inners = all.Where(other => other != entry && other.Extra.Length == 4 && other.Extra[0] == innerId).ToList();
            if (inners.Count == 0) throw new ElfFormatException(file.Name, $"map '{spec.Name}'", $"no map has its inner id {innerId}");
            var slots = inners.Where(inner => inner.Extra[3] != uint.MaxValue).Select(inner => new MapSlot(inner.Extra[3], inner.Spec.Name));
            return spec with { Inner = inners[0].Spec with { Name = spec.Name + ".inner" }, Slots = [.. slots.OrderBy(slot => slot.Index)] };
        }
        return spec.Type == MapType.ProgArray && id != 0 ? spec with { Slots = TailSlots(id) } : spec;
    }

    private MapSlot[] TailSlots(uint id)
    {
        var slots = new List<MapSlot>();
        foreach (var function in code.All)
        {
            int slash = function.Section.Name.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0 && TryNumber(function.Section.Name[..slash], out uint map) && map == id
                && TryNumber(function.Section.Name[(slash + 1)..], out uint index) && function.Start == 0)
                slots.Add(new MapSlot(index, function.Name));
        }
        return [.. slots.OrderBy(slot => slot.Index)];
    }

    private static bool TryNumber(string text, out uint number) => text.StartsWith("0x", StringComparison.Ordinal)
        ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, null, out number)
        : uint.TryParse(text, NumberStyles.None, null, out number);
}
