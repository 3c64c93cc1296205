using CsCheck;
using Vm.Abi;
using Vm.Isa;

namespace Tests.Isa;

public sealed class DecoderTests
{
    [Fact]
    public void HostileSlots_NeverThrow_AndReassembleToTheSameBytes() =>
        IsaGen.AnySlot.Array[0, 20].Sample(slots =>
        {
            var decoded = Decoder.Decode(slots);
            Disassembler.Kernel.Format(decoded.Insns);
            Assert.Equal(slots.Length, decoded.Insns.Length);
            Assert.Equal(slots, decoded.Insns.Select(insn => insn.ToRaw()));
            Assert.Equal(slots, Assembler.Assemble(Disassembler.Lossless.Format(decoded.Insns)));
        }, iter: 3000, threads: 1);

    [Fact]
    public void MalformedPair_KeepsItsSecondHalf()
    {
        RawInsn[] slots = [new RawInsn(0x18, 0, 11, 7), new RawInsn(0, 0, 0, 5), new RawInsn(0x95, 0, 0, 0)];
        Assert.Equal(slots, Assembler.Assemble(Disassembler.Lossless.Format(Decoder.Decode(slots).Insns)));
    }

    [Fact]
    public void TableAndRules_AgreeOnWhatIsLegal() =>
        IsaGen.AnySlot.Sample(slot =>
        {
            RawInsn[] slots = [slot, new RawInsn(0, 0, 0, 0)];
            bool legal = slot.Code == 0x18
                ? OpTable.TryFind(slot, out _) && EncodingRules.IsRecognizedWide(slot, slots[1])
                : OpTable.TryFind(slot, out _);
            Assert.Equal(legal, !EncodingRules.TryExplain(slots, 0, out var error));
            Assert.Equal(legal, Decoder.Decode(slots).Insns[0].Op != Op.Illegal);
            if (!legal) Assert.NotEmpty(error.Message);
        }, iter: 300_000, threads: 1);

    [Theory]
    [InlineData("0000000000000000", "unknown opcode 00", RefusedWhen.Loading)]
    [InlineData("ff00000000000000", "unknown opcode ff", RefusedWhen.Loading)]
    [InlineData("df00000010000000", "unknown opcode df", RefusedWhen.Loading)]
    [InlineData("8600000000000000", "unknown opcode 86", RefusedWhen.Loading)]
    [InlineData("9900000000000000", "unknown opcode 99", RefusedWhen.Loading)]
    [InlineData("cb10000000000000", "unknown opcode cb", RefusedWhen.Loading)]
    [InlineData("6110000001000000", "BPF_LDX uses reserved fields", RefusedWhen.Loading)]
    [InlineData("2110000000000000", "BPF_LDX uses reserved fields", RefusedWhen.Loading)]
    [InlineData("1800000001000000", "invalid bpf_ld_imm64 insn", RefusedWhen.Loading)]
    [InlineData("18000000010000000100000000000000", "invalid bpf_ld_imm64 insn", RefusedWhen.Loading)]
    [InlineData("18700000010000000000000000000000", "unrecognized bpf_ld_imm64 insn", RefusedWhen.Loading)]
    [InlineData("18100000010000000000000001000000", "unrecognized bpf_ld_imm64 insn", RefusedWhen.Loading)]
    [InlineData("18000100010000000000000000000000", "BPF_LD_IMM64 uses reserved fields", RefusedWhen.Reached)]
    [InlineData("180b0000010000000000000000000000", "R11 is invalid", RefusedWhen.Reached)]
    [InlineData("7a10000000000000", "BPF_ST uses reserved fields", RefusedWhen.Reached)]
    [InlineData("7b10000001000000", "BPF_STX uses reserved fields", RefusedWhen.Reached)]
    [InlineData("db10000002000000", "BPF_ATOMIC uses invalid atomic opcode 02", RefusedWhen.Reached)]
    [InlineData("dbb1000000000000", "R11 is invalid", RefusedWhen.Reached)]
    [InlineData("db1b000000000000", "R11 is invalid", RefusedWhen.OperandsRead)]
    [InlineData("0700010001000000", "BPF_ALU uses reserved fields", RefusedWhen.Reached)]
    [InlineData("3700020001000000", "BPF_ALU uses reserved fields", RefusedWhen.Reached)]
    [InlineData("3700000000000000", "div by zero", RefusedWhen.OperandsRead)]
    [InlineData("9400010000000000", "div by zero", RefusedWhen.OperandsRead)]
    [InlineData("6700000040000000", "invalid shift 64", RefusedWhen.OperandsRead)]
    [InlineData("64000000ffffffff", "invalid shift -1", RefusedWhen.OperandsRead)]
    [InlineData("c400000020000000", "invalid shift 32", RefusedWhen.OperandsRead)]
    [InlineData("8710000000000000", "BPF_NEG uses reserved fields", RefusedWhen.Reached)]
    [InlineData("d700000008000000", "BPF_END uses reserved fields", RefusedWhen.Reached)]
    [InlineData("bf10070000000000", "BPF_MOV uses reserved fields", RefusedWhen.Reached)]
    [InlineData("bc10200000000000", "BPF_MOV uses reserved fields", RefusedWhen.Reached)]
    [InlineData("bf10ffff00000000", "BPF_MOV uses reserved fields", RefusedWhen.Reached)]
    [InlineData("b710000000000000", "BPF_MOV uses reserved fields", RefusedWhen.Reached)]
    [InlineData("bf10010000000000", "addr_space_cast insn can only convert between address space 1 and 0", RefusedWhen.Reached)]
    [InlineData("8530000000000000", "BPF_CALL uses reserved fields", RefusedWhen.Reached)]
    [InlineData("0500000001000000", "BPF_JA uses reserved fields", RefusedWhen.Reached)]
    [InlineData("0600010000000000", "BPF_JA uses reserved fields", RefusedWhen.Reached)]
    [InlineData("9500000001000000", "BPF_EXIT uses reserved fields", RefusedWhen.Reached)]
    [InlineData("e500000000000000", "invalid may_goto off 0 imm 0", RefusedWhen.Reached)]
    [InlineData("e510010000000000", "invalid may_goto off 1 imm 0", RefusedWhen.Reached)]
    [InlineData("1510000000000000", "BPF_JMP/JMP32 uses reserved fields", RefusedWhen.OperandsRead)]
    [InlineData("1db1000000000000", "R11 is invalid", RefusedWhen.OperandsRead)]
    [InlineData("2001000000000000", "BPF_LD_[ABS|IND] uses reserved fields", RefusedWhen.Reached)]
    public void MalformedSlots_GetTheKernelsWords(string hex, string message, RefusedWhen when)
    {
        var decoded = Decoder.Decode(Slots(hex));
        Assert.False(decoded.Ok);
        Assert.Equal(new EncodingError(0, Errno.EINVAL, message, when), decoded.FirstError);
        Assert.Equal(when == RefusedWhen.Loading ? decoded.FirstError : null, decoded.LoadError);
        Assert.True(decoded.TryErrorAt(0, out var again));
        Assert.Equal(decoded.FirstError, again);
    }

    [Fact]
    public void LoadErrors_ComeBeforeErrorsOfTheWalk()
    {
        var decoded = Decoder.Decode(Slots("3700000000000000" + "9500000000000000" + "ff00000000000000"));
        Assert.Equal((2, "unknown opcode ff"), (decoded.FirstError!.Value.Pc, decoded.FirstError.Value.Message));
        Assert.True(decoded.TryErrorAt(0, out var first));
        Assert.Equal("div by zero", first.Message);
        Assert.False(decoded.TryErrorAt(1, out _));
    }

    [Fact]
    public void LdImm64_TakesTwoSlots_AndKeepsBothHalves()
    {
        var insns = Decoder.Decode(Slots("18010000efcdab890000000067452301" + "9500000000000000")).Insns;
        Assert.Equal([Op.LdImm64, Op.LdImm64Hi, Op.Exit], insns.Select(insn => insn.Op));
        Assert.Equal(0x0123456789abcdef, insns[0].Imm);
        Assert.Equal(2, insns[0].Slots);
    }

    [Fact]
    public void Exit_IgnoresOff_AsTheKernelDoes() => Assert.True(Decoder.Decode(Slots("9500070000000000")).Ok);

    [Fact]
    public void EmptyProgram_Decodes() => Assert.Empty(Decoder.Decode([]).Insns);

    internal static RawInsn[] Slots(string hex) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, RawInsn>(Convert.FromHexString(hex)).ToArray();
}
