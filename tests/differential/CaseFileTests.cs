using System.Globalization;
using System.Runtime.CompilerServices;

namespace Tests.Differential;

/// <summary>
/// Runs <c>tests/cases/isa/*.case</c> in every engine. Sections: <c>-- asm</c>; <c>-- mem</c>, bytes R1 points at; <c>-- mem after</c>,
/// what they must become; <c>-- result</c>, R0 in hex. A new case needs no C#.
/// </summary>
public sealed class CaseFileTests
{
    public static TheoryData<string> Cases => [.. Directory.GetFiles(Folder()).Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Cases))]
    public void Case_HoldsInEveryEngine(string name)
    {
        var sections = Sections(Path.Combine(Folder(), name + ".case"));
        var program = TrustedProgram.FromText(sections["asm"]);
        byte[] memory = Bytes(sections.GetValueOrDefault("mem", ""));

        var result = Engines.RunEverywhere(program, [memory])[0];

        Assert.Equal($"0x{ulong.Parse(sections["result"].Trim()[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture):x}", $"0x{result.R0:x}");
        if (sections.TryGetValue("mem after", out var after)) Assert.Equal(Convert.ToHexString(Bytes(after)), result.Memory);
    }

    [Fact]
    public void Cases_AreThere() => Assert.True(Cases.Count >= 150, $"{Cases.Count} cases in {Folder()}");

    private static Dictionary<string, string> Sections(string path)
    {
        var sections = new Dictionary<string, string>();
        string current = "";
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("-- ", StringComparison.Ordinal)) current = line[3..].Trim();
            else sections[current] = sections.GetValueOrDefault(current, "") + line + "\n";
        }
        return sections;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(string.Concat(hex.Where(char.IsAsciiHexDigit)));

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "cases", "isa");
}
