using Sim.Output;
using Vm;
using Vm.Specs;
using Vm.Verifier;

namespace Sim.Report;

/// <summary>Shows a refused program: what is wrong, at which source line, and what usually helps; the same for every command.</summary>
internal static class RejectionReport
{
    private const string CoreHint = "guard the access with bpf_core_field_exists() or bpf_core_type_exists(), or name the kernel you mean: --btf FILE, target_btf in a scenario";

    /// <summary>Writes it.</summary>
    public static void Write(Terminal terminal, ProgramRejectedException refused) => Write(terminal, refused.Linked, refused.Result);

    /// <summary>Writes it.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="program">The program as it was linked.</param>
    /// <param name="refused">What the verifier said.</param>
    public static void Write(Terminal terminal, LinkedProgram program, VerifierResult.Rejected refused)
    {
        var complaint = ProgramRejectedException.Complaint(program, refused);
        terminal.Line($"[red]rejected[/] {program.Spec.Name} [grey]({program.ObjectName}, {program.Spec.Section})[/]: {complaint[0]}");
        foreach (string more in complaint.Skip(1)) terminal.Line($"  {more}");
        if (program.TryLine(refused.Pc, out var line))
        {
            terminal.Line($"  at [bold]{line.File}:{line.Line}[/]");
            terminal.Line($"    [yellow]{line.Text.Trim()}[/]");
        }
        terminal.Line($"  [grey]instruction {refused.Pc}, {refused.Errno}[/]");
        if (Hint(complaint, refused) is { } hint) terminal.Line($"  hint: {hint}");
    }

    /// <summary>Writes what a program needs that is not simulated: it is neither accepted nor refused.</summary>
    public static void Write(Terminal terminal, LinkedProgram program, VerifierResult.Unsupported lacks)
    {
        terminal.Line($"[yellow]not simulated[/] {program.Spec.Name} [grey]({program.ObjectName}, {program.Spec.Section})[/]: {lacks.What}");
        if (program.TryLine(lacks.Pc, out var line))
        {
            terminal.Line($"  at [bold]{line.File}:{line.Line}[/]");
            terminal.Line($"    [yellow]{line.Text.Trim()}[/]");
        }
        terminal.Line($"  [grey]instruction {lacks.Pc}; a kernel may well take the program[/]");
    }

    /// <summary>The same as plain text, for reports that have no lines of their own.</summary>
    public static string Text(ProgramRejectedException refused)
    {
        var complaint = ProgramRejectedException.Complaint(refused.Linked, refused.Result);
        var lines = new List<string> { refused.Message };
        lines.AddRange(complaint.Skip(1));
        if (refused.Linked.TryLine(refused.Result.Pc, out var line)) lines.Add($"at {line.File}:{line.Line}: {line.Text.Trim()}");
        if (Hint(complaint, refused.Result) is { } hint) lines.Add($"hint: {hint}");
        return string.Join('\n', lines);
    }

    private static string? Hint(IReadOnlyList<string> complaint, VerifierResult.Rejected refused) =>
        complaint[0].StartsWith("CO-RE:", StringComparison.Ordinal) ? CoreHint : RejectionHints.For(refused.Message);
}
