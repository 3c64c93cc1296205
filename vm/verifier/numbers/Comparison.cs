using Vm.Isa;

namespace Vm.Verifier.Numbers;

/// <summary>The ways two numbers are compared; <see cref="NotSet"/> is the other side of <see cref="Set"/>.</summary>
internal enum Relation : byte
{
    Equal,
    NotEqual,
    Set,
    NotSet,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    SignedLess,
    SignedLessOrEqual,
    SignedGreater,
    SignedGreaterOrEqual,
}

/// <summary>What a comparison of two numbers is known to yield, and what each outcome teaches about them.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, is_scalar_branch_taken, regs_refine_cond_op.</remarks>
internal static class Comparison
{
    /// <summary>The relation a conditional jump tests.</summary>
    public static Relation Of(Op op) => op switch
    {
        Op.Jeq64 or Op.Jeq32 => Relation.Equal,
        Op.Jne64 or Op.Jne32 => Relation.NotEqual,
        Op.Jset64 or Op.Jset32 => Relation.Set,
        Op.Jlt64 or Op.Jlt32 => Relation.Less,
        Op.Jle64 or Op.Jle32 => Relation.LessOrEqual,
        Op.Jgt64 or Op.Jgt32 => Relation.Greater,
        Op.Jge64 or Op.Jge32 => Relation.GreaterOrEqual,
        Op.Jslt64 or Op.Jslt32 => Relation.SignedLess,
        Op.Jsle64 or Op.Jsle32 => Relation.SignedLessOrEqual,
        Op.Jsgt64 or Op.Jsgt32 => Relation.SignedGreater,
        _ => Relation.SignedGreaterOrEqual,
    };

    /// <summary>The same test with operands swapped.</summary>
    public static Relation Swap(Relation relation) => relation switch
    {
        Relation.Less => Relation.Greater,
        Relation.LessOrEqual => Relation.GreaterOrEqual,
        Relation.Greater => Relation.Less,
        Relation.GreaterOrEqual => Relation.LessOrEqual,
        Relation.SignedLess => Relation.SignedGreater,
        Relation.SignedLessOrEqual => Relation.SignedGreaterOrEqual,
        Relation.SignedGreater => Relation.SignedLess,
        Relation.SignedGreaterOrEqual => Relation.SignedLessOrEqual,
        _ => relation,
    };

    /// <summary>The relation that holds when this one does not.</summary>
    public static Relation Negate(Relation relation) => relation switch
    {
        Relation.Equal => Relation.NotEqual,
        Relation.NotEqual => Relation.Equal,
        Relation.Set => Relation.NotSet,
        Relation.NotSet => Relation.Set,
        Relation.Less => Relation.GreaterOrEqual,
        Relation.LessOrEqual => Relation.Greater,
        Relation.Greater => Relation.LessOrEqual,
        Relation.GreaterOrEqual => Relation.Less,
        Relation.SignedLess => Relation.SignedGreaterOrEqual,
        Relation.SignedLessOrEqual => Relation.SignedGreater,
        Relation.SignedGreater => Relation.SignedLessOrEqual,
        _ => Relation.SignedLess,
    };

    /// <summary>The outcome when all members agree; null when it depends.</summary>
    public static bool? Decide(Relation relation, bool is32, in ScalarRange a, in ScalarRange b)
    {
        switch (relation)
        {
            case Relation.Equal: return DecideEqual(is32, a, b);
            case Relation.NotEqual: return !DecideEqual(is32, a, b);
            case Relation.Set: return b.IsConstOf(is32) ? DecideSet(is32, a, b) : a.IsConstOf(is32) ? DecideSet(is32, b, a) : null;
            case Relation.Greater: return DecideLess(Unsigned(is32, b), Unsigned(is32, a));
            case Relation.Less: return DecideLess(Unsigned(is32, a), Unsigned(is32, b));
            case Relation.GreaterOrEqual: return !DecideLess(Unsigned(is32, a), Unsigned(is32, b));
            case Relation.LessOrEqual: return !DecideLess(Unsigned(is32, b), Unsigned(is32, a));
            case Relation.SignedGreater: return DecideLess(Signed(is32, b), Signed(is32, a));
            case Relation.SignedLess: return DecideLess(Signed(is32, a), Signed(is32, b));
            case Relation.SignedGreaterOrEqual: return !DecideLess(Signed(is32, a), Signed(is32, b));
            case Relation.SignedLessOrEqual: return !DecideLess(Signed(is32, b), Signed(is32, a));
            default: return null;
        }
    }

    /// <summary>Sharpens both operands by the fact that the relation holds; the caller syncs.</summary>
    public static void Refine(Relation relation, bool is32, ref ScalarRange a, ref ScalarRange b)
    {
        switch (relation)
        {
            case Relation.Equal: RefineEqual(is32, ref a, ref b); break;
            case Relation.NotEqual when b.IsConstOf(is32): Exclude(is32, ref a, b.ConstOf(is32)); break;
            case Relation.NotEqual when a.IsConstOf(is32): Exclude(is32, ref b, a.ConstOf(is32)); break;
            case Relation.Set when b.IsConstOf(is32): RefineSet(is32, ref a, b.ConstOf(is32)); break;
            case Relation.Set when a.IsConstOf(is32): RefineSet(is32, ref b, a.ConstOf(is32)); break;
            case Relation.NotSet when b.IsConstOf(is32): RefineNotSet(is32, ref a, b.ConstOf(is32)); break;
            case Relation.NotSet when a.IsConstOf(is32): RefineNotSet(is32, ref b, a.ConstOf(is32)); break;
            case Relation.Less: RefineLess(is32, ref a, ref b, strict: true); break;
            case Relation.LessOrEqual: RefineLess(is32, ref a, ref b, strict: false); break;
            case Relation.Greater: RefineLess(is32, ref b, ref a, strict: true); break;
            case Relation.GreaterOrEqual: RefineLess(is32, ref b, ref a, strict: false); break;
            case Relation.SignedLess: RefineSignedLess(is32, ref a, ref b, strict: true); break;
            case Relation.SignedLessOrEqual: RefineSignedLess(is32, ref a, ref b, strict: false); break;
            case Relation.SignedGreater: RefineSignedLess(is32, ref b, ref a, strict: true); break;
            case Relation.SignedGreaterOrEqual: RefineSignedLess(is32, ref b, ref a, strict: false); break;
        }
    }

    private static (ulong Min, ulong Max) Unsigned(bool is32, in ScalarRange range) => is32 ? (range.UMin32, range.UMax32) : (range.UMin, range.UMax);

    private static (long Min, long Max) Signed(bool is32, in ScalarRange range) => is32 ? (range.SMin32, range.SMax32) : (range.SMin, range.SMax);

    private static bool? DecideLess<T>((T Min, T Max) a, (T Min, T Max) b) where T : IComparable<T>
    {
        if (a.Max.CompareTo(b.Min) < 0) return true;
        return a.Min.CompareTo(b.Max) >= 0 ? false : null;
    }

    private static bool? DecideEqual(bool is32, in ScalarRange a, in ScalarRange b)
    {
        if (a.IsConstOf(is32) && b.IsConstOf(is32)) return a.ConstOf(is32) == b.ConstOf(is32);
        bool overlap = is32 ? a.Bits.Low32.Overlaps(b.Bits.Low32) : a.Bits.Overlaps(b.Bits);
        if (!overlap || Apart(is32, a, b) || (!is32 && Apart(true, a, b))) return false;
        return null;
    }

    private static bool Apart(bool is32, in ScalarRange a, in ScalarRange b)
    {
        var (umin, umax) = Unsigned(is32, a);
        var (umin2, umax2) = Unsigned(is32, b);
        var (smin, smax) = Signed(is32, a);
        var (smin2, smax2) = Signed(is32, b);
        return umin > umax2 || umax < umin2 || smin > smax2 || smax < smin2;
    }

    private static bool? DecideSet(bool is32, in ScalarRange a, in ScalarRange constant)
    {
        ulong mask = constant.ConstOf(is32);
        if ((a.Bits.Value & mask) != 0) return true;
        return (a.Bits.Max & mask) == 0 ? false : null;
    }

    private static void RefineEqual(bool is32, ref ScalarRange a, ref ScalarRange b)
    {
        if (is32)
        {
            a.UMin32 = b.UMin32 = Math.Max(a.UMin32, b.UMin32);
            a.UMax32 = b.UMax32 = Math.Min(a.UMax32, b.UMax32);
            a.SMin32 = b.SMin32 = Math.Max(a.SMin32, b.SMin32);
            a.SMax32 = b.SMax32 = Math.Min(a.SMax32, b.SMax32);
            var low = a.Bits.Low32.Intersect(b.Bits.Low32);
            a.Bits = a.Bits.WithLow32(low);
            b.Bits = b.Bits.WithLow32(low);
            return;
        }
        a.UMin = b.UMin = Math.Max(a.UMin, b.UMin);
        a.UMax = b.UMax = Math.Min(a.UMax, b.UMax);
        a.SMin = b.SMin = Math.Max(a.SMin, b.SMin);
        a.SMax = b.SMax = Math.Min(a.SMax, b.SMax);
        a.Bits = b.Bits = a.Bits.Intersect(b.Bits);
    }

    private static void Exclude(bool is32, ref ScalarRange range, ulong value)
    {
        if (is32)
        {
            if (range.UMin32 == (uint)value) range.UMin32++;
            if (range.UMax32 == (uint)value) range.UMax32--;
            if (range.SMin32 == (int)value) range.SMin32++;
            if (range.SMax32 == (int)value) range.SMax32--;
            return;
        }
        if (range.UMin == value) range.UMin++;
        if (range.UMax == value) range.UMax--;
        if (range.SMin == (long)value) range.SMin++;
        if (range.SMax == (long)value) range.SMax--;
    }

    private static void RefineSet(bool is32, ref ScalarRange range, ulong mask)
    {
        // With several bits in the mask nobody knows which one was set.
        if (!System.Numerics.BitOperations.IsPow2(mask)) return;
        range.Bits = is32 ? range.Bits.WithLow32(range.Bits.Low32 | Tnum.Const(mask)) : range.Bits | Tnum.Const(mask);
    }

    private static void RefineNotSet(bool is32, ref ScalarRange range, ulong mask)
    {
        // Clearing bits may contradict a minimum that was true of the bits before; the ranges start over.
        range.Unbound();
        range.Bits = is32 ? range.Bits.WithLow32(range.Bits.Low32 & Tnum.Const(~mask)) : range.Bits & Tnum.Const(~mask);
    }

    private static void RefineLess(bool is32, ref ScalarRange a, ref ScalarRange b, bool strict)
    {
        if (is32)
        {
            uint step = strict ? 1u : 0;
            a.UMax32 = Math.Min(a.UMax32, b.UMax32 - step);
            b.UMin32 = Math.Max(a.UMin32 + step, b.UMin32);
            return;
        }
        ulong by = strict ? 1ul : 0;
        a.UMax = Math.Min(a.UMax, b.UMax - by);
        b.UMin = Math.Max(a.UMin + by, b.UMin);
    }

    private static void RefineSignedLess(bool is32, ref ScalarRange a, ref ScalarRange b, bool strict)
    {
        if (is32)
        {
            int step = strict ? 1 : 0;
            a.SMax32 = Math.Min(a.SMax32, b.SMax32 - step);
            b.SMin32 = Math.Max(a.SMin32 + step, b.SMin32);
            return;
        }
        long by = strict ? 1 : 0;
        a.SMax = Math.Min(a.SMax, b.SMax - by);
        b.SMin = Math.Max(a.SMin + by, b.SMin);
    }
}
