using System.Globalization;
using System.Text;
using System.Text.Json;
using Vm.Abi;

namespace Vm.Btf;

/// <summary>Values of BTF types as JSON: what <see cref="BtfValue.Format"/> prints, with structs as objects and arrays as arrays.</summary>
/// <remarks>
/// Whole numbers and truth values are JSON's own, of any size; names of enumerations, addresses, pointers, text and bytes without a form of their
/// own are strings. Members of unnamed structs and unions stand among those around them, as C names them.
/// </remarks>
public static class BtfJson
{
    /// <summary>Writes one value. O(bytes × depth).</summary>
    /// <param name="to">Where to; a property's name has been written if one is needed.</param>
    /// <param name="spec">The types.</param>
    /// <param name="typeId">Type of the value.</param>
    /// <param name="bytes">Its bytes; what is missing is the string <c>&lt;cut off&gt;</c>.</param>
    /// <param name="name">What the value is called: it tells addresses from other numbers.</param>
    /// <exception cref="BtfFormatException">The type loops or its text would exceed 4 MiB.</exception>
    public static void Write(Utf8JsonWriter to, BtfSpec spec, uint typeId, ReadOnlySpan<byte> bytes, string name = "")
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(spec);
        Write(to, spec, new BtfField(typeId, 0, 0), bytes, name, 0);
    }

    private static void Write(Utf8JsonWriter to, BtfSpec spec, BtfField place, ReadOnlySpan<byte> bytes, string name, int depth)
    {
        if (depth > BtfSpec.MaxDepth) throw new BtfFormatException(spec.Source, $"BTF type {place.TypeId}", "the value nests too deeply to write", Errno.E2BIG);
        // The printer knows what has a form of its own; only what it would open as a structure is opened here.
        string text = new BtfPrinter(spec).Print(place, bytes, name);
        if (text[0] != '{')
        {
            WriteLeaf(to, text);
        }
        else if (spec.Resolve(place.TypeId) is BtfComposite composite)
        {
            to.WriteStartObject();
            WriteMembers(to, spec, composite, place, bytes, depth);
            to.WriteEndObject();
        }
        else
        {
            var array = (BtfArray)spec.Resolve(place.TypeId);
            ulong bits = spec.SizeOf(array.ElementId) * 8ul;
            to.WriteStartArray();
            for (uint i = 0; i < array.Count && bits > 0; i++) Write(to, spec, new BtfField(array.ElementId, place.BitOffset + i * bits, 0), bytes, name, depth + 1);
            to.WriteEndArray();
        }
    }

    private static void WriteMembers(Utf8JsonWriter to, BtfSpec spec, BtfComposite composite, BtfField place, ReadOnlySpan<byte> bytes, int depth)
    {
        foreach (var member in composite.Members)
        {
            var field = new BtfField(member.TypeId, place.BitOffset + member.BitOffset, member.BitfieldBits);
            if (member.Name.Length > 0)
            {
                to.WritePropertyName(member.Name);
                Write(to, spec, field, bytes, member.Name, depth + 1);
            }
            else if (depth < BtfSpec.MaxDepth && spec.Resolve(member.TypeId) is BtfComposite unnamed)
            {
                WriteMembers(to, spec, unnamed, field, bytes, depth + 1);
            }
        }
    }

    private static void WriteLeaf(Utf8JsonWriter to, string text)
    {
        if (text[0] == '"') to.WriteStringValue(Unescaped(text.AsSpan(1, text.Length - 2)));
        else if (text is "true" or "false") to.WriteBooleanValue(text == "true");
        else if (text.TrimStart('-').All(char.IsAsciiDigit)) to.WriteRawValue(text);
        else to.WriteStringValue(text);
    }

    // Bytes that are no ASCII become the characters of the same number.
    private static string Unescaped(ReadOnlySpan<char> quoted)
    {
        var text = new StringBuilder();
        for (int i = 0; i < quoted.Length; i++)
        {
            if (quoted[i] != '\\')
            {
                text.Append(quoted[i]);
            }
            else if (quoted[++i] == 'x')
            {
                text.Append((char)byte.Parse(quoted.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 2;
            }
            else
            {
                text.Append(quoted[i]);
            }
        }
        return text.ToString();
    }
}
