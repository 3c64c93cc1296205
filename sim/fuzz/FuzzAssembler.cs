using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Vm.Abi;
using Vm.Isa;

namespace Sim.Fuzz;

/// <summary>Assembles generated text: lines repeat, so each is read once and remembered, and labels are put in afterwards.</summary>
internal static partial class FuzzAssembler
{
    private const int MostRemembered = 1 << 17;
    private const byte Call = 0x85, JumpLong = 0x06, WideLoad = 0x18;

    private static readonly ConcurrentDictionary<string, RawInsn[]> s_remembered = new(StringComparer.Ordinal);

    /// <summary>The slots of a program.</summary>
    /// <param name="text">Its lines, labels among them; <c>func[NAME]@0</c> is the address of a function.</param>
    /// <exception cref="AssemblyFormatException">A line is no instruction or names a label that is not there.</exception>
    public static RawInsn[] Assemble(IReadOnlyList<string> text)
    {
        var slots = new List<RawInsn>();
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        var open = new List<(int Slot, string Label)>();
        foreach (string line in text)
        {
            if (line.EndsWith(':'))
            {
                labels.TryAdd(line[..^1], slots.Count);
                continue;
            }
            string plain = FuzzKfuncs.TryNumber(line, out string? numbered) ? numbered : line;
            if (Target().Match(line) is { Success: true } target)
            {
                var label = target.Groups["label"];
                open.Add((slots.Count, label.Value));
                bool address = line[label.Index - 1] == '[';
                plain = string.Concat(line.AsSpan(0, label.Index), address ? "0" : "+0", line.AsSpan(label.Index + label.Length));
            }
            slots.AddRange(Read(plain));
        }
        foreach (var (slot, label) in open)
        {
            if (!labels.TryGetValue(label, out int at)) throw new AssemblyFormatException("fuzz", string.Create(CultureInfo.InvariantCulture, $"slot {slot}"), $"no label is called '{label}'");
            int distance = at - slot - 1;
            bool inImm = slots[slot].Code is Call or JumpLong or WideLoad;
            slots[slot] = inImm ? slots[slot] with { Imm = distance } : slots[slot] with { Off = checked((short)distance) };
        }
        return [.. slots];
    }

    private static RawInsn[] Read(string line)
    {
        if (s_remembered.TryGetValue(line, out var known)) return known;
        var read = Assembler.Assemble(line, "fuzz");
        if (s_remembered.Count >= MostRemembered) s_remembered.Clear();
        s_remembered.TryAdd(line, read);
        return read;
    }

    [GeneratedRegex(@"(goto |gotol |call |func\[)(?<label>[A-Z][0-9]+)")]
    private static partial Regex Target();
}
