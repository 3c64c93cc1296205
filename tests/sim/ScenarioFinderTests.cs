using Sim.Scenarios;

namespace Tests.Sim;

public sealed class ScenarioFinderTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sim-finder");

    public ScenarioFinderTests()
    {
        foreach (string folder in (string[])["a", "b/c", "b/d/e"])
        {
            Directory.CreateDirectory(In(folder));
            File.WriteAllText(In(folder + "/scenario.yaml"), "");
        }
        File.WriteAllText(In("b/other.yaml"), "");
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("", "a b/c b/d/e")]
    [InlineData("*", "a b/c b/d/e")]
    [InlineData("b/?", "b/c b/d/e")]
    [InlineData("**", "a b/c b/d/e")]
    [InlineData("**/scenario.yaml", "a b/c b/d/e")]
    [InlineData("b/**/e", "b/d/e")]
    [InlineData("*/*/scenario.yaml", "b/c")]
    [InlineData("**/**/e/*.yaml", "b/d/e")]
    [InlineData("b/*.yaml", "b/other.yaml")]
    public void Find_Pattern(string pattern, string found) =>
        Assert.Equal(found.Split(' '), ScenarioFinder.Find([In(pattern)]).Select(path => Path.GetRelativePath(_root.FullName, path).Replace("/scenario.yaml", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("c/**")]
    [InlineData("A*")]
    [InlineData("*/nothing")]
    public void Find_NothingThere_IsRefused(string pattern) => Assert.Throws<ScenarioFormatException>(() => ScenarioFinder.Find([In(pattern)]));

    [Fact]
    public void Find_LinkToAFolderAbove_IsNotFollowed()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("links of Unix");
        Directory.CreateSymbolicLink(In("b/up"), "..");
        Assert.Equal(3, ScenarioFinder.Find([_root.FullName]).Count);
        Assert.Equal(3, ScenarioFinder.Find([In("**/scenario.yaml")]).Count);
    }

    private string In(string name) => Path.Combine(_root.FullName, name);
}
