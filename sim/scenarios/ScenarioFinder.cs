using System.IO.Enumeration;

namespace Sim.Scenarios;

/// <summary>Turns the paths a user names into scenario files and zero-configuration folders.</summary>
internal static class ScenarioFinder
{
    private const string FileName = "scenario.yaml";

    /// <summary>Scenarios under the paths, sorted by path within each. A path is a file, a folder (searched through), or a pattern with *, ** and ?.</summary>
    /// <exception cref="ScenarioFormatException">A path leads to no scenario.</exception>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> paths)
    {
        var found = new List<string>();
        foreach (string path in paths)
        {
            int before = found.Count;
            if (File.Exists(path)) found.Add(path);
            else if (Directory.Exists(path)) AddFolder(path, found);
            else if (path.AsSpan().IndexOfAny('*', '?') >= 0) AddPattern(path, found);
            if (found.Count == before)
                throw new ScenarioFormatException(path, "", "no scenario there; name a scenario.yaml, a folder that holds some, or a folder with DEVICE_in.pcap and one object", Vm.Abi.Errno.ENOENT);
        }
        return [.. found.Distinct()];
    }

    /// <summary>Reads what <see cref="Find"/> found.</summary>
    public static Scenario Read(string path) => Directory.Exists(path) ? ZeroConfig.Read(path) : ScenarioReader.ReadFile(path);

    private static void AddFolder(string folder, List<string> found)
    {
        string file = Path.Combine(folder, FileName);
        if (File.Exists(file))
        {
            found.Add(file);
            return;
        }
        if (ZeroConfig.IsOne(folder))
        {
            found.Add(folder);
            return;
        }
        foreach (string inner in Directory.EnumerateDirectories(folder).Where(inner => !LeadsUp(inner)).Order(StringComparer.Ordinal)) AddFolder(inner, found);
    }

    // Part by part, from the longest beginning without wildcards; ** stands for any number of folders, also none.
    private static void AddPattern(string pattern, List<string> found)
    {
        string[] parts = pattern.Split('/', Path.DirectorySeparatorChar);
        int plain = Array.FindIndex(parts, part => part.AsSpan().IndexOfAny('*', '?') >= 0);
        string root = plain == 0 ? "" : string.Join('/', parts[..plain]) is { Length: > 0 } given ? given : "/";
        foreach (string entry in Matches(root, parts.AsMemory(plain)).Distinct().Order(StringComparer.Ordinal))
        {
            if (Directory.Exists(entry)) AddFolder(entry, found);
            else if (entry.EndsWith(".yaml", StringComparison.Ordinal) || entry.EndsWith(".yml", StringComparison.Ordinal)) found.Add(entry);
        }
    }

    private static IEnumerable<string> Matches(string folder, ReadOnlyMemory<string> parts)
    {
        if (parts.IsEmpty) return [folder];
        string part = parts.Span[0];
        var rest = parts[1..];
        if (part == "**") return Matches(folder, rest).Concat(Folders(folder).SelectMany(inner => Matches(inner, parts)));
        var entries = rest.IsEmpty ? Entries(folder) : Folders(folder);
        return entries.Where(entry => FileSystemName.MatchesSimpleExpression(part, Path.GetFileName(entry), ignoreCase: false)).SelectMany(entry => Matches(entry, rest));
    }

    private static IEnumerable<string> Folders(string folder) => Directory.Exists(Here(folder)) ? Directory.EnumerateDirectories(Here(folder)).Where(inner => !LeadsUp(inner)).Select(inner => Named(folder, inner)) : [];

    private static IEnumerable<string> Entries(string folder) => Directory.Exists(Here(folder)) ? Directory.EnumerateFileSystemEntries(Here(folder)).Select(inner => Named(folder, inner)) : [];

    private static string Here(string folder) => folder.Length == 0 ? "." : folder;

    // As the user wrote it, without a ./ in front.
    private static string Named(string folder, string entry) => folder.Length == 0 ? Path.GetFileName(entry) : Path.Combine(folder, Path.GetFileName(entry));

    // A link to a folder it lies in: the search would never end.
    private static bool LeadsUp(string folder) =>
        Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName is { } target && (Path.GetFullPath(folder) + "/").StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)) + "/", StringComparison.Ordinal);
}
