using Sim.Run;
using Sim.Scenarios;

namespace Sim.Scores;

/// <summary>Holds a run against what its scenario states.</summary>
internal static class Scorer
{
    /// <summary>One check for each statement, in the order of the file's sections.</summary>
    public static IReadOnlyList<Check> Check(Testbed testbed, RunResult result)
    {
        var expect = testbed.Scenario.Expect;
        return
        [
            .. expect.Verdicts.Select(v => Verdict(result, v)),
            .. expect.Packets.Select(p => Packet(result, p)),
            .. expect.Captures.Select(c => CaptureScore.Check(testbed, result, c)),
            .. expect.Payloads.Select(p => Payload(result, p)),
            .. expect.Maps.SelectMany(m => MapScore.Check(testbed, m)),
            .. expect.Globals.Select(g => MapScore.Check(testbed, g)),
            .. expect.Records.Select(r => RecordScore.Check(testbed, result, r)),
            .. expect.Drops.Select(d => Count($"{d.Count} dropped with {d.Name}", d, result.Drops.GetValueOrDefault(d.Name), Others(result.Drops))),
            .. expect.Delivered.Select(d => Count($"{d.Count} delivered to {d.Name}", d, result.Delivered.GetValueOrDefault(d.Name), "")),
            .. expect.Transmitted.Select(d => Count($"{d.Count} transmitted by {d.Name}", d, result.Transmitted.GetValueOrDefault(d.Name), "")),
        ];
    }

    private static Check Verdict(RunResult result, VerdictCount expected)
    {
        string at = expected.Program is null ? $"{expected.At}" : $"{expected.At}, {expected.Program}";
        string statement = $"{at}: {expected.Count} {expected.Verdict}";
        long got = result.Verdicts.GetValueOrDefault((expected.At, expected.Program, expected.Verdict));
        if (got == expected.Count) return Scores.Check.Passed(statement, expected.Where);
        var all = result.Verdicts.Where(v => v.Key.Hook == expected.At && v.Key.Program == expected.Program)
            .OrderBy(v => v.Key.Verdict, StringComparer.Ordinal).Select(v => $"{v.Value} {v.Key.Verdict}");
        return new Check(statement, false, expected.Where, $"{got} (all verdicts there: {Joined(all)})");
    }

    private static Check Packet(RunResult result, PacketExpectation expected)
    {
        string[] wishes =
        [
            .. expected.Verdict is { } v ? [$"{v} at {expected.At}"] : Array.Empty<string>(),
            .. expected.Mark is { } m ? [$"mark 0x{m:x} at {expected.At}"] : Array.Empty<string>(),
            .. expected.Ends is { } e ? [$"ends {e}"] : Array.Empty<string>(),
        ];
        string statement = $"packet {expected.Packet}: {string.Join(", ", wishes)}";
        if (!result.Stories.TryGetValue(expected.Packet, out var story)) return new Check(statement, false, expected.Where, $"only {result.Packets} packets were replayed");
        var differences = new List<Difference>();
        string subject = $"packet {expected.Packet}";
        if (expected.At is { } at)
        {
            var last = story.Crossings.LastOrDefault(c => c.Hook == at);
            string verdict = last?.Final ?? "(never there)";
            if (expected.Verdict is { } wanted && wanted != verdict) differences.Add(new(subject, $"{at}", "verdict", wanted, verdict));
            if (expected.Mark is { } mark && mark != last?.Mark) differences.Add(new(subject, $"{at}", "mark", $"0x{mark:x}", last is null ? "(never there)" : $"0x{last.Mark:x}"));
        }
        if (expected.Ends is { } ends && !story.Endings.Exists(e => e.Words == ends))
            differences.Add(new(subject, "", "ends", ends, Joined(story.Endings.Select(e => e.Words))));
        return differences.Count == 0
            ? Scores.Check.Passed(statement, expected.Where)
            : new Check(statement, false, expected.Where, Way(story), differences);
    }

    private static Check Payload(RunResult result, PayloadExpectation expected)
    {
        string place = expected.Delivered ? $"delivered to {expected.Device}" : $"transmitted by {expected.Device}";
        string statement = $"frame {expected.Frame} {place}: {Text(expected.Bytes)} at byte {expected.Offset}";
        var frames = result.Frames.GetValueOrDefault((expected.Device, expected.Delivered)) ?? [];
        if (expected.Frame < 1 || expected.Frame > frames.Count) return new Check(statement, false, expected.Where, $"{frames.Count} frames were {place}");
        byte[] frame = frames[(int)expected.Frame - 1].Bytes;
        var got = expected.Offset >= frame.Length ? [] : frame.AsSpan(expected.Offset, Math.Min(expected.Bytes.Length, frame.Length - expected.Offset));
        if (got.SequenceEqual(expected.Bytes)) return Scores.Check.Passed(statement, expected.Where);
        int first = got.CommonPrefixLength(expected.Bytes);
        return new Check(statement, false, expected.Where, $"{Text(got.ToArray())}",
            [new($"frame {expected.Frame}", "Payload", $"data.data[{expected.Offset + first}]", Hex(expected.Bytes.AsSpan(first)), Hex(got[first..]))]);
    }

    private static Check Count(string statement, CountExpectation expected, long got, string others) =>
        got == expected.Count ? Scores.Check.Passed(statement, expected.Where) : new Check(statement, false, expected.Where, $"{got}{others}");

    private static string Others(SortedDictionary<string, long> drops) => drops.Count == 0 ? " (nothing was dropped)" : $" (all drops: {Joined(drops.Select(d => $"{d.Value} {d.Key}"))})";

    private static string Way(PacketStory story) =>
        Joined([.. story.Crossings.Select(c => $"{c.Hook} {c.Program} {c.Final ?? "NEXT"}"), .. story.Endings.Select(e => e.Words)], " → ");

    private static string Joined(IEnumerable<string> parts, string separator = ", ")
    {
        string text = string.Join(separator, parts);
        return text.Length == 0 ? "none" : text;
    }

    private static string Text(byte[] bytes) =>
        bytes.All(b => b is >= 0x20 and < 0x7f) ? $"'{System.Text.Encoding.ASCII.GetString(bytes)}'" : Hex(bytes);

    private static string Hex(ReadOnlySpan<byte> bytes) => bytes.Length <= 24 ? Convert.ToHexStringLower(bytes) : Convert.ToHexStringLower(bytes[..24]) + "…";
}
