using CsCheck;
using Vm.Isa;
using Vm.Verifier.Numbers;

namespace Tests.Verifier;

/// <summary>What is known about a number never excludes the number: the property everything else rests on.</summary>
public sealed class ScalarRangeTests
{
    public static TheoryData<Op> Operations =>
    [
        Op.Add64, Op.Sub64, Op.Mul64, Op.And64, Op.Or64, Op.Xor64, Op.Lsh64, Op.Rsh64, Op.Arsh64, Op.Div64, Op.Mod64,
        Op.Add32, Op.Sub32, Op.Mul32, Op.And32, Op.Or32, Op.Xor32, Op.Lsh32, Op.Rsh32, Op.Arsh32, Op.SDiv32, Op.SMod32,
    ];

    public static TheoryData<Op> Jumps =>
    [
        Op.Jeq64, Op.Jne64, Op.Jgt64, Op.Jge64, Op.Jlt64, Op.Jle64, Op.Jset64, Op.Jsgt64, Op.Jsge64, Op.Jslt64, Op.Jsle64,
        Op.Jeq32, Op.Jne32, Op.Jgt32, Op.Jge32, Op.Jlt32, Op.Jle32, Op.Jset32, Op.Jsgt32, Op.Jsge32, Op.Jslt32, Op.Jsle32,
    ];

    [Fact]
    public void Sync_KeepsTheNumber() => ScalarGen.Member.Sample(m => m.Range.Contains(m.Number), iter: ScalarGen.Iterations);

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_ContainsTheConcreteResult(Op op)
    {
        Assert.True(OpMethods.TryMethod(op, out var method));
        var concrete = method.CreateDelegate<Func<ulong, ulong, ulong>>();
        bool is32 = op.ToString().EndsWith("32", StringComparison.Ordinal), shifts = op.ToString().Contains("sh", StringComparison.Ordinal);
        Gen.Select(ScalarGen.Member, ScalarGen.Member, Gen.Int[0, 63]).Sample((a, b, count) =>
        {
            if (shifts) b = ((ulong)(count & (is32 ? 31 : 63)), ScalarRange.Const((ulong)(count & (is32 ? 31 : 63))));
            var result = a.Range;
            ScalarArithmetic.Apply(op, is32, ref result, b.Range);
            return result.Contains(concrete(a.Number, b.Number));
        }, iter: ScalarGen.Iterations);
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public void Comparison_NeverDecidesOrLearnsWrongly(Op op)
    {
        Assert.True(OpMethods.TryMethod(op, out var method));
        var concrete = method.CreateDelegate<Func<ulong, ulong, bool>>();
        bool is32 = op.ToString().EndsWith("32", StringComparison.Ordinal);
        var relation = Comparison.Of(op);
        Gen.Select(ScalarGen.Member, ScalarGen.Member, Gen.Int[0, 3]).Sample((a, b, shape) =>
        {
            if (shape == 0) b = (b.Number, ScalarRange.Const(b.Number));
            if (shape == 1) b = a;
            bool taken = concrete(a.Number, b.Number);
            if (Comparison.Decide(relation, is32, a.Range, b.Range) is { } decided && decided != taken) return false;
            var (x, y) = (a.Range, b.Range);
            Comparison.Refine(taken ? relation : Comparison.Negate(relation), is32, ref x, ref y);
            x.Sync();
            y.Sync();
            return x.Contains(a.Number) && y.Contains(b.Number);
        }, iter: ScalarGen.Iterations);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void TruncationAndExtension_ContainTheConcreteResult(int bytes) => ScalarGen.Member.Sample(m =>
    {
        int shift = 64 - bytes * 8;
        var (truncated, extended, extended32) = (m.Range, m.Range, m.Range);
        ScalarArithmetic.Truncate(ref truncated, bytes);
        ScalarArithmetic.SignExtend64(ref extended, bytes);
        bool fine = truncated.Contains(m.Number << shift >> shift) && extended.Contains((ulong)((long)(m.Number << shift) >> shift));
        if (bytes == 4) return fine;
        ScalarArithmetic.SignExtend32(ref extended32, bytes);
        extended32.ZeroExtend32();
        extended32.Sync();
        return fine && extended32.Contains((uint)((int)((uint)m.Number << (32 - bytes * 8)) >> (32 - bytes * 8)));
    }, iter: ScalarGen.Iterations);
}
