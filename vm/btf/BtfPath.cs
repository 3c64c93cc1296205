using System.Globalization;

namespace Vm.Btf;

/// <summary>A place inside a value.</summary>
/// <param name="TypeId">Type of what lies there.</param>
/// <param name="BitOffset">Bits from the start of the value.</param>
/// <param name="BitfieldBits">Width of a bitfield; 0 for an ordinary place.</param>
public readonly record struct BtfField(uint TypeId, ulong BitOffset, uint BitfieldBits)
{
    /// <summary>Bytes from the start of the value, rounded down.</summary>
    public ulong Offset => BitOffset / 8;
}

/// <summary>Finds places in values by C paths such as <c>a.b[3].c</c>; anonymous structs and unions are looked through.</summary>
public static class BtfPath
{
    /// <summary>The last name of a path: <c>addr</c> of <c>a.addr[3]</c>.</summary>
    public static string LastName(string path)
    {
        string name = path[(path.LastIndexOf('.') + 1)..];
        int index = name.IndexOf('[', StringComparison.Ordinal);
        return index < 0 ? name : name[..index];
    }

    /// <summary>Follows a path from a type.</summary>
    /// <param name="spec">The types.</param>
    /// <param name="typeId">Where the path starts.</param>
    /// <param name="path">Members and indexes; a leading dot is optional, an empty path is the value itself.</param>
    /// <param name="field">The place.</param>
    /// <param name="problem">When false: what is wrong, naming the members there are.</param>
    /// <exception cref="Abi.BtfFormatException">The types are damaged.</exception>
    public static bool TryFind(BtfSpec spec, uint typeId, string path, out BtfField field, out string problem)
    {
        field = new BtfField(typeId, 0, 0);
        problem = "";
        int at = 0;
        while (at < path.Length)
        {
            var type = spec.Resolve(field.TypeId);
            if (path[at] == '[')
            {
                int close = path.IndexOf(']', at);
                if (close < 0 || !uint.TryParse(path.AsSpan(at + 1, close - at - 1), NumberStyles.None, null, out uint index))
                    problem = $"'{path[at..]}' is not an index";
                else if (type is not BtfArray array) problem = $"{type.Describe()} has no elements";
                else if (index >= array.Count) problem = $"index {index} of {array.Count} elements";
                else
                {
                    field = new BtfField(array.ElementId, field.BitOffset + (ulong)index * spec.SizeOf(array.ElementId) * 8, 0);
                    at = close + 1;
                    continue;
                }
                return false;
            }
            if (path[at] == '.') at++;
            int end = path.AsSpan(at).IndexOfAny('.', '[');
            string name = end < 0 ? path[at..] : path.Substring(at, end);
            if (type is not BtfComposite composite)
            {
                problem = $"{type.Describe()} has no member '{name}'";
                return false;
            }
            if (!TryMember(spec, composite, name, out var member))
            {
                problem = $"{type.Describe()} has no member '{name}'; it has {string.Join(", ", MemberNames(spec, composite))}";
                return false;
            }
            field = member with { BitOffset = field.BitOffset + member.BitOffset };
            at += name.Length;
        }
        return true;
    }

    /// <summary>A member by name, also inside anonymous members.</summary>
    public static bool TryMember(BtfSpec spec, BtfComposite composite, string name, out BtfField field)
    {
        foreach (var (member, bitOffset) in Flatten(spec, composite))
        {
            if (member.Name != name) continue;
            field = new BtfField(member.TypeId, bitOffset, member.BitfieldBits);
            return true;
        }
        field = default;
        return false;
    }

    /// <summary>Names of all members, those of anonymous members included.</summary>
    public static IEnumerable<string> MemberNames(BtfSpec spec, BtfComposite composite) =>
        Flatten(spec, composite).Select(pair => pair.Member.Name);

    private static List<(BtfMember Member, ulong BitOffset)> Flatten(BtfSpec spec, BtfComposite composite)
    {
        var flat = new List<(BtfMember, ulong)>();
        int budget = 100_000;
        Flatten(spec, composite, 0, 0, flat, ref budget);
        return flat;
    }

    private static void Flatten(BtfSpec spec, BtfComposite composite, ulong start, int depth, List<(BtfMember, ulong)> flat, ref int budget)
    {
        if (depth > BtfSpec.MaxDepth || budget < 0)
            throw new Abi.BtfFormatException(spec.Source, $"BTF type {composite.Id}", "its anonymous members nest too deeply", Abi.Errno.E2BIG);
        foreach (var member in composite.Members)
        {
            budget--;
            if (member.Name.Length > 0) flat.Add((member, start + member.BitOffset));
            else if (spec.Resolve(member.TypeId) is BtfComposite inner) Flatten(spec, inner, start + member.BitOffset, depth + 1, flat, ref budget);
        }
    }
}
