using CsCheck;
using Vm.Verifier.Numbers;

namespace Tests.Verifier;

/// <summary>Random numbers with an eye on corners, and ranges known to contain a given number.</summary>
internal static class ScalarGen
{
    private static readonly ulong[] s_corners =
        [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, long.MaxValue, 1ul << 63, ulong.MaxValue - 1, ulong.MaxValue];

    /// <summary>Cases per property: 20,000, or what SLOW_CASES says.</summary>
    public static long Iterations { get; } = long.TryParse(Environment.GetEnvironmentVariable("SLOW_CASES"), out long cases) ? cases : 20_000;

    /// <summary>Any number; small ones and those near a power of two more often.</summary>
    public static Gen<ulong> Number { get; } = Gen.OneOf(
        Gen.ULong,
        Gen.Int[0, s_corners.Length - 1].Select(i => s_corners[i]),
        Gen.Select(Gen.Int[0, s_corners.Length - 1], Gen.Int[-3, 3], (i, delta) => s_corners[i] + (ulong)delta),
        Gen.UInt.Select(x => (ulong)x),
        Gen.Int.Select(x => (ulong)x));

    /// <summary>A number and a range that contains it, as conditional jumps and masks would have left it.</summary>
    public static Gen<(ulong Number, ScalarRange Range)> Member { get; } =
        Gen.Select(Number, Number, Number, Number, Gen.Int[0, 63]).Select((x, mask, a, b, shape) => (x, Around(x, mask, a, b, shape)));

    private static ScalarRange Around(ulong x, ulong mask, ulong a, ulong b, int shape)
    {
        var range = ScalarRange.Unknown;
        if ((shape & 1) != 0) range.Bits = new Tnum(x & ~mask, mask);
        if ((shape & 2) != 0) (range.UMin, range.UMax) = (Math.Min(x, a), Math.Max(x, b));
        if ((shape & 4) != 0) (range.SMin, range.SMax) = (Math.Min((long)x, (long)b), Math.Max((long)x, (long)a));
        if ((shape & 8) != 0) (range.UMin32, range.UMax32) = (Math.Min((uint)x, (uint)a), Math.Max((uint)x, (uint)b));
        if ((shape & 16) != 0) (range.SMin32, range.SMax32) = (Math.Min((int)x, (int)b), Math.Max((int)x, (int)a));
        if (shape == 63) range = ScalarRange.Const(x);
        range.Sync();
        return range;
    }
}
