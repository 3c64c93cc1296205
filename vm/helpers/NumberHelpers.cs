using Vm.Abi;

namespace Vm.Helpers;

/// <summary>Numbers out of text. Source: Linux 6.12 kernel/bpf/helpers.c, bpf_strtol, bpf_strtoul; lib/kstrtox.c, _parse_integer.</summary>
public static class NumberHelpers
{
    private const ulong BaseMask = 0x1f;

    // Longer digits are not looked at.
    private const int MostDigits = 63;

    /// <summary>Reads a signed number.</summary>
    /// <param name="text">Characters; need not end in NUL.</param>
    /// <param name="flags">Base: 8, 10, 16, or 0 for what the prefix says.</param>
    /// <param name="result">The number; 0 on errors.</param>
    /// <returns>Characters used; EINVAL no digit or another base; ERANGE too large.</returns>
    [Helper(HelperId.Strtol)]
    public static long ToSigned(ReadOnlySpan<byte> text, ulong flags, [Arg(Flags = ArgFlags.Uninit | ArgFlags.Aligned)] Int64Ref result)
    {
        result.Value = 0;
        int used = Parse(text, flags, out ulong magnitude, out bool negative);
        if (used < 0) return used;
        long value = (long)(negative ? unchecked(0 - magnitude) : magnitude);
        if (negative ? value > 0 : value < 0) return -(long)Errno.ERANGE;
        result.Value = value;
        return used;
    }

    /// <summary>Reads an unsigned number; a minus sign is EINVAL. Otherwise as <see cref="ToSigned"/>.</summary>
    [Helper(HelperId.Strtoul)]
    public static long ToUnsigned(ReadOnlySpan<byte> text, ulong flags, [Arg(Flags = ArgFlags.Uninit | ArgFlags.Aligned)] Int64Ref result)
    {
        result.Value = 0;
        int used = Parse(text, flags, out ulong value, out bool negative);
        if (used < 0) return used;
        if (negative) return -(long)Errno.EINVAL;
        result.Value = (long)value;
        return used;
    }

    private static int Parse(ReadOnlySpan<byte> text, ulong flags, out ulong value, out bool negative)
    {
        (value, negative) = (0, false);
        int radix = (int)(flags & BaseMask);
        if (radix is not (0 or 8 or 10 or 16) || (flags & ~BaseMask) != 0) return -(int)Errno.EINVAL;
        int start = 0;
        while (start < text.Length && IsSpace(text[start])) start++;
        negative = start < text.Length && text[start] == '-';
        if (negative) start++;
        if (start == text.Length) return -(int)Errno.EINVAL;
        var rest = text.Slice(start, Math.Min(text.Length - start, MostDigits));
        int prefix = Prefix(rest, ref radix);
        bool tooLarge = false;
        int digits = 0;
        foreach (byte character in rest[prefix..])
        {
            int digit = Digit(character);
            if (digit < 0 || digit >= radix) break;
            tooLarge |= value > (ulong.MaxValue - (ulong)digit) / (ulong)radix;
            value = unchecked(value * (ulong)radix + (ulong)digit);
            digits++;
        }
        if (tooLarge) return -(int)Errno.ERANGE;
        return digits == 0 ? -(int)Errno.EINVAL : start + prefix + digits;
    }

    // How many characters of 0x there are, and the base when the caller left it open.
    private static int Prefix(ReadOnlySpan<byte> text, ref int radix)
    {
        bool hex = text.Length > 1 && text[0] == '0' && (text[1] | 0x20) == 'x';
        if (radix == 0) radix = text[0] != '0' ? 10 : hex && text.Length > 2 && Digit(text[2]) >= 0 ? 16 : 8;
        return radix == 16 && hex ? 2 : 0;
    }

    private static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };

    // The kernel's table is Latin-1: the no-break space is one. Source: lib/ctype.c.
    private static bool IsSpace(byte character) => character is (byte)' ' or (>= 9 and <= 13) or 0xa0;
}
