using Netdev.TestRun;
using Sim.Live;
using Tests.Objects;
using Vm;
using Vm.Abi;

namespace Tests.Kernel;

/// <summary>What calls on timers and work return, right and wrong ones: both sides take the same steps.</summary>
public sealed class TimerAnswersTests
{
    // Far enough away that no timer of the kernel runs down during the test.
    private const ulong Hour = 3_600_000_000_000, Elsewhere = 5;

    private static readonly (string Program, ulong Which, ulong Delay, ulong Flags)[] s_steps =
    [
        ("set", 0, 0, 0), ("start", 0, 0, 0), ("cancel", 0, 0, 0), ("init", 0, 0, 2), ("init", 0, 0, 8), ("init", 0, 0, 16), ("init", 0, 0, ulong.MaxValue),
        ("init", 0, 0, 1), ("init", 0, 0, 7), ("start", 0, Hour, 0), ("cancel", 0, 0, 0), ("set", 0, 0, 0), ("start", 0, Hour, 4), ("start", 0, Hour, 2), ("start", 0, 2 * Hour, 0),
        ("cancel", 0, 0, 0), ("cancel", 0, 0, 0), ("start", 0, Hour, 0), ("init", Elsewhere, 0, 0), ("set", Elsewhere, 0, 0), ("start", Elsewhere, ulong.MaxValue, 0), ("cancel", Elsewhere, 0, 0),
        ("init", 99, 0, 1), ("work_set", 0, 0, 0), ("work_start", 0, 0, 0), ("work_init", 0, 0, 1), ("work_init", 0, 0, 0), ("work_init", 0, 0, 0), ("work_start", 0, 0, 0),
        ("work_set", 0, 0, 1), ("work_set", 0, 0, 0), ("work_start", 0, 0, 1), ("work_start", 0, 0, 0),
    ];

    [Theory]
    [InlineData(Engine.Jit)]
    [InlineData(Engine.Interpreter)]
    public void EveryStep_ReturnsWhatTheKernelReturns(Engine engine)
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        using var run = new Tests.Jit.ProgramRun("timers.o", engine);
        using var kernel = new KernelObject(TestObjects.Read("timers.o"));
        var bench = new KernelBench();
        var globals = kernel.Maps.Values.Single(map => map.Spec.Variables.Any(variable => variable.Name == "which"));
        foreach (var (program, which, delay, flags) in s_steps)
        {
            foreach (var (name, value) in ((string, ulong)[])[("which", which), ("delay", delay), ("flags", flags)])
            {
                run.SetVariable(name, value);
                SetVariable(globals, name, value);
            }
            var theirs = bench.Run(kernel.Program(program), new byte[64], new SkbTestContext());
            Assert.Equal(Errno.None, theirs.Errno);
            Assert.Equal($"{program}({which}, {delay}, {flags}) = {(int)theirs.Retval}", $"{program}({which}, {delay}, {flags}) = {(int)run.Call(program)}");
        }
    }

    private static void SetVariable(KernelMap map, string name, ulong to)
    {
        var value = new byte[map.UserValueBytes];
        Assert.Equal(Errno.None, map.Lookup(new byte[4], value));
        BitConverter.TryWriteBytes(value.AsSpan((int)map.Spec.Variables.First(variable => variable.Name == name).Offset), to);
        Assert.Equal(Errno.None, map.Update(new byte[4], value));
    }
}
