using Netdev.Devices;
using Netdev.Helpers;
using Netdev.Skbs;
using Netdev.TestRun;
using Vm.Abi;
using Vm.Helpers;
using Vm.Runtime;

namespace Tests.NetDev;

/// <summary>A CPU is at rest between packets, whatever ended the last one; a hook inside another leaves the outer program what it had.</summary>
public sealed class RestTests : IDisposable
{
    private readonly Network _network = new();
    private readonly NetDevice _eth0, _eth1;

    public RestTests() => (_eth0, _eth1) = (_network.AddDevice("eth0"), _network.AddDevice("eth1"));

    private NetContext Cpu => _network.Cpus[0];

    public void Dispose() => _network.Dispose();

    [Theory]
    [InlineData(false), InlineData(true)]
    public void AHookInsideAnother_ReturnsOrIsBrokenOff_AndTheOuterRunIsAsItWas(bool endless)
    {
        RunState before = default, after = default, inner = default;
        var target = Bed.Tc("target", 0);
        _eth1.Egress.Attach(Bed.Tc("inner", (x, _) =>
        {
            inner = x.Run;
            Disturb(x, target);
            return endless ? throw new LoopBudgetException() : 0;
        }));
        _eth0.Ingress.Attach(Bed.Tc("outer", (x, skb) =>
        {
            Disturb(x, target);
            before = x.Run;
            Assert.Equal(endless ? 1 : 0, RedirectHelpers.CloneRedirect(x, skb, (uint)_eth1.Ifindex, 0));
            after = x.Run;
            return 0;
        }));
        _network.Receive(_eth0, Bed.Udp(), 1);
        Assert.Equal(before, after);
        Assert.Equal((0, null, before.FramePointer, before.KeysInUse), (inner.TailCalls, inner.TailCalled, inner.FramePointer, inner.KeysInUse));
        Assert.Equal(endless ? 1 : 0, _eth1.Counters().DropsFor(DropReason.LoopBudget));
        Assert.Equal(1, _eth0.Counters().Delivered);
    }

    [Fact]
    public void AProgramThatIsBrokenOff_LeavesTheCpuAtRest()
    {
        _eth0.Ingress.Attach(Bed.Tc("endless", (x, _) =>
        {
            Disturb(x, null);
            throw new LoopBudgetException();
        }));
        _network.Receive(_eth0, Bed.Udp(), 1);
        Assert.Equal(1, _eth0.Counters().DropsFor(DropReason.LoopBudget));
        AssertAtRest();
    }

    [Theory]
    [InlineData("program"), InlineData("inner program"), InlineData("sink"), InlineData("observer")]
    public void AnExceptionFromAnywhere_PassesThrough_AndLeavesTheCpuAtRest(string thrower)
    {
        bool throws = true;
        void Throw(string from)
        {
            if (throws && from == thrower) throw new NotSupportedException(from);
        }

        _network.Observer = thrower == "observer" ? new Thrower(Throw) : null;
        _eth1.WireSink = new Thrower(Throw);
        _eth1.Egress.Attach(Bed.Tc("inner", (x, _) =>
        {
            Disturb(x, null);
            Throw("inner program");
            x.Run = Fresh(x.Run);
            return 0;
        }));
        _eth0.Ingress.Attach(Bed.Tc("outer", (x, skb) =>
        {
            Throw("program");
            return RedirectHelpers.CloneRedirect(x, skb, (uint)_eth1.Ifindex, 0);
        }));
        Assert.Equal(thrower, Assert.Throws<NotSupportedException>(() => _network.Receive(_eth0, Bed.Udp(), 1)).Message);
        AssertAtRest();
        Assert.Equal(thrower, Assert.Throws<NotSupportedException>(() => _network.Transmit(_eth0.Egress.IsActive ? _eth0 : Redirecting(), Bed.Udp(), 1)).Message);
        AssertAtRest();
        throws = false;
        _network.Receive(_eth0, Bed.Udp(), 1);
        Assert.Equal(1, _eth0.Counters().Delivered);
        AssertAtRest();
    }

    [Fact]
    public void ATimerThatThrows_LeavesTheCpuAtRest()
    {
        _network.Receive(_eth0, Bed.Udp(), 1);
        Cpu.Timers.Add(new ThrowingTimer(), Cpu.MonotonicNs + 5);
        Assert.Throws<NotSupportedException>(() => _network.AdvanceTo(100));
        AssertAtRest();
        _network.Receive(_eth0, Bed.Udp(), 200);
        Assert.Equal(2, _eth0.Counters().Delivered);
    }

    [Fact]
    public void ASyscallProgramThatIsBrokenOff_LeavesTheCpuAtRest()
    {
        using var endless = new ExecutableProgram("endless", ProgramType.Syscall, AttachType.None, (_, x) =>
        {
            Disturb((NetContext)x, null);
            throw new LoopBudgetException();
        }, "test");
        Assert.Throws<LoopBudgetException>(() => SyscallRun.Run(Cpu, endless, [], out _));
        AssertAtRest();
    }

    // Its egress does what the ingress of eth0 does.
    private NetDevice Redirecting()
    {
        foreach (var program in _eth0.Ingress.Programs) _eth0.Egress.Attach(program);
        return _eth0;
    }

    private void AssertAtRest()
    {
        var expected = default(RunState);
        expected.FramePointer = Cpu.StackHigh;
        Assert.Equal(expected, Fresh(Cpu.Run));
        Assert.Equal((0, 0, false), (Cpu.HookDepth, Cpu.TransmitDepth, Cpu.Reader.IsInside));
    }

    // What counts for the program that ran last only.
    private static RunState Fresh(RunState run)
    {
        var fresh = run;
        (fresh.TailCalls, fresh.TailCalled) = (0, null);
        return fresh;
    }

    private static void Disturb(NetContext x, ExecutableProgram? target)
    {
        x.Run.FramePointer -= 512;
        x.Run.TailCalls += 5;
        x.Run.TailCalled = target;
        x.Keys.Take(ref x.Run);
        Assert.True(x.Words.TryLend(ref x.Run, out _));
    }

    private sealed class ThrowingTimer : DeferredCall
    {
        public override void Run(ExecContext x)
        {
            Disturb((NetContext)x, null);
            throw new NotSupportedException();
        }
    }

    private sealed class Thrower(Action<string> act) : IFrameSink, IPacketObserver
    {
        public void Frame(NetContext x, NetDevice device, long timestampNs, ReadOnlySpan<byte> frame) => act("sink");

        public void Entered(NetContext x, NetDevice device, Skb skb)
        {
        }

        public void ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb)
        {
        }

        public void ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict) => act("observer");

        public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
        {
        }
    }
}
