using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Vm.Abi;

namespace Tests.Selftests;

/// <summary>The verifier against the annotations of the Linux 6.12 selftests.</summary>
public sealed class CorpusTests(ITestOutputHelper output)
{
    private const string Variable = "SELFTEST_CORPUS";

    [Fact]
    public void EveryAnnotatedProgram_IsDecidedAsLinuxDecides()
    {
        string? folder = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(folder)) Assert.Skip($"{Variable} does not name a folder of selftest objects; tests/selftests/corpus.sh makes one");
        string[] objects = Directory.GetFiles(folder, "*.bpf.o");
        Assert.True(objects.Length > 0, $"{folder} holds no *.bpf.o");

        var found = new ConcurrentBag<CorpusCase>();
        var unreadable = new ConcurrentBag<string>();
        Parallel.ForEach(objects, path =>
        {
            try
            {
                foreach (var one in CorpusCase.RunObject(path)) found.Add(one);
            }
            catch (BadInputException e)
            {
                unreadable.Add(e.Message);
            }
        });
        List<CorpusCase> cases = [.. found.OrderBy(one => one.Name, StringComparer.Ordinal)];
        string report = Table(cases, [.. unreadable.Order(StringComparer.Ordinal)]);
        output.WriteLine(report);
        if (Environment.GetEnvironmentVariable("SELFTEST_REPORT") is { Length: > 0 } path) File.WriteAllText(path, report + Details(cases));

        var known = KnownDifferences.Read();
        var surprises = known.Surprises(cases);
        Assert.True(surprises.Count == 0, string.Join('\n', surprises));
    }

    private static string Table(List<CorpusCase> cases, List<string> unreadable)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"type",-14}{"programs",10}{"agree",10}{"too lenient",14}{"too strict",14}{"unsupported",14}");
        foreach (var type in cases.GroupBy(one => one.Type).OrderBy(group => group.Key)) AppendRow(text, type.Key.ToString(), [.. type]);
        AppendRow(text, "all", cases);
        List<CorpusCase> judged = [.. cases.Where(one => one.Comparison != Comparison.Unsupported)];
        int agreeing = judged.Count(one => one.Comparison == Comparison.Agrees);
        text.AppendLine(CultureInfo.InvariantCulture, $"agreement: {Share(agreeing, judged.Count)} of what we support, {Share(agreeing, cases.Count)} of all");
        List<CorpusCase> refused = [.. judged.Where(one => !one.Expected.Accepted && one.Comparison == Comparison.Agrees && one.Expected.Messages.Count > 0)];
        text.AppendLine(CultureInfo.InvariantCulture, $"messages: {Share(refused.Count(one => one.MissingText.Length == 0), refused.Count)} of refusals have every expected text");
        List<CorpusCase> passed = [.. judged.Where(one => one.Expected.Accepted && one.Comparison == Comparison.Agrees && one.Expected.Messages.Count > 0)];
        text.AppendLine(CultureInfo.InvariantCulture, $"logs: {Share(passed.Count(one => one.MissingText.Length == 0), passed.Count)} of accepted programs with expected text have all of it");
        text.AppendLine(CultureInfo.InvariantCulture, $"objects we cannot read: {unreadable.Count}");
        foreach (string line in unreadable) text.AppendLine(CultureInfo.InvariantCulture, $"  {line}");
        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, string name, List<CorpusCase> cases)
    {
        int Count(Comparison comparison) => cases.Count(one => one.Comparison == comparison);
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{name,-14}{cases.Count,10}{Count(Comparison.Agrees),10}{Count(Comparison.TooLenient),14}{Count(Comparison.TooStrict),14}{Count(Comparison.Unsupported),14}");
    }

    private static string Share(int part, int whole) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / Math.Max(whole, 1):0.0} % ({part}/{whole})");

    private static string Details(List<CorpusCase> cases)
    {
        var text = new StringBuilder();
        foreach (var one in cases)
        {
            bool interesting = one.Comparison != Comparison.Agrees || one.MissingText.Length > 0;
            if (interesting) text.Append(one.Comparison).Append('\t').Append(one.Type).Append('\t').Append(one.Name).Append("\tours: ").Append(OneLine(one.Message)).Append("\twanted: ").AppendLine(OneLine(one.MissingText));
        }
        return text.ToString();
    }

    private static string OneLine(string text) => text.Replace('\n', '|');
}
