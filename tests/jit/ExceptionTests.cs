using Vm;

namespace Tests.Jit;

/// <summary>bpf_throw from every depth of tests/objects/exceptions.c, in both engines. The live kernel gives the same numbers.</summary>
public sealed class ExceptionTests
{
    private const ulong Cookie = 0x1_0000_0040;

    public static TheoryData<Engine> EngineKinds => ProgramRun.Engines;

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Throw_WithoutCallback_ReturnsTheCookie(Engine engine)
    {
        foreach (int depth in (int[])[1, 2, 3])
        {
            using var run = Throwing(engine, depth);
            Assert.Equal(Cookie, run.Call("plain"));
            Assert.Equal(run.FramePointerBefore, run.Cpu.Run.FramePointer);
            // Only functions that had returned before may have left a mark.
            Assert.Equal(depth == 1 ? 3u : 0u, run.Variable("after"));
        }
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Throw_WithCallback_ReturnsWhatItAnswers(Engine engine)
    {
        foreach (int depth in (int[])[1, 2, 3])
        {
            using var run = Throwing(engine, depth);
            Assert.Equal(unchecked((uint)(Cookie + 1)), (uint)run.Call("answered"));
            Assert.Equal(Cookie, run.Variable("seen"));
            Assert.Equal(run.FramePointerBefore, run.Cpu.Run.FramePointer);
        }
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void NoThrow_ReturnsAsUsual_AndAgain(Engine engine)
    {
        using var run = Throwing(engine, 0);
        Assert.Equal(10u + 3 + 4 + 1, (uint)run.Call("plain"));
        Assert.Equal(20u + 3 + 4 + 1, (uint)run.Call("answered"));
        Assert.Equal(0ul, run.Variable("seen"));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Throw_BehindATailCall_EndsOnlyTheProgramThatThrew(Engine engine)
    {
        using var run = Throwing(engine, 3);
        Assert.Equal(unchecked((uint)(Cookie + 1)) + 1000, (uint)run.Call("caller"));
        Assert.False(run.Cpu.Run.Throwing);
    }

    private static ProgramRun Throwing(Engine engine, int depth)
    {
        var run = new ProgramRun("exceptions.o", engine);
        run.Object.Set("depth", $"{depth}");
        run.Object.Set("cookie", $"{Cookie}");
        return run;
    }
}
