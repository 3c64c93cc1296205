using System.Globalization;
using System.Text;
using Vm.Abi;

namespace Vm.Btf;

/// <summary>Writes a value as C would initialise it. One use each.</summary>
internal sealed class BtfPrinter(BtfSpec spec)
{
    // Nested unions multiply: a hostile type could ask for more text than there is memory.
    private const int MaxCharacters = 4 << 20;

    private readonly StringBuilder _text = new();

    public string Print(uint typeId, ReadOnlySpan<byte> bytes, string name) => Print(new BtfField(typeId, 0, 0), bytes, name);

    public string Print(BtfField place, ReadOnlySpan<byte> bytes, string name)
    {
        Value(place.TypeId, bytes, place.BitOffset, place.BitfieldBits, 0, name);
        return _text.ToString();
    }

    private void Value(uint typeId, ReadOnlySpan<byte> bytes, ulong bitOffset, uint bitfieldBits, int depth, string name)
    {
        if (depth > BtfSpec.MaxDepth || _text.Length > MaxCharacters)
            throw new BtfFormatException(spec.Source, $"BTF type {typeId}", "the value nests too deeply or is too long to print", Errno.E2BIG);
        var type = spec.Resolve(typeId);
        if (!spec.TrySizeOf(type.Id, out uint size))
        {
            _text.Append("<no value>");
            return;
        }
        ulong bits = bitfieldBits != 0 ? bitfieldBits : size * 8ul;
        if (bitOffset + bits > (ulong)bytes.Length * 8)
        {
            _text.Append("<cut off>");
            return;
        }
        if (bitOffset % 8 == 0 && bitfieldBits == 0 && BtfAddress.TryFormat(spec, typeId, type, name, bytes.Slice((int)(bitOffset / 8), (int)size), out string address))
        {
            _text.Append(address);
            return;
        }
        switch (type)
        {
            case BtfComposite composite:
                Composite(composite, bytes, bitOffset, depth);
                break;
            case BtfArray array:
                Elements(array, bytes, bitOffset, depth, name);
                break;
            case BtfFloat { SizeBytes: 4 or 8 } real:
                ulong raw = BtfBits.Read(bytes, bitOffset, real.SizeBytes * 8);
                double number = real.SizeBytes == 4 ? BitConverter.UInt32BitsToSingle((uint)raw) : BitConverter.UInt64BitsToDouble(raw);
                _text.Append(number.ToString("R", CultureInfo.InvariantCulture));
                break;
            case var _ when bits > 64:
                Hex(bytes, bitOffset, (uint)bits);
                break;
            default:
                Number(typeId, type, BtfBits.Read(bytes, bitOffset, (uint)bits), (uint)bits);
                break;
        }
    }

    private void Composite(BtfComposite composite, ReadOnlySpan<byte> bytes, ulong bitOffset, int depth)
    {
        _text.Append('{');
        string separator = " ";
        foreach (var member in composite.Members)
        {
            _text.Append(separator);
            if (member.Name.Length > 0) _text.Append('.').Append(member.Name).Append(" = ");
            Value(member.TypeId, bytes, bitOffset + member.BitOffset, member.BitfieldBits, depth + 1, member.Name);
            separator = ", ";
        }
        _text.Append(composite.Members.Count == 0 ? "}" : " }");
    }

    private void Elements(BtfArray array, ReadOnlySpan<byte> bytes, ulong bitOffset, int depth, string name)
    {
        uint size = spec.SizeOf(array.ElementId);
        if (bitOffset % 8 == 0 && spec.Resolve(array.ElementId) is BtfInt { SizeBytes: 1 } element && IsText(element))
        {
            Text(bytes.Slice((int)(bitOffset / 8), (int)array.Count));
            return;
        }
        _text.Append('{');
        // Elements without size have nothing to show, however many there are.
        for (uint i = 0; i < array.Count && size > 0; i++)
        {
            _text.Append(i == 0 ? " " : ", ");
            Value(array.ElementId, bytes, bitOffset + (ulong)i * size * 8, 0, depth + 1, name);
        }
        _text.Append(array.Count == 0 || size == 0 ? "}" : " }");
    }

    private static bool IsText(BtfInt type) => type.IsChar || type.Name == "char";

    /// <summary>Up to the first NUL of this very array; what follows it is not shown, and the next array starts afresh.</summary>
    private void Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        _text.Append('"');
        foreach (byte b in end < 0 ? bytes : bytes[..end])
        {
            if (b is (byte)'"' or (byte)'\\') _text.Append('\\').Append((char)b);
            else if (b is >= 0x20 and < 0x7f) _text.Append((char)b);
            else _text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }
        _text.Append('"');
    }

    private void Number(uint typeId, BtfType type, ulong value, uint bits)
    {
        switch (type)
        {
            case BtfEnum enumeration:
                ulong extended = enumeration.Signed ? BtfBits.SignExtend(value, bits) : value;
                string? name = enumeration.Values.Where(known => known.Value == extended).Select(known => known.Name).FirstOrDefault();
                if (name is not null) _text.Append(name);
                else if (enumeration.Signed) _text.Append((long)extended);
                else _text.Append(extended);
                break;
            case BtfPointer:
                _text.Append(CultureInfo.InvariantCulture, $"0x{value:x}");
                break;
            case BtfInt { IsBool: true } when value <= 1:
                _text.Append(value == 1 ? "true" : "false");
                break;
            case BtfInt { Signed: true }:
                _text.Append((long)BtfBits.SignExtend(value, bits));
                break;
            case BtfInt when bits % 8 == 0 && BtfBits.IsNetworkOrder(spec, typeId):
                ulong swapped = BtfBits.Swap(value, bits / 8);
                if (bits == 16) _text.Append(swapped);
                else _text.Append(CultureInfo.InvariantCulture, $"0x{swapped:x}");
                break;
            default:
                _text.Append(value);
                break;
        }
    }

    private void Hex(ReadOnlySpan<byte> bytes, ulong bitOffset, uint bits)
    {
        _text.Append("0x");
        for (uint first = (bits - 1) / 8 * 8, width = bits - first; ; first -= 8, width = 8)
        {
            _text.Append(CultureInfo.InvariantCulture, $"{BtfBits.Read(bytes, bitOffset + first, width):x2}");
            if (first == 0) return;
        }
    }
}
