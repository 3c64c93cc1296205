using System.Globalization;
using System.Text.Json;
using Sim.Output;
using Spectre.Console;
using Vm.Abi;

namespace Sim.Compare;

/// <summary>Shows comparisons to people (tables) and machines (one JSON object a line).</summary>
internal static class CompareReport
{
    private const int SlowestShown = 5;

    public static void Write(Terminal terminal, IReadOnlyList<Comparison> all)
    {
        var table = new Table().Border(TableBorder.Rounded).Headings("compared").Numbers("programs");
        bool showsFrames = all.Any(one => one.Frames > 0);
        table.Numbers(showsFrames ? ["packets", "frames", "maps", "different", "explained"] : ["runs", "maps", "different", "explained"]);
        table.Headings("");
        foreach (var one in all)
        {
            int open = one.Unexplained.Count();
            long[] numbers = [one.Programs.Count, one.Runs, .. showsFrames ? [one.Frames] : Array.Empty<long>(), one.Maps, open, one.Differences.Count - open];
            Styled outcome = one.NotBuilt is not null ? Styled.Of($"[yellow]not built[/]") : one.Equal ? Styled.Of($"[green]equal[/]") : Styled.Of($"[red]different[/]");
            table.Row([Styled.Of($"{one.Name}"), .. numbers.Select(number => Styled.Of($"{number:N0}")), outcome]);
        }
        terminal.Write(table);
        foreach (var one in all) WriteDetails(terminal, one);
    }

    public static void Write(Terminal terminal, IReadOnlyList<VerifierPair> pairs)
    {
        var table = new Table().Border(TableBorder.Rounded).Headings("object", "program", "simulator", "kernel", "");
        foreach (var pair in pairs)
        {
            Styled mark = pair.Unsupported ? Styled.Of($"[yellow]not simulated[/]") : pair.Unsafe ? Styled.Of($"[red]kernel refuses[/]") : !pair.Agrees ? Styled.Of($"[yellow]kernel accepts[/]") : pair.Ours == pair.Kernel ? Styled.Of($"[green]same[/]") : Styled.Of($"[yellow]errno[/]");
            table.Row($"{pair.Object}", $"{pair.Program}", pair.Unsupported ? Styled.Of($"{pair.OurMessage}") : Answer(pair.Ours, pair.OurMessage), Answer(pair.Kernel, pair.KernelMessage), mark);
        }
        terminal.Write(table);
        terminal.Line($"{pairs.Count} programs: {pairs.Count(p => p.Agrees && p.Ours == Errno.None)} accepted by both, {pairs.Count(p => p.Agrees && p.Ours != Errno.None)} refused by both, "
            + $"{pairs.Count(p => p.Unsafe)} accepted only here, {pairs.Count(p => !p.Agrees && !p.Unsafe && !p.Unsupported)} refused only here{(pairs.Any(p => p.Unsupported) ? $", {pairs.Count(p => p.Unsupported)} not simulated" : "")}");
        if (pairs.Any(pair => pair.Times is not null)) WriteTimes(terminal, [.. pairs.Where(pair => pair.Times is not null).OrderBy(pair => pair.Times!.Value.Ratio)]);
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

    public static void WriteJson(TextWriter to, VerifierPair pair) => to.WriteLine(Line(json =>
    {
        json.WriteString("object", pair.Object);
        json.WriteString("program", pair.Program);
        json.WriteString("simulator", pair.Unsupported ? "unsupported" : pair.Ours.ToString());
        json.WriteString("kernel", pair.Kernel.ToString());
        json.WriteString("simulator_message", pair.OurMessage);
        json.WriteString("kernel_message", pair.KernelMessage);
        json.WriteBoolean("same", pair.Agrees);
        if (pair.Times is not { } times) return;
        json.WriteNumber("simulator_ns", Math.Round(times.OurNs));
        json.WriteNumber("kernel_ns", Math.Round(times.KernelNs));
    }));

    private static void WriteTimes(Terminal terminal, VerifierPair[] byRatio)
    {
        string At(double share) => Number(byRatio[(int)(share * (byRatio.Length - 1))].Times!.Value.Ratio);
        double ours = byRatio.Sum(pair => pair.Times!.Value.OurNs), theirs = byRatio.Sum(pair => pair.Times!.Value.KernelNs);
        terminal.Line($"Verifying here over loading there: [bold]median {At(0.5)}[/], p90 {At(0.9)}, p99 {At(0.99)}; all together {Number(ours / 1e6)} ms against {Number(theirs / 1e6)} ms");
        foreach (var pair in byRatio[^Math.Min(SlowestShown, byRatio.Length)..].Reverse())
            terminal.Line($"  [grey]{pair.Object}: {pair.Program}: {Number(pair.Times!.Value.OurNs / 1e6)} ms here, {Number(pair.Times.Value.KernelNs / 1e6)} ms there, {Number(pair.Times.Value.Ratio)}x[/]");
    }

    private static void WriteDetails(Terminal terminal, Comparison one)
    {
        if (one.Differences.Count == 0 && one.NotCompared.Count == 0 && one.NotBuilt is null) return;
        terminal.Line();
        terminal.Line($"[bold]{one.Name}[/]");
        if (one.NotBuilt is { } reason) terminal.Line($"  [yellow]not built: {reason}[/]");
        foreach (string left in one.NotCompared) terminal.Line($"  [grey]not compared: {left}[/]");
        foreach (var difference in one.Unexplained) WriteDifference(terminal, difference);
        foreach (var explained in one.Differences.Where(d => d.Explanation is not null).GroupBy(d => d.Explanation!))
        {
            var known = explained.Key;
            terminal.Line($"  [yellow]≈[/] {explained.Count()} {(explained.Count() == 1 ? "difference is" : "differences are")} gone when {known.Name} gives both sides the same: {known.Why} [grey]({known.Source})[/]");
            WriteDifference(terminal, explained.First());
            if (explained.Count() > 1) terminal.Line($"    [grey]the first of {explained.Count()}; --json lists all[/]");
        }
    }

    private static void WriteDifference(Terminal terminal, Difference difference)
    {
        string what = difference.Packet > 0 ? $"{difference.Program}, packet {difference.Packet}" : $"map {difference.Map} at the end";
        Styled mark = difference.Explanation is null ? Styled.Of($"[red]✗[/]") : Styled.Of($"[yellow]·[/]");
        string made = difference.Made is { } names ? $" (seen when {names} was made constant)" : "";
        terminal.Line($"  {mark} {what}{made}");
        var table = new Table().Border(TableBorder.Simple).Headings("layer", "field", "kernel", "simulator");
        foreach (var field in difference.Fields)
            table.Row($"{field.Layer}", $"{field.Field}", $"[green]{field.Expected}[/]", $"[red]{field.Got}[/]");
        terminal.Write(new Padder(table, new Padding(4, 0, 0, 0)));
    }

    private static void WriteJson(Utf8JsonWriter json, Difference difference)
    {
        json.WriteStartObject();
        json.WriteString("program", difference.Program);
        json.WriteNumber("packet", difference.Packet);
        if (difference.Map.Length > 0) json.WriteString("map", difference.Map);
        if (difference.Made is { } made) json.WriteString("made_constant", made);
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

    private static Styled Answer(Errno errno, string message) => errno == Errno.None ? Styled.Of($"[green]accepts[/]") : Styled.Of($"{errno}: {message}");

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
