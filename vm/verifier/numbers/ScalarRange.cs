namespace Vm.Verifier.Numbers;

/// <summary>What is known about a 64-bit number: bits, and ranges of the whole and of the low half, signed and unsigned.</summary>
/// <remarks>
/// The five views describe the same number, so each can sharpen the others; <see cref="Sync"/> does that. A minimum above its
/// maximum means no number fits: the path is impossible. Source: Linux 6.12 kernel/bpf/verifier.c, reg_bounds_sync.
/// </remarks>
internal struct ScalarRange : IEquatable<ScalarRange>
{
    public Tnum Bits;
    public long SMin, SMax;
    public ulong UMin, UMax;
    public int SMin32, SMax32;
    public uint UMin32, UMax32;

    public static readonly ScalarRange Unknown = MakeUnknown();

    public readonly bool IsConst => Bits.IsConst;

    public readonly bool IsZero => Bits.IsConst && Bits.Value == 0;

    /// <summary>How many low bits the number may need.</summary>
    public readonly int Width => 64 - System.Numerics.BitOperations.LeadingZeroCount(UMax);

    public static ScalarRange Const(ulong value)
    {
        ScalarRange range = default;
        range.Bits = Tnum.Const(value);
        range.SMin = range.SMax = (long)value;
        range.UMin = range.UMax = value;
        range.SetKnown32((uint)value);
        return range;
    }

    public readonly bool IsConstOf(bool low32) => low32 ? (uint)Bits.Mask == 0 : Bits.Mask == 0;

    public readonly ulong ConstOf(bool low32) => low32 ? (uint)Bits.Value : Bits.Value;

    public void SetKnown32(uint value)
    {
        SMin32 = SMax32 = (int)value;
        UMin32 = UMax32 = value;
    }

    /// <summary>Makes the low half a known value; the high half and the 64-bit ranges stay.</summary>
    public void SetLow32(uint value)
    {
        Bits = Bits.WithLow32(Tnum.Const(value));
        SetKnown32(value);
    }

    public void Unbound()
    {
        Unbound64();
        Unbound32();
    }

    public void Unbound64()
    {
        SMin = long.MinValue;
        SMax = long.MaxValue;
        UMin = 0;
        UMax = ulong.MaxValue;
    }

    public void Unbound32()
    {
        SMin32 = int.MinValue;
        SMax32 = int.MaxValue;
        UMin32 = 0;
        UMax32 = uint.MaxValue;
    }

    /// <summary>Lets all views sharpen one another.</summary>
    public void Sync()
    {
        LearnFromBits();
        for (int round = 0; round < 3; round++)
        {
            Deduce32();
            Deduce64();
            DeduceAcross();
        }
        LearnBits();
        LearnFromBits();
    }

    /// <summary>Ranges from known bits.</summary>
    public void LearnFromBits()
    {
        LearnFromBits32();
        SMin = Math.Max(SMin, (long)(Bits.Value | (Bits.Mask & 1ul << 63)));
        SMax = Math.Min(SMax, (long)(Bits.Value | (Bits.Mask & long.MaxValue)));
        UMin = Math.Max(UMin, Bits.Value);
        UMax = Math.Min(UMax, Bits.Max);
    }

    /// <summary>Ranges of the low half from known bits.</summary>
    public void LearnFromBits32()
    {
        uint value = (uint)Bits.Value, mask = (uint)Bits.Mask;
        SMin32 = Math.Max(SMin32, (int)(value | (mask & 1u << 31)));
        SMax32 = Math.Min(SMax32, (int)(value | (mask & int.MaxValue)));
        UMin32 = Math.Max(UMin32, value);
        UMax32 = Math.Min(UMax32, value | mask);
    }

    /// <summary>Known bits from unsigned ranges.</summary>
    public void LearnBits()
    {
        var whole = Bits.Intersect(Tnum.Range(UMin, UMax));
        var low = whole.Low32.Intersect(Tnum.Range(UMin32, UMax32));
        Bits = whole.WithoutLow32 | low;
    }

    /// <summary>After a 32-bit operation: the high half is zero, the 64-bit ranges are those of the low half.</summary>
    public void ZeroExtend32()
    {
        Bits = Bits.Low32;
        UMin = UMin32;
        UMax = UMax32;
        bool nonNegative = SMin32 >= 0 && SMax32 >= 0;
        SMin = nonNegative ? SMin32 : 0;
        SMax = nonNegative ? SMax32 : uint.MaxValue;
    }

    /// <summary>False when a minimum exceeds its maximum or a constant disagrees with its ranges.</summary>
    public readonly bool IsConsistent(out string problem)
    {
        problem = "";
        if (UMin > UMax || SMin > SMax || UMin32 > UMax32 || SMin32 > SMax32) problem = "range bounds violation";
        else if (Bits.IsConst && (UMin != Bits.Value || UMax != Bits.Value || SMin != (long)Bits.Value || SMax != (long)Bits.Value))
            problem = "const tnum out of sync with range bounds";
        else if (Bits.Low32.IsConst && (UMin32 != (uint)Bits.Value || UMax32 != (uint)Bits.Value || SMin32 != (int)Bits.Value || SMax32 != (int)Bits.Value))
            problem = "const subreg tnum out of sync with range bounds";
        return problem.Length == 0;
    }

    /// <summary>True when every range of <paramref name="other"/> lies in ours.</summary>
    public readonly bool RangesInclude(in ScalarRange other) =>
        UMin <= other.UMin && UMax >= other.UMax && SMin <= other.SMin && SMax >= other.SMax
        && UMin32 <= other.UMin32 && UMax32 >= other.UMax32 && SMin32 <= other.SMin32 && SMax32 >= other.SMax32;

    /// <summary>True when the number fits every view.</summary>
    public readonly bool Contains(ulong number) =>
        Bits.Contains(number) && number >= UMin && number <= UMax && (long)number >= SMin && (long)number <= SMax
        && (uint)number >= UMin32 && (uint)number <= UMax32 && (int)number >= SMin32 && (int)number <= SMax32;

    public readonly bool Equals(ScalarRange other) =>
        Bits == other.Bits && SMin == other.SMin && SMax == other.SMax && UMin == other.UMin && UMax == other.UMax
        && SMin32 == other.SMin32 && SMax32 == other.SMax32 && UMin32 == other.UMin32 && UMax32 == other.UMax32;

    public override readonly bool Equals(object? obj) => obj is ScalarRange other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(Bits, UMin, UMax, SMin, SMax);

    private void Deduce32()
    {
        // Numbers that share their high half are ordered by their low halves.
        if (UMin >> 32 == UMax >> 32)
        {
            MeetUnsigned32((uint)UMin, (uint)UMax);
            if ((int)UMin <= (int)UMax) MeetSigned32((int)UMin, (int)UMax);
        }
        if (SMin >> 32 == SMax >> 32)
        {
            if ((uint)SMin <= (uint)SMax) MeetUnsigned32((uint)SMin, (uint)SMax);
            if ((int)SMin <= (int)SMax) MeetSigned32((int)SMin, (int)SMax);
        }
        // A range that just crosses a multiple of 2^32 crosses zero in its signed low half.
        if ((uint)(UMin >> 32) + 1 == (uint)(UMax >> 32) && (int)UMin < 0 && (int)UMax >= 0) MeetSigned32((int)UMin, (int)UMax);
        if ((uint)(SMin >> 32) + 1 == (uint)(SMax >> 32) && (int)SMin < 0 && (int)SMax >= 0) MeetSigned32((int)SMin, (int)SMax);

        if ((int)UMin32 <= (int)UMax32) MeetSigned32((int)UMin32, (int)UMax32);
        if ((uint)SMin32 <= (uint)SMax32) MeetUnsigned32((uint)SMin32, (uint)SMax32);
        else if (UMax32 < (uint)SMin32)
        {
            SMin32 = (int)UMin32;
            UMax32 = Math.Min(UMax32, (uint)SMax32);
        }
        else if ((uint)SMax32 < UMin32)
        {
            SMax32 = (int)UMax32;
            UMin32 = Math.Max(UMin32, (uint)SMin32);
        }
    }

    private void Deduce64()
    {
        if ((long)UMin <= (long)UMax)
        {
            SMin = Math.Max(SMin, (long)UMin);
            SMax = Math.Min(SMax, (long)UMax);
        }
        if ((ulong)SMin <= (ulong)SMax)
        {
            UMin = Math.Max(UMin, (ulong)SMin);
            UMax = Math.Min(UMax, (ulong)SMax);
        }
        else if (UMax < (ulong)SMin)
        {
            SMin = (long)UMin;
            UMax = Math.Min(UMax, (ulong)SMax);
        }
        else if ((ulong)SMax < UMin)
        {
            SMax = (long)UMax;
            UMin = Math.Max(UMin, (ulong)SMin);
        }
    }

    private void DeduceAcross()
    {
        MeetAcross(UMin32, UMax32);
        if ((uint)SMin32 <= (uint)SMax32) MeetAcross((uint)SMin32, (uint)SMax32);
        // A number that fits in 32 signed bits and whose low half is not negative is its low half.
        if (SMin32 < 0 || SMin < int.MinValue || SMax > int.MaxValue) return;
        SMin = SMin32;
        SMax = SMax32;
        UMin = (ulong)SMin32;
        UMax = (ulong)SMax32;
        Bits = Bits.Intersect(Tnum.Range(UMin, UMax));
    }

    private void MeetAcross(uint lowMin, uint lowMax)
    {
        const ulong high = ~0xffff_fffful;
        UMin = Math.Max(UMin, (UMin & high) | lowMin);
        UMax = Math.Min(UMax, (UMax & high) | lowMax);
        SMin = Math.Max(SMin, (long)(((ulong)SMin & high) | lowMin));
        SMax = Math.Min(SMax, (long)(((ulong)SMax & high) | lowMax));
    }

    private void MeetUnsigned32(uint min, uint max)
    {
        UMin32 = Math.Max(UMin32, min);
        UMax32 = Math.Min(UMax32, max);
    }

    private void MeetSigned32(int min, int max)
    {
        SMin32 = Math.Max(SMin32, min);
        SMax32 = Math.Min(SMax32, max);
    }

    private static ScalarRange MakeUnknown()
    {
        ScalarRange range = default;
        range.Bits = Tnum.Unknown;
        range.Unbound();
        return range;
    }
}
