using Sim.Output;
using Sim.Run;
using Spectre.Console;

namespace Sim.Report;

/// <summary>Shows a replay without a scenario to a person: verdicts by hook and program, then where packets ended.</summary>
internal static class ReplayReport
{
    /// <summary>Writes both tables.</summary>
    public static void Write(Terminal terminal, RunResult result)
    {
        WriteVerdicts(terminal, result);
        WriteEnds(terminal, result);
    }

    // A hook's own verdict comes after those of its programs.
    private static void WriteVerdicts(Terminal terminal, RunResult result)
    {
        var ordered = result.Verdicts
            .OrderBy(v => v.Key.Hook.ToString(), StringComparer.Ordinal).ThenBy(v => v.Key.Program is null)
            .ThenBy(v => v.Key.Program, StringComparer.Ordinal).ThenBy(v => v.Key.Verdict, StringComparer.Ordinal);
        var table = new Table().Border(TableBorder.Rounded).Headings("hook", "program", "verdict").Numbers("packets");
        foreach (var (key, count) in ordered)
            table.Row($"{key.Hook}", key.Program is { } name ? Styled.Of($"{name}") : Styled.Of($"[bold]hook[/]"), $"{key.Verdict}", $"{count:N0}");
        terminal.Write(table);
    }

    private static void WriteEnds(Terminal terminal, RunResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).Headings("packets end").Numbers("packets");
        foreach (var (device, count) in result.Delivered) table.Row($"delivered to the stack of {device}", $"{count:N0}");
        foreach (var (device, count) in result.Transmitted) table.Row($"transmitted by {device}", $"{count:N0}");
        foreach (var (reason, count) in result.Drops) table.Row($"dropped: {reason}", $"{count:N0}");
        terminal.Write(table);
    }
}
