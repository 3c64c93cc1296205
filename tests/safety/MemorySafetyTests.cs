using Netdev.Programs;
using Netdev.TestRun;
using Sim.Live;
using Tests.Jit;
using Tests.Objects;
using Vm;
using Vm.Abi;
using Vm.Kernel;
using Vm.Linking;
using Vm.Maps;
using Vm.Memory;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Verifier;

namespace Tests.Safety;

/// <summary>tests/objects/safety.c: what was or could have been a way to memory of others is refused, or runs alike in both engines within its own.</summary>
public sealed class MemorySafetyTests
{
    private static readonly byte[] s_packet = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];

    /// <summary>Programs that are refused, what with, and whether the running kernel (6.18) refuses them too.</summary>
    public static TheoryData<string, string, bool> Refused => new()
    {
        { "slice_beyond_low_half", "invalid access to memory, mem_size=16 off=16777216 size=1\nR0 min value is outside of the allowed memory range", true },
        { "index_by_jump", "R2 unbounded memory access, make sure to bounds check any such access", true },
        { "jump_in_callback", "tail_call cannot be used inside a callback", true },
        { "write_device", "write into map forbidden, value_size=4 off=0 size=4", true },
        // Later kernels still take these two, and write into a packet that is gone.
        { "slice_after_change", "R7 invalid mem access 'scalar'", false },
        { "clone_after_change", "R7 invalid mem access 'scalar'", false },
    };

    public static TheoryData<Engine> EngineKinds => ProgramRun.Engines;

    [Theory]
    [MemberData(nameof(Refused))]
    public void AProgramOutOfItsMemory_IsRefused(string name, string message, bool kernelToo)
    {
        var spec = TestObjects.Read("safety.o");
        var linked = Linker.Link(spec, spec.Programs.Single(p => p.Name == name));
        Assert.Equal(message, Assert.IsType<VerifierResult.Rejected>(ProgramVerifier.Verify(linked, NetProgramKinds.For(linked.Type), new VerifierOptions { CheckInvariants = true })).Message);
        if (KernelProbe.WhyNot() is null) Assert.Equal(!kernelToo, KernelTakes(name));
    }

    [Fact]
    public void AllOthers_AreTaken_ByTheKernelToo()
    {
        var spec = TestObjects.Read("safety.o");
        foreach (var program in spec.Programs.Where(p => !Refused.Any(row => row.Data.Item1 == p.Name)))
        {
            var linked = Linker.Link(spec, program);
            Assert.True(ProgramVerifier.Verify(linked, NetProgramKinds.For(linked.Type)) is VerifierResult.Accepted, program.Name);
            if (KernelProbe.WhyNot() is null) Assert.True(KernelTakes(program.Name), program.Name);
        }
    }

    [Theory]
    [InlineData("slice_within_low_half", Engine.Jit, 15)]
    [InlineData("slice_within_low_half", Engine.Interpreter, 15)]
    [InlineData("slice_of_all_ones", Engine.Jit, 0)]
    [InlineData("slice_of_all_ones", Engine.Interpreter, 0)]
    [InlineData("key_after_the_loop", Engine.Jit, 7)]
    [InlineData("key_after_the_loop", Engine.Interpreter, 7)]
    [InlineData("key_in_a_loop_of_its_own", Engine.Jit, 7)]
    [InlineData("key_in_a_loop_of_its_own", Engine.Interpreter, 7)]
    [InlineData("index_by_jump_checked", Engine.Jit, 77)]
    [InlineData("index_by_jump_checked", Engine.Interpreter, 77)]
    public void AProgramWithinItsMemory_Runs(string name, Engine engine, uint expected)
    {
        using var bench = new ProgramTestRun();
        using var opened = Open(engine, bench.Network.Kernel);
        Assert.Equal(Errno.None, ((ProgArrayMap)opened.Map("jumps")).Set(0, opened.Program("far").Compile()));
        var run = bench.Run(opened.Program(name).Compile(), s_packet);
        Assert.Equal((Errno.None, expected), (run.Errno, run.Retval));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void ATailCall_GoesOnlyToProgramsOfTheSameKind_WhateverTheMapHolds(Engine engine)
    {
        using var bench = new ProgramTestRun();
        using var opened = Open(engine, bench.Network.Kernel);
        var jumps = (ProgArrayMap)opened.Map("jumps");
        var stranger = opened.Program("write_context").Compile();
        Assert.Equal(Errno.None, jumps.Set(0, stranger));
        // The map belongs to SYSCALL programs now, and a program that names it cannot be made; one made before finds a stranger in it.
        Assert.Throws<MapSpecException>(() => opened.Program("index_by_jump_checked").Compile());
        using var other = Open(engine, bench.Network.Kernel);
        var x = bench.Cpu;
        var caller = other.Program("far").Compile();
        x.Run.TailTarget = stranger;
        Assert.False(TailCall.Goes(x, caller.Owner.Number));
        Assert.Null(x.Run.TailTarget);
        x.Run.TailTarget = caller;
        Assert.True(TailCall.Goes(x, caller.Owner.Number));
        x.Run.TailTarget = null;
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void ASyscallProgram_RunsOnlyWithAsMuchContextAsItTouches(Engine engine)
    {
        using var bench = new ProgramTestRun();
        using var opened = Open(engine, bench.Network.Kernel);
        var program = opened.Program("write_context").Compile();
        Assert.Equal(4096, program.ContextBytes);
        var context = new byte[4096];
        Assert.Equal((Errno.None, 33), (SyscallRun.Run(bench.Cpu, program, context, out int result), result));
        Assert.Equal((11, 22), (context[0], context[4088]));
        Assert.Equal(Errno.EINVAL, SyscallRun.Run(bench.Cpu, program, new byte[4095], out _));
        Assert.Equal(Errno.EINVAL, SyscallRun.Run(bench.Cpu, program, new byte[SyscallRun.MaxContextBytes + 1], out _));
        Assert.False(bench.Cpu.Allows(bench.Cpu.StackHigh, 8, MemoryAccess.Read, bench.Cpu.StackLow));
    }

    private static BpfObject Open(Engine engine, BpfKernel kernel) => new(TestObjects.Read("safety.o"), new LoadOptions
    {
        Kinds = type => NetProgramKinds.TryFor(type, out var kind) ? kind : null,
        Engine = engine,
        Kernel = kernel,
    });

    private static bool KernelTakes(string name)
    {
        using var kernel = new KernelObject(TestObjects.Read("safety.o"));
        return kernel.Verify(name).Accepted;
    }
}
