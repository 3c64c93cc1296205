using System.IO.Enumeration;

namespace Sim.Scenarios;

/// <summary>Turns the paths a user names into scenario files and zero-configuration folders.</summary>
public static class ScenarioFinder
{
    private const string FileName = "scenario.yaml";

    /// <summary>Scenarios under the paths, sorted by path within each. A path is a file, a folder (searched through), or a pattern with * and ?.</summary>
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
        foreach (string inner in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)) AddFolder(inner, found);
    }

    private static void AddPattern(string pattern, List<string> found)
    {
        string root = Path.GetDirectoryName(pattern) is { Length: > 0 } parent && !parent.Contains('*', StringComparison.Ordinal) ? parent : ".";
        string last = Path.GetFileName(pattern);
        if (!Directory.Exists(root)) return;
        foreach (string entry in Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal))
        {
            if (!FileSystemName.MatchesSimpleExpression(last, Path.GetFileName(entry))) continue;
            if (Directory.Exists(entry)) AddFolder(entry, found);
            else if (entry.EndsWith(".yaml", StringComparison.Ordinal) || entry.EndsWith(".yml", StringComparison.Ordinal)) found.Add(entry);
        }
    }
}
