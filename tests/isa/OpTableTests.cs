using CsCheck;
using Vm.Isa;

namespace Tests.Isa;

public sealed class OpTableTests
{
    public static TheoryData<int> Rows => [.. Enumerable.Range(0, OpTable.Rows.Length)];

    [Theory, MemberData(nameof(Rows))]
    public void EveryRow_Decodes_Prints_AndReassemblesToTheSameBytes(int index)
    {
        var row = OpTable.Rows[index];
        IsaGen.Of(row).Sample(slots =>
        {
            var decoded = Decoder.Decode(slots);
            Assert.Null(decoded.FirstError);
            Assert.Equal(row.Op, decoded.Insns[0].Op);
            Assert.Equal(slots, decoded.Insns.Select(insn => insn.ToRaw()));
            Assert.Equal(slots, Assembler.Assemble(Disassembler.Lossless.Format(decoded.Insns)));
        }, iter: 200, threads: 1);
    }

    [Theory, MemberData(nameof(Rows))]
    public void EveryRow_ReadsBack_WithoutItsOpcode(int index)
    {
        var row = OpTable.Rows[index];
        if (row.Op == Op.LdImm64) return; // Without opcode it takes 'll'; AssemblerTests has it.
        IsaGen.Of(row).Sample(slots =>
        {
            var insn = Decoder.Decode(slots).Insns[0];
            string text = Disassembler.Lossless.Format(insn);
            if (text.StartsWith('(')) text = text[5..];
            Assert.Equal(slots, Assembler.Assemble(text));
        }, iter: 50, threads: 1);
    }

    [Theory, MemberData(nameof(Rows))]
    public void EveryRow_ReadsBackFromKernelText_UnlessTheKernelLeavesSomethingOut(int index)
    {
        var row = OpTable.Rows[index];
        bool leavesOut = row.Op is Op.Exit or Op.CallKfunc || (row.Form == Form.Wide && row.Op != Op.LdImm64);
        IsaGen.Of(row).Sample(slots =>
        {
            var again = Assembler.Assemble(Disassembler.Kernel.Format(Decoder.Decode(slots).Insns));
            Assert.Equal(slots[0].Code, again[0].Code);
            if (!leavesOut) Assert.Equal(slots, again);
        }, iter: 50, threads: 1);
    }

    [Fact]
    public void NoTwoRows_AcceptTheSameSlot()
    {
        foreach (var row in OpTable.Rows)
            IsaGen.Of(row).Sample(slots =>
                Assert.Single(OpTable.Rows, other => other.Accepts(slots[0])), iter: 20, threads: 1);
    }

    [Fact]
    public void EveryOperation_HasARow_ExceptTheTwoThatAreNone()
    {
        var without = Enum.GetValues<Op>().Except(OpTable.Rows.Select(row => row.Op));
        Assert.Equal([Op.Illegal, Op.LdImm64Hi], without);
    }

    /// <summary>Source: Linux 6.12 kernel/bpf/core.c, bpf_opcode_in_insntable, and ld_imm64's own code.</summary>
    [Fact]
    public void Codes_AreTheKernelsTable()
    {
        byte[] alu = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0];
        byte[] jump = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0];
        var expected = new SortedSet<int>(
        [
            0x84, 0x87, 0xd4, 0xdc, 0xd7, 0x05, 0x06, 0x85, 0x95, 0xe5, 0x18, 0xc3, 0xdb,
            0x61, 0x69, 0x71, 0x79, 0x81, 0x89, 0x91, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b,
            0x20, 0x28, 0x30, 0x40, 0x48, 0x50,
        ]);
        foreach (int register in new[] { 0, 8 })
        {
            foreach (byte op in alu) expected.UnionWith([op | register | 4, op | register | 7]);
            foreach (byte op in jump) expected.UnionWith([op | register | 5, op | register | 6]);
        }
        Assert.Equal(expected, new SortedSet<int>(OpTable.Rows.Select(row => (int)row.Code)));
    }
}
