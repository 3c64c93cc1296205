using System.Text.RegularExpressions;
using Tests.Verifier;

namespace Tests.Architecture;

/// <summary>Rooms are where their names say, and the READMEs tell of all of them, with their arrows.</summary>
public sealed partial class RoomTests
{
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

    private static string Folder(string space) => space.ToLowerInvariant().Replace('.', '/');

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    // | [room](its README) | what | uses |
    [GeneratedRegex(@"^\| (?!room)(\[(?<room>[a-z/]+)\]\([a-z/]+/README\.md\)|(?<room>[a-z/]+)) \| .+ \| ?(?<uses>[a-z/, ]*?) ?\|$")]
    private static partial Regex Row();
}
