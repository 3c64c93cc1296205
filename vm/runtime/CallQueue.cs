namespace Vm.Runtime;

/// <summary>Calls that wait for a time, first due first; among those due at the same time, first queued first.</summary>
/// <remarks>
/// A binary heap that knows where each of its calls is: queueing, moving and cancelling are O(log queued), asking whether something is due
/// is one comparison. Nothing is allocated except when the heap grows. Calls may be queued and cancelled from any thread; they run on the
/// one that calls <see cref="RunUntil"/>.
/// </remarks>
public sealed class CallQueue
{
    /// <summary>Most runs of one call while the clock advances once; a call that wants more goes on at the next advance.</summary>
    public const int MostRunsOfOne = 1024;

    /// <summary>Most runs of all calls together while the clock advances once; a used-up loop budget ends the advance too.</summary>
    public const int MostRuns = 1 << 20;

    private readonly Lock _gate = new();
    private DeferredCall?[] _heap = new DeferredCall?[16];
    private ulong _lastOrder;
    private ulong _advance;
    private long _nextDueNs = long.MaxValue;

    /// <summary>Calls that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Calls that have run.</summary>
    public ulong Runs { get; private set; }

    /// <summary>Times a call that was due had to wait for a later advance of the clock because a limit was reached.</summary>
    public ulong PutOff { get; private set; }

    /// <summary>When the first call is due, virtual monotonic nanoseconds; <see cref="long.MaxValue"/> when none waits.</summary>
    public long NextDueNs => Volatile.Read(ref _nextDueNs);

    /// <summary>Queues a call, or moves it when it is queued already, here or elsewhere.</summary>
    public void Add(DeferredCall call, long dueNs)
    {
        ArgumentNullException.ThrowIfNull(call);
        call.TryCancel();
        lock (_gate) AddHeld(call, dueNs);
    }

    /// <summary>Takes a call out; false when it is not here.</summary>
    public bool TryRemove(DeferredCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        lock (_gate)
        {
            if (call.Queue != this) return false;
            RemoveHeld(call);
            return true;
        }
    }

    /// <summary>Runs every call due at or before a time, calls they queue included, and leaves the CPU's clock as it was or at the last call's time.</summary>
    /// <param name="x">The CPU they run on.</param>
    /// <param name="nowNs">Virtual monotonic time.</param>
    public void RunUntil(ExecContext x, long nowNs)
    {
        ArgumentNullException.ThrowIfNull(x);
        _advance++;
        for (int runs = 0; TryTake(nowNs, runs < MostRuns && x.LoopBudget > 0, out var call, out long dueNs); runs++)
        {
            long passed = Math.Max(0, dueNs - x.MonotonicNs);
            x.MonotonicNs += passed;
            x.RealtimeNs += passed;
            Runs++;
            call.Run(x);
        }
    }

    /// <summary>Runs every call queued for a round or an earlier one; the clock stands still.</summary>
    internal void RunRound(ExecContext x, long round)
    {
        _advance++;
        for (int runs = 0; TryTake(round, runs < MostRuns && x.LoopBudget > 0, out var call, out _); runs++)
        {
            Runs++;
            call.Run(x);
        }
    }

    private bool TryTake(long nowNs, bool mayRun, out DeferredCall call, out long dueNs)
    {
        lock (_gate)
        {
            while (Count > 0 && _heap[0]!.DueNs <= nowNs)
            {
                call = _heap[0]!;
                dueNs = call.DueNs;
                if (!mayRun)
                {
                    PutOff++;
                    return false;
                }
                RemoveHeld(call);
                if (call.LastAdvance != _advance) (call.LastAdvance, call.RunsThisAdvance) = (_advance, 0);
                if (call.RunsThisAdvance++ < MostRunsOfOne) return true;
                // It arms itself faster than the clock moves: it gets its turn again, but packets come first.
                PutOff++;
                AddHeld(call, nowNs + 1);
            }
            (call, dueNs) = (null!, 0);
            return false;
        }
    }

    private void AddHeld(DeferredCall call, long dueNs)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, 2 * Count);
        (call.Queue, call.DueNs, call.Order) = (this, dueNs, ++_lastOrder);
        Rise(Count++, call);
        _nextDueNs = _heap[0]!.DueNs;
    }

    private void RemoveHeld(DeferredCall call)
    {
        call.Queue = null;
        var last = _heap[--Count]!;
        _heap[Count] = null;
        if (last != call)
        {
            Rise(call.Place, last);
            Sink(last.Place, last);
        }
        _nextDueNs = Count == 0 ? long.MaxValue : _heap[0]!.DueNs;
    }

    private void Rise(int at, DeferredCall call)
    {
        for (int parent; at > 0 && IsBefore(call, _heap[parent = (at - 1) / 2]!); at = parent) Set(at, _heap[parent]!);
        Set(at, call);
    }

    private void Sink(int at, DeferredCall call)
    {
        for (int child; (child = 2 * at + 1) < Count; at = child)
        {
            if (child + 1 < Count && IsBefore(_heap[child + 1]!, _heap[child]!)) child++;
            if (!IsBefore(_heap[child]!, call)) break;
            Set(at, _heap[child]!);
        }
        Set(at, call);
    }

    private void Set(int at, DeferredCall call)
    {
        _heap[at] = call;
        call.Place = at;
    }

    private static bool IsBefore(DeferredCall a, DeferredCall b) => a.DueNs != b.DueNs ? a.DueNs < b.DueNs : a.Order < b.Order;
}
