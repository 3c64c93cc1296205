using Vm.Isa;

namespace Tests.Isa;

public sealed class DisassemblerTests
{
    /// <summary>Source: Linux 6.12 kernel/bpf/disasm.c, print_bpf_insn; helpers stay unnamed because no resolver is given.</summary>
    [Theory]
    [InlineData("b700000001000000", "(b7) r0 = 1")]
    [InlineData("b4010000ffffffff", "(b4) w1 = -1")]
    [InlineData("61124c0000000000", "(61) r2 = *(u32 *)(r1 +76)")]
    [InlineData("91a2ffff00000000", "(91) r2 = *(s8 *)(r10 -1)")]
    [InlineData("7b1af8ff00000000", "(7b) *(u64 *)(r10 -8) = r1")]
    [InlineData("620af8ff05000000", "(62) *(u32 *)(r10 -8) = 5")]
    [InlineData("8500000001000000", "(85) call bpf_map_lookup_elem#1")]
    [InlineData("8510000005000000", "(85) call pc+5")]
    [InlineData("85200000d2040000", "(85) call kernel-function#1234")]
    [InlineData("6601030005000000", "(66) if w1 s> 0x5 goto pc+3")]
    [InlineData("1501feffffffffff", "(15) if r1 == 0xffffffff goto pc-2")]
    [InlineData("2d21030000000000", "(2d) if r1 > r2 goto pc+3")]
    [InlineData("4501000004000000", "(45) if r1 & 0x4 goto pc+0")]
    [InlineData("bf10200000000000", "(bf) r0 = (s32)r1")]
    [InlineData("bc10080000000000", "(bc) w0 = (s8)w1")]
    [InlineData("3f10010000000000", "(3f) r0 s/= r1")]
    [InlineData("c700000003000000", "(c7) r0 s>>= 3")]
    [InlineData("8400000000000000", "(84) w0 = -w0")]
    [InlineData("dc01000010000000", "(dc) r1 = be16 r1")]
    [InlineData("d701000040000000", "(d7) r1 = bswap64 r1")]
    [InlineData("db21000000000000", "(db) lock *(u64 *)(r1 +0) += r2")]
    [InlineData("c321000041000000", "(c3) r2 = atomic_fetch_or((u32 *)(r1 +0), r2)")]
    [InlineData("db21f8fff1000000", "(db) r0 = atomic64_cmpxchg((u64 *)(r1 -8), r0, r2)")]
    [InlineData("db210800e1000000", "(db) r2 = atomic64_xchg((u64 *)(r1 +8), r2)")]
    [InlineData("0500010000000000", "(05) goto pc+1")]
    [InlineData("06000000ffffffff", "(06) gotol pc-1")]
    [InlineData("e500020000000000", "(e5) may_goto pc+2")]
    [InlineData("300000000e000000", "(30) r0 = *(u8 *)skb[14]")]
    [InlineData("4820000004000000", "(48) r0 = *(u16 *)skb[r2 + 4]")]
    [InlineData("bf10010000000100", "(bf) r0 = addr_space_cast(r1, 1, 0)")]
    [InlineData("bf10010001000000", "(bf) r0 = addr_space_cast(r1, 0, 1)")]
    [InlineData("9500000000000000", "(95) exit")]
    [InlineData("18010000efcdab890000000067452301", "(18) r1 = 0x123456789abcdef")]
    [InlineData("18110000050000000000000000000000", "(18) r1 = 0x5")]
    [InlineData("3700000000000000", "(37) r0 /= 0")]
    [InlineData("6700000040000000", "(67) r0 <<= 64")]
    [InlineData("0fb0000000000000", "(0f) r0 += r11")]
    [InlineData("8510020001000000", "(85) call pc+1")]
    [InlineData("180202000100000000000000f733d42a", "(18) r2 = 0x2ad433f700000001")]
    [InlineData("db21000002000000", "BUG_db")]
    public void KernelText_IsTheVerifierLogs(string hex, string text) =>
        Assert.Equal(text, Disassembler.Kernel.Format(Decoder.Decode(DecoderTests.Slots(hex)).Insns[0]));

    [Theory]
    [InlineData("18110000050000000000000000000000", "(18) r1 = map_fd[5]")]
    [InlineData("18220000050000000000000008000000", "(18) r2 = map_fd[5][0]+8")]
    [InlineData("18620000000000000000000008000000", "(18) r2 = map_idx[0][0]+8")]
    [InlineData("852003000a000000", "(85) call kernel-function#10@3")]
    [InlineData("3700000000000000", ".slot 0x0000000000000037")]
    public void LosslessText_ShowsWhatTheKernelLeavesOut(string hex, string text) =>
        Assert.Equal(text, Disassembler.Lossless.Format(Decoder.Decode(DecoderTests.Slots(hex)).Insns[0]));

    [Fact]
    public void Names_AreTheKernels()
    {
        var named = new Disassembler { KfuncName = insn => insn.Imm == 7 ? "bpf_rcu_read_lock" : null };
        var insns = Decoder.Decode(DecoderTests.Slots("8500000001000000" + "8520000007000000" + "85000000d4000000")).Insns;
        Assert.Equal("0: (85) call bpf_map_lookup_elem#1\n1: (85) call bpf_rcu_read_lock#7\n2: (85) call unknown#212\n", named.Format(insns));
    }

    [Fact]
    public void HidePointers_ZeroesMapsButNotConstants()
    {
        var hiding = new Disassembler { HidePointers = true };
        var insns = Decoder.Decode(DecoderTests.Slots("18110000050000000000000000000000" + "18010000050000000000000000000000")).Insns;
        Assert.Equal("0: (18) r1 = 0x0\n2: (18) r1 = 0x5\n", hiding.Format(insns));
    }
}
