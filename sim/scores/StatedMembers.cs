using Vm.Btf;

namespace Sim.Scores;

/// <summary>What a value as a person wrote it says something about: the members it names, at any depth, and no others.</summary>
internal static class StatedMembers
{
    /// <summary>Path and value of each; the value itself when it names no members. A list of plain values is one value.</summary>
    /// <param name="path">Path of the value; may be empty.</param>
    /// <param name="value">The value.</param>
    public static IEnumerable<(string Path, WrittenValue Value)> Of(string path, WrittenValue value) => value switch
    {
        WrittenMapping mapping => mapping.Entries.SelectMany(entry => Of(Member(path, entry.Key), entry.Value)),
        WrittenList list when list.Items.Any(item => item is WrittenMapping) => list.Items.SelectMany((item, i) => Of($"{path}[{i}]", item)),
        _ => [(path, value)],
    };

    // Elements of arrays may be named by their number.
    private static string Member(string path, string key) =>
        key.Length > 0 && key.All(char.IsAsciiDigit) ? $"{path}[{key}]" : path.Length == 0 || key.StartsWith('[') ? path + key : $"{path}.{key}";
}
