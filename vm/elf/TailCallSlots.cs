using System.Globalization;
using Vm.Abi;
using Vm.Specs;

namespace Vm.Elf;

/// <summary>Programs that say themselves which slot of a prog array they belong in, as Cilium's and iproute2's loaders fill them.</summary>
/// <remarks>
/// A declaration tag <c>tail:MAP/INDEX</c> on the function names map and slot. A section <c>ID/INDEX</c> names the slot and, as a number, the map:
/// iproute2 finds it by the id in its definition (<see cref="LegacyMaps"/>); a BTF-defined map has none, so the object's only prog array is meant.
/// Such a section names no type; the program gets that of the others when they have one.
/// Source: Cilium bpf/include/bpf/tailcall.h, pkg/bpf/collection.go; iproute2 lib/bpf_legacy.c, bpf_fill_prog_arrays.
/// </remarks>
internal static class TailCallSlots
{
    private const string Tag = "tail:";

    /// <summary>The object with those slots added and those types filled in.</summary>
    /// <exception cref="ElfFormatException">A tag is no slot, names no prog array, or two programs claim one slot.</exception>
    public static ObjectSpec Fill(ObjectSpec spec)
    {
        var programs = spec.Programs.ToList();
        var maps = spec.Maps.ToList();
        for (int i = 0; i < programs.Count; i++)
        {
            var program = programs[i];
            if (spec.Btf is { } btf && program.Functions[0].TypeId is not 0 and var typeId)
            {
                foreach (string tag in btf.DeclTagsOf(typeId).Where(tag => tag.StartsWith(Tag, StringComparison.Ordinal))) AddTagged(spec, maps, program, tag);
            }
            if (TrySection(program.Section, out uint index)) programs[i] = AddSection(spec, maps, program, index);
        }
        return spec with { Programs = programs, Maps = maps };
    }

    private static void AddTagged(ObjectSpec spec, List<MapSpec> maps, ProgramSpec program, string tag)
    {
        int slash = tag.LastIndexOf('/');
        if (slash < 0 || !TryNumber(tag.AsSpan(slash + 1), out uint index)) throw Bad(spec, program, $"its tag '{tag}' is not tail:MAP/INDEX");
        string name = tag[Tag.Length..slash];
        int map = maps.FindIndex(map => map.Name == name && map.Type == MapType.ProgArray);
        if (map < 0) throw Bad(spec, program, $"its tag '{tag}' names no prog array; there are: {string.Join(", ", maps.Where(known => known.Type == MapType.ProgArray).Select(known => known.Name).DefaultIfEmpty("none"))}", Errno.ENOENT);
        Add(spec, maps, map, program, index);
    }

    private static ProgramSpec AddSection(ObjectSpec spec, List<MapSpec> maps, ProgramSpec program, uint index)
    {
        if (!maps.Exists(map => map.Slots.Any(slot => slot.Target == program.Name)))
        {
            int[] arrays = [.. Enumerable.Range(0, maps.Count).Where(i => maps[i].Type == MapType.ProgArray && !maps[i].LegacyLayout)];
            if (arrays.Length != 1) return program;
            Add(spec, maps, arrays[0], program, index);
        }
        ProgramType[] types = [.. spec.Programs.Select(other => other.Type).Where(type => type != ProgramType.Unspec).Distinct()];
        return program.Type == ProgramType.Unspec && types.Length == 1 ? program with { Type = types[0] } : program;
    }

    private static void Add(ObjectSpec spec, List<MapSpec> maps, int map, ProgramSpec program, uint index)
    {
        var slots = maps[map].Slots;
        if (slots.Any(slot => slot.Index == index && slot.Target == program.Name)) return;
        if (slots.FirstOrDefault(slot => slot.Index == index) is { Target: { } other }) throw Bad(spec, program, $"slot {index} of '{maps[map].Name}' has '{other}' already", Errno.EEXIST);
        maps[map] = maps[map] with { Slots = [.. slots.Append(new MapSlot(index, program.Name)).OrderBy(slot => slot.Index)] };
    }

    private static bool TrySection(string section, out uint index)
    {
        index = 0;
        int slash = section.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && TryNumber(section.AsSpan(0, slash), out _) && TryNumber(section.AsSpan(slash + 1), out index);
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out uint number) => text.StartsWith("0x", StringComparison.Ordinal)
        ? uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static ElfFormatException Bad(ObjectSpec spec, ProgramSpec program, string what, Errno errno = Errno.EINVAL) => new(spec.Name, $"program '{program.Name}'", what, errno);
}
