using Vm.Isa;

namespace Vm.Verifier.Numbers;

/// <summary>What each arithmetic operation does to what is known about a number.</summary>
/// <remarks>
/// Every method leaves in <c>dst</c> a range that contains the concrete result for all members of its operands.
/// Source: Linux 6.12 kernel/bpf/verifier.c, adjust_scalar_min_max_vals and the scalar*_min_max_* family.
/// </remarks>
internal static class ScalarArithmetic
{
    /// <summary>Applies an operation (not copies, byte order or negation) to a scalar.</summary>
    public static void Apply(Op op, bool is32, ref ScalarRange dst, in ScalarRange src)
    {
        if (!CanFollow(op, is32, src))
        {
            dst = ScalarRange.Unknown;
            return;
        }
        switch (op)
        {
            case Op.Add64 or Op.Add32: Add(ref dst, src); break;
            case Op.Sub64 or Op.Sub32: Subtract(ref dst, src); break;
            case Op.Mul64 or Op.Mul32: Multiply(ref dst, src); break;
            case Op.And64 or Op.And32: And(ref dst, src); break;
            case Op.Or64 or Op.Or32: Or(ref dst, src); break;
            case Op.Xor64 or Op.Xor32: Xor(ref dst, src); break;
            case Op.Lsh64: ShiftLeft64(ref dst, (int)src.UMin); break;
            case Op.Lsh32: ShiftLeft32(ref dst, (int)src.UMin32); break;
            case Op.Rsh64: ShiftRight64(ref dst, (int)src.UMin); break;
            case Op.Rsh32: ShiftRight32(ref dst, (int)src.UMin32); break;
            case Op.Arsh64: ShiftRightSigned64(ref dst, (int)src.UMin); break;
            case Op.Arsh32: ShiftRightSigned32(ref dst, (int)src.UMin32); break;
        }
        if (is32) dst.ZeroExtend32();
        dst.Sync();
    }

    /// <summary>Both 32-bit and 64-bit views of a sum; the caller syncs.</summary>
    public static void Add(ref ScalarRange dst, in ScalarRange src)
    {
        long low = dst.SMin32 + (long)src.SMin32, high = dst.SMax32 + (long)src.SMax32;
        bool fits = low >= int.MinValue && high <= int.MaxValue && low <= int.MaxValue && high >= int.MinValue;
        (dst.SMin32, dst.SMax32) = fits ? ((int)low, (int)high) : (int.MinValue, int.MaxValue);
        bool carries = dst.UMax32 + (ulong)src.UMax32 > uint.MaxValue;
        (dst.UMin32, dst.UMax32) = carries ? (0, uint.MaxValue) : (dst.UMin32 + src.UMin32, dst.UMax32 + src.UMax32);

        bool overflows = AddOverflows(dst.SMin, src.SMin, out long smin) | AddOverflows(dst.SMax, src.SMax, out long smax);
        (dst.SMin, dst.SMax) = overflows ? (long.MinValue, long.MaxValue) : (smin, smax);
        ulong umax = dst.UMax + src.UMax;
        (dst.UMin, dst.UMax) = umax < dst.UMax ? (0, ulong.MaxValue) : (dst.UMin + src.UMin, umax);
        dst.Bits += src.Bits;
    }

    /// <summary>True when a + b leaves the signed 64-bit range.</summary>
    public static bool AddOverflows(long a, long b, out long sum)
    {
        sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0;
    }

    /// <summary>True when a - b leaves the signed 64-bit range.</summary>
    public static bool SubtractOverflows(long a, long b, out long difference)
    {
        difference = unchecked(a - b);
        return ((a ^ b) & (a ^ difference)) < 0;
    }

    /// <summary>A load or copy of 1, 2 or 4 bytes, zero-extended.</summary>
    public static void Truncate(ref ScalarRange range, int bytes)
    {
        range.Bits = range.Bits.Truncate(bytes);
        ulong kept = (1ul << (bytes * 8)) - 1;
        bool sameAbove = (range.UMin & ~kept) == (range.UMax & ~kept);
        (range.UMin, range.UMax) = sameAbove ? (range.UMin & kept, range.UMax & kept) : (0, kept);
        range.SMin = (long)range.UMin;
        range.SMax = (long)range.UMax;
        if (bytes < 4) range.Unbound32();
        range.Sync();
    }

    /// <summary>A load or copy of 1, 2 or 4 bytes, sign-extended to 64 bits.</summary>
    public static void SignExtend64(ref ScalarRange range, int bytes)
    {
        int bits = bytes * 8, shift = 64 - bits;
        if (range.IsConst)
        {
            range = ScalarRange.Const((ulong)((long)(range.Bits.Value << shift) >> shift));
            return;
        }
        long first = range.SMin << shift >> shift, last = range.SMax << shift >> shift;
        long min = Math.Min(first, last), max = Math.Max(first, last);
        bool sameAbove = (ulong)range.SMax >> bits == (ulong)range.SMin >> bits;
        if (sameAbove && (max >= 0) == (min >= 0))
        {
            (range.SMin, range.SMax, range.UMin, range.UMax) = (min, max, (ulong)min, (ulong)max);
            (range.SMin32, range.SMax32, range.UMin32, range.UMax32) = ((int)min, (int)max, (uint)min, (uint)max);
            range.Bits = Tnum.Range((ulong)min, (ulong)max);
            return;
        }
        range = ScalarRange.Unknown;
        range.SMin = -1L << (bits - 1);
        range.SMax = (1L << (bits - 1)) - 1;
        range.SMin32 = (int)range.SMin;
        range.SMax32 = (int)range.SMax;
    }

    /// <summary>A copy of 1 or 2 bytes, sign-extended to 32 bits; the caller zero-extends and syncs.</summary>
    public static void SignExtend32(ref ScalarRange range, int bytes)
    {
        int bits = bytes * 8, shift = 32 - bits;
        if (range.IsConst)
        {
            int value = (int)((uint)range.Bits.Value << shift) >> shift;
            range.Bits = Tnum.Const((uint)value);
            range.SetKnown32((uint)value);
            return;
        }
        int first = range.SMin32 << shift >> shift, last = range.SMax32 << shift >> shift;
        int min = Math.Min(first, last), max = Math.Max(first, last);
        bool sameAbove = (uint)range.SMax32 >> bits == (uint)range.SMin32 >> bits;
        if (sameAbove && (max >= 0) == (min >= 0))
        {
            (range.SMin32, range.SMax32, range.UMin32, range.UMax32) = (min, max, (uint)min, (uint)max);
            range.Bits = Tnum.Range((ulong)(long)min, (ulong)(long)max).Low32;
            return;
        }
        range.SMin32 = -1 << (bits - 1);
        range.SMax32 = (1 << (bits - 1)) - 1;
        range.UMin32 = 0;
        range.UMax32 = uint.MaxValue;
        range.Bits = Tnum.Unknown.Low32;
    }

    /// <summary>Division, remainder and shifts by an unknown or oversized count make the result unknown.</summary>
    private static bool CanFollow(Op op, bool is32, in ScalarRange src) => op switch
    {
        Op.Add64 or Op.Add32 or Op.Sub64 or Op.Sub32 or Op.Mul64 or Op.Mul32
            or Op.And64 or Op.And32 or Op.Or64 or Op.Or32 or Op.Xor64 or Op.Xor32 => true,
        Op.Lsh64 or Op.Lsh32 or Op.Rsh64 or Op.Rsh32 or Op.Arsh64 or Op.Arsh32 => is32
            ? src.Bits.Low32.IsConst && src.SMin32 == src.SMax32 && src.UMin32 == src.UMax32 && src.UMax < 32
            : src.IsConst && src.SMin == src.SMax && src.UMin == src.UMax && src.UMax < 64,
        _ => false,
    };

    private static void Subtract(ref ScalarRange dst, in ScalarRange src)
    {
        long low = dst.SMin32 - (long)src.SMax32, high = dst.SMax32 - (long)src.SMin32;
        bool fits = low >= int.MinValue && low <= int.MaxValue && high >= int.MinValue && high <= int.MaxValue;
        (dst.SMin32, dst.SMax32) = fits ? ((int)low, (int)high) : (int.MinValue, int.MaxValue);
        (dst.UMin32, dst.UMax32) = dst.UMin32 < src.UMax32 ? (0, uint.MaxValue) : (dst.UMin32 - src.UMax32, dst.UMax32 - src.UMin32);

        bool overflows = SubtractOverflows(dst.SMin, src.SMax, out long smin) | SubtractOverflows(dst.SMax, src.SMin, out long smax);
        (dst.SMin, dst.SMax) = overflows ? (long.MinValue, long.MaxValue) : (smin, smax);
        (dst.UMin, dst.UMax) = dst.UMin < src.UMax ? (0, ulong.MaxValue) : (dst.UMin - src.UMax, dst.UMax - src.UMin);
        dst.Bits -= src.Bits;
    }

    private static void Multiply(ref ScalarRange dst, in ScalarRange src)
    {
        dst.Bits *= src.Bits;
        // Products of numbers that each fit half the width cannot overflow, and none is negative.
        if (src.SMin32 < 0 || dst.SMin32 < 0 || src.UMax32 > ushort.MaxValue || dst.UMax32 > ushort.MaxValue) dst.Unbound32();
        else
        {
            dst.UMin32 *= src.UMin32;
            dst.UMax32 *= src.UMax32;
            (dst.SMin32, dst.SMax32) = dst.UMax32 > int.MaxValue ? (int.MinValue, int.MaxValue) : ((int)dst.UMin32, (int)dst.UMax32);
        }
        if (src.SMin < 0 || dst.SMin < 0 || src.UMax > uint.MaxValue || dst.UMax > uint.MaxValue) dst.Unbound64();
        else
        {
            dst.UMin *= src.UMin;
            dst.UMax *= src.UMax;
            (dst.SMin, dst.SMax) = dst.UMax > long.MaxValue ? (long.MinValue, long.MaxValue) : ((long)dst.UMin, (long)dst.UMax);
        }
    }

    private static void And(ref ScalarRange dst, in ScalarRange src)
    {
        bool known = dst.IsConst && src.IsConst, known32 = dst.Bits.Low32.IsConst && src.Bits.Low32.IsConst;
        dst.Bits &= src.Bits;
        SetBitwise(ref dst, known, known32, dst.Bits.Value, Math.Min(dst.UMax, src.UMax), (uint)dst.Bits.Value, Math.Min(dst.UMax32, src.UMax32));
    }

    private static void Or(ref ScalarRange dst, in ScalarRange src)
    {
        bool known = dst.IsConst && src.IsConst, known32 = dst.Bits.Low32.IsConst && src.Bits.Low32.IsConst;
        dst.Bits |= src.Bits;
        SetBitwise(ref dst, known, known32, Math.Max(dst.UMin, src.UMin), dst.Bits.Max, Math.Max(dst.UMin32, src.UMin32), (uint)dst.Bits.Max);
    }

    private static void Xor(ref ScalarRange dst, in ScalarRange src)
    {
        bool known = dst.IsConst && src.IsConst, known32 = dst.Bits.Low32.IsConst && src.Bits.Low32.IsConst;
        dst.Bits ^= src.Bits;
        SetBitwise(ref dst, known, known32, dst.Bits.Value, dst.Bits.Max, (uint)dst.Bits.Value, (uint)dst.Bits.Max);
    }

    /// <summary>Signed ranges follow the unsigned ones only where those do not straddle the sign.</summary>
    private static void SetBitwise(ref ScalarRange dst, bool known, bool known32, ulong umin, ulong umax, uint umin32, uint umax32)
    {
        if (known32) dst.SetKnown32((uint)dst.Bits.Value);
        else
        {
            (dst.UMin32, dst.UMax32) = (umin32, umax32);
            (dst.SMin32, dst.SMax32) = (int)umin32 <= (int)umax32 ? ((int)umin32, (int)umax32) : (int.MinValue, int.MaxValue);
        }
        if (known)
        {
            dst = ScalarRange.Const(dst.Bits.Value);
            return;
        }
        (dst.UMin, dst.UMax) = (umin, umax);
        (dst.SMin, dst.SMax) = (long)umin <= (long)umax ? ((long)umin, (long)umax) : (long.MinValue, long.MaxValue);
        dst.LearnFromBits();
    }

    private static void ShiftLeft64(ref ScalarRange dst, int count)
    {
        if (count == 32) (dst.SMin, dst.SMax) = ((long)dst.SMin32 << 32, (long)dst.SMax32 << 32);
        else (dst.SMin, dst.SMax) = (long.MinValue, long.MaxValue);
        (dst.UMin, dst.UMax) = dst.UMax > 1ul << (63 - count) ? (0, ulong.MaxValue) : (dst.UMin << count, dst.UMax << count);
        ShiftLow32(ref dst, count);
        dst.Bits = dst.Bits.ShiftLeft(count);
        dst.LearnFromBits();
    }

    private static void ShiftLeft32(ref ScalarRange dst, int count)
    {
        ShiftLow32(ref dst, count);
        dst.Bits = dst.Bits.Low32.ShiftLeft(count).Low32;
        dst.Unbound64();
        dst.LearnFromBits32();
    }

    private static void ShiftLow32(ref ScalarRange dst, int count)
    {
        (dst.SMin32, dst.SMax32) = (int.MinValue, int.MaxValue);
        bool loses = count > 31 || dst.UMax32 > 1ul << (31 - count);
        (dst.UMin32, dst.UMax32) = loses ? (0, uint.MaxValue) : (dst.UMin32 << count, dst.UMax32 << count);
    }

    private static void ShiftRight64(ref ScalarRange dst, int count)
    {
        (dst.SMin, dst.SMax) = (long.MinValue, long.MaxValue);
        dst.Bits = dst.Bits.ShiftRight(count);
        dst.UMin >>= count;
        dst.UMax >>= count;
        dst.Unbound32();
        dst.LearnFromBits();
    }

    private static void ShiftRight32(ref ScalarRange dst, int count)
    {
        (dst.SMin32, dst.SMax32) = (int.MinValue, int.MaxValue);
        dst.Bits = dst.Bits.Low32.ShiftRight(count);
        dst.UMin32 >>= count;
        dst.UMax32 >>= count;
        dst.Unbound64();
        dst.LearnFromBits32();
    }

    private static void ShiftRightSigned64(ref ScalarRange dst, int count)
    {
        dst.SMin >>= count;
        dst.SMax >>= count;
        dst.Bits = dst.Bits.ShiftRightSigned(count);
        (dst.UMin, dst.UMax) = (0, ulong.MaxValue);
        dst.Unbound32();
        dst.LearnFromBits();
    }

    private static void ShiftRightSigned32(ref ScalarRange dst, int count)
    {
        dst.SMin32 >>= count;
        dst.SMax32 >>= count;
        dst.Bits = dst.Bits.Low32.ShiftRightSigned32(count);
        (dst.UMin32, dst.UMax32) = (0, uint.MaxValue);
        dst.Unbound64();
        dst.LearnFromBits32();
    }
}
