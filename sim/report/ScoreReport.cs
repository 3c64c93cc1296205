using System.Globalization;
using Sim.Scores;
using Spectre.Console;

namespace Sim.Report;

/// <summary>Shows scores to a person: a table, then every miss with what differed, first misses first.</summary>
public static class ScoreReport
{
    private const int ShownDifferences = 12;

    /// <summary>Writes the table of all scenarios.</summary>
    public static void WriteTable(IAnsiConsole console, IReadOnlyList<Score> scores)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("scenario");
        table.AddColumn(new TableColumn("packets").RightAligned()).AddColumn(new TableColumn("met").RightAligned());
        table.AddColumn(new TableColumn("score").RightAligned()).AddColumn("");
        foreach (var score in scores)
        {
            table.AddRow(
                Markup.Escape(score.Name),
                score.Packets.ToString("N0", CultureInfo.InvariantCulture),
                $"{score.Met}/{score.Stated}",
                Percent(score.Met, score.Stated),
                score.Perfect ? "[green]met[/]" : score.Problem is null ? "[red]missed[/]" : "[red]failed[/]");
        }
        if (scores.Count > 1)
        {
            int met = scores.Sum(s => s.Met), stated = scores.Sum(s => s.Stated);
            table.AddEmptyRow().AddRow(
                $"[bold]{scores.Count} scenarios[/]",
                scores.Sum(s => s.Packets).ToString("N0", CultureInfo.InvariantCulture),
                $"{met}/{stated}",
                $"[bold]{Percent(met, stated)}[/]",
                scores.All(s => s.Perfect) ? "[green]met[/]" : "[red]missed[/]");
        }
        console.Write(table);
    }

    /// <summary>Writes what went wrong, if anything.</summary>
    public static void WriteMisses(IAnsiConsole console, IReadOnlyList<Score> scores)
    {
        foreach (var score in scores.Where(s => !s.Perfect))
        {
            console.WriteLine();
            console.MarkupLine($"[bold]{Markup.Escape(score.Name)}[/] [grey]{Markup.Escape(score.File)}[/]");
            if (score.Problem is { } problem) console.MarkupLine($"  [red]{Markup.Escape(problem)}[/]");
            foreach (var check in score.Checks.Where(c => !c.Met)) WriteMiss(console, check);
        }
    }

    private static void WriteMiss(IAnsiConsole console, Check check)
    {
        string where = check.Where.Length == 0 ? "" : $" [grey]({Markup.Escape(check.Where)})[/]";
        console.MarkupLine($"  [red]✗[/] {Markup.Escape(check.Statement)}{where}");
        if (check.Got.Length > 0) console.MarkupLine($"    got: {Markup.Escape(check.Got)}");
        if (check.Differences is not { Count: > 0 } differences) return;
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "layer", "field", "expected", "got");
        foreach (var d in differences.Take(ShownDifferences))
            table.AddRow(Markup.Escape(d.Subject), Markup.Escape(d.Layer), Markup.Escape(d.Field), $"[green]{Markup.Escape(d.Expected)}[/]", $"[red]{Markup.Escape(d.Got)}[/]");
        console.Write(new Padder(table, new Padding(4, 0, 0, 0)));
        if (differences.Count > ShownDifferences) console.MarkupLine($"    [grey]… and {differences.Count - ShownDifferences} more differences[/]");
    }

    private static string Percent(int met, int stated) =>
        stated == 0 ? "–" : (100.0 * met / stated).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
