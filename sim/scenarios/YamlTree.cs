using Vm.Btf;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sim.Scenarios;

/// <summary>Reads YAML text into neutral nodes that remember line and column.</summary>
/// <remarks>
/// Built from parser events, so nesting is bounded before any recursion happens. Aliases, tags that change types and several documents are
/// refused: a scenario is plain data.
/// </remarks>
internal static class YamlTree
{
    private const int MaxDepth = 32;
    private const int MaxNodes = 1_000_000;

    /// <summary>Parses a text; the result is its top node.</summary>
    /// <exception cref="ScenarioFormatException">Not YAML, or more than plain data.</exception>
    public static WrittenValue Parse(string text, string source)
    {
        var parser = new Parser(new StringReader(text));
        return ParseDocument(parser, source);
    }

    private static bool MoveNext(Parser parser, string source)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (YamlException wrong)
        {
            throw new ScenarioFormatException(source, Where(wrong.Start), $"this is not YAML: {wrong.Message}", inner: wrong);
        }
        catch (InvalidOperationException wrong)
        {
            // The scanner says so of plain text that is broken off by an unexpected indent.
            throw new ScenarioFormatException(source, parser.Current is { } last ? Where(last.End) : "", "this is not YAML: a value is broken off; check indentation and quotes after here", inner: wrong);
        }
    }

    private static WrittenValue ParseDocument(Parser parser, string source)
    {
        var open = new Stack<Frame>();
        WrittenValue? top = null;
        int nodes = 0;
        while (MoveNext(parser, source))
        {
            var at = parser.Current!;
            string where = Where(at.Start);
            if (at is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
                throw new ScenarioFormatException(source, where, "anchors and aliases are not supported; write the value out");
            if (++nodes > MaxNodes) throw new ScenarioFormatException(source, where, $"more than {MaxNodes} values");
            WrittenValue? done = null;
            switch (at)
            {
                case DocumentStart when top is not null:
                    throw new ScenarioFormatException(source, where, "a second YAML document; one file is one scenario");
                case MappingStart or SequenceStart:
                    if (open.Count == MaxDepth) throw new ScenarioFormatException(source, where, $"nested deeper than {MaxDepth} levels");
                    open.Push(new Frame(at is MappingStart, where));
                    break;
                case MappingEnd or SequenceEnd:
                    done = open.Pop().Finish();
                    break;
                case Scalar scalar:
                    done = new WrittenScalar(scalar.Value, where);
                    break;
            }
            if (done is null) continue;
            if (open.Count == 0) top = done;
            else open.Peek().Add(done, source);
        }
        return top ?? throw new ScenarioFormatException(source, "", "the file is empty; a scenario needs at least objects and replay");
    }

    private static string Where(Mark mark) => $"line {mark.Line}, column {mark.Column}";

    private sealed class Frame(bool mapping, string where)
    {
        private readonly List<WrittenValue> _items = [];
        private readonly List<KeyValuePair<string, WrittenValue>> _entries = [];
        private readonly HashSet<string> _keys = [];
        private readonly List<string> _places = [];
        private string? _key;

        public void Add(WrittenValue node, string source)
        {
            if (!mapping) _items.Add(node);
            else if (_key is not null)
            {
                _entries.Add(new(_key, node));
                _key = null;
            }
            else if (node is WrittenScalar key)
            {
                if (!_keys.Add(key.Text)) throw new ScenarioFormatException(source, key.Where, $"'{key.Text}' is written twice");
                _key = key.Text;
                _places.Add(key.Where);
            }
            else throw new ScenarioFormatException(source, node.Where, "a key must be plain text");
        }

        public WrittenValue Finish() => mapping ? new WrittenMapping(_entries, where) { NamePlaces = _places } : new WrittenList(_items, where);
    }
}
