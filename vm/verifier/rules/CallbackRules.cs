using Vm.Abi;
using Vm.Verifier.Numbers;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Functions that a helper calls any number of times before it returns.</summary>
/// <remarks>
/// A call of such a helper goes on two ways: behind the call, and into the callback, whose return leads back to the call. The state
/// at the call is compared with those of earlier rounds until nothing new shows up.
/// Source: Linux 6.12 kernel/bpf/verifier.c, push_callback_call, set_loop_callback_state, set_map_elem_callback_state.
/// </remarks>
internal sealed class CallbackRules(Verification v)
{
    public bool TryCall(CallMeta meta)
    {
        if (meta.Binding.Id == HelperId.ForEachMapElem) return TryForEach(meta);
        // Precision is for numbers; the kernel gives up on a count that is an address. Source: __mark_chain_precision.
        if (!v.Regs[1].IsScalar) return v.Refuse(Errno.EFAULT, "backtracing misuse");
        if (!v.Precision.TryMark(1)) return false;
        var frame = v.Cur.Current;
        if ((ulong)frame.CallbackDepth < v.Regs[1].Num.UMax) return TryPush(meta, SetLoopArguments);
        frame.CallbackDepth = 0;
        if (v.Log.ShowsEverything) v.Log.WriteLine($"frame{v.Cur.CurFrame} bpf_loop iteration limit reached");
        return true;
    }

    /// <summary>A callback returns: only 0 (go on) and 1 (stop) mean something.</summary>
    public bool TryReturn(ref RegState r0)
    {
        if (!r0.IsScalar) return v.Refuse(Errno.EACCES, "R0 not a scalar value");
        v.Regs.MarkRead(ref r0);
        if (!v.Precision.TryMark(0)) return false;
        return r0.Num is { SMin: >= 0, SMax: <= 1 } || v.Refuse(Errno.EINVAL, RangeComplaint("At callback return", 0, r0.Num, 0, 1));
    }

    /// <summary>The complaint about a number that is not in its range.</summary>
    public static string RangeComplaint(string when, int register, in ScalarRange num, long min, long max)
    {
        string known = (num.SMin > long.MinValue ? $" smin={num.SMin}" : "") + (num.SMax < long.MaxValue ? $" smax={num.SMax}" : "");
        return $"{when} the register R{register} has{(known.Length == 0 ? " unknown scalar value" : known)} should have been in [{min}, {max}]";
    }

    private bool TryForEach(CallMeta meta)
    {
        var type = v.Maps[meta.Map].Spec.Type;
        bool iterable = type is MapType.Array or MapType.PerCpuArray or MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash;
        if (!iterable) return v.Refuse(Errno.ENOTSUPP, "callback function not allowed for map");
        return TryPush(meta, SetElementArguments);
    }

    /// <summary>The order function of a tree, called while a node is sorted in. Source: set_rbtree_add_callback_state.</summary>
    public bool TryPushOrder(CallMeta meta) => TryPush(meta, (_, callee) => v.Objects.SetOrderArguments(meta.Root, callee));

    /// <summary>
    /// Timers and work queues: the callback starts on an empty stack of its own, whatever the caller holds, and the call itself goes on at
    /// once. Source: push_async_cb, set_timer_callback_state.
    /// </summary>
    /// <param name="meta">The call; R1 holds the map value the timer or work queue is in.</param>
    /// <param name="sleepable">True for work queues, whose callbacks may sleep.</param>
    public bool TryPushLater(CallMeta meta, bool sleepable)
    {
        var caller = v.Cur.Current;
        int start = v.Flow.Subprograms[meta.Callback].Start;
        v.Subprograms.MarkAsync(meta.Callback);
        var state = new VerifierState { FirstPc = start, InSleepable = sleepable, HistoryStart = v.Cur.HistoryEnd, HistoryEnd = v.Cur.HistoryEnd };
        var callee = v.Pool.Rent();
        callee.Reset(-1, 0, meta.Callback);
        state.Frames[0] = callee;
        if (!v.Branches.TryPushState(state, start, v.Pc)) return false;
        var value = caller.Regs[1];
        callee.Regs[1].SetPointer(RegKind.MapPtr);
        (callee.Regs[1].Map, callee.Regs[1].MapUid) = (value.Map, value.MapUid);
        SetElement(value, callee);
        (callee.InAsyncCallback, callee.AsyncEntries) = (true, caller.AsyncEntries + 1);
        return true;
    }

    private bool TryPush(CallMeta meta, Action<FrameState, FrameState> setArguments)
    {
        v.Subprograms.MarkCallback(meta.Callback);
        if (!v.Branches.TryPush(v.Flow.Subprograms[meta.Callback].Start, v.Pc, out var state)) return false;
        var caller = state.Current;
        if (!v.Subprograms.TryEnter(state, meta.Callback, v.Pc)) return false;
        var callee = state.Current;
        setArguments(caller, callee);
        callee.InCallback = true;
        state.CallbackUnrollDepth++;
        caller.CallbackDepth++;
        v.Cur.Current.CallbackDepth = 0;
        return true;
    }

    private static void SetLoopArguments(FrameState caller, FrameState callee)
    {
        callee.Regs[1].SetUnknown();
        callee.Regs[2] = caller.Regs[3];
    }

    private static void SetElementArguments(FrameState caller, FrameState callee)
    {
        var map = caller.Regs[1];
        callee.Regs[1] = map;
        SetElement(map, callee);
        callee.Regs[4] = caller.Regs[3];
    }

    private static void SetElement(in RegState map, FrameState callee)
    {
        callee.Regs[2].SetPointer(RegKind.MapKey);
        (callee.Regs[2].Map, callee.Regs[2].MapUid) = (map.Map, map.MapUid);
        callee.Regs[3].SetPointer(RegKind.MapValue);
        (callee.Regs[3].Map, callee.Regs[3].MapUid) = (map.Map, map.MapUid);
    }
}
