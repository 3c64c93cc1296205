using Vm.Abi;
using Vm.Cfg;
using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>Checkpoints: whether a path can be cut off because one that was walked before covers it, and when to store a new one.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, is_state_visited and the loop entry functions above it.</remarks>
internal sealed class Pruning(VerifierEnv v)
{
    /// <summary>A state is stored at least this often, in instructions remembered.</summary>
    private const int MaxHistory = 40;

    private readonly Checkpoint?[] _buckets = new Checkpoint?[v.Insns.Length];
    private readonly StateComparer _comparer = new(v);
    private long _jumpsAtLast, _insnsAtLast;

    public enum Outcome
    {
        Walk,
        Covered,
        Refused,
    }

    public int TotalStates { get; private set; }

    public int PeakStates { get; private set; }

    public int MaxStatesPerInsn { get; private set; }

    /// <summary>Forgets all checkpoints: another function starts.</summary>
    public void Clear() => Array.Clear(_buckets);

    /// <summary>A path arrives at a prune point.</summary>
    public Outcome Arrive(int pc)
    {
        var cur = v.Cur;
        bool forced = v.Options.StateAtEveryPoint || Marked(pc, PlaceMarks.ForceCheckpoint) || cur.HistoryEnd - cur.HistoryStart > MaxHistory;
        bool store = forced || (v.JumpsProcessed - _jumpsAtLast >= 2 && v.InsnsProcessed - _insnsAtLast >= 8);
        ref var head = ref Bucket(pc, cur);
        Clean(head, pc);
        int seen = 0;
        Checkpoint? before = null;
        for (var at = head; at is not null;)
        {
            seen++;
            if (at.State.Pc == pc)
            {
                switch (Compare(at, pc, forced, ref store))
                {
                    case Match.Refused: return Outcome.Refused;
                    case Match.Hit: return Hit(at, pc) ? Outcome.Covered : Outcome.Refused;
                }
                if (store) at.Misses++;
                int patience = Marked(pc, PlaceMarks.ForceCheckpoint) && at.State.Branches > 0 ? 64 : 3;
                if (at.Misses > at.Hits * patience + patience)
                {
                    // It has not helped for a while: take it out of the way.
                    if (before is null) head = at.Next;
                    else before.Next = at.Next;
                    if ((at.State.Frames[0]!.Regs[0].Live & Live.Done) != 0 && !at.State.UsedAsLoopEntry) PeakStates--;
                    at = at.Next;
                    continue;
                }
            }
            before = at;
            at = at.Next;
        }
        MaxStatesPerInsn = Math.Max(MaxStatesPerInsn, seen);
        if (store) Store(pc, ref head);
        return Outcome.Walk;
    }

    /// <summary>The nearest state above at the same instruction that is still being walked: the previous iteration of a loop.</summary>
    public bool TryPrevious(VerifierState? above, int pc, out VerifierState previous)
    {
        if (above is not null)
        {
            for (var at = Bucket(pc, above); at is not null; at = at.Next)
            {
                if (at.State.Pc != pc || at.State.Branches == 0 || !at.State.SameCallSites(above) || at.State.Depth >= above.Depth) continue;
                previous = at.State;
                return true;
            }
        }
        previous = null!;
        return false;
    }

    /// <summary>Numbers that differ from the previous iteration and did not matter to it become unknown, so that loops settle.</summary>
    public void Widen(VerifierState old, VerifierState cur)
    {
        _comparer.Reset();
        for (int f = old.CurFrame; f >= 0; f--)
        {
            var before = old.Frames[f]!;
            var now = cur.Frames[f]!;
            for (int i = 0; i < FrameState.Registers; i++) Widen(before.Regs[i], ref now.Regs[i]);
            for (int i = 0; i < Math.Min(before.SlotCount, now.SlotCount); i++)
                if (before.Slots[i].IsSpill && now.Slots[i].IsSpill) Widen(before.Slots[i].Spilled, ref now.Slots[i].Spilled);
        }
    }

    /// <summary>A path has ended: states above it may now be fully walked.</summary>
    public static void EndPath(VerifierState? state)
    {
        while (state is not null)
        {
            state.Branches--;
            if (state.Branches == 0 && state.Parent is not null && state.LoopEntry is not null) UpdateLoopEntry(state.Parent, state.LoopEntry);
            if (state.Branches > 0) break;
            state = state.Parent;
        }
    }

    private enum Match
    {
        Miss,
        Hit,
        Refused,
    }

    private sealed class Checkpoint(VerifierState state, Checkpoint? next)
    {
        public readonly VerifierState State = state;
        public Checkpoint? Next = next;
        public int Hits, Misses;
    }

    private void Widen(in RegState old, ref RegState cur)
    {
        if (!old.IsScalar || !cur.IsScalar || old.Precise || cur.Precise || _comparer.Exact(old, cur)) return;
        cur.SetUnknown();
    }

    /// <summary>True when R1 leads to an iterator that has not run dry.</summary>
    private bool IsIteratorActiveInR1()
    {
        var pointer = v.Regs[1];
        return pointer.Kind == RegKind.Stack && StackObject.Find(v, pointer, "iter", 1, complain: false, out int index, out _)
            && v.Cur.Frames[pointer.Frame]!.Slots[index].Spilled.IterState == IterState.Active;
    }

    private bool Marked(int pc, PlaceMarks mark) => (v.Flow.Marks[pc] & mark) != 0;

    private ref Checkpoint? Bucket(int pc, VerifierState state) =>
        ref _buckets[(uint)(pc ^ state.Frames[state.CurFrame]!.CallSite) % (uint)_buckets.Length];

    private Match Compare(Checkpoint at, int pc, bool forced, ref bool store)
    {
        var (old, cur) = (at.State, v.Cur);
        if (old.Branches == 0)
        {
            var entry = LoopEntryOf(old);
            bool inLoop = entry is { Branches: > 0 };
            if (!_comparer.Covers(old, cur, inLoop || old.UnmarkedBy is not null ? Exactness.RangeWithin : Exactness.None)) return Match.Miss;
            if (inLoop) UpdateLoopEntry(cur, entry!);
            if (old.UnmarkedBy is { } head) LeaveUnmarked(cur, head);
            return Match.Hit;
        }
        var frame = old.Current;
        bool otherAsyncRun = frame.InAsyncCallback && frame.AsyncEntries != cur.Current.AsyncEntries;
        if (!otherAsyncRun)
        {
            var match = CompareInLoop(old, cur, pc, out bool skipInfiniteCheck);
            if (match != Match.Miss) return match;
            if (!skipInfiniteCheck && IsStuck(old, cur)) return RefuseInfinite(old, cur, pc);
        }
        // Inside a loop body states are stored rarely: every one would be compared on each turn.
        if (!forced && v.JumpsProcessed - _jumpsAtLast < 20 && v.InsnsProcessed - _insnsAtLast < 100) store = false;
        return Match.Miss;
    }

    private Match CompareInLoop(VerifierState old, VerifierState cur, int pc, out bool settled)
    {
        settled = true;
        if (v.Facts[pc].IterNext)
        {
            if (!_comparer.Covers(old, cur, Exactness.RangeWithin) || !IsIteratorActiveInR1()) return Match.Miss;
            UpdateLoopEntry(cur, old);
            LeaveUnmarked(cur, old);
            return Match.Hit;
        }
        if (v.Insns[pc].Op == Isa.Op.MayGoto && old.MayGotoDepth != cur.MayGotoDepth && _comparer.Covers(old, cur, Exactness.RangeWithin))
        {
            UpdateLoopEntry(cur, old);
            LeaveUnmarked(cur, old);
            return Match.Hit;
        }
        if (Marked(pc, PlaceMarks.CallsBack))
        {
            if (!_comparer.Covers(old, cur, Exactness.RangeWithin)) return Match.Miss;
            LeaveUnmarked(cur, old);
            return Match.Hit;
        }
        settled = false;
        return Match.Miss;
    }

    /// <summary>
    /// A path closes a loop, or ends in one. The head of the loop has not seen all its paths yet, so the checkpoints behind it never get
    /// the marks those will leave: from now on everything in them counts. 6.12 trusts their marks once the loop is walked, and may cut off
    /// what they do not cover; kernels from 6.17 on bring the marks up to date.
    /// </summary>
    private static void LeaveUnmarked(VerifierState cur, VerifierState head)
    {
        for (var state = cur.Parent; state is not null && state != head; state = state.Parent)
            if (state.UnmarkedBy is null || state.UnmarkedBy.Depth > head.Depth) state.UnmarkedBy = head;
    }

    private bool IsStuck(VerifierState old, VerifierState cur) =>
        StateComparer.SameRegisters(old, cur) && _comparer.Covers(old, cur, Exactness.Exact) && !StateComparer.IteratorDepthsDiffer(old, cur)
        && old.MayGotoDepth == cur.MayGotoDepth && old.CallbackUnrollDepth == cur.CallbackUnrollDepth;

    private Match RefuseInfinite(VerifierState old, VerifierState cur, int pc)
    {
        v.Log.SourceLine(pc, "; ");
        v.Refuse(Errno.EINVAL, $"infinite loop detected at insn {pc}");
        v.Log.WriteLine($"cur state:{v.Printer.Frame(cur.Current, all: true)}");
        v.Log.WriteLine($"old state:{v.Printer.Frame(old.Frames[cur.CurFrame]!, all: true)}");
        return Match.Refused;
    }

    private bool Hit(Checkpoint at, int pc)
    {
        at.Hits++;
        v.Witness?.Cover(at.State, everything: _comparer.Last != Exactness.None);
        PropagateLiveness(at.State);
        if (Marked(pc, PlaceMarks.JumpPoint)) v.History.Note();
        return v.Precision.TryPropagate(at.State);
    }

    private void PropagateLiveness(VerifierState old)
    {
        for (int f = 0; f <= old.CurFrame; f++)
        {
            var (from, to) = (old.Frames[f]!, v.Cur.Frames[f]!);
            // A call clears its arguments. The call of a callback reads them again for the next round; 6.12 overlooks that, and may take a
            // state in the callback of a loop for one of a loop with more rounds, none of which it has looked at.
            bool callsBack = f < old.CurFrame && old.Frames[f + 1]!.InCallback;
            for (int i = f < old.CurFrame && !callsBack ? 6 : 0; i < Registers.FramePointer; i++)
                if ((from.Regs[i].Live & Live.Read) != 0) v.Regs.MarkReadFromHere(ref to.Regs[i]);
            for (int i = 0; i < Math.Min(from.SlotCount, to.SlotCount); i++)
                if ((from.Slots[i].Spilled.Live & Live.Read) != 0) v.Regs.MarkReadFromHere(ref to.Slots[i].Spilled);
        }
    }

    private void Store(int pc, ref Checkpoint? head)
    {
        var cur = v.Cur;
        TotalStates++;
        PeakStates++;
        (_jumpsAtLast, _insnsAtLast) = (v.JumpsProcessed, v.InsnsProcessed);
        Precision.Forget(cur);
        var stored = v.Pool.Copy(cur);
        stored.Pc = pc;
        v.Witness?.Store(stored);
        head = new Checkpoint(stored, head);
        cur.Parent = stored;
        cur.FirstPc = pc;
        cur.HistoryStart = cur.HistoryEnd;
        cur.Depth = stored.Depth + 1;
        for (int f = 0; f <= cur.CurFrame; f++)
        {
            var frame = cur.Frames[f]!;
            for (int i = 0; i < Registers.FramePointer; i++)
                (frame.Regs[i].Live, frame.Regs[i].Parent) = (Live.None, VerifierState.Locate(f, i));
            for (int i = 0; i < frame.SlotCount; i++)
                (frame.Slots[i].Spilled.Live, frame.Slots[i].Spilled.Parent) = (Live.None, VerifierState.LocateSlot(f, i));
        }
    }

    /// <summary>In states that are fully walked, what was never read can be anything from now on.</summary>
    private void Clean(Checkpoint? at, int pc)
    {
        for (; at is not null; at = at.Next)
        {
            var state = at.State;
            if (state.Branches > 0 || state.UnmarkedBy is not null || LoopEntryOf(state) is { Branches: > 0 }) continue;
            if (state.Pc != pc || !state.SameCallSites(v.Cur) || (state.Frames[0]!.Regs[0].Live & Live.Done) != 0) continue;
            for (int f = 0; f <= state.CurFrame; f++) Clean(state.Frames[f]!);
        }
    }

    private static void Clean(FrameState frame)
    {
        for (int i = 0; i < Registers.FramePointer; i++)
        {
            bool read = (frame.Regs[i].Live & Live.Read) != 0;
            frame.Regs[i].Live |= Live.Done;
            if (!read) frame.Regs[i].SetNotInit();
        }
        for (int i = 0; i < frame.SlotCount; i++)
        {
            bool read = (frame.Slots[i].Spilled.Live & Live.Read) != 0;
            frame.Slots[i].Spilled.Live |= Live.Done;
            if (read) continue;
            frame.Slots[i].Spilled.SetNotInit();
            frame.Slots[i].Fill(SlotByte.Invalid);
        }
    }

    private static VerifierState? LoopEntryOf(VerifierState state)
    {
        var top = state.LoopEntry;
        while (top?.LoopEntry is { } higher && higher != top) top = higher;
        for (var at = state; at is not null && at.LoopEntry != top;)
        {
            var next = at.LoopEntry;
            at.LoopEntry = top;
            at = next;
        }
        return top;
    }

    private static void UpdateLoopEntry(VerifierState cur, VerifierState entry)
    {
        var above = LoopEntryOf(entry) ?? entry;
        var current = LoopEntryOf(cur) ?? cur;
        if (above.Branches == 0 || above.Depth > current.Depth) return;
        cur.LoopEntry = entry;
        entry.UsedAsLoopEntry = true;
    }
}
