using Vm.Abi;
using Vm.Btf;
using Vm.Isa;
using Vm.Specs;

namespace Vm.Elf;

/// <summary>An instruction that refers to something outside itself: a function of the object, or something open.</summary>
/// <param name="Slot">Slot in its section.</param>
/// <param name="Function">The function called or whose address is taken; null when open.</param>
/// <param name="Open">What linking has to fill in; null for a function.</param>
internal sealed record CodeReference(int Slot, CodeFunction? Function, OpenReference? Open);

/// <summary>Finds what every call and ld_imm64 refers to, by relocation or, within a section, by distance.</summary>
/// <remarks>Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_program__record_reloc, bpf_object__reloc_code.</remarks>
internal sealed class CodeReferences
{
    internal const byte Call = 0x85, WideLoad = 0x18;

    /// <summary>Section of arena variables. Source: libbpf.c, ARENA_SEC.</summary>
    private const string ArenaSection = ".addr_space.1";

    private readonly ElfFile _file;
    private readonly CodeSections _code;
    private readonly IReadOnlyList<PlacedMap> _maps;
    private readonly Dictionary<(int Section, ulong Offset), PlacedMap> _mapAt;
    private readonly Dictionary<int, PlacedMap> _dataOf;
    private readonly Dictionary<string, (string Section, uint TypeId)> _externs = [];
    private readonly MapSpec? _config;
    private readonly Dictionary<CodeFunction, List<CodeReference>> _references = new(ReferenceEqualityComparer.Instance);

    public CodeReferences(ElfFile file, CodeSections code, IReadOnlyList<PlacedMap> maps, MapSpec? config, BtfSpec? btf,
        Dictionary<int, List<ElfRelocation>> relocations)
    {
        _file = file;
        _code = code;
        _maps = maps;
        _config = config;
        _mapAt = maps.Where(map => !map.Spec.DataSection).DistinctBy(map => (map.Section, map.Offset)).ToDictionary(map => (map.Section, map.Offset));
        _dataOf = maps.Where(map => map.Spec.DataSection).ToDictionary(map => map.Section);
        if (btf is not null) CollectExterns(btf);
        foreach (var function in code.All)
        {
            var list = relocations.TryGetValue(function.Section.Index, out var all) ? all : [];
            _references[function] = Find(function, list);
        }
    }

    /// <summary>References of one function, ascending by slot.</summary>
    public IReadOnlyList<CodeReference> In(CodeFunction function) => _references[function];

    private void CollectExterns(BtfSpec btf)
    {
        foreach (uint id in btf.OwnIds())
        {
            if (btf[id] is not BtfDataSection { Name: KernelConfig.MapName or ".ksyms" } section) continue;
            foreach (var placement in section.Variables)
            {
                var type = btf[placement.TypeId];
                _externs.TryAdd(type.Name, (section.Name, type.Id));
            }
        }
    }

    private List<CodeReference> Find(CodeFunction function, List<ElfRelocation> relocations)
    {
        var insns = _code.Insns(function.Section);
        var found = new List<CodeReference>();
        int next = FirstAtOrAfter(relocations, (ulong)function.Start * 8);
        for (int slot = function.Start; slot < function.End; slot++)
        {
            ElfRelocation? relocation = null;
            for (; next < relocations.Count && relocations[next].Offset < (ulong)(slot + 1) * 8; next++)
            {
                if (relocations[next].Offset % 8 != 0 || relocation is not null)
                    throw Bad(function, slot, $"its relocation is at byte 0x{relocations[next].Offset:x}, inside an instruction or twice there");
                relocation = relocations[next];
            }
            var insn = insns[slot];
            if (relocation is { } known) found.Add(Relocated(function, slot, insn, known));
            else if (IsLocalReference(insn)) found.Add(new CodeReference(slot, At(function, slot, function.Section.Index, (long)slot + 1 + insn.Imm), null));
            // The second half of a wide load is not an instruction of its own.
            if (insn.Code == WideLoad && slot + 1 < function.End && !HasRelocation(relocations, next, slot + 1)) slot++;
        }
        return found;
    }

    private static bool HasRelocation(List<ElfRelocation> relocations, int next, int slot) =>
        next < relocations.Count && relocations[next].Offset / 8 == (ulong)slot;

    private static bool IsLocalReference(RawInsn insn) => insn is { Code: Call, Src: 1 } or { Code: WideLoad, Src: 4 };

    private static int FirstAtOrAfter(List<ElfRelocation> relocations, ulong offset)
    {
        int low = 0, high = relocations.Count;
        while (low < high)
        {
            int mid = (low + high) / 2;
            if (relocations[mid].Offset < offset) low = mid + 1;
            else high = mid;
        }
        return low;
    }

    private CodeReference Relocated(CodeFunction function, int slot, RawInsn insn, ElfRelocation relocation)
    {
        var symbol = relocation.Symbol;
        if (insn.Code is not (Call or WideLoad))
            throw Bad(function, slot, $"opcode 0x{insn.Code:x2} is relocated against '{symbol.Name}'; only calls and 64-bit constants can be");
        if (symbol.Section == 0) return new CodeReference(slot, null, Extern(function, slot, insn, symbol));
        if (insn.Code == Call)
        {
            if (insn.Src != 1) throw Bad(function, slot, $"a helper call is relocated against '{symbol.Name}'");
            return new CodeReference(slot, At(function, slot, symbol.Section, CallTarget(insn, relocation)), null);
        }
        // In place, RELA leaves zero or the same number again.
        long addend = relocation.Addend is { } written && written != 0 ? written : insn.Imm;
        ulong offset = symbol.Value + (ulong)addend;
        if (_code.Contains(symbol.Section))
        {
            if (offset % 8 != 0) throw Bad(function, slot, $"it takes the address of byte 0x{offset:x} of a function's section");
            return new CodeReference(slot, At(function, slot, symbol.Section, (long)(offset / 8)), null);
        }
        return new CodeReference(slot, null, Data(function, slot, symbol, offset));
    }

    private static long CallTarget(RawInsn insn, ElfRelocation relocation)
    {
        long start = (long)(relocation.Symbol.Value / 8);
        return relocation.Addend is { } addend && (addend != 0 || insn.Imm is 0 or -1) ? start + addend / 8 : start + insn.Imm + 1;
    }

    private OpenReference Data(CodeFunction function, int slot, ElfSymbol symbol, ulong offset)
    {
        if (_mapAt.TryGetValue((symbol.Section, offset), out var map))
            return new OpenReference(slot, ReferenceKind.Map, map.Spec.Name, 0, false, 0);
        if (_dataOf.TryGetValue(symbol.Section, out var data))
        {
            if (offset > data.Spec.ValueSize) throw Bad(function, slot, $"it refers to byte {(long)offset} of {data.Spec.Name}, which has {data.Spec.ValueSize}");
            return new OpenReference(slot, ReferenceKind.MapValue, data.Spec.Name, (uint)offset, false, 0);
        }
        string section = symbol.Section < _file.Sections.Count ? _file.Sections[symbol.Section].Name : $"0x{symbol.Section:x}";
        if (section == ArenaSection)
        {
            var arena = _maps.FirstOrDefault(candidate => candidate.Spec.Type == MapType.Arena)
                ?? throw Bad(function, slot, $"it uses the arena variable '{symbol.Name}', but the object declares no arena map");
            return new OpenReference(slot, ReferenceKind.MapValue, arena.Spec.Name, (uint)offset, false, 0);
        }
        throw Bad(function, slot, $"'{symbol.Name}' (section {section}, offset 0x{offset:x}) is neither a map, a variable nor a function");
    }

    private OpenReference Extern(CodeFunction function, int slot, RawInsn insn, ElfSymbol symbol)
    {
        if (symbol.Name.Length == 0) throw Bad(function, slot, "its relocation names no symbol");
        bool known = _externs.TryGetValue(symbol.Name, out var declared);
        // A kernel function may be declared several times under flavoured names.
        string name = BtfSpec.EssentialName(symbol.Name);
        if (insn.Code == Call) return new OpenReference(slot, ReferenceKind.Kfunc, name, 0, symbol.IsWeak, declared.TypeId);
        if (!known || declared.Section != KernelConfig.MapName)
            return new OpenReference(slot, ReferenceKind.KernelSymbol, name, 0, symbol.IsWeak, declared.TypeId);
        foreach (var variable in _config?.Variables ?? [])
        {
            if (variable.Name == symbol.Name) return new OpenReference(slot, ReferenceKind.MapValue, KernelConfig.MapName, variable.Offset, symbol.IsWeak, declared.TypeId);
        }
        throw Bad(function, slot, $"'{symbol.Name}' is not among the object's kernel config");
    }

    private CodeFunction At(CodeFunction from, int slot, int section, long target)
    {
        if (_code.TryAt(section, target, out var function)) return function;
        string name = section < _file.Sections.Count ? _file.Sections[section].Name : $"0x{section:x}";
        throw Bad(from, slot, $"no function starts at instruction {target} of section {name}");
    }

    private ElfFormatException Bad(CodeFunction function, int slot, string what) =>
        new(_file.Name, $"section {function.Section.Name}, function {function.Name}, instruction {slot - function.Start}", what);
}
