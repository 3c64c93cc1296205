using System.Buffers.Binary;
using Tests.Objects;
using Tests.Verifier;
using Vm;
using Vm.Abi;
using Vm.Btf;
using Vm.Elf;
using Vm.Linking;
using Vm.Specs;

namespace Tests.Elf;

public class ObjectReaderTests
{
    public static TheoryData<string> Cpus => ["v1", "v2", "v3", "v4"];

    [Theory]
    [MemberData(nameof(Cpus))]
    public void Datapath_OnEveryCpuVersion_HasItsProgramsMapsAndLicense(string cpu)
    {
        var spec = TestObjects.Read($"datapath-{cpu}.o");
        Assert.Equal("GPL", spec.License);
        Assert.Equal(0x60c00u, spec.Version);
        Assert.Equal(["ingress", "second", "tail"], spec.Programs.Select(program => program.Name).Order());
        Assert.Equal(["events", "flows", "inner_a", "inner_b", "jumps", "outer"], spec.Maps.Where(map => !map.DataSection).Select(map => map.Name).Order());
        Assert.Equal([".bss", ".data", ".kconfig", ".rodata"], spec.Maps.Where(map => map.DataSection).Select(map => map.Name).Order());
    }

    [Fact]
    public void SectionNames_GiveTypeAttachTypeAndAutoLoad()
    {
        var spec = TestObjects.Read("datapath-v3.o");
        var ingress = Program(spec, "ingress");
        Assert.Equal((ProgramType.SchedCls, AttachType.TcxIngress, true), (ingress.Type, ingress.AttachType, ingress.AutoLoad));
        var tail = Program(spec, "tail");
        Assert.Equal((ProgramType.SchedCls, AttachType.None, false, "tc"), (tail.Type, tail.AttachType, tail.AutoLoad, tail.Section));
    }

    [Theory]
    [InlineData("tc", ProgramType.SchedCls, 0, 0u)]
    [InlineData("tcx/egress", ProgramType.SchedCls, 47, 0u)]
    [InlineData("xdp.frags/cpumap", ProgramType.Xdp, 35, 32u)]
    [InlineData("xdp/devmap", ProgramType.Xdp, 33, 0u)]
    [InlineData("fentry", ProgramType.Tracing, 24, 0u)]
    [InlineData("sockops", ProgramType.SockOps, 3, 0u)]
    [InlineData("cgroup_skb/egress", ProgramType.CgroupSkb, 1, 0u)]
    [InlineData("syscall", ProgramType.Syscall, 0, 16u)]
    [InlineData("fentry.s/do_x", ProgramType.Tracing, 24, 16u)]
    public void SectionName_SaysWhatLibbpfSays(string name, ProgramType type, int attachType, uint flags)
    {
        Assert.True(SectionNames.TryFind(name, out var kind));
        Assert.Equal((type, attachType, flags), (kind.Type, kind.AttachNumber, kind.LoadFlags));
    }

    [Theory]
    [InlineData("from-netdev")]
    [InlineData("tcx/ingres")]
    [InlineData("classifier/from-netdev")]
    [InlineData("xdp_prog1")]
    [InlineData("socket1")]
    [InlineData("xdp/")]
    [InlineData("fentryx")]
    [InlineData("tcp_thing")]
    [InlineData("2/1")]
    public void SectionName_ThatSaysNothing_IsNotFound(string name) => Assert.False(SectionNames.TryFind(name, out _));

    [Fact]
    public void ProgramWithoutAType_IsRefusedAsLibbpfRefusesIt_UnlessOneIsGiven()
    {
        var path = Repository.PathOf("tests/objects/plain-v3.o");
        using var network = new Netdev.Devices.Network();
        using var untyped = Netdev.Bpf.Open(path, network);
        var refused = Assert.Throws<ElfFormatException>(() => untyped.Program("entry").Compile());
        Assert.Contains("'entry' has no program type: libbpf knows no section 'classifier/from-netdev'", refused.Message, StringComparison.Ordinal);
        using var typed = Netdev.Bpf.Open(path, network, type: ProgramType.SchedCls);
        Assert.Null(typed.Program("entry").TypeProblem);
        Assert.Equal(ProgramType.SchedCls, typed.Program("entry").Compile().Type);
    }

    [Theory]
    [InlineData("tcx/ingres", "did you mean 'tcx/ingress'?")]
    [InlineData("xpd", "did you mean 'xdp'?")]
    [InlineData("from-container", "give the type")]
    public void ProgramWithoutAType_SaysWhichSectionItMayMean(string section, string hint)
    {
        var spec = TestObjects.Read("plain-v3.o");
        spec = spec with { Programs = [spec.Programs[0] with { Section = section, Type = ProgramType.Unspec }] };
        using var opened = new BpfObject(spec, new LoadOptions { Kinds = _ => null });
        Assert.Contains(hint, opened.Programs.Single().TypeProblem, StringComparison.Ordinal);
    }

    [Fact]
    public void BtfMaps_HaveSizesTypesAndSlots()
    {
        var spec = TestObjects.Read("datapath-v3.o");
        var flows = Map(spec, "flows");
        Assert.Equal((MapType.Hash, 8u, 16u, 1024u, MapFlags.NoPrealloc, 1u), (flows.Type, flows.KeySize, flows.ValueSize, flows.MaxEntries, flows.Flags, flows.Pinning));
        Assert.Equal("struct key", spec.Btf![flows.KeyTypeId].Describe());
        Assert.Equal(8192u, Map(spec, "events").MaxEntries);
        var outer = Map(spec, "outer");
        Assert.Equal(("outer.inner", MapType.Array, 4u), (outer.Inner!.Name, outer.Inner.Type, outer.Inner.MaxEntries));
        Assert.Equal([new MapSlot(1, "inner_a"), new MapSlot(5, "inner_b")], outer.Slots);
        Assert.Equal([new MapSlot(2, "tail")], Map(spec, "jumps").Slots);
    }

    [Fact]
    public void LegacyIproute2Maps_AreReadWithTailSlotsAndInnerMaps()
    {
        var spec = TestObjects.Read("plain-v3.o");
        Assert.Null(spec.Btf);
        Assert.Equal((MapType.Array, 8u, 16u, 16u), (Map(spec, "hits").Type, Map(spec, "hits").ValueSize, Map(spec, "hits").MaxEntries, Map(spec, "hits").Pinning));
        Assert.Equal([new MapSlot(1, "tail")], Map(spec, "calls").Slots);
        Assert.Equal([new MapSlot(1, "leaf")], Map(spec, "nested").Slots);
        Assert.Equal(4u, Map(spec, "nested").Inner!.ValueSize);
        Assert.Equal(["entry", "tail"], spec.Programs.Select(program => program.Name).Order());
    }

    [Fact]
    public void LegacyMaps_Of28Bytes_NameInnerMapAndNumaNode()
    {
        var spec = TestObjects.Read("legacy.o");
        Assert.Equal((MapType.ArrayOfMaps, 3u, 1), (Map(spec, "b_nested").Type, Map(spec, "b_nested").MaxEntries, Map(spec, "b_nested").NumaNode));
        Assert.Equal(("b_nested.inner", MapType.Hash, 2u), (Map(spec, "b_nested").Inner!.Name, Map(spec, "b_nested").Inner!.Type, Map(spec, "b_nested").Inner!.MaxEntries));
        Assert.Equal(("xdp_legacy", ProgramType.Unspec), (Assert.Single(spec.Programs).Section, spec.Programs[0].Type));
        Assert.Equal(["a_leaf", "b_nested"], Linker.Link(spec, spec.Programs[0]).Maps.Select(map => map.Name).Order());
    }

    [Fact]
    public void LegacyMaps_Of20Bytes_AreRead()
    {
        var spec = TestObjects.Read("legacy20.o");
        Assert.Equal((MapType.PerCpuArray, 4u, 8u, 256u), (Map(spec, "hits").Type, Map(spec, "hits").KeySize, Map(spec, "hits").ValueSize, Map(spec, "hits").MaxEntries));
        Assert.Equal((MapType.Hash, 2u, 1u, MapFlags.NoPrealloc), (Map(spec, "ports").Type, Map(spec, "ports").KeySize, Map(spec, "ports").ValueSize, Map(spec, "ports").Flags));
    }

    [Fact]
    public void StaticFunctionsInAProgramSection_BecomeSubprogramsOfTheirCaller()
    {
        var entry = Program(TestObjects.Read("plain-v3.o"), "entry");
        Assert.Equal(["entry", "helper"], entry.Functions.Select(function => function.Name));
        var calls = entry.Insns.Select((insn, slot) => (insn, slot)).Where(pair => pair.insn is { Code: 0x85, Src: 1 }).ToList();
        Assert.Equal(2, calls.Count);
        Assert.All(calls, call => Assert.Equal(entry.Functions[1].Slot, call.slot + 1 + call.insn.Imm));
    }

    [Fact]
    public void ProgramInText_IsAProgramWhenThereIsNoOther()
    {
        var only = Assert.Single(TestObjects.Read("text.o").Programs);
        Assert.Equal(("only", ".text", ProgramType.Unspec), (only.Name, only.Section, only.Type));
    }

    [Fact]
    public void Subprograms_AreAppendedOnceWithCallsCallbacksLinesAndTypesRebased()
    {
        var spec = TestObjects.Read("datapath-v3.o");
        var program = Program(spec, "ingress");
        Assert.Equal("ingress", program.Functions[0].Name);
        Assert.Equal(["each", "global_sub", "hidden_sub", "ingress", "plain"], program.Functions.Select(function => function.Name).Order());
        Assert.Equal(["global_sub"], program.Functions.Where(function => function.Global).Select(function => function.Name));
        var starts = program.Functions.ToDictionary(function => function.Slot, function => function.Name);
        var callback = Assert.Single(program.Insns.Select((insn, slot) => (insn, slot)), pair => pair.insn is { Code: 0x18, Src: 4 });
        Assert.Equal("each", starts[callback.slot + 1 + callback.insn.Imm]);
        foreach (var (insn, slot) in program.Insns.Select((insn, slot) => (insn, slot)))
        {
            if (insn is { Code: 0x85, Src: 1 } && program.References.All(reference => reference.Slot != slot)) Assert.Contains(slot + 1 + insn.Imm, starts.Keys);
        }
        Assert.All(program.Functions, function => Assert.Equal(function.Name, Assert.IsType<BtfFunction>(spec.Btf![function.TypeId]).Name));
        var plain = program.Functions.Single(function => function.Name == "plain");
        Assert.Contains("bpf_ktime_get_ns", program.Lines.First(line => line.Slot >= plain.Slot && line.Text.Contains("return", StringComparison.Ordinal)).Text);
        Assert.Equal(program.Lines.OrderBy(line => line.Slot), program.Lines);
    }

    [Fact]
    public void KernelConfig_HasDefaultsAndZeroForUnknownWeakOnes()
    {
        var spec = TestObjects.Read("datapath-v3.o");
        Assert.Equal("250", Globals.Get(spec, "CONFIG_HZ"));
        Assert.Equal(0x60c00.ToString(), Globals.Get(spec, "LINUX_KERNEL_VERSION"));
        Assert.Equal("0", Globals.Get(spec, "CONFIG_NO_SUCH_THING"));
        Assert.True(Map(spec, ".kconfig").Frozen);
    }

    [Fact]
    public void Rela_IsReadLikeRel()
    {
        var wanted = TestObjects.Read("datapath-v3.o");
        var converted = ObjectReader.Read(WithRela(TestObjects.Bytes("datapath-v3.o")), "rela.o");
        foreach (var program in wanted.Programs)
        {
            var other = Program(converted, program.Name);
            Assert.Equal(program.Insns, other.Insns);
            Assert.Equal(program.References, other.References);
        }
        Assert.Equal(Map(wanted, "outer").Slots, Map(converted, "outer").Slots);
    }

    [Fact]
    public void UntypedFunctionSymbols_AreFunctionsAllTheSame()
    {
        byte[] bytes = TestObjects.Bytes("plain-v3.o");
        var file = ElfFile.Read(bytes, "plain");
        var table = file.Sections.Single(section => section.Type == 2);
        for (int i = 0; i < file.Symbols.Count; i++)
        {
            if (file.Symbols[i].Type != 2) continue;
            int at = (int)table.Offset + i * 24;
            bytes[at + 4] &= 0xf0;
            bytes.AsSpan(at + 16, 8).Clear();
        }
        var spec = ObjectReader.Read(bytes, "untyped.o");
        Assert.Equal(["entry", "tail"], spec.Programs.Select(program => program.Name).Order());
        Assert.Equal(Program(TestObjects.Read("plain-v3.o"), "entry").Insns, Program(spec, "entry").Insns);
    }

    [Theory]
    [InlineData(4, 1, "32-bit")]
    [InlineData(18, 62, "machine 62")]
    [InlineData(16, 2, "compile with -c")]
    [InlineData(0, 0, "not an ELF file")]
    public void WrongKindOfFile_IsNamedInOneSentence(int offset, byte value, string words)
    {
        byte[] bytes = TestObjects.Bytes("text.o");
        bytes[offset] = value;
        Assert.Contains(words, Assert.Throws<ElfFormatException>(() => ObjectReader.Read(bytes, "x.o")).Message);
    }

    [Fact]
    public void BigEndianObject_IsRefused() =>
        Assert.Contains("bpfel", Assert.Throws<ElfFormatException>(() => TestObjects.Read("text-big-endian.o")).Message);

    [Fact]
    public void MachineZero_AsOldClangWroteIt_IsAccepted()
    {
        byte[] bytes = TestObjects.Bytes("text.o");
        bytes[18] = 0;
        Assert.Single(ObjectReader.Read(bytes, "old.o").Programs);
    }

    internal static ProgramSpec Program(ObjectSpec spec, string name) => spec.Programs.Single(program => program.Name == name);

    internal static MapSpec Map(ObjectSpec spec, string name) => spec.Maps.Single(map => map.Name == name);

    /// <summary>Rewrites every REL table as RELA: addends move from the instructions into the entries.</summary>
    private static byte[] WithRela(byte[] bytes)
    {
        var file = ElfFile.Read(bytes, "rel");
        long table = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(40));
        var grown = new List<byte>(bytes);
        foreach (var section in file.Sections.Where(section => section.Type == 9))
        {
            var target = file.Sections[(int)section.Info];
            int start = grown.Count;
            for (int at = (int)section.Offset; at < section.Offset + section.SizeBytes; at += 16)
            {
                grown.AddRange(bytes.AsSpan(at, 16));
                int place = (int)(target.Offset + BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)));
                long addend = 0;
                if (target.IsCode)
                {
                    int imm = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(place + 4));
                    addend = bytes[place] == 0x85 ? (imm + 1) * 8L : imm;
                    Span<byte> cleared = [0, 0, 0, 0];
                    if (bytes[place] == 0x85) cleared.Fill(0xff);
                    for (int i = 0; i < 4; i++) grown[place + 4 + i] = cleared[i];
                }
                grown.AddRange(BitConverter.GetBytes(addend));
            }
            int header = (int)table + section.Index * 64;
            void Set(int offset, byte[] value) { for (int i = 0; i < value.Length; i++) grown[header + offset + i] = value[i]; }
            Set(4, BitConverter.GetBytes(4u));
            Set(24, BitConverter.GetBytes((long)start));
            Set(32, BitConverter.GetBytes((long)(grown.Count - start)));
            Set(56, BitConverter.GetBytes(24L));
        }
        return [.. grown];
    }
}
