using Tests.Differential;
using Vm.Interp;
using Vm.Isa;
using Vm.Memory;
using Vm.Proofs;
using Vm.Runtime;

namespace Tests.Interp;

public sealed class InterpreterTests
{
    public static TheoryData<string> CheckedEngines => ["interpreter", "jit, checked"];

    [Theory, MemberData(nameof(CheckedEngines))]
    public void AccessToNobodysMemory_IsAGuestFault_WithItsPlace(string engine)
    {
        using var memory = new TestMemory(new byte[8]);
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        x.Regions.Add(memory);
        var program = Engines.Load(engine, TrustedProgram.FromText("r0 = *(u64 *)(r1 +0)\n*(u32 *)(r1 +5) = 1\nexit"));
        x.BeginRun();
        var fault = Assert.Throws<GuestFaultException>(() => program.Entry(memory.Address, x));
        Assert.Equal((1, memory.Address + 5, 4, MemoryAccess.Write), (fault.Pc, fault.Address, fault.Bytes, fault.Access));
    }

    [Fact]
    public void AccessBelowTheRunningFrame_IsAGuestFault()
    {
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        var program = Engines.Load("interpreter", TrustedProgram.FromText("r0 = *(u64 *)(r10 -520)\nexit"));
        x.BeginRun();
        Assert.Throws<GuestFaultException>(() => program.Entry(0, x));
    }

    [Fact]
    public void ProbeLoads_YieldZeroWhereThereIsNoMemory()
    {
        var program = TrustedProgram.FromText(
            "r2 = *(u32 *)(r1 +0)\nr0 = 0x123456780 ll\nr0 = *(s16 *)(r0 +0)\nr0 += r2\nexit",
            facts: insns => [.. TrustedProgram.Plain(insns).Select(fact => fact.Access == AccessKind.None ? fact : fact with { Access = AccessKind.Probe })]);
        Assert.Equal(0x04030201ul, Engines.RunEverywhere(program, [[1, 2, 3, 4]])[0].R0);
    }

    [Fact]
    public void Observer_SeesEveryInstruction_AndCallsWithArgumentsAndResult()
    {
        var seen = new Recorder();
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        var program = Interpreter.Load(TrustedProgram.FromText("r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\ncall 6\nexit"), [], seen);
        x.BeginRun();
        Assert.Equal(105ul, program.Entry(0, x));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], seen.Steps);
        Assert.Equal(["5: mix(1, 2, 3, 4, 5) = 105"], seen.Calls);
    }

    [Fact]
    public void UnreachedInstructions_AreNotRun_AndKnownBranchesAreNotAsked()
    {
        var program = TrustedProgram.FromText("r0 = 1\nif r0 != 1 goto wrong\nexit\nwrong: r0 = 2\nexit", facts: insns =>
        {
            var facts = TrustedProgram.Plain(insns);
            facts[1] = facts[1] with { Branch = BranchFact.NeverTaken };
            facts[3] = facts[4] = default;
            return facts;
        });
        Assert.Equal(1ul, Engines.RunEverywhere(program, [[]])[0].R0);
    }

    [Fact]
    public void ArenaAccess_IsRefusedAsAValue_AndByBothEnginesAlike()
    {
        var program = TrustedProgram.FromText("r0 = *(u64 *)(r1 +0)\nexit", facts: insns =>
        {
            var facts = TrustedProgram.Plain(insns);
            facts[0] = facts[0] with { Access = AccessKind.Arena };
            return facts;
        });
        Assert.True(EngineSupport.TryRefuse(program, [], null, out var refusal));
        Assert.Equal(0, refusal.Pc);
        foreach (string engine in Engines.All) Assert.Equal(refusal, Assert.Throws<EngineRefusedException>(() => Engines.Load(engine, program)).Refusal);
    }

    private sealed class Recorder : IStepObserver
    {
        public List<int> Steps { get; } = [];

        public List<string> Calls { get; } = [];

        public void Step(int pc, in Insn insn, ReadOnlySpan<ulong> registers) => Steps.Add(pc);

        public void Called(in ObservedCall call, ReadOnlySpan<ulong> arguments, ulong result) =>
            Calls.Add($"{call.Pc}: {call.Binding.Signature.Name}({string.Join(", ", arguments[..call.Binding.Signature.Args.Count].ToArray())}) = {result}");
    }
}
