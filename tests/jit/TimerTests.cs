using CsCheck;
using Vm;
using Vm.Abi;
using Vm.Helpers;
using Vm.Runtime;

namespace Tests.Jit;

/// <summary>Timers and work of tests/objects/timers.c in both engines: errnos, order, what deleting does, and that nothing hangs.</summary>
public sealed class TimerTests
{
    private const int Slots = 64;

    public static TheoryData<Engine> EngineKinds => ProgramRun.Engines;

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Misuse_IsAnsweredWithTheKernelsErrnos(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "set"));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "start"));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "cancel"));
        foreach (ulong clock in (ulong[])[2, 3, 8, 9, 16, ulong.MaxValue]) Assert.Equal(Minus(Errno.EINVAL), Call(run, "init", flags: clock));
        Assert.Equal(0, Call(run, "init", flags: MapCallback.Monotonic));
        Assert.Equal(Minus(Errno.EBUSY), Call(run, "init", flags: MapCallback.Boottime));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "start"));
        Assert.Equal(0, Call(run, "cancel"));
        Assert.Equal(0, Call(run, "set"));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "start", flags: 4));
        Assert.Equal(0, Call(run, "start", flags: 3));
        Assert.Equal(1, Call(run, "cancel"));
        Assert.Equal(0, Call(run, "cancel"));
        // A cancelled timer has forgotten what it calls.
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "start"));
        Assert.Equal(0, run.Cpu.Timers.Count);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void WorkMisuse_IsAnsweredWithTheKernelsErrnos(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "work_set"));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "work_start"));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "work_init", flags: 1));
        Assert.Equal(0, Call(run, "work_init"));
        Assert.Equal(Minus(Errno.EBUSY), Call(run, "work_init"));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "work_start"));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "work_set", flags: 1));
        Assert.Equal(0, Call(run, "work_set"));
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "work_start", flags: 1));
        Assert.Equal(0, Call(run, "work_start"));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Timer_RunsOnceAtItsOwnTime(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        run.Cpu.MonotonicNs = 1000;
        Arm(run, 7, 500);
        run.Cpu.RunTimers(1499);
        Assert.Equal(0ul, run.Variable("fired"));
        run.Cpu.RunTimers(9000);
        Assert.Equal((1ul, 7ul, 1500ul), (run.Variable("fired"), run.Variable("last"), run.Variable("seen_ns")));
        run.Cpu.RunTimers(long.MaxValue);
        Assert.Equal(1ul, run.Variable("fired"));
        Assert.Equal(run.Cpu.StackHigh, run.Cpu.Run.FramePointer);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void AbsoluteTimes_AreOnTheTimersClock(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        (run.Cpu.MonotonicNs, run.Cpu.RealtimeNs) = (1000, 1_000_000);
        Assert.Equal(0, Call(run, "init", which: 1, flags: MapCallback.Realtime));
        Assert.Equal(0, Call(run, "set", which: 1));
        Assert.Equal(0, Call(run, "start", which: 1, delay: 1_000_400, flags: 1));
        Assert.Equal(1400, run.Cpu.Timers.NextDueNs);
        Arm(run, 2, 1200, flags: 1);
        Assert.Equal(1200, run.Cpu.Timers.NextDueNs);
        // Further away than time goes.
        Arm(run, 3, ulong.MaxValue);
        run.Cpu.RunTimers(long.MaxValue - 1);
        Assert.Equal((2ul, 1ul), (run.Variable("fired"), run.Variable("last")));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Timers_RunInOrderOfTimeThenOfStarting(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        for (ulong slot = 0; slot < Slots; slot++)
        {
            Call(run, "init", which: slot, flags: MapCallback.Monotonic);
            Call(run, "set", which: slot);
        }
        Gen.Select(Gen.Int[0, Slots - 1], Gen.Int[0, 9], Gen.Bool).Array[1, 80].Sample(steps =>
        {
            run.SetVariable("trail", 0);
            var model = new List<(long Due, int Slot)>();
            long now = run.Cpu.MonotonicNs;
            foreach (var (slot, delay, cancels) in steps)
            {
                bool waited = model.RemoveAll(one => one.Slot == slot) > 0;
                if (cancels)
                {
                    Assert.Equal(waited ? 1 : 0, Call(run, "cancel", which: (ulong)slot));
                    Assert.Equal(0, Call(run, "set", which: (ulong)slot));
                    continue;
                }
                Assert.Equal(0, Call(run, "start", which: (ulong)slot, delay: (ulong)delay));
                model.Add((now + delay, slot));
            }
            Assert.Equal(model.Count, run.Cpu.Timers.Count);
            ulong trail = model.OrderBy(one => one.Due).Aggregate(0ul, (so, one) => unchecked(so * 31 + (ulong)one.Slot + 1));
            run.Cpu.RunTimers(now + 20);
            run.Cpu.MonotonicNs = now + 20;
            Assert.Equal(trail, run.Variable("trail"));
            Assert.Equal(0, run.Cpu.Timers.Count);
        }, iter: 200, threads: 1);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void TimerThatCancelsItself_IsToldOfTheDeadlock(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        Call(run, "init", flags: MapCallback.Monotonic);
        Call(run, "set_cancel_itself");
        Call(run, "start", delay: 1);
        run.Cpu.RunTimers(1);
        Assert.Equal(Minus(Errno.EDEADLK), (long)run.Variable("answer"));
        Assert.Equal(0, Call(run, "start"));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void RestlessTimer_RunsALimitedNumberOfTimesAndLetsOthersRun(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        run.SetVariable("rearm", 1);
        Arm(run, 1, 10);
        Arm(run, 2, 15);
        run.Cpu.RunTimers(20);
        Assert.Equal(2ul * CallQueue.MostRunsOfOne, run.Variable("fired"));
        Assert.Equal((2ul, 2ul), (run.Cpu.Timers.PutOff, run.Variable("last")));
        Assert.Equal((2, 21L), (run.Cpu.Timers.Count, run.Cpu.Timers.NextDueNs));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void PeriodicTimer_CatchesUpWithTheClock(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        run.SetVariable("rearm", 101);
        Arm(run, 1, 100);
        run.Cpu.RunTimers(1050);
        Assert.Equal((10ul, 1000ul, 1100L), (run.Variable("fired"), run.Variable("seen_ns"), run.Cpu.Timers.NextDueNs));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void ElementThatGoes_TakesItsTimerAlong(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        var table = run.Object.Map("table");
        var value = new byte[table.Spec.ValueSize];
        for (uint key = 0; key < 3; key++)
        {
            table.Update(BitConverter.GetBytes(key), value);
            Assert.Equal(0, Call(run, "table_init", which: key));
            Assert.Equal(0, Call(run, "table_set", which: key));
            Assert.Equal(0, Call(run, "table_start", which: key, delay: 10));
        }
        Assert.Equal(Errno.None, table.Delete(BitConverter.GetBytes(0u)));
        // A new value is a new element: nothing in it has been initialised.
        table.Update(BitConverter.GetBytes(1u), value);
        Assert.Equal(Minus(Errno.EINVAL), Call(run, "table_start", which: 1));
        Assert.Equal(1, run.Cpu.Timers.Count);
        run.Cpu.RunTimers(10);
        Assert.Equal((1ul, 2ul), (run.Variable("fired"), run.Variable("last")));
        // Arrays keep their elements and cancel what is in them.
        Arm(run, 5, 10);
        var slots = run.Object.Map("slots");
        Assert.Equal(Errno.None, slots.Update(BitConverter.GetBytes(5u), value));
        Assert.Equal(0, run.Cpu.Timers.Count);
        Assert.Equal(0, Call(run, "init", which: 5, flags: MapCallback.Monotonic));
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void TimerThatDeletesItsElement_FindsItselfUninitialised(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        var table = run.Object.Map("table");
        table.Update(BitConverter.GetBytes(9u), new byte[table.Spec.ValueSize]);
        Call(run, "table_init", which: 9);
        Call(run, "table_set_delete", which: 9);
        Call(run, "table_start", which: 9, delay: 10);
        run.Cpu.RunTimers(10);
        Assert.Equal((1ul, Minus(Errno.EINVAL)), (run.Variable("fired"), (long)run.Variable("answer")));
        Assert.Equal(Errno.ENOENT, table.Lookup(BitConverter.GetBytes(9u), new byte[table.Spec.ValueSize]));
        Assert.Equal(0, run.Cpu.Timers.Count);
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Object_TakesItsTimersAndWorkAlong(Engine engine)
    {
        var run = new ProgramRun("timers.o", engine);
        Arm(run, 1, 10);
        Call(run, "work_init");
        Call(run, "work_set");
        Call(run, "work_start");
        Assert.Equal((1, 1), (run.Cpu.Timers.Count, run.Cpu.Work.Count));
        run.Object.Dispose();
        Assert.Equal((0, 0), (run.Cpu.Timers.Count, run.Cpu.Work.Count));
        run.Dispose();
    }

    [Theory]
    [MemberData(nameof(EngineKinds))]
    public void Work_IsDoneOnceARoundInTheOrderItWasStarted(Engine engine)
    {
        using var run = new ProgramRun("timers.o", engine);
        foreach (ulong slot in (ulong[])[4, 2, 6])
        {
            Call(run, "work_init", which: slot);
            Call(run, "work_set", which: slot);
            Call(run, "work_start", which: slot);
        }
        Call(run, "work_start", which: 4);
        run.SetVariable("rearm", 1);
        run.Cpu.RunWork();
        Assert.Equal((3ul, (5ul * 31 + 3) * 31 + 7), (run.Variable("worked"), run.Variable("trail")));
        run.SetVariable("rearm", 0);
        run.Cpu.RunWork();
        run.Cpu.RunWork();
        Assert.Equal(6ul, run.Variable("worked"));
    }

    private static void Arm(ProgramRun run, ulong slot, ulong delay, ulong flags = 0)
    {
        Assert.Equal(0, Call(run, "init", which: slot, flags: MapCallback.Monotonic));
        Assert.Equal(0, Call(run, "set", which: slot));
        Assert.Equal(0, Call(run, "start", slot, delay, flags));
    }

    private static long Call(ProgramRun run, string program, ulong which = 0, ulong delay = 0, ulong flags = 0)
    {
        run.SetVariable("which", which);
        run.SetVariable("delay", delay);
        run.SetVariable("flags", flags);
        return (int)run.Call(program);
    }

    private static long Minus(Errno errno) => -(long)errno;
}
