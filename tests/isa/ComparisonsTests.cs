using System.Numerics;
using CsCheck;
using Vm.Isa;

namespace Tests.Isa;

public sealed class ComparisonsTests
{
    private static readonly (Op Whole, Op Half, bool Signed, Func<BigInteger, BigInteger, bool> Rule)[] s_rules =
    [
        (Op.Jeq64, Op.Jeq32, false, (a, b) => (a - b).IsZero),
        (Op.Jne64, Op.Jne32, false, (a, b) => !(a - b).IsZero),
        (Op.Jgt64, Op.Jgt32, false, (a, b) => (a - b).Sign > 0),
        (Op.Jge64, Op.Jge32, false, (a, b) => (a - b).Sign >= 0),
        (Op.Jlt64, Op.Jlt32, false, (a, b) => (a - b).Sign < 0),
        (Op.Jle64, Op.Jle32, false, (a, b) => (a - b).Sign <= 0),
        (Op.Jset64, Op.Jset32, false, (a, b) => !(a & b).IsZero),
        (Op.Jsgt64, Op.Jsgt32, true, (a, b) => (a - b).Sign > 0),
        (Op.Jsge64, Op.Jsge32, true, (a, b) => (a - b).Sign >= 0),
        (Op.Jslt64, Op.Jslt32, true, (a, b) => (a - b).Sign < 0),
        (Op.Jsle64, Op.Jsle32, true, (a, b) => (a - b).Sign <= 0),
    ];

    [Fact]
    public void Comparisons_AreThoseOfIntegers()
    {
        var methods = s_rules.Select(rule => (Whole: Method(rule.Whole), Half: Method(rule.Half), rule.Signed, rule.Rule)).ToList();
        Gen.Select(IsaGen.Value, IsaGen.Value).Sample((a, b) =>
        {
            foreach (var (whole, half, signed, rule) in methods)
            {
                Assert.Equal(signed ? rule((long)a, (long)b) : rule(a, b), whole(a, b));
                Assert.Equal(signed ? rule((int)a, (int)b) : rule((uint)a, (uint)b), half(a, b));
            }
        }, iter: 20_000, threads: 1);
    }

    [Fact]
    public void Rules_CoverEveryComparison() =>
        Assert.Equal(
            OpTable.Rows.Where(row => row.Form == Form.JumpImm).Select(row => row.Op).Order(),
            s_rules.SelectMany(rule => new[] { rule.Whole, rule.Half }).Order());

    private static Func<ulong, ulong, bool> Method(Op op)
    {
        Assert.True(OpMethods.TryMethod(op, out var method));
        return method.CreateDelegate<Func<ulong, ulong, bool>>();
    }
}
