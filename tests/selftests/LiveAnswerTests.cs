using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Sim.Live;
using Vm.Abi;

namespace Tests.Selftests;

/// <summary>The verifier against the running kernel's, over every program of the selftests, annotated or not.</summary>
public sealed class LiveAnswerTests(ITestOutputHelper output)
{
    [Fact]
    public void EveryProgram_IsDecidedAsTheRunningKernelDecides()
    {
        string? folder = Environment.GetEnvironmentVariable("SELFTEST_CORPUS");
        if (string.IsNullOrEmpty(folder)) Assert.Skip("SELFTEST_CORPUS does not name a folder of selftest objects; tests/selftests/corpus.sh makes one");
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        var found = new ConcurrentBag<LiveAnswer>();
        Parallel.ForEach(Directory.GetFiles(folder, "*.bpf.o"), path =>
        {
            try
            {
                foreach (var one in LiveAnswer.RunObject(path)) found.Add(one);
            }
            catch (BadInputException unreadable)
            {
                // CorpusTests counts and names the objects nobody can read.
                output.WriteLine(unreadable.Message);
            }
        });
        List<LiveAnswer> all = [.. found.OrderBy(one => one.Name, StringComparer.Ordinal)];
        string report = Table(all);
        output.WriteLine(report);
        if (Environment.GetEnvironmentVariable("SELFTEST_REPORT") is { Length: > 0 } path) File.WriteAllText($"{path}.live", report + Details(all));
        // What only we refuse is counted: a newer kernel accepts more. What only we accept is a danger.
        Assert.Empty(all.Where(one => one.Comparison == LiveComparison.OnlyWeAccept).Select(one => $"{one.Name}: {one.Kernel}"));
    }

    private static string Table(List<LiveAnswer> all)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"type",-14}{"programs",10}{"same",10}{"only we accept",16}{"only the kernel",17}{"unsupported",13}{"not asked",11}");
        foreach (var type in all.GroupBy(one => one.Type).OrderBy(group => group.Key)) AppendRow(text, type.Key.ToString(), [.. type]);
        AppendRow(text, "all", all);
        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, string name, List<LiveAnswer> some)
    {
        int Count(LiveComparison comparison) => some.Count(one => one.Comparison == comparison);
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{name,-14}{some.Count,10}{Count(LiveComparison.Same),10}{Count(LiveComparison.OnlyWeAccept),16}{Count(LiveComparison.OnlyKernelAccepts),17}{Count(LiveComparison.Unsupported),13}{Count(LiveComparison.NotAsked),11}");
    }

    private static string Details(List<LiveAnswer> all)
    {
        var text = new StringBuilder();
        foreach (var one in all.Where(one => one.Comparison != LiveComparison.Same))
            text.Append(one.Comparison).Append('\t').Append(one.Annotation switch { true => "success", false => "failure", null => "-" }).Append('\t').Append(one.Name).Append("\tours: ").Append(one.Ours.Replace('\n', '|')).Append("\tkernel: ").AppendLine(one.Kernel.Replace('\n', '|'));
        return text.ToString();
    }
}
