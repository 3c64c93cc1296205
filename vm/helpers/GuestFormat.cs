using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Vm.Abi;
using Vm.Memory;

namespace Vm.Helpers;

/// <summary>printf as BPF programs know it: bpf_trace_printk, bpf_snprintf.</summary>
/// <remarks>
/// Conversions: %d %i %u %x %X %o with l and ll, %c, %s, %p %pK %px %ps %pS, %pi4 %pI4 %pi6 %pI6, flags and widths, %%.
/// A string argument that cannot be read prints nothing, as a failed probe read does.
/// Source: Linux 6.12 kernel/bpf/helpers.c, bpf_bprintf_prepare; lib/vsprintf.c.
/// </remarks>
public static class GuestFormat
{
    private const int MaxString = 512;

    /// <summary>Formats into <paramref name="to"/>.</summary>
    /// <returns>EINVAL for a conversion programs may not use or too few arguments; otherwise None.</returns>
    public static Errno TryFormat(StringBuilder to, ReadOnlySpan<byte> format, ReadOnlySpan<ulong> arguments, GuestRegions regions)
    {
        int next = 0;
        for (int i = 0; i < format.Length && format[i] != 0; i++)
        {
            byte c = format[i];
            if (c is >= 0x7f or (< 0x20 and not ((byte)'\n' or (byte)'\t' or (byte)'\r'))) return Errno.EINVAL;
            if (c != '%')
            {
                to.Append((char)c);
                continue;
            }
            if (++i >= format.Length) return Errno.EINVAL;
            if (format[i] == '%')
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

    private static Errno Convert(StringBuilder to, ReadOnlySpan<byte> format, ref int i, ulong value, GuestRegions regions)
    {
        bool left = false, zero = false, hash = false;
        while (i < format.Length && format[i] is (byte)'0' or (byte)'+' or (byte)'-' or (byte)' ' or (byte)'#')
        {
            left |= format[i] == '-';
            zero |= format[i] == '0';
            hash |= format[i] == '#';
            i++;
        }
        int width = 0;
        while (i < format.Length && format[i] is >= (byte)'0' and <= (byte)'9')
        {
            width = Math.Min(width * 10 + format[i] - '0', MaxString);
            i++;
        }
        int longs = 0;
        while (i < format.Length && format[i] == 'l' && longs < 2)
        {
            longs++;
            i++;
        }
        if (i >= format.Length) return Errno.EINVAL;
        string? text = (char)format[i] switch
        {
            'd' or 'i' => (longs > 0 ? (long)value : (int)value).ToString(CultureInfo.InvariantCulture),
            'u' => (longs > 0 ? value : (uint)value).ToString(CultureInfo.InvariantCulture),
            'x' => (hash ? "0x" : "") + (longs > 0 ? value : (uint)value).ToString("x", CultureInfo.InvariantCulture),
            'X' => (hash ? "0X" : "") + (longs > 0 ? value : (uint)value).ToString("X", CultureInfo.InvariantCulture),
            'o' => System.Convert.ToString((long)(longs > 0 ? value : (uint)value), 8),
            'c' => ((char)(byte)value).ToString(),
            's' => ReadString(value, regions),
            'p' => Pointer(format, ref i, value, regions),
            _ => null,
        };
        if (text is null) return Errno.EINVAL;
        to.Append(left ? text.PadRight(width) : text.PadLeft(width, zero ? '0' : ' '));
        return Errno.None;
    }

    private static string? Pointer(ReadOnlySpan<byte> format, ref int i, ulong value, GuestRegions regions)
    {
        char kind = i + 1 < format.Length ? (char)format[i + 1] : '\0';
        switch (kind)
        {
            case 'i' or 'I':
                char family = i + 2 < format.Length ? (char)format[i + 2] : '\0';
                if (family is not ('4' or '6')) return null;
                i += 2;
                return Address(value, family == '4' ? 4 : 16, kind, regions);
            case 'K' or 'x' or 's' or 'S' or 'B':
                i++;
                return value.ToString("x16", CultureInfo.InvariantCulture);
            case 'k' or 'u' when i + 2 < format.Length && format[i + 2] == 's':
                i += 2;
                return ReadString(value, regions);
            default:
                return char.IsAsciiLetterOrDigit(kind) ? null : value.ToString("x16", CultureInfo.InvariantCulture);
        }
    }

    private static string Address(ulong at, int bytes, char kind, GuestRegions regions)
    {
        Span<byte> address = stackalloc byte[16];
        address = address[..bytes];
        if (!regions.TryRead(at, address)) address.Clear();
        if (bytes == 4)
        {
            return kind == 'I'
                ? $"{address[0]}.{address[1]}.{address[2]}.{address[3]}"
                : $"{address[0]:d3}.{address[1]:d3}.{address[2]:d3}.{address[3]:d3}";
        }
        var text = new StringBuilder();
        for (int i = 0; i < 16; i += 2)
        {
            if (i > 0 && kind == 'I') text.Append(':');
            text.Append(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16BigEndian(address[i..]):x4}");
        }
        return text.ToString();
    }

    private static string ReadString(ulong at, GuestRegions regions)
    {
        var text = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        for (int i = 0; i < MaxString && regions.TryRead(at + (ulong)i, one) && one[0] != 0; i++) text.Append((char)one[0]);
        return text.ToString();
    }
}
