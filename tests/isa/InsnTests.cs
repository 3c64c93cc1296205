using Vm.Isa;

namespace Tests.Isa;

public sealed class InsnTests
{
    [Theory]
    [InlineData("r1 = *(u8 *)(r2 +1)", 1, false)]
    [InlineData("r1 = *(s16 *)(r2 +1)", 2, true)]
    [InlineData("r1 = *(u32 *)(r2 +1)", 4, false)]
    [InlineData("*(u64 *)(r2 +1) = 7", 8, false)]
    [InlineData("lock *(u32 *)(r2 +0) += r1", 4, false)]
    [InlineData("r0 = *(u16 *)skb[4]", 2, false)]
    [InlineData("r1 += r2", 0, false)]
    [InlineData("if r1 == r2 goto pc+1", 0, false)]
    public void SizeBytes_AndSignExtends_AreOfTheAccess(string text, int bytes, bool signExtends)
    {
        var insn = One(text);
        Assert.Equal((bytes, signExtends), (insn.SizeBytes, insn.SignExtends));
    }

    [Theory]
    [InlineData("w1 += 5", true)]
    [InlineData("if w1 == 5 goto pc+1", true)]
    [InlineData("r1 += 5", false)]
    [InlineData("r1 = be64 r1", false)]
    [InlineData("gotol pc+1", false)]
    [InlineData("r1 = *(u32 *)(r2 +0)", false)]
    public void Is32Bit_IsTheClassOfTheOperation(string text, bool expected) => Assert.Equal(expected, One(text).Is32Bit);

    [Theory]
    [InlineData("goto pc-3", 8L, true, false, true)]
    [InlineData("gotol pc+100000", 100_011L, true, false, true)]
    [InlineData("may_goto pc+2", 13L, true, true, false)]
    [InlineData("if r1 s< -1 goto pc+2", 13L, true, true, false)]
    [InlineData("call pc+5", 16L, false, false, false)]
    [InlineData("exit", 11L, false, false, true)]
    public void Target_CountsFromTheNextSlot(string text, long target, bool isJump, bool isConditional, bool endsBlock)
    {
        var insn = One(text);
        Assert.Equal((target, isJump, isConditional, endsBlock), (insn.Target(10), insn.IsJump, insn.IsConditional, insn.EndsBlock));
    }

    [Theory]
    [InlineData("lock *(u64 *)(r1 +0) |= r2", AtomicKind.Or, false)]
    [InlineData("r2 = atomic_fetch_xor((u32 *)(r1 +0), r2)", AtomicKind.Xor, true)]
    [InlineData("r2 = atomic64_xchg((u64 *)(r1 +0), r2)", AtomicKind.Xchg, true)]
    [InlineData("r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)", AtomicKind.CmpXchg, true)]
    public void Atomics_TellKindAndFetch(string text, AtomicKind kind, bool fetches)
    {
        var insn = One(text);
        Assert.Equal((true, kind, fetches), (insn.IsAtomic, insn.AtomicKind, insn.Fetches));
    }

    [Fact]
    public void Default_IsIllegal() => Assert.Equal(Op.Illegal, default(Insn).Op);

    private static Insn One(string text) => Decoder.Decode(Assembler.Assemble(text)).Insns[0];
}
