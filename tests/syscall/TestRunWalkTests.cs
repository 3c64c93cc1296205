using Netdev.Wire;
using Sim.Live.Net;

namespace Tests.Syscall;

/// <summary>Random BPF_PROG_TEST_RUN calls, put to the simulated and the live kernel in step.</summary>
public sealed class TestRunWalkTests
{
    private const int Slots = 4, Calls = 300;

    private static readonly int s_walks = int.TryParse(Environment.GetEnvironmentVariable("SYSCALL_WALKS"), out int walks) ? walks : 30;

    [Fact]
    public void TestRuns_AnswerAsTheKernel()
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        using var space = NetworkNamespace.Create("testrun");
        space.Run(() => space.Links.AddVethPair(new LinkSpec("first", TestRunAsks.First, [2, 0, 0, 0, 0, 5]), new LinkSpec("second", TestRunAsks.Second, [2, 0, 0, 0, 0, 6])));
        ulong first = ulong.TryParse(Environment.GetEnvironmentVariable("SYSCALL_SEED"), out ulong seed) ? seed : 1;
        for (ulong walk = first; walk < first + (ulong)s_walks; walk++)
        {
            var difference = Walk.Run(walk, Calls, Slots, random => new TestRunAsks(random, Slots), prepare: kernels => Prepare(kernels, space));
            if (difference is not null) Assert.Fail(difference);
        }
    }

    [Fact]
    public void TestRuns_NeverFailOtherwiseThanByErrno()
    {
        for (ulong walk = 1; walk <= 10; walk++) Assert.Null(Walk.Run(walk, Calls, Slots, random => new TestRunAsks(random, Slots), live: false, prepare: kernels => Prepare(kernels, null)));
    }

    private static void Prepare(TwoKernels kernels, NetworkNamespace? space)
    {
        kernels.Space = space;
        var first = kernels.Network.AddDevice("first", mac: new MacAddress(0x0200_0000_0005), ifindex: TestRunAsks.First);
        Netdev.Devices.Network.Join(first, kernels.Network.AddDevice("second", mac: new MacAddress(0x0200_0000_0006), ifindex: TestRunAsks.Second));
        for (int i = 0; i < TestRunAsks.Programs.Length; i++) kernels.Load(Slots + i, TestRunAsks.Programs[i]);
    }
}
