using CsCheck;
using Vm.Isa;

namespace Tests.Isa;

public sealed unsafe class AtomicsTests
{
    private static readonly (Op Whole, Op Half, Func<ulong, ulong, ulong> Rule)[] s_rules =
    [
        (Op.AtomicFetchAdd64, Op.AtomicFetchAdd32, (old, src) => old + src),
        (Op.AtomicFetchOr64, Op.AtomicFetchOr32, (old, src) => old | src),
        (Op.AtomicFetchAnd64, Op.AtomicFetchAnd32, (old, src) => old & src),
        (Op.AtomicFetchXor64, Op.AtomicFetchXor32, (old, src) => old ^ src),
        (Op.AtomicXchg64, Op.AtomicXchg32, (_, src) => src),
    ];

    private static readonly (Op Whole, Op Half, Func<ulong, ulong, ulong> Rule)[] s_silentRules =
    [
        (Op.AtomicAdd64, Op.AtomicAdd32, (old, src) => old + src),
        (Op.AtomicOr64, Op.AtomicOr32, (old, src) => old | src),
        (Op.AtomicAnd64, Op.AtomicAnd32, (old, src) => old & src),
        (Op.AtomicXor64, Op.AtomicXor32, (old, src) => old ^ src),
    ];

    [Fact]
    public void FetchingAtomics_ChangeTheirBytesOnly_AndReturnTheOldValue() =>
        Gen.Select(IsaGen.Value, IsaGen.Value, IsaGen.Value).Sample((before, after, src) =>
        {
            ulong* cells = stackalloc ulong[] { before, after };
            foreach (var (whole, half, rule) in s_rules)
            {
                cells[0] = before;
                Assert.Equal(before, Fetching(whole)((ulong)cells, src));
                Assert.Equal((rule(before, src), after), (cells[0], cells[1]));

                cells[0] = before;
                Assert.Equal((uint)before, Fetching(half)((ulong)cells, src));
                Assert.Equal((LowHalf(rule, before, src), after), (cells[0], cells[1]));
            }
        }, threads: 1);

    [Fact]
    public void SilentAtomics_ChangeTheirBytesOnly() =>
        Gen.Select(IsaGen.Value, IsaGen.Value).Sample((before, src) =>
        {
            foreach (var (whole, half, rule) in s_silentRules)
            {
                ulong cell = before;
                Silent(whole)((ulong)&cell, src);
                Assert.Equal(rule(before, src), cell);

                cell = before;
                Silent(half)((ulong)&cell, src);
                Assert.Equal(LowHalf(rule, before, src), cell);
            }
        }, threads: 1);

    [Theory]
    [InlineData(5, 5, 9, 9)]
    [InlineData(5, 6, 9, 5)]
    [InlineData(0x1_0000_0005, 5, 9, 0x1_0000_0005)]
    public void CmpXchg64_StoresOnlyIfEqual_AndReturnsTheOldValue(ulong before, ulong r0, ulong src, ulong expected)
    {
        ulong cell = before;
        Assert.Equal(before, Atomics.AtomicCmpXchg64((ulong)&cell, r0, src));
        Assert.Equal(expected, cell);
    }

    [Theory]
    [InlineData(0x7_0000_0005, 5, 0x3_0000_0009, 0x7_0000_0009)]
    [InlineData(0x7_0000_0005, 0xffff_0000_0005, 9, 0x7_0000_0009)]
    [InlineData(0x7_0000_0005, 6, 9, 0x7_0000_0005)]
    public void CmpXchg32_ComparesLowHalves_AndReturnsTheOldOneZeroExtended(ulong before, ulong r0, ulong src, ulong expected)
    {
        ulong cell = before;
        Assert.Equal(5ul, Atomics.AtomicCmpXchg32((ulong)&cell, r0, src));
        Assert.Equal(expected, cell);
    }

    [Fact]
    public void Atomics_FromSeveralThreads_LoseNothing()
    {
        const int Rounds = 20_000;
        ulong sum = 0, parity = 0;
        ulong sumAt = (ulong)&sum, parityAt = (ulong)&parity;
        Parallel.For(0, 4, worker =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                Atomics.AtomicAdd64(sumAt, 3);
                Atomics.AtomicFetchXor64(parityAt, 1ul << worker);
                Atomics.AtomicFetchXor32(parityAt + 4, (uint)i);
                Atomics.AtomicFetchXor32(parityAt + 4, (uint)i);
            }
        });
        Assert.Equal((4ul * Rounds * 3, 0ul), (sum, parity));
    }

    private static ulong LowHalf(Func<ulong, ulong, ulong> rule, ulong before, ulong src) =>
        (before & 0xffffffff00000000) | (uint)rule(before, src);

    private static Func<ulong, ulong, ulong> Fetching(Op op)
    {
        Assert.True(OpMethods.TryMethod(op, out var method));
        return method.CreateDelegate<Func<ulong, ulong, ulong>>();
    }

    private static Action<ulong, ulong> Silent(Op op)
    {
        Assert.True(OpMethods.TryMethod(op, out var method));
        return method.CreateDelegate<Action<ulong, ulong>>();
    }
}
