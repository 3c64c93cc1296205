using Vm.Abi;
using Vm.Isa;

namespace Tests.Isa;

public sealed class AssemblerTests
{
    [Fact]
    public void Labels_Comments_AndSlotNumbers_AreRead()
    {
        var slots = Assembler.Assemble("""
            ; sums 10..1
            start:  r0 = 0          // total
                    r1 = 10
            2:      r2 = 0x1122334455667788 ll
            loop: again:
            4: (0f) r0 += r1        ; R0_w=scalar()
                    r1 -= 1
                    if r1 != 0 goto loop
                    gotol out
                    goto start
            out:    exit
            """);
        Assert.Equal(
            """
            0: (b7) r0 = 0
            1: (b7) r1 = 10
            2: (18) r2 = 0x1122334455667788
            4: (0f) r0 += r1
            5: (17) r1 -= 1
            6: (55) if r1 != 0x0 goto pc-3
            7: (06) gotol pc+1
            8: (05) goto pc-9
            9: (95) exit

            """, Disassembler.Kernel.Format(Decoder.Decode(slots).Insns));
    }

    [Theory]
    [InlineData("call 12", "(85) call bpf_tail_call#12")]
    [InlineData("call #12", "(85) call bpf_tail_call#12")]
    [InlineData("call bpf_tail_call#12", "(85) call bpf_tail_call#12")]
    [InlineData("call bpf_tail_call", "(85) call bpf_tail_call#12")]
    [InlineData("call pc+5", "(85) call pc+5")]
    [InlineData("call kernel-function#7", "(85) call kernel-function#7")]
    [InlineData("here: call here", "(85) call pc-1")]
    [InlineData("r1 = 5 ll", "(18) r1 = 0x5")]
    [InlineData("r1 = -1 ll", "(18) r1 = 0xffffffffffffffff")]
    [InlineData("w1 = 0xffffffff", "(b4) w1 = -1")]
    [InlineData("r1=-5", "(b7) r1 = -5")]
    [InlineData("*(u32*)(r10-4)=r1", "(63) *(u32 *)(r10 -4) = r1")]
    [InlineData("r1 = *(u8 *)(r2)", "(71) r1 = *(u8 *)(r2 +0)")]
    [InlineData("if w1 s>= -1 goto +2", "(76) if w1 s>= 0xffffffff goto pc+2")]
    [InlineData("r1 <<= 64", "(67) r1 <<= 64")]
    public void FriendlySpellings_AreRead(string text, string printed)
    {
        var slots = Assembler.Assemble(text, "test", name => name == "bpf_tail_call" ? 12 : null);
        Assert.Equal(printed, Disassembler.Kernel.Format(Decoder.Decode(slots).Insns[0]));
    }

    [Theory]
    [InlineData("r1 = foo", "line 1, column 6", "found 'foo'")]
    [InlineData("exit\nr1 +=", "line 2, column 6", "found the end of the line")]
    [InlineData("r16 = 1", "line 1, column 1", "found 'r16'")]
    [InlineData("r1 = -r2", "line 1, column 7", "expected 'r1'")]
    [InlineData("r1 = 0x80000000", "line 1, column 16", "expected 'll' (the constant needs 64 bits)")]
    [InlineData("r1 = *(u64 *)(r2 +40000)", "line 1, column 19", "-32768 to 32767")]
    [InlineData("exit exit", "line 1, column 6", "expected the end of the line, found 'exit'")]
    [InlineData("goto nowhere", "line 1, column 6", "no label is called 'nowhere'")]
    [InlineData("call nothing", "line 1, column 6", "no label or helper is called 'nothing'")]
    [InlineData("a: exit\na: exit", "line 2, column 1", "already taken")]
    [InlineData("3: exit", "line 1, column 1", "this is slot 0, not 3")]
    [InlineData("(zz) exit", "line 1, column 1", "opcode in hex")]
    [InlineData("(ff) exit", "line 1, column 2", "no instruction has opcode ff")]
    [InlineData("(95) r0 = 1", "line 1, column 6", "expected 'exit', found 'r0'")]
    [InlineData(".slot 5", "line 1, column 1", "0x number")]
    [InlineData("(", "line 1, column 1", "opcode in hex")]
    [InlineData("{dst} = 1", "line 1, column 1", "found '{dst}'")]
    [InlineData("(95)", "line 1, column 5", "found the end of the line")]
    public void Mistakes_AreReportedWithLineAndColumn(string text, string where, string part)
    {
        var error = Assert.Throws<AssemblyFormatException>(() => Assembler.Assemble(text, "test.s"));
        Assert.Equal((where, "test.s"), (error.Where, error.Input));
        Assert.Contains(part, error.What, StringComparison.Ordinal);
    }

    [Fact]
    public void DistantLabel_NeedsGotol()
    {
        string filler = string.Concat(Enumerable.Repeat("r0 = 0\n", 40_000));
        var error = Assert.Throws<AssemblyFormatException>(() => Assembler.Assemble($"goto end\n{filler}end: exit"));
        Assert.Contains("use gotol", error.What, StringComparison.Ordinal);
        Assert.Equal(40_000, Assembler.Assemble($"gotol end\n{filler}end: exit")[0].Imm);
    }
}
