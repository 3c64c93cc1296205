namespace Vm.Verifier.States;

/// <summary>A point on one path through the program: all frames and what is held at the time.</summary>
/// <remarks>Source: Linux 6.12 include/linux/bpf_verifier.h, struct bpf_verifier_state.</remarks>
internal sealed class VerifierState
{
    public const int MaxFrames = 8;
    private const int Places = FrameState.Registers + FrameState.MaxSlots;

    public readonly FrameState?[] Frames = new FrameState?[MaxFrames];
    public int CurFrame;

    /// <summary>The checkpoint this path went through last.</summary>
    public VerifierState? Parent;

    /// <summary>Paths from here that are still being walked.</summary>
    public int Branches = 1;

    /// <summary>For checkpoints: the instruction it stands before.</summary>
    public int Pc;
    public int FirstPc, LastPc = -1;

    /// <summary>Map whose spin lock is held, plus 1; 0 for none. Locks in allocated objects count as -1.</summary>
    public int LockOwner;
    public uint LockId;
    public bool RcuLocked;
    public int PreemptDepth;
    public bool InSleepable;

    public VerifierState? LoopEntry;

    /// <summary>
    /// Set where a loop was closed behind this checkpoint: the head of that loop. What the head's other paths read, or depend on, is not
    /// marked here.
    /// </summary>
    public VerifierState? UnmarkedBy;
    public bool UsedAsLoopEntry;
    public int HistoryStart, HistoryEnd;
    public int Depth;
    public int CallbackUnrollDepth;
    public int MayGotoDepth;

    public FrameState Current => Frames[CurFrame]!;

    /// <summary>Code of a register's place, for <see cref="RegState.Parent"/>.</summary>
    public static ushort Locate(int frame, int register) => (ushort)(1 + frame * Places + register);

    /// <summary>Code of a stack slot's place.</summary>
    public static ushort LocateSlot(int frame, int slot) => (ushort)(1 + frame * Places + FrameState.Registers + slot);

    /// <summary>True when the coded place exists in this state.</summary>
    public bool Has(ushort place)
    {
        if (place == 0) return false;
        int frame = (place - 1) / Places, index = (place - 1) % Places;
        return frame <= CurFrame && (index < FrameState.Registers || index - FrameState.Registers < Frames[frame]!.SlotCount);
    }

    /// <summary>The register or slot at a coded place that exists.</summary>
    public ref RegState At(ushort place)
    {
        int frame = (place - 1) / Places, index = (place - 1) % Places;
        if (index < FrameState.Registers) return ref Frames[frame]!.Regs[index];
        return ref Frames[frame]!.Slots[index - FrameState.Registers].Spilled;
    }

    public bool SameCallSites(VerifierState other)
    {
        if (CurFrame != other.CurFrame) return false;
        for (int i = CurFrame; i >= 0; i--)
            if (Frames[i]!.CallSite != other.Frames[i]!.CallSite) return false;
        return true;
    }
}

/// <summary>Makes copies of states and takes back what is no longer needed.</summary>
internal sealed class StatePool
{
    private readonly Stack<FrameState> _frames = new();

    public FrameState Rent() => _frames.TryPop(out var frame) ? frame : new FrameState();

    public void Return(FrameState frame) => _frames.Push(frame);

    public void Return(VerifierState state)
    {
        for (int i = 0; i <= state.CurFrame; i++)
        {
            if (state.Frames[i] is { } frame) _frames.Push(frame);
            state.Frames[i] = null;
        }
    }

    public VerifierState Copy(VerifierState from)
    {
        var copy = new VerifierState
        {
            CurFrame = from.CurFrame,
            Parent = from.Parent,
            Branches = from.Branches,
            Pc = from.Pc,
            FirstPc = from.FirstPc,
            LastPc = from.LastPc,
            LockOwner = from.LockOwner,
            LockId = from.LockId,
            RcuLocked = from.RcuLocked,
            PreemptDepth = from.PreemptDepth,
            InSleepable = from.InSleepable,
            LoopEntry = from.LoopEntry,
            UsedAsLoopEntry = from.UsedAsLoopEntry,
            HistoryStart = from.HistoryStart,
            HistoryEnd = from.HistoryEnd,
            Depth = from.Depth,
            CallbackUnrollDepth = from.CallbackUnrollDepth,
            MayGotoDepth = from.MayGotoDepth,
        };
        for (int i = 0; i <= from.CurFrame; i++)
        {
            copy.Frames[i] = Rent();
            copy.Frames[i]!.CopyFrom(from.Frames[i]!);
        }
        return copy;
    }
}
