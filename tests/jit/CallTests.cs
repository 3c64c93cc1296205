using Tests.Differential;
using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;
using Vm.Runtime;

namespace Tests.Jit;

public sealed class CallTests
{
    public static TheoryData<string> EngineNames => EngineFixture.EngineNames;

    [Theory, MemberData(nameof(EngineNames))]
    public void ArrayLookup_FindsTheEntry_OrZeroPastTheEnd(string engine)
    {
        using var map = EngineFixture.MakeMap(MapType.Array, 4, 12, 3);
        var array = (ArrayMap)map;
        foreach (uint key in new uint[] { 0, 1, 2, 3, uint.MaxValue })
        {
            ulong expected = key < 3 ? array.ValueBase + key * 16 : 0;
            foreach (long known in new[] { -1L, key })
            {
                string text = $"*(u32 *)(r10 -4) = {(int)key}\nr2 = r10\nr2 += -4\nr1 = map_idx[0]\ncall 1\nexit";
                using var x = new ExecContext(0, 1, new SeededRandom(1));
                Assert.Equal(expected, EngineFixture.Run(Engines.Load(engine, EngineFixture.WithMap(text, map, known), map), x));
            }
        }
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void PerCpuArrayLookup_FindsTheCopyOfTheCpuItRunsOn(string engine)
    {
        using var map = EngineFixture.MakeMap(MapType.PerCpuArray, 4, 8, 3, cpus: 4);
        var array = (PerCpuArrayMap)map;
        foreach (long known in new[] { -1L, 2 })
        {
            var program = Engines.Load(engine, EngineFixture.WithMap("*(u32 *)(r10 -4) = 2\nr2 = r10\nr2 += -4\nr1 = map_idx[0]\ncall 1\nexit", map, known), map);
            for (int cpu = 0; cpu < 4; cpu++)
            {
                using var x = new ExecContext(cpu, 4, new SeededRandom(1));
                Assert.Equal(array.ValueBase + (ulong)(cpu * array.CpuStride) + 16, EngineFixture.Run(program, x));
            }
        }
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void HashUpdateAndLookup_SeeEachOther(string engine)
    {
        using var map = EngineFixture.MakeMap(MapType.Hash, 4, 8, 8);
        const string Text = """
            *(u32 *)(r10 -4) = 77
            *(u64 *)(r10 -16) = 4711
            r1 = map_idx[0]
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 0
            call 2
            r1 = map_idx[0]
            r2 = r10
            r2 += -4
            call 1
            if r0 == 0 goto end
            r0 = *(u64 *)(r0 +0)
            end: exit
            """;
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        x.Regions.Add(map);
        Assert.Equal(4711ul, EngineFixture.Run(Engines.Load(engine, EngineFixture.WithMap(Text, map), map), x));
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void MapValueConstant_IsTheAddressInEntryZero(string engine)
    {
        using var map = EngineFixture.MakeMap(MapType.Array, 4, 16, 1);
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        x.Regions.Add(map);
        var program = Engines.Load(engine, EngineFixture.WithMap("r1 = map_idx[0][0]+8\n*(u64 *)(r1 +0) = 5\nr0 = r1\nexit", map), map);
        Assert.Equal(((ArrayMap)map).ValueBase + 8, EngineFixture.Run(program, x));
        byte[] value = new byte[16];
        Assert.Equal(Errno.None, map.Lookup(new byte[4], value));
        Assert.Equal(5, value[8]);
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void Loop_CallsBack_OverTheCallersStack(string engine)
    {
        const string Text = """
            *(u64 *)(r10 -8) = 100
            r1 = 10
            r2 = func[9]@0
            r3 = r10
            r3 += -8
            r4 = 0
            call 181
            r1 = *(u64 *)(r10 -8)
            r0 *= 1000
            r0 += r1
            exit
            *(u64 *)(r10 -8) = 1
            r3 = *(u64 *)(r2 +0)
            r3 += r1
            *(u64 *)(r2 +0) = r3
            r0 = 0
            if r1 != 4 goto end
            r0 = 1
            end: exit
            """;
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        var program = Engines.Load(engine, TrustedProgram.FromText(Text, EngineFixture.Kind));
        // Five rounds, and 0 + 1 + 2 + 3 + 4 on top of the 100.
        Assert.Equal(5110ul, EngineFixture.Run(program, x));
        Assert.Equal(x.StackHigh, x.Run.FramePointer);
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void AProgramThatIsCalledBack_GoesAwayOnceDisposed(string engine)
    {
        var code = MakeAndDispose(engine);
        for (int i = 0; i < 10 && code.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(code.IsAlive);
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void MayGoto_ChargesTheBudgetOfTheRun(string engine)
    {
        var program = Engines.Load(engine, TrustedProgram.FromText("r0 = 0\nagain: may_goto end\nr0 += 1\ngoto again\nend: exit"));
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        x.BeginRun();
        x.LoopBudget = 1000;
        Assert.Throws<LoopBudgetException>(() => program.Entry(0, x));
        Assert.Equal(LoopHelpers.MaxLoops, EngineFixture.Run(program, x));
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void TailCalls_StopAfter33_AndTheStackIsReused(string engine)
    {
        using var map = EngineFixture.MakeMap(MapType.ProgArray, 4, 4, 2);
        const string Text = """
            *(u64 *)(r10 -512) = 1
            r6 = r1
            r7 = *(u64 *)(r1 +0)
            r7 += 1
            *(u64 *)(r1 +0) = r7
            r2 = map_idx[0]
            r3 = 1
            call 12
            r0 = *(u64 *)(r6 +0)
            exit
            """;
        var program = Engines.Load(engine, EngineFixture.WithMap(Text, map), map);
        Assert.Equal(Errno.None, ((ProgArrayMap)map).Set(1, program));
        using var memory = new TestMemory(new byte[8]);
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        x.Regions.Add(memory);
        Assert.Equal(34ul, EngineFixture.Run(program, x, memory.Address));
        Assert.Equal(x.StackHigh, x.Run.FramePointer);
        Assert.Null(x.Run.TailTarget);
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void TailCallInASubprogram_ReturnsToItsCaller(string engine)
    {
        using var map = EngineFixture.MakeMap(MapType.ProgArray, 4, 4, 1);
        var target = Engines.Load(engine, TrustedProgram.FromText("r0 = 40\nexit", EngineFixture.Kind));
        Assert.Equal(Errno.None, ((ProgArrayMap)map).Set(0, target));
        const string Text = "call inner\nr0 += 2\nexit\ninner: r2 = map_idx[0]\nr3 = 0\ncall 12\nr0 = 7\nexit";
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        Assert.Equal(42ul, EngineFixture.Run(Engines.Load(engine, EngineFixture.WithMap(Text, map), map), x));
        Assert.Equal(x.StackHigh, x.Run.FramePointer);
    }

    [Theory, MemberData(nameof(EngineNames))]
    public void Kfunc_IntResult_IsZeroExtended(string engine)
    {
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        var program = Engines.Load(engine, TrustedProgram.FromSlots([new(0x85, 0, 2, 0, 0), new(0x95, 0, 0, 0, 0)]));
        Assert.Equal(0xffff_fffful, EngineFixture.Run(program, x));
    }

    [Fact]
    public void CompiledPrograms_AllocateNothing()
    {
        using var array = EngineFixture.MakeMap(MapType.Array, 4, 8, 4);
        using var hash = EngineFixture.MakeMap(MapType.Hash, 4, 8, 8);
        const string Text = """
            *(u32 *)(r10 -4) = 1
            *(u64 *)(r10 -16) = 5
            r1 = map_idx[0]
            r2 = r10
            r2 += -4
            call 1
            r1 = map_idx[0]
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 0
            call 2
            r1 = r10
            r1 += -16
            r2 = 16
            call 8
            r6 = r0
            r1 = 3
            r2 = func[9]@0
            r3 = 0
            r4 = 0
            call 181
            r0 += r6
            call inner
            exit
            inner: r0 = 1
            exit
            r0 = 0
            exit
            """;
        foreach (var map in new[] { array, hash })
        {
            var program = Engines.Load("jit", EngineFixture.WithMap(Text, map), map);
            using var x = new ExecContext(0, 1, new SeededRandom(1));
            for (int i = 0; i < 100; i++) EngineFixture.Run(program, x);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) EngineFixture.Run(program, x);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    // In a frame of its own, so that nothing on the stack keeps the program.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference MakeAndDispose(string engine)
    {
        const string Text = "r1 = 3\nr2 = func[6]@0\nr3 = 0\nr4 = 0\ncall 181\nexit\nr0 = 0\nexit";
        using var program = Engines.Load(engine, TrustedProgram.FromText(Text, EngineFixture.Kind));
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        Assert.Equal(3ul, EngineFixture.Run(program, x));
        return new WeakReference(program.Entry.Target);
    }
}
