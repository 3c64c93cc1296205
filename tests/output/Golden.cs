using System.Text.RegularExpressions;
using Tests.Verifier;

namespace Tests.Output;

/// <summary>Texts people read, kept in tests/cases/output/golden; <c>UPDATE_GOLDEN=1</c> writes them anew.</summary>
internal static partial class Golden
{
    public static void Check(string name, string text)
    {
        string path = Repository.PathOf($"tests/cases/output/golden/{name}");
        string got = Steady(text);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, got);
        Assert.True(File.Exists(path), $"{path} is not there; UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), got);
    }

    // Where the repository is and how long something took differ from machine to machine.
    private static string Steady(string text) => Json().Replace(Milliseconds().Replace(text.ReplaceLineEndings("\n").Replace(Repository.PathOf(""), "", StringComparison.Ordinal), "N ms"), "\"ms\":N");

    [GeneratedRegex(@"""ms"":[\d.]+")]
    private static partial Regex Json();

    [GeneratedRegex(@"\d+\.\d+ ms")]
    private static partial Regex Milliseconds();
}
