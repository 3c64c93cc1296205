using System.Runtime.CompilerServices;

namespace Tests.Selftests;

/// <summary>The committed list of programs on which we are known to differ, each with its reason.</summary>
/// <remarks>Lines: <c>object/program  Comparison  reason</c>; empty lines and those starting with <c>#</c> are skipped.</remarks>
internal sealed class KnownDifferences
{
    private readonly Dictionary<string, Comparison> _listed = new(StringComparer.Ordinal);

    /// <summary>Reads the list beside this file.</summary>
    public static KnownDifferences Read()
    {
        var known = new KnownDifferences();
        foreach (string line in File.ReadLines(Path.Combine(Folder(), "known-differences.txt")))
        {
            if (string.IsNullOrWhiteSpace(line) || line.StartsWith('#')) continue;
            string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.True(words.Length == 3, $"known-differences.txt: '{line}' lacks a reason");
            known._listed.Add(words[0], Enum.Parse<Comparison>(words[1]));
        }
        return known;
    }

    /// <summary>Differences that are not listed, and listed ones that are none or of another kind.</summary>
    public List<string> Surprises(IReadOnlyList<CorpusCase> cases)
    {
        var surprises = new List<string>();
        foreach (var one in cases)
        {
            var listed = _listed.GetValueOrDefault(one.Name, Comparison.Agrees);
            // What the testbed has not got is counted in the table; it need not be listed program by program.
            if (one.Comparison == listed || (one.Comparison == Comparison.Unsupported && listed == Comparison.Agrees)) continue;
            surprises.Add(listed == Comparison.Agrees
                ? $"{one.Name}: {one.Comparison}, not listed. {one.Message}"
                : $"{one.Name}: listed as {listed}, now {one.Comparison}. Update the list.");
        }
        return surprises;
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
