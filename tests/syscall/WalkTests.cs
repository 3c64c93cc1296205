using Sim.Live;

namespace Tests.Syscall;

/// <summary>Random calls, put to the simulated and the live kernel in step.</summary>
public sealed class WalkTests
{
    private const int Slots = 8, Calls = 300;

    private static readonly int s_walks = int.TryParse(Environment.GetEnvironmentVariable("SYSCALL_WALKS"), out int walks) ? walks : 100;

    [Fact]
    public void MapCommands_AnswerAsTheKernel()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        ulong first = ulong.TryParse(Environment.GetEnvironmentVariable("SYSCALL_SEED"), out ulong seed) ? seed : 1;
        for (ulong walk = first; walk < first + (ulong)s_walks; walk++)
            if (Walk.Run(walk, Calls, Slots, random => new MapAsks(random, Slots)) is { } difference) Assert.Fail(difference);
    }

    [Fact]
    public void AllCommands_AnswerAsTheKernel()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        ulong first = ulong.TryParse(Environment.GetEnvironmentVariable("SYSCALL_SEED"), out ulong seed) ? seed : 1;
        for (ulong walk = first; walk < first + (ulong)s_walks; walk++)
            if (Walk.Run(walk, Calls, Slots, random => new AllAsks(random, Slots)) is { } difference) Assert.Fail(difference);
    }

    [Fact]
    public void MapCommands_NeverFailOtherwiseThanByErrno()
    {
        for (ulong walk = 1; walk <= 50; walk++) Assert.Null(Walk.Run(walk, Calls, Slots, random => new MapAsks(random, Slots), live: false));
    }
}
