using System.Runtime.InteropServices;
using Vm.Isa;

namespace Vm.Elf;

/// <summary>A function found in a code section.</summary>
/// <param name="Section">Its section.</param>
/// <param name="Name">Symbol name.</param>
/// <param name="Start">First slot in the section.</param>
/// <param name="Count">Slots.</param>
/// <param name="Global">True when other files may see it: such functions are verified on their own.</param>
internal sealed record CodeFunction(ElfSection Section, string Name, int Start, int Count, bool Global)
{
    public int End => Start + Count;
}

/// <summary>Instructions and functions of every code section.</summary>
/// <remarks>
/// Old compilers leave functions untyped and static entry functions are common outside libbpf's world, so a function is
/// any symbol that is typed so, or, where none is, any that does not look like a label.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__add_programs.
/// </remarks>
internal sealed class CodeSections
{
    internal const int MaxSlots = 1_000_000;

    private readonly Dictionary<int, RawInsn[]> _insns = [];
    private readonly Dictionary<int, CodeFunction[]> _functions = [];

    public CodeSections(ElfFile file)
    {
        var symbols = file.Symbols.ToLookup(symbol => symbol.Section);
        foreach (var section in file.Sections)
        {
            if (!section.IsCode || section.SizeBytes == 0) continue;
            if (section.SizeBytes % 8 != 0) throw file.In(section, $"{section.SizeBytes} bytes are not whole 8-byte instructions");
            if (section.SizeBytes / 8 > MaxSlots) throw file.In(section, $"more than {MaxSlots} instructions", Abi.Errno.E2BIG);
            _insns[section.Index] = MemoryMarshal.Cast<byte, RawInsn>(section.Content.Span).ToArray();
            _functions[section.Index] = FindFunctions(file, section, symbols[section.Index]);
        }
    }

    /// <summary>Every function, by section then by position.</summary>
    public IEnumerable<CodeFunction> All => _functions.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value);

    public bool Contains(int section) => _insns.ContainsKey(section);

    public RawInsn[] Insns(ElfSection section) => _insns[section.Index];

    /// <summary>The function that starts at a slot.</summary>
    public bool TryAt(int section, long slot, out CodeFunction function)
    {
        function = null!;
        if (!_functions.TryGetValue(section, out var functions)) return false;
        int low = 0, high = functions.Length - 1;
        while (low <= high)
        {
            int mid = (low + high) / 2;
            if (functions[mid].Start == slot)
            {
                function = functions[mid];
                return true;
            }
            if (functions[mid].Start < slot) low = mid + 1;
            else high = mid - 1;
        }
        return false;
    }

    private static CodeFunction[] FindFunctions(ElfFile file, ElfSection section, IEnumerable<ElfSymbol> symbols)
    {
        ulong end = (ulong)section.SizeBytes;
        var here = symbols.Where(symbol => symbol.Name.Length > 0 && symbol.Type is 0 or 2).ToList();
        bool typed = here.Any(symbol => symbol.IsFunction);
        var starts = new SortedDictionary<ulong, ElfSymbol>();
        foreach (var symbol in here)
        {
            if (!symbol.IsFunction && (typed || IsLabel(symbol))) continue;
            if (symbol.Value % 8 != 0 || symbol.Value >= end || symbol.SizeBytes % 8 != 0 || symbol.SizeBytes > end - symbol.Value)
                throw file.In(section, $"function {symbol.Name} (offset 0x{symbol.Value:x}, {symbol.SizeBytes} bytes) is unaligned or leaves the section");
            // Aliases: the name others may see wins.
            if (!starts.TryGetValue(symbol.Value, out var other) || (other.IsLocal && !symbol.IsLocal)) starts[symbol.Value] = symbol;
        }
        if (starts.Count == 0 && !here.Any(symbol => symbol.IsFunction))
            starts[0] = new ElfSymbol(section.Name, 2, 1, 0, section.Index, 0, end);
        var found = new CodeFunction[starts.Count];
        var ordered = starts.Values.ToArray();
        for (int i = 0; i < found.Length; i++)
        {
            var symbol = ordered[i];
            ulong next = i + 1 < ordered.Length ? ordered[i + 1].Value : end;
            ulong size = symbol.SizeBytes == 0 ? next - symbol.Value : symbol.SizeBytes;
            if (symbol.Value + size > next) throw file.In(section, $"functions {symbol.Name} and {ordered[i + 1].Name} overlap");
            bool global = !symbol.IsLocal && symbol.Visibility is not (1 or 2);
            found[i] = new CodeFunction(section, symbol.Name, (int)(symbol.Value / 8), (int)(size / 8), global);
        }
        return found;
    }

    private static bool IsLabel(ElfSymbol symbol) =>
        symbol.IsLocal && (symbol.Name[0] == '.' || symbol.Name.StartsWith("LBB", StringComparison.Ordinal) || symbol.Name[0] == '$');
}
