using Tests.Objects;
using Vm.Abi;
using Vm.Btf;
using Vm.Elf;
using Vm.Isa;
using Vm.Linking;
using Vm.Specs;

namespace Tests.Elf;

public class LinkerTests
{
    private static readonly Lazy<BtfSpec> s_target = new(() => TargetBtf.Read(TestObjects.Bytes("core_target.o"), "core_target.o"));

    [Fact]
    public void Linking_TurnsReferencesIntoIndexesIntoTheTables()
    {
        var spec = TestObjects.Read("datapath-v3.o");
        var linked = Linker.Link(spec, ObjectReaderTests.Program(spec, "ingress"));
        Assert.Equal(ProgramType.SchedCls, linked.Type);
        Assert.Equal(AttachType.TcxIngress, linked.AttachType);
        Assert.Equal(["bpf_rcu_read_lock"], linked.Kfuncs.Select(kfunc => kfunc.Name));
        Assert.Equal([("some_variable", true)], linked.KernelSymbols.Select(symbol => (symbol.Name, symbol.Weak)));
        foreach (var reference in linked.Spec.References)
        {
            var insn = linked.Insns[reference.Slot];
            string found = reference.Kind switch
            {
                ReferenceKind.Kfunc => linked.Kfuncs[insn.Imm].Name,
                ReferenceKind.KernelSymbol => linked.KernelSymbols[insn.Imm].Name,
                _ => linked.Maps[insn.Imm].Name,
            };
            Assert.Equal(reference.Name, found);
            int source = reference.Kind switch { ReferenceKind.Map => 5, ReferenceKind.MapValue => 6, ReferenceKind.KernelSymbol => 3, _ => 2 };
            Assert.Equal(source, insn.Src);
            if (reference.Kind == ReferenceKind.MapValue) Assert.Equal(reference.Addend, (uint)linked.Insns[reference.Slot + 1].Imm);
        }
    }

    [Fact]
    public void Overrides_ReplaceWhatTheSectionSays()
    {
        var spec = TestObjects.Read("text.o");
        var linked = Linker.Link(spec, spec.Programs[0], new LinkOptions { ProgramType = ProgramType.SchedCls, AttachType = AttachType.TcxEgress });
        Assert.Equal((ProgramType.SchedCls, AttachType.TcxEgress), (linked.Type, linked.AttachType));
    }

    [Fact]
    public void StrongKernelConfigWithoutValue_IsAnErrorUntilSet()
    {
        var spec = TestObjects.Read("datapath-v3.o");
        var map = ObjectReaderTests.Map(spec, ".kconfig");
        var strong = map with { Variables = [.. map.Variables.Select(variable => variable with { MustSet = variable.Name == "CONFIG_NO_SUCH_THING" })] };
        spec = spec with { Maps = [.. spec.Maps.Select(known => known == map ? strong : known)] };
        var program = ObjectReaderTests.Program(spec, "ingress");
        Assert.Contains("CONFIG_NO_SUCH_THING", Assert.Throws<ElfFormatException>(() => Linker.Link(spec, program)).Message);
        var set = Globals.Set(spec, "CONFIG_NO_SUCH_THING", new WrittenScalar("3"));
        Assert.NotEmpty(Linker.Link(set, program).Maps);
    }

    [Fact]
    public void CoreQuestions_GetTheTargetsAnswers()
    {
        var answers = Answers("ask");
        var target = s_target.Value;
        Assert.True(target.TryFind<BtfComposite>("thing", out var thing));
        ulong[] wanted =
        [
            0, 88, 8, 0, 1, 1, 54, 61, 16, 72, 1, 0, thing.SizeBytes, 1, 0, answers[15], thing.Id, 1, 0, 40, 0x0fedcba987654321, 0,
        ];
        // out[0] is an offsetof the compiler may have folded, out[15] the local id: both are the compiler's own.
        Assert.Equal(wanted[1..], answers[1..wanted.Length]);
        var local = TestObjects.Read("core.o").Btf!;
        Assert.Equal("thing___mine", local[(uint)answers[15]].Name);
    }

    [Fact]
    public void CoreAccesses_MoveAndChangeWidth()
    {
        var loads = Link("access").Insns.Where(insn => (insn.Code & 7) == 1).Select(insn => (insn.Code, insn.Off)).ToHashSet();
        Assert.Contains((Code: (byte)0x79, Off: (short)8), loads);
        Assert.Contains((Code: (byte)0x61, Off: (short)88), loads);
        Assert.Contains((Code: (byte)0x79, Off: (short)0), loads);
        Assert.Contains(loads, load => load.Off == 72);
    }

    [Fact]
    public void AccessToMissingOrIncompatiblyResizedField_IsPoisoned() =>
        Assert.Equal(2, Link("poisoned").Insns.Count(insn => insn == new RawInsn(0x85, 0, 0, 195896080)));

    [Fact]
    public void BuiltInTypes_FitProgramsThatKnowTheContext()
    {
        Assert.True(KernelTypes.Spec.TryFind<BtfComposite>("__sk_buff", out var skb));
        Assert.Equal(192u, skb.SizeBytes);
        Assert.True(BtfPath.TryFind(KernelTypes.Spec, skb.Id, "data_end", out var field, out _));
        Assert.Equal(80u, field.Offset);
    }

    /// <summary>What the program stores in out[0], out[1], …: each is a constant that CO-RE filled in.</summary>
    private static ulong[] Answers(string program)
    {
        var linked = Link(program);
        var values = new ulong[22];
        ulong[] registers = new ulong[11];
        var insns = linked.Insns;
        var address = new long[11];
        for (int pc = 0; pc < insns.Length; pc++)
        {
            var insn = insns[pc];
            switch (insn.Code)
            {
                case 0xb7:
                    registers[insn.Dst] = (ulong)insn.Imm;
                    break;
                case 0x18 when insn.Src == 6:
                    address[insn.Dst] = insns[pc + 1].Imm;
                    pc++;
                    break;
                case 0x18:
                    registers[insn.Dst] = (uint)insn.Imm | (ulong)(uint)insns[pc + 1].Imm << 32;
                    pc++;
                    break;
                case 0x7b:
                    values[(address[insn.Dst] + insn.Off) / 8] = registers[insn.Src];
                    break;
            }
        }
        return values;
    }

    private static LinkedProgram Link(string program)
    {
        var spec = TestObjects.Read("core.o");
        return Linker.Link(spec, ObjectReaderTests.Program(spec, program), new LinkOptions { TargetBtf = s_target.Value });
    }
}
