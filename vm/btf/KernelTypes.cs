using System.Diagnostics;
using System.Globalization;

namespace Vm.Btf;

/// <summary>The built-in kernel types CO-RE programs are fitted to when no kernel's BTF is given.</summary>
public static class KernelTypes
{
    private static readonly Lazy<BtfSpec> s_spec = new(() => new TableReader(KernelTypeTable.Text).Read("built-in kernel types (Linux 6.12, x86-64)", _ => { }));

    /// <summary>The types; built at first use, about a millisecond.</summary>
    public static BtfSpec Spec => s_spec.Value;

    /// <summary>The built-in types with more behind them: a kernel's own description, functions included. Their ids are those of <see cref="Spec"/>.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="more">Adds what comes behind.</param>
    /// <remarks>About a millisecond; keep the result.</remarks>
    public static BtfSpec With(string name, Action<BtfBuilder> more) => new TableReader(KernelTypeTable.Text).Read(name, more);

    /// <summary>Reads the table twice: names get ids first, so that structs may point at one another.</summary>
    private sealed class TableReader(string text)
    {
        private static readonly string[] s_integers = ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "char", "bool"];

        private readonly BtfBuilder _builder = new();
        private readonly Dictionary<string, uint> _ids = [];
        private readonly Dictionary<string, uint> _derived = [];
        private readonly List<(string[] Heading, List<string> Body)> _entries = [];

        public BtfSpec Read(string name, Action<BtfBuilder> more)
        {
            foreach (string line in text.Split('\n'))
            {
                if (line.Trim().Length == 0) continue;
                if (line[0] != ' ') _entries.Add((line.Split(' '), []));
                else _entries[^1].Body.AddRange(line.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            }
            foreach (string integer in s_integers) _ids[integer] = Integer(integer);
            // Composites and enums come next, in order, so their ids are known before they are written.
            uint next = (uint)s_integers.Length + 1;
            uint firstDerived = next + (uint)_entries.Count;
            foreach (var (heading, _) in _entries) _ids[heading[1]] = next++;
            var pending = new List<string>();
            foreach (var (heading, body) in _entries) Write(heading, body, pending, firstDerived);
            for (int i = 0; i < pending.Count; i++) WriteDerived(pending[i], pending, firstDerived);
            more(_builder);
            return _builder.Build(name);
        }

        private uint Integer(string name) => name switch
        {
            "char" => _builder.Int(name, 1, signed: true),
            "bool" => _builder.Int("_Bool", 1, isBool: true),
            _ => _builder.Int(name, Number(name[1..]) / 8, signed: name[0] == 's'),
        };

        private void Write(string[] heading, List<string> body, List<string> pending, uint firstDerived)
        {
            if (heading[0] == "enum")
            {
                var values = body.Select(value => value.Split('=')).Select(pair => new BtfEnumValue(pair[0], (ulong)long.Parse(pair[1], CultureInfo.InvariantCulture)));
                _builder.Enum(heading[1], 4, heading[2][0] == 's', [.. values]);
                return;
            }
            string name = heading[1][0] == '@' ? "" : heading[1];
            _builder.Composite(name, heading[0] == "union", Number(heading[2]), [.. body.Select(member => Member(member, pending, firstDerived))]);
        }

        private BtfMember Member(string text, List<string> pending, uint firstDerived)
        {
            int colon = text.IndexOf(':', StringComparison.Ordinal), at = text.LastIndexOf('@');
            string[] place = text[(at + 1)..].Split('/');
            string[] offset = place[0].Split('.');
            uint bits = Number(offset[0]) * 8 + (offset.Length > 1 ? Number(offset[1]) : 0);
            return new BtfMember(text[..colon], IdOf(text[(colon + 1)..at], pending, firstDerived), bits, place.Length > 1 ? Number(place[1]) : 0);
        }

        /// <summary>Pointers, arrays and opaque bytes are written last; here they only get their ids.</summary>
        private uint IdOf(string type, List<string> pending, uint firstDerived)
        {
            if (type == "void") return 0;
            if (_ids.TryGetValue(type, out uint id) || _derived.TryGetValue(type, out id)) return id;
            id = firstDerived + (uint)pending.Count;
            pending.Add(type);
            _derived.Add(type, id);
            return id;
        }

        private void WriteDerived(string type, List<string> pending, uint firstDerived)
        {
            int bracket = type.LastIndexOf('[');
            if (type[0] == '*') _builder.Pointer(_ids.TryGetValue(type[1..], out uint id) ? id : 0);
            else if (bracket > 0) _builder.Array(IdOf(type[..bracket], pending, firstDerived), _ids["u32"], Number(type[(bracket + 1)..^1]));
            else if (type.StartsWith("opaque", StringComparison.Ordinal)) _builder.Array(_ids["u8"], _ids["u32"], Number(type[6..]));
            else throw new UnreachableException($"the built-in type table uses '{type}' and does not define it");
        }

        private static uint Number(string digits) => uint.Parse(digits, CultureInfo.InvariantCulture);
    }
}
