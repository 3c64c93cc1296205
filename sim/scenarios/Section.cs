using System.Globalization;
using Vm.Abi;
using Vm.Btf;

namespace Sim.Scenarios;

/// <summary>A mapping of the file being taken apart key by key; what nobody took is refused.</summary>
internal sealed class Section
{
    private readonly WrittenMapping _mapping;
    private readonly Dictionary<string, WrittenValue> _left;
    private readonly List<string> _known = [];
    private readonly string _what;

    public Section(WrittenValue node, string source, string what)
    {
        Source = source;
        Where = node.Where;
        _what = what;
        if (node is not WrittenMapping mapping) throw Bad(node.Where, $"{what} must be names with values ('name: value')");
        _mapping = mapping;
        _left = mapping.Entries.ToDictionary(e => e.Key, e => e.Value);
    }

    public string Source { get; }

    public string Where { get; }

    public ScenarioFormatException Bad(string where, string what) => new(Source, where, what);

    /// <summary>Takes a value; null when the key is absent.</summary>
    public WrittenValue? Node(string key)
    {
        _known.Add(key);
        return _left.Remove(key, out var node) ? node : null;
    }

    public WrittenValue Required(string key) => Node(key) ?? throw Bad(Where, $"{_what} lacks '{key}'");

    public string? Text(string key) => Node(key) is { } node ? Scalar(node, key).Text : null;

    public string RequiredText(string key) => Scalar(Required(key), key).Text;

    public long? Number(string key)
    {
        if (Node(key) is not { } node) return null;
        return ParseNumber(Scalar(node, key), key);
    }

    /// <summary>A number in a range; what lies outside is refused, never cut.</summary>
    public long? Number(string key, long least, long most)
    {
        if (Node(key) is not { } node) return null;
        long value = ParseNumber(Scalar(node, key), key);
        return value >= least && value <= most ? value : throw Bad(node.Where, $"'{key}' is {value}; {least} to {most} are allowed");
    }

    public bool? Flag(string key)
    {
        if (Node(key) is not { } node) return null;
        return Scalar(node, key).Text switch
        {
            "true" or "yes" => true,
            "false" or "no" => false,
            var other => throw Bad(node.Where, $"'{key}' is true or false, not '{other}'"),
        };
    }

    /// <summary>A list, or a single value standing for a list of one; empty when absent.</summary>
    public IReadOnlyList<WrittenValue> List(string key) => Node(key) switch
    {
        null => [],
        WrittenList list => list.Items,
        var single => [single],
    };

    public IReadOnlyList<string> Texts(string key) => [.. List(key).Select(node => Scalar(node, key).Text)];

    /// <summary>Names with values; empty when absent.</summary>
    public IReadOnlyList<KeyValuePair<string, WrittenValue>> Entries(string key) => Node(key) switch
    {
        null => [],
        WrittenMapping mapping => mapping.Entries,
        var other => throw Bad(other.Where, $"'{key}' must be names with values ('name: value')"),
    };

    /// <summary>Takes all keys that are left, for sections whose keys are free names.</summary>
    public IReadOnlyList<KeyValuePair<string, WrittenValue>> Rest()
    {
        KeyValuePair<string, WrittenValue>[] rest = [.. _left];
        _left.Clear();
        return rest;
    }

    /// <summary>Refuses keys nobody asked for.</summary>
    public void End()
    {
        if (_left.Count == 0) return;
        string key = _left.First().Key;
        throw Bad(_mapping.PlaceOf(key), $"{_what} has no '{key}'; {Spelling.Hint(key, [.. _known.Distinct()])}");
    }

    public WrittenScalar Scalar(WrittenValue node, string key) => node as WrittenScalar ?? throw Bad(node.Where, $"'{key}' must be a single value");

    public long ParseNumber(WrittenScalar scalar, string key)
    {
        string text = scalar.Text.Replace("_", "", StringComparison.Ordinal);
        bool hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool ok = hex
            ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        return ok ? value : throw Bad(scalar.Where, $"'{key}' must be a whole number, not '{scalar.Text}'");
    }
}
