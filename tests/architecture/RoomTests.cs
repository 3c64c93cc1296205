using System.Text.RegularExpressions;
using Tests.Verifier;

namespace Tests.Architecture;

/// <summary>Rooms are where their names say, and the READMEs tell of all of them, with their arrows and with links that lead somewhere.</summary>
public sealed partial class RoomTests
{
    private static readonly string[] s_documented = [".", "docs", "vm", "netdev", "sim", "tests", "scenarios", "pcaps"];

    public static TheoryData<string> Projects => [.. Rooms.Of.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void EveryNamespace_IsItsFolder(string project)
    {
        string root = Repository.PathOf(Folder(project));
        var misplaced =
            from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            let folder = Path.GetRelativePath(root, Path.GetDirectoryName(file)!)
            let expected = folder == "." ? project : $"{project}.{folder.Replace(Path.DirectorySeparatorChar, '.')}"
            let found = Namespace().Match(File.ReadAllText(file))
            where found.Success && !found.Groups[1].Value.Equals(expected, StringComparison.OrdinalIgnoreCase)
            select $"{Path.GetRelativePath(root, file)} is in {found.Groups[1].Value}";
        Assert.Empty(misplaced);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Readme_ShowsEveryRoomAndItsArrows(string project)
    {
        string[] shown = [.. File.ReadLines(Repository.PathOf($"{Folder(project)}/README.md")).Select(line => Row().Match(line)).Where(row => row.Success).Select(row => $"{row.Groups["room"]}: {row.Groups["uses"]}")];
        Assert.Equal(Rooms.Of[project].Select(row => $"{Folder(row.Key)}: {string.Join(", ", row.Value.Select(Folder))}"), shown);
    }

    [Fact]
    public void EveryRoomOfSim_HasAReadme() =>
        Assert.All(Rooms.Of["Sim"].Keys, room => Assert.True(File.Exists(Repository.PathOf($"sim/{Folder(room)}/README.md")), room));

    [Fact]
    public void EveryLinkOfADocument_LeadsSomewhere()
    {
        string[] documents = [.. s_documented.SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.md", folder == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))];
        Assert.True(documents.Length > 20, $"only {documents.Length} documents");
        var broken =
            from document in documents
            from link in Link().Matches(File.ReadAllText(document))
            let target = link.Groups[1].Value
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target))
            select $"{document}: {target}";
        Assert.Empty(broken);
    }

    private static string Folder(string space) => space.ToLowerInvariant().Replace('.', '/');

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    // A path, not an address: [text](path#place).
    [GeneratedRegex(@"\]\(([^)#:\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    // | [room](its README) | what | uses |
    [GeneratedRegex(@"^\| (?!room)(\[(?<room>[a-z/]+)\]\([a-z/]+/README\.md\)|(?<room>[a-z/]+)) \| .+ \| ?(?<uses>[a-z/, ]*?) ?\|$")]
    private static partial Regex Row();
}
