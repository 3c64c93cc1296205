using System.Globalization;
using Sim.Output;
using Sim.Scores;
using Spectre.Console;

namespace Sim.Report;

/// <summary>Shows scores to a person: a table, then every miss with what differed, first misses first.</summary>
internal static class ScoreReport
{
    private const int ShownDifferences = 12;

    /// <summary>Writes the table of all scenarios.</summary>
    public static void WriteTable(Terminal terminal, IReadOnlyList<Score> scores)
    {
        var table = new Table().Border(TableBorder.Rounded).Headings("scenario");
        table.Numbers("packets").Numbers("met");
        table.Numbers("score").Headings("");
        foreach (var score in scores)
        {
            table.Row(
                $"{score.Name}", $"{score.Packets:N0}", $"{score.Met}/{score.Stated}", $"{Percent(score.Met, score.Stated)}",
                score.Perfect ? Styled.Of($"[green]met[/]") : score.Problem is null ? Styled.Of($"[red]missed[/]") : Styled.Of($"[red]failed[/]"));
        }
        if (scores.Count > 1)
        {
            int met = scores.Sum(s => s.Met), stated = scores.Sum(s => s.Stated);
            table.AddEmptyRow().Row(
                $"[bold]{scores.Count} scenarios[/]", $"{scores.Sum(s => s.Packets):N0}", $"{met}/{stated}", $"[bold]{Percent(met, stated)}[/]",
                scores.All(s => s.Perfect) ? Styled.Of($"[green]met[/]") : Styled.Of($"[red]missed[/]"));
        }
        terminal.Write(table);
    }

    /// <summary>Writes what went wrong, if anything.</summary>
    public static void WriteMisses(Terminal terminal, IReadOnlyList<Score> scores)
    {
        foreach (var score in scores.Where(s => !s.Perfect))
        {
            terminal.Line();
            terminal.Line($"[bold]{score.Name}[/] [grey]{score.File}[/]");
            if (score.Refusal is { } refusal) RejectionReport.Write(terminal, refusal);
            else if (score.Problem is { } problem) terminal.Line($"  [red]{problem}[/]");
            foreach (var check in score.Checks.Where(c => !c.Met)) WriteMiss(terminal, check);
        }
    }

    private static void WriteMiss(Terminal terminal, Check check)
    {
        Styled where = check.Where.Length == 0 ? Styled.Of($"") : Styled.Of($" [grey]({check.Where})[/]");
        terminal.Line($"  [red]✗[/] {check.Statement}{where}");
        if (check.Got.Length > 0) terminal.Line($"    got: {check.Got}");
        if (check.Differences is not { Count: > 0 } differences) return;
        var table = new Table().Border(TableBorder.Simple).Headings("", "layer", "field", "expected", "got");
        foreach (var d in differences.Take(ShownDifferences))
            table.Row($"{d.Subject}", $"{d.Layer}", $"{d.Field}", $"[green]{d.Expected}[/]", $"[red]{d.Got}[/]");
        terminal.Write(new Padder(table, new Padding(4, 0, 0, 0)));
        if (differences.Count > ShownDifferences) terminal.Line($"    [grey]… and {differences.Count - ShownDifferences} more differences[/]");
    }

    private static string Percent(int met, int stated) =>
        stated == 0 ? "–" : (100.0 * met / stated).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
