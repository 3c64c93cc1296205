using Vm.Abi;
using Vm.Maps;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Timers in map values. They run on the virtual clock of the CPU that started them, before the first packet that comes no earlier.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/helpers.c, bpf_timer_init, bpf_timer_set_callback, bpf_timer_start, bpf_timer_cancel.</remarks>
public static class TimerHelpers
{
    private const ulong Absolute = 1, PinToCpu = 2, ClockCount = 16;

    /// <summary>Makes the timer.</summary>
    /// <returns>0; EINVAL for a clock other than CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_BOOTTIME; EBUSY when it was made already; EPERM when user space has let go of the map.</returns>
    [Helper(HelperId.TimerInit, Flags = CallFlags.GplOnly)]
    public static long Init(TimerRef timer, Map map, ulong flags)
    {
        if (flags >= ClockCount || flags is not (MapCallback.Realtime or MapCallback.Monotonic or MapCallback.Boottime)) return -(long)Errno.EINVAL;
        return Make(timer.Address, map, (uint)flags);
    }

    /// <summary>Says what the timer calls.</summary>
    /// <returns>0; EINVAL before <see cref="Init"/>.</returns>
    [Helper(HelperId.TimerSetCallback, Flags = CallFlags.GplOnly | CallFlags.CallsBackLater)]
    public static long SetCallback(TimerRef timer, GuestCallback callback) => Set(timer.Address, callback);

    /// <summary>Starts the timer, or starts it again with another time.</summary>
    /// <param name="x">The calling CPU; the timer runs on it.</param>
    /// <param name="timer">The timer.</param>
    /// <param name="nanoseconds">From now on, or on the timer's clock with BPF_F_TIMER_ABS. Delays past the end of time never end.</param>
    /// <param name="flags">BPF_F_TIMER_ABS, BPF_F_TIMER_CPU_PIN (timers never leave their CPU here).</param>
    /// <returns>0; EINVAL for other flags, and before init and set_callback.</returns>
    [Helper(HelperId.TimerStart, Flags = CallFlags.GplOnly)]
    public static long Start(ExecContext x, TimerRef timer, ulong nanoseconds, ulong flags)
    {
        if ((flags & ~(Absolute | PinToCpu)) != 0) return -(long)Errno.EINVAL;
        DeferredCall.Lock(timer.Address);
        var call = DeferredCall.At<MapCallback>(timer.Address);
        bool ready = call?.Callback is not null;
        if (ready) x.Timers.Add(call!, DueNs(x, call!.Clock, (long)nanoseconds, (flags & Absolute) != 0));
        DeferredCall.Unlock(timer.Address);
        return ready ? 0 : -(long)Errno.EINVAL;
    }

    /// <summary>Stops the timer and forgets what it calls.</summary>
    /// <returns>1 when it was running down, 0 when not; EINVAL before init; EDEADLK from its own callback.</returns>
    [Helper(HelperId.TimerCancel, Flags = CallFlags.GplOnly)]
    public static long Cancel(ExecContext x, TimerRef timer)
    {
        DeferredCall.Lock(timer.Address);
        var call = DeferredCall.At<MapCallback>(timer.Address);
        long result;
        if (call is null) result = -(long)Errno.EINVAL;
        else if (call == x.RunningCall) result = -(long)Errno.EDEADLK;
        else
        {
            call.Callback = null;
            result = call.TryCancel() ? 1 : 0;
        }
        DeferredCall.Unlock(timer.Address);
        return result;
    }

    /// <summary>What bpf_timer_init and bpf_wq_init share. Source: __bpf_async_init.</summary>
    internal static long Make(ulong field, Map map, uint clock)
    {
        DeferredCall.Lock(field);
        bool free = DeferredCall.At<MapCallback>(field) is null;
        // A map nobody in user space holds has had its timers taken away: it gets no new ones.
        bool mayHave = map.Users > 0;
        if (free && mayHave) new MapCallback(map, field, clock).PutAt(field);
        DeferredCall.Unlock(field);
        return !free ? -(long)Errno.EBUSY : mayHave ? 0 : -(long)Errno.EPERM;
    }

    /// <summary>What bpf_timer_set_callback and bpf_wq_set_callback_impl share. Source: __bpf_async_set_callback.</summary>
    internal static long Set(ulong field, GuestCallback callback)
    {
        DeferredCall.Lock(field);
        var call = DeferredCall.At<MapCallback>(field);
        if (call is not null) call.Callback = callback;
        DeferredCall.Unlock(field);
        return call is null ? -(long)Errno.EINVAL : 0;
    }

    // Source: Linux 6.12 kernel/time/hrtimer.c, hrtimer_start_range_ns, ktime_add_safe.
    private static long DueNs(ExecContext x, uint clock, long nanoseconds, bool absolute)
    {
        if (absolute) return clock == MapCallback.Realtime ? long.CreateSaturating((Int128)nanoseconds - x.RealtimeNs + x.MonotonicNs) : nanoseconds;
        return nanoseconds < 0 || nanoseconds > long.MaxValue - x.MonotonicNs ? long.MaxValue : x.MonotonicNs + nanoseconds;
    }
}
