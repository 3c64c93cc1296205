using System.Numerics;
using CsCheck;
using Vm.Isa;

namespace Tests.Isa;

public sealed class ArithmeticTests
{
    private static readonly (Func<ulong, ulong, ulong> Whole, Func<ulong, ulong, ulong> Half, Func<BigInteger, BigInteger, int, BigInteger> Rule)[] s_unsigned =
    [
        (Arithmetic.Add64, Arithmetic.Add32, (a, b, _) => a + b),
        (Arithmetic.Sub64, Arithmetic.Sub32, (a, b, _) => a - b),
        (Arithmetic.Mul64, Arithmetic.Mul32, (a, b, _) => a * b),
        (Arithmetic.Div64, Arithmetic.Div32, (a, b, _) => b.IsZero ? 0 : BigInteger.Divide(a, b)),
        (Arithmetic.Mod64, Arithmetic.Mod32, (a, b, _) => b.IsZero ? a : BigInteger.Remainder(a, b)),
        (Arithmetic.Or64, Arithmetic.Or32, (a, b, _) => a | b),
        (Arithmetic.And64, Arithmetic.And32, (a, b, _) => a & b),
        (Arithmetic.Xor64, Arithmetic.Xor32, (a, b, _) => a ^ b),
        (Arithmetic.Lsh64, Arithmetic.Lsh32, (a, b, bits) => a * BigInteger.Pow(2, (int)(b % bits))),
        (Arithmetic.Rsh64, Arithmetic.Rsh32, (a, b, bits) => a / BigInteger.Pow(2, (int)(b % bits))),
        ((a, _) => Arithmetic.Neg64(a), (a, _) => Arithmetic.Neg32(a), (a, _, bits) => BigInteger.Pow(2, bits) - a),
        ((_, b) => Arithmetic.Mov64(b), (_, b) => Arithmetic.Mov32(b), (_, b, _) => b),
    ];

    private static readonly (Func<ulong, ulong, ulong> Whole, Func<ulong, ulong, ulong> Half, Func<BigInteger, BigInteger, int, BigInteger> Rule)[] s_signed =
    [
        (Arithmetic.SDiv64, Arithmetic.SDiv32, (a, b, _) => b.IsZero ? 0 : BigInteger.Divide(a, b)),
        (Arithmetic.SMod64, Arithmetic.SMod32, (a, b, _) => b.IsZero ? a : BigInteger.Remainder(a, b)),
        (Arithmetic.Arsh64, Arithmetic.Arsh32, (a, b, bits) => FloorDivide(a, BigInteger.Pow(2, (int)(b & (bits - 1))))),
    ];

    [Fact]
    public void UnsignedOperations_AreIntegerArithmeticModuloTheWidth() =>
        Gen.Select(IsaGen.Value, IsaGen.Value).Sample((a, b) =>
        {
            foreach (var (whole, half, rule) in s_unsigned)
            {
                Assert.Equal(Wrap(rule(a, b, 64), 64), whole(a, b));
                Assert.Equal(Wrap(rule((uint)a, (uint)b, 32), 32), half(a, b));
            }
        }, iter: 20_000, threads: 1);

    [Fact]
    public void SignedOperations_AreIntegerArithmeticModuloTheWidth() =>
        Gen.Select(IsaGen.Value, IsaGen.Value).Sample((a, b) =>
        {
            foreach (var (whole, half, rule) in s_signed)
            {
                Assert.Equal(Wrap(rule((long)a, (long)b, 64), 64), whole(a, b));
                Assert.Equal(Wrap(rule((int)a, (int)b, 32), 32), half(a, b));
            }
        }, iter: 20_000, threads: 1);

    [Fact]
    public void SignExtendingCopies_KeepTheValueOfTheNarrowNumber() =>
        IsaGen.Value.Sample(value =>
        {
            Assert.Equal(Wrap(Narrow(value, 8), 64), Arithmetic.MovSx8To64(value));
            Assert.Equal(Wrap(Narrow(value, 16), 64), Arithmetic.MovSx16To64(value));
            Assert.Equal(Wrap(Narrow(value, 32), 64), Arithmetic.MovSx32To64(value));
            Assert.Equal(Wrap(Narrow(value, 8), 32), Arithmetic.MovSx8To32(value));
            Assert.Equal(Wrap(Narrow(value, 16), 32), Arithmetic.MovSx16To32(value));
        }, threads: 1);

    [Fact]
    public void ByteOrder_ReversesOrTruncatesTheLowBytes() =>
        IsaGen.Value.Sample(value =>
        {
            foreach (var (bytes, le, be, swap) in new (int, Func<ulong, ulong>, Func<ulong, ulong>, Func<ulong, ulong>)[]
                     {
                         (2, Arithmetic.Le16, Arithmetic.Be16, Arithmetic.Bswap16),
                         (4, Arithmetic.Le32, Arithmetic.Be32, Arithmetic.Bswap32),
                         (8, Arithmetic.Le64, Arithmetic.Be64, Arithmetic.Bswap64),
                     })
            {
                byte[] low = BitConverter.GetBytes(value)[..bytes];
                ulong reversed = (ulong)new BigInteger(low, isUnsigned: true, isBigEndian: true);
                Assert.Equal((ulong)new BigInteger(low, isUnsigned: true), le(value));
                Assert.Equal(reversed, be(value));
                Assert.Equal(reversed, swap(value));
            }
        }, threads: 1);

    [Fact]
    public void Div64_ByZero_YieldsZero() => Assert.Equal(0ul, Arithmetic.Div64(7, 0));

    [Fact]
    public void Mod32_ByZero_YieldsTheLowHalf() => Assert.Equal(7ul, Arithmetic.Mod32(0xffffffff00000007, 0));

    [Fact]
    public void SDiv64_OfTheLeastByMinusOne_WrapsInsteadOfThrowing() =>
        Assert.Equal(1ul << 63, Arithmetic.SDiv64(1ul << 63, ulong.MaxValue));

    [Fact]
    public void SDiv32_LooksOnlyAtLowHalves() => Assert.Equal(0x80000000ul, Arithmetic.SDiv32(0x1234_80000000, 0x5678_ffffffff));

    [Fact]
    public void SMod64_ByMinusOne_YieldsZero() => Assert.Equal(0ul, Arithmetic.SMod64(1ul << 63, ulong.MaxValue));

    [Fact]
    public void EveryComputingOperation_HasAMethod_AndNoOther()
    {
        foreach (var op in Enum.GetValues<Op>())
        {
            var rows = OpTable.Rows.Where(row => row.Op == op).ToList();
            bool computes = rows.Any(row => row.Form is Form.Dst or Form.DstImm or Form.DstSrc or Form.JumpImm or Form.JumpSrc or Form.Atomic)
                && op is not (Op.CastKernel or Op.CastUser);
            Assert.Equal(computes, OpMethods.TryMethod(op, out var method));
            if (computes) Assert.Equal(op.ToString(), method!.Name);
        }
    }

    private static BigInteger FloorDivide(BigInteger a, BigInteger b) => (a - (((a % b) + b) % b)) / b;

    private static BigInteger Narrow(ulong value, int bits)
    {
        var low = (BigInteger)value % BigInteger.Pow(2, bits);
        return low >= BigInteger.Pow(2, bits - 1) ? low - BigInteger.Pow(2, bits) : low;
    }

    private static ulong Wrap(BigInteger value, int bits)
    {
        var modulus = BigInteger.Pow(2, bits);
        return (ulong)(((value % modulus) + modulus) % modulus);
    }
}
