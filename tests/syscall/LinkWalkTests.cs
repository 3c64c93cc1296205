using Sim.Live.Net;

namespace Tests.Syscall;

/// <summary>Random calls that attach and link programs, put to the simulated and the live kernel in step while devices come and go.</summary>
public sealed class LinkWalkTests
{
    private const int Slots = 10, Calls = 400;

    private static readonly int s_walks = int.TryParse(Environment.GetEnvironmentVariable("SYSCALL_WALKS"), out int walks) ? walks : 6;

    [Fact]
    public void AttachAndLinkCommands_AnswerAsTheKernel()
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        ulong first = ulong.TryParse(Environment.GetEnvironmentVariable("SYSCALL_SEED"), out ulong seed) ? seed : 1;
        for (ulong walk = first; walk < first + (ulong)s_walks; walk++)
        {
            var difference = Walk.Run(walk, Calls, Slots, random => new LinkAsks(random, Slots), prepare: kernels => Prepare(kernels, live: true));
            if (difference is not null) Assert.Fail(difference);
        }
    }

    [Fact]
    public void AttachAndLinkCommands_NeverFailOtherwiseThanByErrno()
    {
        for (ulong walk = 1; walk <= 50; walk++)
            Assert.Null(Walk.Run(walk, Calls, Slots, random => new LinkAsks(random, Slots), live: false, prepare: kernels => Prepare(kernels, live: false)));
    }

    private static void Prepare(TwoKernels kernels, bool live)
    {
        LinkWorld.Of(kernels, live);
        for (int i = 0; i < LinkAsks.Programs.Length; i++) kernels.Load(Slots + i, LinkAsks.Programs[i]);
    }
}
