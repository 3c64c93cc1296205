using CsCheck;
using Vm.Abi;
using Vm.Isa;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier;

namespace Tests.Verifier;

/// <summary>Whatever the instructions are, the answer is a verdict: no exception, no endless walk.</summary>
public sealed class HostileProgramTests
{
    private static readonly byte[] s_codes = [.. OpTable.Rows.Select(row => row.Code).Distinct()];

    /// <summary>Instructions made of known opcodes, small operands and short jumps, so that many get far.</summary>
    private static readonly Gen<RawInsn> s_plausible =
        Gen.Select(Gen.Int[0, s_codes.Length - 1], Gen.Int[0, 10], Gen.Int[0, 10], Gen.Int[-20, 20], Gen.Int[-40, 300])
            .Select((code, dst, src, off, imm) => Plausible(s_codes[code], dst, src, (short)off, imm));

    private static readonly Gen<RawInsn> s_anything = Gen.Select(Gen.Byte, Gen.Byte, Gen.Short, Gen.Int).Select((code, regs, off, imm) => new RawInsn(code, regs, off, imm));

    [Fact]
    public void RandomInstructions_EndInAVerdict() =>
        Gen.OneOf(s_plausible, s_plausible, s_plausible, s_anything).Array[1, 40].Sample(Judge, iter: ScalarGen.Iterations);

    [Fact]
    public void DamagedCaseFiles_EndInAVerdict()
    {
        string[] names = [.. CaseFileTests.Cases.Select(row => row.Data)];
        var programs = names.Select(VerifierCase.Read).ToArray();
        Gen.Select(Gen.Int[0, programs.Length - 1], Gen.Int[0, 1000], s_plausible, Gen.Int[0, 3]).Sample((which, at, insn, field) =>
        {
            var c = programs[which];
            var insns = (RawInsn[])c.Program.Insns.Clone();
            ref var slot = ref insns[at % insns.Length];
            slot = field switch
            {
                0 => insn,
                1 => slot with { Imm = insn.Imm },
                2 => slot with { Off = insn.Off },
                _ => slot with { Registers = insn.Registers },
            };
            ProgramVerifier.Verify(c.Program with { Insns = insns }, c.Kind, new VerifierOptions { InsnLimit = 5_000, Log = LogLevels.Everything, LogBytes = 1 << 16 });
        }, iter: ScalarGen.Iterations);
    }

    private static RawInsn Plausible(byte code, int dst, int src, short off, int imm)
    {
        bool alu = (code & 7) is 4 or 7;
        bool jump = (code & 7) is 5 or 6;
        bool fromRegister = (code & 8) != 0;
        return (alu, jump) switch
        {
            (true, _) => new RawInsn(code, dst, fromRegister ? src : 0, 0, fromRegister ? 0 : imm),
            (_, true) => new RawInsn(code, (code & 0xf0) is 0x80 or 0x90 ? 0 : dst, fromRegister ? src : code == 0x85 ? src % 3 : 0, code is 0x85 or 0x95 ? (short)0 : off, fromRegister ? 0 : imm),
            _ => new RawInsn(code, dst, (code & 7) == 2 ? 0 : src, off, (code & 7) is 1 or 3 ? 0 : imm),
        };
    }

    private static void Judge(RawInsn[] insns)
    {
        insns = [.. insns, new RawInsn(0xb7, 0, 0, 0, 0), new RawInsn(0x95, 0, 0, 0, 0)];
        var program = new LinkedProgram
        {
            Spec = new ProgramSpec { Name = "main", Section = "tc", Insns = insns, Functions = [new FunctionInfo(0, "main", 0, false)] },
            ObjectName = "random",
            License = "GPL",
            Type = ProgramType.SchedCls,
            Insns = insns,
            Maps = [new MapSpec { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 8 }],
            Kfuncs = [new ExternRef("bpf_iter_num_new", false, 0), new ExternRef("bpf_iter_num_next", false, 0), new ExternRef("bpf_dynptr_from_skb", false, 0)],
        };
        ProgramVerifier.Verify(program, TestKinds.SchedCls, new VerifierOptions { InsnLimit = 5_000 });
    }
}
