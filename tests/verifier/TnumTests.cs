using CsCheck;
using Vm.Verifier.Numbers;

namespace Tests.Verifier;

/// <summary>Every operation's abstract result contains the concrete one.</summary>
public sealed class TnumTests
{
    private static readonly Gen<Tnum> s_tnum = Gen.Select(ScalarGen.Number, ScalarGen.Number, (value, mask) => new Tnum(value & ~mask, mask));

    [Fact]
    public void BinaryOperations_ContainTheConcreteResult() =>
        Gen.Select(s_tnum, s_tnum, ScalarGen.Number, ScalarGen.Number).Sample((a, b, x, y) =>
        {
            x = (x & a.Mask) | a.Value;
            y = (y & b.Mask) | b.Value;
            return (a + b).Contains(x + y) && (a - b).Contains(x - y) && (a * b).Contains(x * y)
                && (a & b).Contains(x & y) && (a | b).Contains(x | y) && (a ^ b).Contains(x ^ y);
        }, iter: ScalarGen.Iterations);

    [Fact]
    public void Shifts_ContainTheConcreteResult() =>
        Gen.Select(s_tnum, ScalarGen.Number, Gen.Int[0, 63]).Sample((a, x, count) =>
        {
            x = (x & a.Mask) | a.Value;
            return a.ShiftLeft(count).Contains(x << count) && a.ShiftRight(count).Contains(x >> count)
                && a.ShiftRightSigned(count).Contains((ulong)((long)x >> count))
                && a.Low32.ShiftRightSigned32(count & 31).Contains((uint)((int)x >> (count & 31)));
        }, iter: ScalarGen.Iterations);

    [Fact]
    public void Range_ContainsItsEndsAndWhatLiesBetween() =>
        Gen.Select(ScalarGen.Number, ScalarGen.Number, ScalarGen.Number).Sample((a, b, x) =>
        {
            var (min, max) = a < b ? (a, b) : (b, a);
            ulong between = max - min == ulong.MaxValue ? x : min + x % (max - min + 1);
            var range = Tnum.Range(min, max);
            return range.Contains(min) && range.Contains(max) && range.Contains(between);
        }, iter: ScalarGen.Iterations);

    [Fact]
    public void Includes_MeansEveryMemberIsAMember() =>
        Gen.Select(s_tnum, s_tnum, ScalarGen.Number).Sample((a, b, x) => !a.Includes(b) || a.Contains((x & b.Mask) | b.Value), iter: ScalarGen.Iterations);
}
