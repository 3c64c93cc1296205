using Sim.Output;
using Spectre.Console;
using Vm.Verifier;
using Vm;

namespace Sim.Report;

/// <summary>Shows a refused program: what is wrong, at which source line, and what usually helps.</summary>
public static class RejectionReport
{
    private static readonly (string Text, string Hint)[] s_hints =
    [
        ("invalid access to packet", "compare the end of what you read with data_end before you read it: if (p + N > data_end) return …;"),
        ("map_value_or_null", "check the result of bpf_map_lookup_elem for NULL before you use it"),
        ("_or_null", "check the pointer for NULL before you use it"),
        ("!read_ok", "the register holds nothing yet, or a call has overwritten it; set the variable on every path"),
        ("unbounded memory access", "bound the variable first: mask it (x &= N - 1) or compare it with a constant"),
        ("min value is negative", "make the index unsigned, or check that it is not below zero"),
        ("invalid access to map value", "the offset can leave the value; compare the index with the number of elements"),
        ("infinite loop detected", "nothing changes from one round to the next; let the loop count towards a constant bound"),
        ("Unreleased reference", "every path must give the reference back: submit or discard, release, or store it"),
        ("invalid bpf_context access", "this program type may not use that field in that way; only the listed widths of listed fields are allowed"),
        ("program of this type cannot use helper", "the helper exists, but not for this program type"),
        ("GPL", "declare a GPL-compatible license: char LICENSE[] SEC(\"license\") = \"GPL\";"),
        ("scalar", "a number is used as a pointer here; packet pointers become numbers when a helper may have moved the packet: load data and data_end again"),
        ("too large", "the program has too many paths; bound loops more tightly or move work into subprograms"),
    ];

    /// <summary>Writes it.</summary>
    public static void Write(Terminal terminal, string objectName, BpfProgram program, Verdict.Rejected refused)
    {
        string[] lines = refused.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string first = lines.Length == 0 ? refused.Errno.ToString() : lines[0];
        terminal.Line($"[red]rejected[/] {program.Name} [grey]({objectName}, {program.Spec.Section})[/]: {first}");
        foreach (string more in lines.Skip(1)) terminal.Line($"  {more}");
        if (program.Link().TryLine(refused.Pc, out var line))
        {
            terminal.Line($"  at [bold]{line.File}:{line.Line}[/]");
            terminal.Line($"    [yellow]{line.Text.Trim()}[/]");
        }
        terminal.Line($"  [grey]instruction {refused.Pc}, {refused.Errno}[/]");
        string? hint = s_hints.FirstOrDefault(h => refused.Message.Contains(h.Text, StringComparison.Ordinal)).Hint;
        if (hint is not null) terminal.Line($"  hint: {hint}");
    }
}
