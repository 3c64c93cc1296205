using Vm.Maps;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>A timer or a piece of work in a map value: calls a function of a program with map, key and value.</summary>
/// <remarks>
/// The last function set is called. A program that was unloaded is not called any more.
/// Source: Linux 6.12 kernel/bpf/helpers.c, struct bpf_async_cb, bpf_timer_cb, bpf_wq_work.
/// </remarks>
/// <param name="map">Map the value is in.</param>
/// <param name="field">Address of the struct bpf_timer or bpf_wq.</param>
/// <param name="clock">Which clock absolute times are on: CLOCK_REALTIME 0, CLOCK_MONOTONIC 1, CLOCK_BOOTTIME 7.</param>
public sealed class MapCallback(Map map, ulong field, uint clock) : DeferredCall
{
    /// <summary>Clock numbers. Source: Linux 6.12 include/uapi/linux/time.h.</summary>
    public const uint Realtime = 0, Monotonic = 1, Boottime = 7;

    /// <summary>Which clock absolute times are on.</summary>
    public uint Clock => clock;

    /// <summary>What is called; null before it is set, and again after a cancel.</summary>
    public GuestCallback? Callback { get; set; }

    /// <inheritdoc/>
    public override void Run(ExecContext x)
    {
        if (Callback is not { IsGone: false } callback || !map.TryElementOf(field, out ulong key, out uint index, out ulong value)) return;
        var outer = x.RunningCall;
        var before = x.Run;
        x.RunningCall = this;
        try
        {
            if (key == 0)
            {
                key = x.Keys.Take(ref x.Run);
                Native.Ref<uint>(key) = index;
            }
            LoopHelpers.Charge(x);
            callback.Invoke(x, map.Handle, key, value, 0, 0);
        }
        catch (LoopBudgetException)
        {
            x.BrokenCalls++;
        }
        finally
        {
            x.Run = before;
            x.RunningCall = outer;
        }
    }
}
