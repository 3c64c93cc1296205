using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Vm.Abi;

namespace Sim.Kernel;

/// <summary>Shows comparisons to people (tables) and machines (one JSON object a line).</summary>
internal static class CompareReport
{
    private const int Shown = 12, SlowestShown = 5;

    public static void Write(IAnsiConsole console, IReadOnlyList<Comparison> all)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("compared").AddColumn(new TableColumn("programs").RightAligned());
        bool showsFrames = all.Any(one => one.Frames > 0);
        foreach (string name in showsFrames ? (string[])["packets", "frames", "maps", "different", "explained"] : ["runs", "maps", "different", "explained"]) table.AddColumn(new TableColumn(name).RightAligned());
        table.AddColumn("");
        foreach (var one in all)
        {
            int open = one.Unexplained.Count();
            string[] numbers = [Number(one.Programs.Count), Number(one.Runs), .. showsFrames ? [Number(one.Frames)] : Array.Empty<string>(), Number(one.Maps), Number(open), Number(one.Differences.Count - open)];
            table.AddRow([Markup.Escape(one.Name), .. numbers, one.NotBuilt is not null ? "[yellow]not built[/]" : one.Equal ? "[green]equal[/]" : "[red]different[/]"]);
        }
        console.Write(table);
        foreach (var one in all) WriteDetails(console, one);
    }

    public static void Write(IAnsiConsole console, IReadOnlyList<VerdictPair> pairs)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("object", "program", "simulator", "kernel", "");
        foreach (var pair in pairs)
        {
            string mark = pair.Unsafe ? "[red]kernel refuses[/]" : !pair.SameVerdict ? "[yellow]kernel accepts[/]" : pair.Ours == pair.Kernel ? "[green]same[/]" : "[yellow]errno[/]";
            table.AddRow(Markup.Escape(pair.Object), Markup.Escape(pair.Program), Verdict(pair.Ours, pair.OurMessage), Verdict(pair.Kernel, pair.KernelMessage), mark);
        }
        console.Write(table);
        console.MarkupLine($"{pairs.Count} programs: {pairs.Count(p => p.SameVerdict && p.Ours == Errno.None)} accepted by both, {pairs.Count(p => p.SameVerdict && p.Ours != Errno.None)} refused by both, "
            + $"{pairs.Count(p => p.Unsafe)} accepted only here, {pairs.Count(p => !p.SameVerdict && !p.Unsafe)} refused only here");
        if (pairs.Any(pair => pair.Times is not null)) WriteTimes(console, [.. pairs.Where(pair => pair.Times is not null).OrderBy(pair => pair.Times!.Value.Ratio)]);
    }

    public static void WriteJson(TextWriter to, Comparison one) => to.WriteLine(Line(json =>
    {
        json.WriteString("compared", one.Name);
        json.WriteBoolean("equal", one.Equal);
        if (one.NotBuilt is { } reason) json.WriteString("not_built", reason);
        json.WriteNumber("runs", one.Runs);
        json.WriteNumber("frames", one.Frames);
        json.WriteNumber("maps", one.Maps);
        json.WriteStartArray("differences");
        foreach (var difference in one.Differences) WriteJson(json, difference);
        json.WriteEndArray();
        json.WriteStartArray("not_compared");
        foreach (string left in one.NotCompared) json.WriteStringValue(left);
        json.WriteEndArray();
    }));

    public static void WriteJson(TextWriter to, VerdictPair pair) => to.WriteLine(Line(json =>
    {
        json.WriteString("object", pair.Object);
        json.WriteString("program", pair.Program);
        json.WriteString("simulator", pair.Ours.ToString());
        json.WriteString("kernel", pair.Kernel.ToString());
        json.WriteString("simulator_message", pair.OurMessage);
        json.WriteString("kernel_message", pair.KernelMessage);
        json.WriteBoolean("same", pair.SameVerdict);
        if (pair.Times is not { } times) return;
        json.WriteNumber("simulator_ns", Math.Round(times.OurNs));
        json.WriteNumber("kernel_ns", Math.Round(times.KernelNs));
    }));

    private static void WriteTimes(IAnsiConsole console, VerdictPair[] byRatio)
    {
        string At(double share) => Number(byRatio[(int)(share * (byRatio.Length - 1))].Times!.Value.Ratio);
        double ours = byRatio.Sum(pair => pair.Times!.Value.OurNs), theirs = byRatio.Sum(pair => pair.Times!.Value.KernelNs);
        console.MarkupLine($"Verifying here over loading there: [bold]median {At(0.5)}[/], p90 {At(0.9)}, p99 {At(0.99)}; all together {Number(ours / 1e6)} ms against {Number(theirs / 1e6)} ms");
        foreach (var pair in byRatio[^Math.Min(SlowestShown, byRatio.Length)..].Reverse())
            console.MarkupLine($"  [grey]{Markup.Escape($"{pair.Object}: {pair.Program}")}: {Number(pair.Times!.Value.OurNs / 1e6)} ms here, {Number(pair.Times.Value.KernelNs / 1e6)} ms there, {Number(pair.Times.Value.Ratio)}x[/]");
    }

    private static void WriteDetails(IAnsiConsole console, Comparison one)
    {
        if (one.Differences.Count == 0 && one.NotCompared.Count == 0 && one.NotBuilt is null) return;
        console.WriteLine();
        console.MarkupLine($"[bold]{Markup.Escape(one.Name)}[/]");
        if (one.NotBuilt is { } reason) console.MarkupLine($"  [yellow]not built: {Markup.Escape(reason)}[/]");
        foreach (string left in one.NotCompared) console.MarkupLine($"  [grey]not compared: {Markup.Escape(left)}[/]");
        foreach (var difference in one.Differences.Take(Shown))
        {
            string what = difference.Packet > 0 ? $"{difference.Program}, packet {difference.Packet}" : "at the end";
            string why = difference.Explanation is { } known ? $" [grey]({Markup.Escape($"{known.Name}: {known.Why}; {known.Source}")})[/]" : "";
            console.MarkupLine($"  [red]✗[/] {Markup.Escape(what)}{why}");
            var table = new Table().Border(TableBorder.Simple).AddColumns("layer", "field", "kernel", "simulator");
            foreach (var field in difference.Fields.Take(Shown))
                table.AddRow(Markup.Escape(field.Layer), Markup.Escape(field.Field), $"[green]{Markup.Escape(field.Expected)}[/]", $"[red]{Markup.Escape(field.Got)}[/]");
            console.Write(new Padder(table, new Padding(4, 0, 0, 0)));
        }
        if (one.Differences.Count > Shown) console.MarkupLine($"  [grey]… and {one.Differences.Count - Shown} more[/]");
    }

    private static void WriteJson(Utf8JsonWriter json, Difference difference)
    {
        json.WriteStartObject();
        json.WriteString("program", difference.Program);
        json.WriteNumber("packet", difference.Packet);
        if (difference.Explanation is { } known) json.WriteString("explained", $"{known.Name}: {known.Why}; {known.Source}");
        json.WriteStartArray("fields");
        foreach (var field in difference.Fields)
        {
            json.WriteStartObject();
            json.WriteString("layer", field.Layer);
            json.WriteString("field", field.Field);
            json.WriteString("kernel", field.Expected);
            json.WriteString("simulator", field.Got);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Line(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static string Verdict(Errno errno, string message) => errno == Errno.None ? "[green]accepts[/]" : Markup.Escape($"{errno}: {message}");

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
