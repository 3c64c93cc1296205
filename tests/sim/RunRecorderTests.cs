using Netdev.Devices;
using Netdev.Wire;
using Sim.Run;
using Sim.Scenarios;
using Tests.NetDev;
using Vm.Helpers;

namespace Tests.Sim;

/// <summary>A program's own verdict, and the one its hook made of it.</summary>
public sealed class RunRecorderTests : IDisposable
{
    private readonly RunResult _result = new();
    private readonly Network _network = new();
    private readonly NetDevice _eth0;
    private readonly RunRecorder _recorder;

    public RunRecorderTests()
    {
        _eth0 = _network.AddDevice("eth0", mac: MacAddress.Parse(Bed.HostMac));
        _recorder = new RunRecorder(_result, _ => true, (_, _) => false);
        _network.Observer = _recorder;
        _recorder.Begin(1);
    }

    public void Dispose() => _network.Dispose();

    private long Count(Hook hook, string? program, string verdict)
    {
        _recorder.Finish();
        return _result.Verdicts.GetValueOrDefault((new HookName("eth0", hook), program, verdict));
    }

    [Theory]
    [InlineData(2, "PASS", "PASS", "delivered eth0")]
    [InlineData(0, "ABORTED", "ABORTED", "dropped XDP_ABORTED")]
    [InlineData(77, "77", "ABORTED", "dropped XDP_ABORTED")]
    [InlineData(-1, "-1", "ABORTED", "dropped XDP_ABORTED")]
    public void Xdp_UnknownCode_IsTheProgramsOwn_AndAbortedAtTheHook(int code, string own, string final, string end)
    {
        _eth0.AttachXdp(Bed.Xdp("x", (_, _) => code));
        _network.Receive(_eth0, Bed.Udp(), 1);
        Assert.Equal((1, 1), (Count(Hook.Xdp, "x", own), Count(Hook.Xdp, null, final)));
        Assert.Equal(2, _result.Verdicts.Values.Sum());
        Assert.Equal((final, end), (Assert.Single(_result.Stories.Values.First().Crossings).Final, Assert.Single(_result.Stories.Values.First().Endings).Words));
    }

    [Theory]
    [InlineData(HookPoint.Xdp, 77, "77", "ABORTED")]
    [InlineData(HookPoint.Xdp, 3, "TX", "TX")]
    [InlineData(HookPoint.Ingress, 3, "3", "NEXT")]
    [InlineData(HookPoint.Egress, -1, "NEXT", "NEXT")]
    public void ACode_HasTheProgramsName_AndTheHooks(HookPoint hook, int code, string own, string taken) =>
        Assert.Equal((own, taken), (VerdictNames.OfProgram(hook, code), VerdictNames.OfHook(hook, code)));

    [Fact]
    public void Tc_TheHookEndsOnce_WithWhatItMadeOfTheLastCode()
    {
        _eth0.Ingress.Attach(Bed.Tc("a", -1));
        _eth0.Ingress.Attach(Bed.Tc("b", 5));
        _eth0.Ingress.Attach(Bed.Tc("c", 2));
        _network.Receive(_eth0, Bed.Udp(), 1);
        Assert.Equal((1, 1, 0, 1), (Count(Hook.Ingress, "a", "NEXT"), Count(Hook.Ingress, "b", "5"), Count(Hook.Ingress, "c", "DROP"), Count(Hook.Ingress, null, "NEXT")));
        Assert.Equal([null, "NEXT"], _result.Stories.Values.First().Crossings.Select(crossing => crossing.Final));
    }

    [Fact]
    public void ProgramsThatLoop_EndTheRunAfterAFewPackets_WithTheirNames()
    {
        _eth0.Ingress.Attach(Bed.Tc("endless", (_, _) => throw new LoopBudgetException()));
        for (int i = 0; i <= RunRecorder.MostBrokenOff; i++)
        {
            _recorder.Begin(i + 2);
            _network.Receive(_eth0, Bed.Udp(), 1);
        }
        Assert.Equal(RunRecorder.MostBrokenOff + 1, _result.BrokenOff);
        Assert.Equal("program 'endless' used up its loop budget of 33,554,432 iterations; the packet is dropped", Assert.Single(_result.Notes));
        Assert.Equal("endless", Assert.Throws<LoopBudgetException>(() => _recorder.Begin(9)).Program?.Name);
    }

    [Fact]
    public void TimersThatLoop_EndTheRunToo()
    {
        _network.Cpus[0].BrokenCalls = RunRecorder.MostBrokenOff + 1;
        _network.Receive(_eth0, Bed.Udp(), 1);
        Assert.Equal("timers or work used up their loop budget of 33,554,432 iterations 4 times", Assert.Throws<LoopBudgetException>(() => _recorder.Begin(2)).Message);
    }

    [Fact]
    public void ANestedHook_EndsInsideTheOuterOne()
    {
        var eth1 = _network.AddDevice("eth1");
        eth1.Egress.Attach(Bed.Tc("inner", 2));
        _eth0.Ingress.Attach(Bed.Tc("outer", (x, skb) =>
        {
            Netdev.Helpers.RedirectHelpers.CloneRedirect(x, skb, (uint)eth1.Ifindex, 0);
            return 0;
        }));
        _network.Receive(_eth0, Bed.Udp(), 1);
        Assert.Equal([("inner", "DROP"), ("outer", "PASS")], _result.Stories.Values.First().Crossings.Select(crossing => (crossing.Program, crossing.Final!)));
    }

    [Fact]
    public void CountingVerdictsAndEnds_AllocatesNothing()
    {
        var result = new RunResult();
        var recorder = new RunRecorder(result, _ => false, (_, _) => false);
        _network.Observer = recorder;
        int packet = 0;
        _eth0.AttachXdp(Bed.Xdp("every_third", (_, _) => packet % 3 == 0 ? 1 : 2));
        _eth0.Ingress.Attach(Bed.Tc("every_second", (_, _) => packet % 2 == 0 ? 2 : 0));
        byte[] frame = Bed.Udp();
        Run(100);
        // The runtime itself may allocate once on this thread, when it exchanges code.
        Assert.Contains(0L, Enumerable.Range(0, 3).Select(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run(200);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).ToArray());
        recorder.Finish();
        recorder.Finish();
        var xdp = new HookName("eth0", Hook.Xdp);
        var ingress = new HookName("eth0", Hook.Ingress);
        var expected = new Dictionary<(HookName, string?, string), long>
        {
            [(xdp, "every_third", "DROP")] = 234, [(xdp, null, "DROP")] = 234, [(xdp, "every_third", "PASS")] = 466, [(xdp, null, "PASS")] = 466,
            [(ingress, "every_second", "DROP")] = 233, [(ingress, null, "DROP")] = 233, [(ingress, "every_second", "PASS")] = 233, [(ingress, null, "PASS")] = 233,
        };
        Assert.Equal(expected.OrderBy(one => one.Key.ToString()), result.Verdicts.OrderBy(one => one.Key.ToString()));
        Assert.Equal([("TC_INGRESS", 233L), ("XDP_DROP", 234L)], result.Drops.Select(one => (one.Key, one.Value)));
        Assert.Equal([("eth0", 233L)], result.Delivered.Select(one => (one.Key, one.Value)));

        void Run(int packets)
        {
            for (int i = 0; i < packets; i++, packet++)
            {
                recorder.Begin(packet + 1);
                _network.Receive(_eth0, frame, 1);
            }
        }
    }
}
