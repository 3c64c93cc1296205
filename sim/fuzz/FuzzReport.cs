using System.Globalization;
using Sim.Output;

namespace Sim.Fuzz;

/// <summary>The summary of a fuzzing run for people.</summary>
internal static class FuzzReport
{
    private const int Columns = 4;

    /// <summary>Writes it to the console.</summary>
    public static void Write(FuzzRun run, ulong seed, bool asksKernel, TimeSpan took)
    {
        Say($"seed {seed}: {run.Programs:N0} programs in {took.TotalSeconds:N0} s, {run.Accepted:N0} accepted"
            + $" (checked interpreter: {run.Accepted:N0}; JIT: {run.InJit:N0}; kernel: {(asksKernel ? run.Counts[FuzzClass.Agreed] + run.Counts[FuzzClass.KernelDiffers] : 0):N0})");
        foreach (var (outcome, count) in run.Counts)
            if (asksKernel || outcome is FuzzClass.Agreed or FuzzClass.NotComparable or FuzzClass.Refused or FuzzClass.EnginesDiffer or FuzzClass.WrongBelief or FuzzClass.Fault) Say($"  {Words(outcome),-72} {count,10:N0}");
        foreach (var (name, count) in run.Newer) Say($"  known, {count:N0} times: {name}");
        foreach (var (complaint, (count, _)) in run.TooStrict.OrderByDescending(pair => pair.Value.Count)) Say($"  refused only here, {count:N0} times: {Visible.Of(complaint)}");
        foreach (var finding in run.Findings) Say($"program {finding.Number}: {Words(finding.Outcome.Class)}: {Visible.Of(finding.Outcome.Detail)}");
        Write(run.Coverage);
    }

    /// <summary>A class in words.</summary>
    public static string Words(FuzzClass outcome) => outcome switch
    {
        FuzzClass.Agreed => "accepted, all results the same",
        FuzzClass.NotComparable => "accepted, not compared: the result depends on addresses or unwritten stack",
        FuzzClass.Refused => "refused",
        FuzzClass.NewerKernel => "verdicts differ, and 6.12's is ours",
        FuzzClass.KernelMistaken => "differ, and the kernel is wrong",
        FuzzClass.OnlyKernelAccepts => "refused only here",
        FuzzClass.OnlyWeAccept => "accepted only here (safety)",
        FuzzClass.EnginesDiffer => "the engines differ",
        FuzzClass.KernelDiffers => "simulator and kernel differ",
        FuzzClass.WrongBelief => "runs differ from what the verifier believed (safety)",
        _ => "memory faults (safety)",
    };

    private static void Write(FuzzCoverage coverage)
    {
        foreach (var group in coverage.Counts.GroupBy(pair => pair.Key.Split(' ')[0]))
        {
            Say($"accepted programs by {group.Key}:");
            foreach (var row in group.Where(pair => pair.Value > 0).Chunk(Columns))
                Say("  " + string.Concat(row.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{Short(pair.Key, group.Key),-28}{pair.Value,9:N0}  "))).TrimEnd());
            string[] never = [.. group.Where(pair => pair.Value == 0).Select(pair => Short(pair.Key, group.Key))];
            if (never.Length > 0) Say($"  never: {string.Join(", ", never)}");
        }
    }

    private static string Short(string name, string group) => name[(group.Length + 1)..].Replace("bpf_", "", StringComparison.Ordinal);

    private static void Say(FormattableString line) => Say(line.ToString(CultureInfo.InvariantCulture));

    // Lines are never folded: they are read by tools too.
    private static void Say(string line) => Terminal.Current.Out.WriteLine(line);
}
