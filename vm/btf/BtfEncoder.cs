using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Vm.Abi;

namespace Vm.Btf;

/// <summary>Writes nodes into bytes by type.</summary>
internal sealed class BtfEncoder(BtfSpec spec)
{
    private int _depth;

    public void Encode(BtfField field, WrittenValue node, Span<byte> bytes)
    {
        var type = spec.Resolve(field.TypeId);
        ulong bits = field.BitfieldBits != 0 ? field.BitfieldBits : spec.SizeOf(type.Id) * 8ul;
        if (field.BitOffset + bits > (ulong)bytes.Length * 8 || ++_depth > BtfSpec.MaxDepth)
            throw new BtfFormatException(spec.Source, $"BTF type {type.Id}", $"{type.Describe()} reaches outside what contains it");
        if (field.BitfieldBits == 0) bytes.Slice((int)field.Offset, (int)(bits / 8)).Clear();
        switch (type, node)
        {
            case (BtfComposite or BtfArray or BtfInt, WrittenScalar scalar) when field.BitfieldBits == 0 && TryAddress(scalar.Text, (int)(bits / 8), out byte[] address):
                address.CopyTo(bytes[(int)field.Offset..]);
                break;
            case (BtfComposite composite, WrittenMapping mapping):
                Members(composite, field, mapping, bytes);
                break;
            case (BtfArray array, WrittenList list):
                if (list.Items.Count > array.Count) throw Bad(node, $"{list.Items.Count} values for an array of {array.Count}");
                for (int i = 0; i < list.Items.Count; i++) Encode(Element(array, field, (uint)i), list.Items[i], bytes);
                break;
            case (BtfArray array, WrittenMapping mapping):
                foreach (var (key, value) in mapping.Entries)
                {
                    if (!TryNumber(key, out ulong index, out _) || index >= array.Count) throw Bad(value, $"'{key}' is not an index of an array of {array.Count}");
                    Encode(Element(array, field, (uint)index), value, bytes);
                }
                break;
            case (BtfArray array, WrittenScalar scalar):
                Text(array, scalar, bytes.Slice((int)field.Offset, (int)(bits / 8)));
                break;
            case (BtfFloat { SizeBytes: 4 or 8 } real, WrittenScalar scalar):
                if (!double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) throw Bad(node, $"'{scalar.Text}' is not a number");
                BtfBits.Write(bytes, field.BitOffset, (uint)bits, real.SizeBytes == 4 ? BitConverter.SingleToUInt32Bits((float)number) : BitConverter.DoubleToUInt64Bits(number));
                break;
            case (BtfInt or BtfEnum or BtfPointer, WrittenScalar scalar):
                Number(field, type, scalar, (uint)bits, bytes);
                break;
            default:
                string given = node switch { WrittenScalar s => $"'{s.Text}'", WrittenList => "a list", _ => "names with values" };
                throw Bad(node, $"{given} cannot be a {type.Describe()}" + (type is BtfComposite c ? $"; give its members: {string.Join(", ", BtfPath.MemberNames(spec, c))}" : ""));
        }
        _depth--;
    }

    private void Members(BtfComposite composite, BtfField field, WrittenMapping mapping, Span<byte> bytes)
    {
        var seen = new HashSet<string>();
        foreach (var (name, value) in mapping.Entries)
        {
            if (!seen.Add(name)) throw Bad(value, $"member '{name}' is given twice");
            if (!BtfPath.TryMember(spec, composite, name, out var member))
                throw Bad(value with { Where = mapping.PlaceOf(name) }, $"{composite.Describe()} has no member '{name}'; it has {string.Join(", ", BtfPath.MemberNames(spec, composite))}");
            Encode(member with { BitOffset = field.BitOffset + member.BitOffset }, value, bytes);
        }
    }

    private BtfField Element(BtfArray array, BtfField field, uint index) =>
        new(array.ElementId, field.BitOffset + (ulong)index * spec.SizeOf(array.ElementId) * 8, 0);

    private void Text(BtfArray array, WrittenScalar scalar, Span<byte> to)
    {
        if (spec.Resolve(array.ElementId) is not BtfInt { SizeBytes: 1 } element)
            throw Bad(scalar, $"'{scalar.Text}' for an array of {spec.Resolve(array.ElementId).Describe()}; give a list");
        bool characters = element.IsChar || element.Name == "char";
        if (!characters && TryHexPairs(scalar.Text, to.Length, out byte[] pairs))
        {
            pairs.CopyTo(to);
            return;
        }
        byte[] text = Encoding.UTF8.GetBytes(scalar.Text);
        if (text.Length > to.Length) throw Bad(scalar, $"the text has {text.Length} bytes and the array {to.Length}");
        text.CopyTo(to);
    }

    private void Number(BtfField field, BtfType type, WrittenScalar scalar, uint bits, Span<byte> bytes)
    {
        ulong value;
        bool negative = false;
        if (type is BtfEnum enumeration && enumeration.Values.Where(known => known.Name == scalar.Text).Select(known => (ulong?)known.Value).FirstOrDefault() is { } named)
            (value, negative) = (named, enumeration.Signed && (long)named < 0);
        else if (!TryNumber(scalar.Text, out value, out negative))
        {
            throw Bad(scalar, type is BtfEnum names
                ? $"'{scalar.Text}' is neither a number nor one of {string.Join(", ", names.Values.Take(20).Select(known => known.Name))}"
                : $"'{scalar.Text}' is not a number (decimal, 0x hex, true, false, 'c')" + (bits is 32 or 48 or 128 ? " nor an address" : ""));
        }
        bool signed = type is BtfInt { Signed: true } or BtfEnum { Signed: true };
        bool fits = bits >= 64 || (negative ? BtfBits.SignExtend(value, bits) == value : value >> (int)bits == 0);
        if (!fits || (negative && !signed && type is not BtfInt { IsChar: true }))
            throw Bad(scalar, $"{scalar.Text} does not fit {(signed ? "signed" : "unsigned")} {bits} bits", Errno.ERANGE);
        if (bits is 16 or 32 or 64 && BtfBits.IsNetworkOrder(spec, field.TypeId)) value = BtfBits.Swap(value, bits / 8);
        BtfBits.Write(bytes, field.BitOffset, Math.Min(bits, 64), value);
    }

    private static bool TryNumber(string text, out ulong value, out bool negative)
    {
        negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        value = 0;
        if (text is "true" or "false")
        {
            value = text == "true" ? 1u : 0;
            return true;
        }
        if (text.Length == 3 && text[0] == '\'' && text[2] == '\'' && text[1] < 0x80)
        {
            value = text[1];
            return true;
        }
        bool ok = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        if (ok && negative) (ok, value) = (value <= 1ul << 63, unchecked(0 - value));
        return ok;
    }

    /// <summary>An IPv4, IPv6 or MAC address, in network order, if that is how long the place is.</summary>
    private static bool TryAddress(string text, int size, out byte[] address)
    {
        address = [];
        if (size == 6) return TryHexPairs(text, 6, out address);
        bool written = size == 4 ? text.Count(c => c == '.') == 3 : size == 16 && text.Contains(':', StringComparison.Ordinal);
        if (!written || !IPAddress.TryParse(text, out var parsed) || text.Contains('%', StringComparison.Ordinal) || text[0] == '[') return false;
        if (parsed.AddressFamily != (size == 4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6)) return false;
        address = parsed.GetAddressBytes();
        return true;
    }

    private static bool TryHexPairs(string text, int count, out byte[] bytes)
    {
        string[] pairs = text.Split(':');
        bytes = new byte[pairs.Length];
        if (pairs.Length != count || count < 2) return false;
        for (int i = 0; i < pairs.Length; i++)
        {
            if (pairs[i].Length is not (1 or 2) || !byte.TryParse(pairs[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i])) return false;
        }
        return true;
    }

    private BtfValueException Bad(WrittenValue node, string what, Errno errno = Errno.EINVAL) => new(spec.Source, node.Where, what, errno);
}
