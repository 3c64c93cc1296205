using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Elf;

/// <summary>Turns sections of global variables into one-entry array maps.</summary>
/// <remarks>Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__init_global_data_maps, map_is_mmapable.</remarks>
internal static class DataSections
{
    // Far more than objects have; a damaged size must not make us ask for gigabytes.
    private const long MaxBytes = 64 << 20;

    /// <summary>One map per section that is not empty, in file order.</summary>
    public static List<PlacedMap> Read(ElfFile file, BtfSpec? btf)
    {
        var maps = new List<PlacedMap>();
        long total = 0;
        foreach (var section in file.Sections)
        {
            bool readOnly = IsNamed(section, ".rodata");
            if ((!readOnly && !IsNamed(section, ".data") && !IsNamed(section, ".bss")) || section.SizeBytes == 0) continue;
            if (section.Type is not (ElfSection.ProgBits or ElfSection.NoBits)) continue;
            total += section.SizeBytes;
            if (total > MaxBytes) throw file.In(section, $"over {MaxBytes >> 20} MiB of variables", Errno.E2BIG);
            var types = btf is not null && btf.TryFind<BtfDataSection>(section.Name, out var described) ? described : null;
            bool shared = types is not null && types.Variables.Any(placement => btf![placement.TypeId] is BtfVariable { Linkage: not BtfLinkage.Static });
            byte[] contents = new byte[section.SizeBytes];
            section.Content.Span.CopyTo(contents);
            maps.Add(new PlacedMap(new MapSpec
            {
                Name = section.Name,
                Type = MapType.Array,
                KeySize = 4,
                ValueSize = (uint)section.SizeBytes,
                MaxEntries = 1,
                Flags = (readOnly ? MapFlags.RdOnlyProg : 0) | (shared ? MapFlags.Mmapable : 0),
                Btf = btf,
                ValueTypeId = types?.Id ?? 0,
                DataSection = true,
                Contents = contents,
                Frozen = readOnly,
                Variables = Variables(file, section, btf, types),
            }, section.Index, 0));
        }
        return maps;
    }

    private static bool IsNamed(ElfSection section, string name) =>
        section.Name.StartsWith(name, StringComparison.Ordinal) && (section.Name.Length == name.Length || section.Name[name.Length] == '.');

    private static GlobalVariable[] Variables(ElfFile file, ElfSection section, BtfSpec? btf, BtfDataSection? types)
    {
        var typeOf = new Dictionary<string, uint>();
        foreach (var placement in types?.Variables ?? [])
        {
            if (btf![placement.TypeId] is BtfVariable variable) typeOf.TryAdd(variable.Name, variable.TypeId);
        }
        var variables = new List<GlobalVariable>();
        foreach (var symbol in file.Symbols)
        {
            if (symbol.Section != section.Index || symbol.Type is not (0 or 1) || symbol.Name.Length == 0) continue;
            if (symbol.Name[0] == '.' || (symbol.Type == 0 && symbol.SizeBytes == 0)) continue;
            if (symbol.Value > (ulong)section.SizeBytes || symbol.SizeBytes > (ulong)section.SizeBytes - symbol.Value)
                throw file.In(section, $"variable {symbol.Name} (offset 0x{symbol.Value:x}, {symbol.SizeBytes} bytes) leaves the section");
            // A static local is func.name to the linker and name to BTF.
            string plain = symbol.Name[(symbol.Name.LastIndexOf('.') + 1)..];
            uint typeId = typeOf.TryGetValue(symbol.Name, out uint exact) ? exact : typeOf.GetValueOrDefault(plain);
            variables.Add(new GlobalVariable(symbol.Name, (uint)symbol.Value, (uint)symbol.SizeBytes, typeId));
        }
        return [.. variables.OrderBy(variable => variable.Offset).ThenBy(variable => variable.Name, StringComparer.Ordinal)];
    }
}
