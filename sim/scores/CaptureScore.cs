using Netdev.Pcap;
using Sim.Dissect;
using Sim.Run;
using Sim.Scenarios;

namespace Sim.Scores;

/// <summary>Compares the frames that came out of a device with an expected capture.</summary>
internal static class CaptureScore
{
    private const int MostDifferences = 40;

    public static Check Check(Testbed testbed, RunResult result, CaptureExpectation expected)
    {
        string place = expected.Delivered ? $"delivered to {expected.Device}" : $"transmitted by {expected.Device}";
        var wanted = Read(Path.Combine(testbed.Scenario.Folder, expected.File));
        string statement = $"frames {place} equal {expected.File} ({wanted.Count}{(expected.AnyOrder ? ", any order" : "")})";
        var got = (result.Frames.GetValueOrDefault((expected.Device, expected.Delivered)) ?? []).ConvertAll(frame => frame.Bytes);
        var (missing, extra) = expected.AnyOrder ? Unordered(wanted, got, expected.Ignore) : Ordered(wanted, got, expected.Ignore);
        if (missing.Count == 0 && extra.Count == 0) return Scores.Check.Passed(statement, expected.Where);
        return new Check(statement, false, expected.Where, Words(wanted.Count, got.Count, missing.Count, extra.Count), Explain(wanted, got, missing, extra, expected.Ignore));
    }

    public static List<byte[]> Read(string path)
    {
        var frames = new List<byte[]>();
        using var capture = FrameReader.Open(path);
        while (capture.TryRead(out var frame)) frames.Add(frame.Data.ToArray());
        return frames;
    }

    private static (List<int> Missing, List<int> Extra) Ordered(List<byte[]> wanted, List<byte[]> got, IReadOnlyList<string> ignore)
    {
        var missing = new List<int>();
        var extra = new List<int>();
        for (int i = 0; i < Math.Max(wanted.Count, got.Count); i++)
        {
            if (i < wanted.Count && i < got.Count && PacketDiff.Same(wanted[i], got[i], ignore)) continue;
            if (i < wanted.Count) missing.Add(i);
            if (i < got.Count) extra.Add(i);
        }
        return (missing, extra);
    }

    private static (List<int> Missing, List<int> Extra) Unordered(List<byte[]> wanted, List<byte[]> got, IReadOnlyList<string> ignore)
    {
        var left = Enumerable.Range(0, got.Count).ToList();
        var missing = new List<int>();
        for (int i = 0; i < wanted.Count; i++)
        {
            int match = left.FindIndex(j => PacketDiff.Same(wanted[i], got[j], ignore));
            if (match < 0) missing.Add(i);
            else left.RemoveAt(match);
        }
        return (missing, left);
    }

    // Missing and extra frames are paired in order: most misses are one frame with a wrong field.
    private static List<Difference> Explain(List<byte[]> wanted, List<byte[]> got, List<int> missing, List<int> extra, IReadOnlyList<string> ignore)
    {
        var differences = new List<Difference>();
        for (int i = 0; i < Math.Max(missing.Count, extra.Count) && differences.Count < MostDifferences; i++)
        {
            if (i >= extra.Count) differences.Add(new($"frame {missing[i] + 1}", "", "(whole frame)", PacketSummary.Of(wanted[missing[i]]), "(missing)"));
            else if (i >= missing.Count) differences.Add(new($"frame {extra[i] + 1}", "", "(whole frame)", "(nothing)", PacketSummary.Of(got[extra[i]])));
            else foreach (var field in PacketDiff.Compare(wanted[missing[i]], got[extra[i]], ignore)) differences.Add(Difference.Of($"frame {missing[i] + 1}", field));
        }
        return differences;
    }

    private static string Words(int wanted, int got, int missing, int extra) =>
        wanted == got ? $"{missing} of {wanted} frames differ" : $"{got} frames instead of {wanted}; {missing} expected ones are missing, {extra} were not expected";
}
