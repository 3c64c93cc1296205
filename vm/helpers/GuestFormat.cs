using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Vm.Abi;
using Vm.Memory;

namespace Vm.Helpers;

/// <summary>printf as BPF programs know it: bpf_trace_printk, bpf_snprintf.</summary>
/// <remarks>
/// Conversions: %d %i %u %x %X with l and ll, %c, %s, %p %pK %px %ps %pS %pB, %pks %pus, %pi4 %pI4 %pi6 %pI6, the flags 0 + - and space,
/// widths, %%. A string argument that cannot be read prints nothing, as a failed probe read does. Does not allocate beyond the growth of the target.
/// Source: Linux 6.12 kernel/bpf/helpers.c, bpf_bprintf_prepare; lib/vsprintf.c.
/// </remarks>
public static class GuestFormat
{
    private const int MaxString = 511;

    /// <summary>Formats into <paramref name="to"/>; one char is one byte of output.</summary>
    /// <returns>EINVAL for a conversion programs may not use or too few arguments; otherwise None.</returns>
    public static Errno TryFormat(StringBuilder to, ReadOnlySpan<byte> format, ReadOnlySpan<ulong> arguments, GuestRegions regions)
    {
        int next = 0;
        for (int i = 0; i < format.Length && format[i] != 0; i++)
        {
            byte c = format[i];
            if (c < 0x80 && !IsPrintable(c) && !IsSpace(c)) return Errno.EINVAL;
            if (c != '%')
            {
                to.Append((char)c);
                continue;
            }
            i++;
            if (At(format, i) == '%')
            {
                to.Append('%');
                continue;
            }
            if (next >= arguments.Length) return Errno.EINVAL;
            var errno = Convert(to, format, ref i, arguments[next++], regions);
            if (errno != Errno.None) return errno;
        }
        return Errno.None;
    }

    /// <summary>Whether a format is one programs may use, with that many arguments.</summary>
    public static bool IsValid(ReadOnlySpan<byte> format, ulong arguments) =>
        TryFormat(new StringBuilder(), format, new ulong[Math.Min(arguments, (ulong)format.Length)], new GuestRegions()) == Errno.None;

    private static Errno Convert(StringBuilder to, ReadOnlySpan<byte> format, ref int i, ulong value, GuestRegions regions)
    {
        bool left = false, zero = false, plus = false, space = false;
        for (; At(format, i) is (byte)'0' or (byte)'+' or (byte)'-' or (byte)' '; i++)
        {
            left |= format[i] == '-';
            zero |= format[i] == '0';
            plus |= format[i] == '+';
            space |= format[i] == ' ';
        }
        int width = 0, start = to.Length, sign = 0;
        for (; At(format, i) is >= (byte)'0' and <= (byte)'9'; i++) width = Math.Min(width * 10 + format[i] - '0', MaxString);
        if (At(format, i) == 's')
        {
            if (!EndsWord(At(format, i + 1))) return Errno.EINVAL;
            AppendString(to, value, regions);
            zero = false;
        }
        else if (At(format, i) == 'c')
        {
            to.Append((char)(byte)value);
            zero = false;
        }
        else if (At(format, i) == 'p')
        {
            if (!TryPointer(to, format, ref i, value, regions)) return Errno.EINVAL;
            zero = false;
        }
        else if (!TryNumber(to, format, ref i, value, plus, space, ref sign))
        {
            return Errno.EINVAL;
        }
        int missing = width - (to.Length - start);
        if (missing <= 0) return Errno.None;
        if (left) to.Append(' ', missing);
        else to.Insert(start + (zero ? sign : 0), zero ? "0" : " ", missing);
        return Errno.None;
    }

    // Zeros are put between the sign and the digits; sign tells how many chars it takes.
    private static bool TryNumber(StringBuilder to, ReadOnlySpan<byte> format, ref int i, ulong value, bool plus, bool space, ref int sign)
    {
        bool wide = At(format, i) == 'l';
        for (int longs = 0; longs < 2 && At(format, i) == 'l'; longs++) i++;
        char kind = (char)At(format, i);
        Span<char> digits = stackalloc char[24];
        int count;
        if (kind is 'd' or 'i')
        {
            long signed = wide ? (long)value : (int)value;
            if (signed >= 0 && (plus || space)) to.Append(plus ? '+' : ' ');
            sign = signed < 0 || plus || space ? 1 : 0;
            signed.TryFormat(digits, out count, default, CultureInfo.InvariantCulture);
        }
        else if (kind is 'u' or 'x' or 'X')
        {
            (wide ? value : (uint)value).TryFormat(digits, out count, kind == 'u' ? "d" : kind == 'x' ? "x" : "X", CultureInfo.InvariantCulture);
        }
        else
        {
            return false;
        }
        to.Append(digits[..count]);
        return true;
    }

    private static bool TryPointer(StringBuilder to, ReadOnlySpan<byte> format, ref int i, ulong value, GuestRegions regions)
    {
        char kind = (char)At(format, i + 1), second = (char)At(format, i + 2);
        if (EndsWord((byte)kind))
        {
            AppendHex(to, value);
        }
        else if (kind is 'k' or 'u' && second == 's')
        {
            i += 2;
            if (!EndsWord(At(format, i + 1))) return false;
            AppendString(to, value, regions);
        }
        else if (kind is 'K' or 'x' or 's' or 'S' or 'B')
        {
            i++;
            AppendHex(to, value);
        }
        else if (kind is 'i' or 'I' && second is '4' or '6')
        {
            i += 2;
            AppendAddress(to, value, second == '4' ? 4 : 16, dotted: kind == 'I', regions);
        }
        else
        {
            return false;
        }
        return true;
    }

    private static void AppendHex(StringBuilder to, ulong value) => to.Append(CultureInfo.InvariantCulture, $"{value:x16}");

    private static void AppendAddress(StringBuilder to, ulong at, int bytes, bool dotted, GuestRegions regions)
    {
        Span<byte> address = stackalloc byte[16];
        address = address[..bytes];
        if (!regions.TryRead(at, address)) address.Clear();
        if (bytes == 4 && dotted) to.Append(CultureInfo.InvariantCulture, $"{address[0]}.{address[1]}.{address[2]}.{address[3]}");
        else if (bytes == 4) to.Append(CultureInfo.InvariantCulture, $"{address[0]:d3}.{address[1]:d3}.{address[2]:d3}.{address[3]:d3}");
        for (int i = 0; bytes == 16 && i < 16; i += 2)
        {
            if (i > 0 && dotted) to.Append(':');
            to.Append(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16BigEndian(address[i..]):x4}");
        }
    }

    private static void AppendString(StringBuilder to, ulong at, GuestRegions regions)
    {
        int start = to.Length;
        Span<byte> one = stackalloc byte[1];
        for (int i = 0; i < MaxString; i++)
        {
            if (!regions.TryRead(at + (ulong)i, one))
            {
                to.Length = start;
                return;
            }
            if (one[0] == 0) return;
            to.Append((char)one[0]);
        }
    }

    // Past the end there is a NUL, as in a C string.
    private static byte At(ReadOnlySpan<byte> format, int i) => i < format.Length ? format[i] : (byte)0;

    private static bool IsPrintable(byte c) => c is >= 0x20 and < 0x7f;

    private static bool IsSpace(byte c) => c is (byte)' ' or >= 9 and <= 13;

    // What may follow %p and %s: the end, a space or punctuation.
    private static bool EndsWord(byte c) => c == 0 || IsSpace(c) || (IsPrintable(c) && !char.IsAsciiLetterOrDigit((char)c));
}
