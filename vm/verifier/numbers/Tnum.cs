namespace Vm.Verifier.Numbers;

/// <summary>A 64-bit value of which some bits are known: the abstract value for bitwise reasoning.</summary>
/// <remarks>
/// A concrete x is a member when <c>(x &amp; ~Mask) == Value</c>. Every operation's result contains the result of the concrete
/// operation on any members; the property tests hold that. Source: Linux 6.12 kernel/bpf/tnum.c.
/// </remarks>
/// <param name="Value">Known bits; 0 where <paramref name="Mask"/> is 1.</param>
/// <param name="Mask">1 where the bit is unknown.</param>
public readonly record struct Tnum(ulong Value, ulong Mask)
{
    /// <summary>Nothing known.</summary>
    public static Tnum Unknown { get; } = new(0, ulong.MaxValue);

    /// <summary>True when every bit is known.</summary>
    public bool IsConst => Mask == 0;

    /// <summary>True when no bit is known.</summary>
    public bool IsUnknown => Mask == ulong.MaxValue;

    /// <summary>Largest member, unsigned.</summary>
    public ulong Max => Value | Mask;

    /// <summary>The low half; the high half is known to be 0.</summary>
    public Tnum Low32 => new((uint)Value, (uint)Mask);

    /// <summary>The high half; the low half is known to be 0.</summary>
    public Tnum WithoutLow32 => new(Value & ~0xffff_fffful, Mask & ~0xffff_fffful);

    /// <summary>Exactly one value.</summary>
    public static Tnum Const(ulong value) => new(value, 0);

    /// <summary>The smallest tnum that contains every number from <paramref name="min"/> to <paramref name="max"/>, unsigned.</summary>
    public static Tnum Range(ulong min, ulong max)
    {
        ulong differing = min ^ max;
        int bits = 64 - System.Numerics.BitOperations.LeadingZeroCount(differing);
        if (bits > 63) return Unknown;
        ulong unknown = (1ul << bits) - 1;
        return new Tnum(min & ~unknown, unknown);
    }

    /// <summary>True when the concrete number is a member.</summary>
    public bool Contains(ulong number) => (number & ~Mask) == Value;

    /// <summary>True when every member of <paramref name="other"/> is a member.</summary>
    public bool Includes(Tnum other) => (other.Mask & ~Mask) == 0 && (other.Value & ~Mask) == Value;

    /// <summary>False when no number is a member of both.</summary>
    public bool Overlaps(Tnum other)
    {
        ulong known = ~Mask & ~other.Mask;
        return (Value & known) == (other.Value & known);
    }

    /// <summary>What is known when both are true of one number.</summary>
    public Tnum Intersect(Tnum other)
    {
        ulong mask = Mask & other.Mask;
        return new Tnum((Value | other.Value) & ~mask, mask);
    }

    /// <summary>The low half replaced by that of <paramref name="low"/>.</summary>
    public Tnum WithLow32(Tnum low) => WithoutLow32 | low.Low32;

    /// <summary>Keeps <paramref name="bytes"/> (1-8) low bytes.</summary>
    public Tnum Truncate(int bytes)
    {
        ulong kept = bytes >= 8 ? ulong.MaxValue : (1ul << (bytes * 8)) - 1;
        return new Tnum(Value & kept, Mask & kept);
    }

    /// <summary>True when every member is a multiple of <paramref name="size"/>, a power of two.</summary>
    public bool IsAligned(int size) => ((Value | Mask) & (ulong)(size - 1)) == 0;

    /// <summary>Shift left; <paramref name="count"/> is 0-63.</summary>
    public Tnum ShiftLeft(int count) => new(Value << count, Mask << count);

    /// <summary>Logical shift right; <paramref name="count"/> is 0-63.</summary>
    public Tnum ShiftRight(int count) => new(Value >> count, Mask >> count);

    /// <summary>Arithmetic shift right of 64 bits; <paramref name="count"/> is 0-63.</summary>
    public Tnum ShiftRightSigned(int count) => new((ulong)((long)Value >> count), (ulong)((long)Mask >> count));

    /// <summary>Arithmetic shift right of the low half; <paramref name="count"/> is 0-31.</summary>
    public Tnum ShiftRightSigned32(int count) => new((uint)((int)Value >> count), (uint)((int)Mask >> count));

    /// <summary>Wrapping sum.</summary>
    public static Tnum operator +(Tnum a, Tnum b)
    {
        ulong lowest = a.Value + b.Value, highest = lowest + a.Mask + b.Mask;
        ulong unknown = (highest ^ lowest) | a.Mask | b.Mask;
        return new Tnum(lowest & ~unknown, unknown);
    }

    /// <summary>Wrapping difference.</summary>
    public static Tnum operator -(Tnum a, Tnum b)
    {
        ulong difference = a.Value - b.Value;
        ulong unknown = ((difference + a.Mask) ^ (difference - b.Mask)) | a.Mask | b.Mask;
        return new Tnum(difference & ~unknown, unknown);
    }

    /// <summary>Wrapping product. O(64).</summary>
    public static Tnum operator *(Tnum a, Tnum b)
    {
        var known = Const(a.Value * b.Value);
        var unknown = Const(0);
        while ((a.Value | a.Mask) != 0)
        {
            // A known 1 passes on what is unknown in b; an unknown bit may pass on all of b or nothing.
            if ((a.Value & 1) != 0) unknown += new Tnum(0, b.Mask);
            else if ((a.Mask & 1) != 0) unknown += new Tnum(0, b.Value | b.Mask);
            a = a.ShiftRight(1);
            b = b.ShiftLeft(1);
        }
        return known + unknown;
    }

    /// <summary>Bitwise and.</summary>
    public static Tnum operator &(Tnum a, Tnum b)
    {
        ulong value = a.Value & b.Value;
        return new Tnum(value, a.Max & b.Max & ~value);
    }

    /// <summary>Bitwise or.</summary>
    public static Tnum operator |(Tnum a, Tnum b)
    {
        ulong value = a.Value | b.Value;
        return new Tnum(value, (a.Mask | b.Mask) & ~value);
    }

    /// <summary>Bitwise exclusive or.</summary>
    public static Tnum operator ^(Tnum a, Tnum b)
    {
        ulong mask = a.Mask | b.Mask;
        return new Tnum((a.Value ^ b.Value) & ~mask, mask);
    }
}
