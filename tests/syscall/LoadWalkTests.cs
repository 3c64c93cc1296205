using Sim.Live;

namespace Tests.Syscall;

/// <summary>Random loads, put to the simulated and the live kernel in step.</summary>
public sealed class LoadWalkTests
{
    private const int Slots = 6, Calls = 300;

    private static readonly int s_walks = int.TryParse(Environment.GetEnvironmentVariable("SYSCALL_WALKS"), out int walks) ? walks : 30;

    [Fact]
    public void Loads_AreAnsweredAsByTheKernel()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        ulong first = ulong.TryParse(Environment.GetEnvironmentVariable("SYSCALL_SEED"), out ulong seed) ? seed : 1;
        for (ulong walk = first; walk < first + (ulong)s_walks; walk++)
            if (Walk.Run(walk, Calls, Slots, random => new LoadAsks(random, Slots)) is { } difference) Assert.Fail(difference);
    }

    [Fact]
    public void Loads_NeverFailOtherwiseThanByErrno()
    {
        for (ulong walk = 1; walk <= 20; walk++) Assert.Null(Walk.Run(walk, Calls, Slots, random => new LoadAsks(random, Slots), live: false));
    }
}
