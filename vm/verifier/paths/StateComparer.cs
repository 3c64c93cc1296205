using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>How alike two states have to be.</summary>
internal enum Exactness
{
    /// <summary>What was read and mattered is covered.</summary>
    None,

    /// <summary>Everything is the same.</summary>
    Exact,

    /// <summary>Everything is covered, read or not.</summary>
    RangeWithin,
}

/// <summary>Whether everything a state allows has been allowed by an older one, so that walking it would show nothing new.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, states_equal, regsafe, stacksafe.</remarks>
internal sealed class StateComparer(VerifierEnv v)
{
    /// <summary>Source: Linux 6.12 include/linux/bpf_verifier.h, BPF_ID_MAP_SIZE.</summary>
    private const int MaxIds = (FrameState.Registers + FrameState.MaxSlots) * VerifierState.MaxFrames;

    private static readonly RegState s_unbound = MakeUnbound();
    private readonly (uint Old, uint Cur)[] _ids = new (uint, uint)[MaxIds];
    private int _idCount;
    private uint _lastId;

    /// <summary>How alike the states compared last had to be.</summary>
    public Exactness Last { get; private set; }

    /// <summary>Starts over with an empty correspondence of ids.</summary>
    public void Reset()
    {
        _idCount = 0;
        _lastId = v.LastId;
    }

    /// <summary>True when <paramref name="old"/> covers <paramref name="cur"/>.</summary>
    public bool Covers(VerifierState old, VerifierState cur, Exactness exactness)
    {
        Last = exactness;
        if (old.CurFrame != cur.CurFrame) return false;
        Reset();
        if (old.LockOwner != cur.LockOwner || (old.LockId != 0) != (cur.LockId != 0)) return false;
        if (old.LockId != 0 && !SameId(old.LockId, cur.LockId)) return false;
        if (old.RcuLocked != cur.RcuLocked || old.PreemptDepth != cur.PreemptDepth || old.InSleepable != cur.InSleepable) return false;
        for (int f = 0; f <= old.CurFrame; f++)
            if (old.Frames[f]!.CallSite != cur.Frames[f]!.CallSite || !Covers(old.Frames[f]!, cur.Frames[f]!, exactness)) return false;
        return true;
    }

    /// <summary>True when two registers are the same up to renaming of ids.</summary>
    public bool Exact(in RegState old, in RegState cur) => old.SameButIds(cur) && SameId(old.Id, cur.Id) && SameId(old.RefId, cur.RefId);

    /// <summary>True when the current frame's registers are the same, ids and all: a quick test before a thorough one.</summary>
    public static bool SameRegisters(VerifierState old, VerifierState cur)
    {
        if (old.CurFrame != cur.CurFrame) return false;
        for (int i = 0; i < FrameState.Registers; i++)
        {
            ref var a = ref old.Current.Regs[i];
            ref var b = ref cur.Current.Regs[i];
            if (!a.SameButIds(b) || a.Id != b.Id || a.RefId != b.RefId) return false;
        }
        return true;
    }

    /// <summary>True when an active iterator has advanced between the states.</summary>
    public static bool IteratorDepthsDiffer(VerifierState old, VerifierState cur)
    {
        for (int f = old.CurFrame; f >= 0; f--)
        {
            var (before, now) = (old.Frames[f]!, cur.Frames[f]!);
            for (int i = 0; i < before.SlotCount; i++)
            {
                if (before.Slots[i][0] != SlotByte.Iter || before.Slots[i].Spilled.IterState != IterState.Active) continue;
                if (before.Slots[i].Spilled.IterDepth != now.Slots[i].Spilled.IterDepth) return true;
            }
        }
        return false;
    }

    private static RegState MakeUnbound()
    {
        var reg = RegState.Unknown();
        reg.Live = Live.Read;
        return reg;
    }

    private bool Covers(FrameState old, FrameState cur, Exactness exactness)
    {
        if (old.CallbackDepth > cur.CallbackDepth || old.RefCount != cur.RefCount) return false;
        for (int i = 0; i < FrameState.Registers; i++)
            if (!Covers(old.Regs[i], cur.Regs[i], exactness)) return false;
        if (!CoversStack(old, cur, exactness)) return false;
        for (int i = 0; i < old.RefCount; i++)
            if (!SameId(old.Refs[i].Id, cur.Refs[i].Id)) return false;
        return true;
    }

    private bool Covers(in RegState old, in RegState cur, Exactness exactness)
    {
        if (exactness == Exactness.Exact) return Exact(old, cur);
        bool loose = exactness == Exactness.None;
        if (loose && (old.Live & Live.Read) == 0) return true;
        if (old.Kind == RegKind.NotInit && (loose || cur.Kind == RegKind.NotInit)) return true;
        if (old.Kind != cur.Kind || old.Flags != cur.Flags) return false;
        switch (old.Kind)
        {
            case RegKind.Scalar:
                return (loose && !old.Precise) || CoversScalar(old, cur);
            case RegKind.MapKey or RegKind.MapValue or RegKind.Memory:
                return old.SameTarget(cur) && CoversRange(old, cur) && SameId(old.Id, cur.Id) && SameId(old.RefId, cur.RefId);
            case RegKind.Packet or RegKind.PacketMeta:
                bool known = old.Range >= 0 && cur.Range >= 0;
                if (known ? old.Range > cur.Range : old.Range != cur.Range) return false;
                return old.Off == cur.Off && SameId(old.Id, cur.Id) && CoversRange(old, cur);
            case RegKind.Stack:
                return Exact(old, cur) && old.Frame == cur.Frame;
            case RegKind.Arena:
                return true;
            default:
                return Exact(old, cur);
        }
    }

    private bool CoversScalar(in RegState old, in RegState cur)
    {
        bool oldAdds = (old.Id & RegState.AddConst) != 0, curAdds = (cur.Id & RegState.AddConst) != 0;
        if (oldAdds && (!curAdds || old.Off != cur.Off)) return false;
        if (old.Id != 0 && !oldAdds && curAdds) return false;
        return SameScalarId(old.Id, cur.Id) && CoversRange(old, cur);
    }

    private static bool CoversRange(in RegState old, in RegState cur) =>
        old.Num.RangesInclude(cur.Num) && old.Num.Bits.Includes(cur.Num.Bits);

    private bool CoversStack(FrameState old, FrameState cur, Exactness exactness)
    {
        bool loose = exactness == Exactness.None;
        for (int i = 0; i < old.SlotCount; i++)
        {
            ref var before = ref old.Slots[i];
            bool exists = i < cur.SlotCount;
            if (!loose && (!exists || before.Kinds != cur.Slots[i].Kinds)) return false;
            if (loose && (before.Spilled.Live & Live.Read) == 0) continue;
            // Where addresses are hidden, bytes read as a number do not cover bytes of a pointer.
            if (v.Options.HidesAddresses && exists && cur.Slots[i].IsSpill && !cur.Slots[i].Spilled.IsScalar && !before.IsSpill) return false;
            // Bytes that were never written may be read, so nothing is asked of them: the same as misc.
            if (before.IsAllMisc) continue;
            if (!exists) return false;
            if (!CoversSlot(before, cur.Slots[i], exactness)) return false;
        }
        return true;
    }

    private bool CoversSlot(in StackSlot old, in StackSlot cur, Exactness exactness)
    {
        if (TryScalar(old, out var oldScalar) && TryScalar(cur, out var curScalar)) return Covers(oldScalar, curScalar, exactness);
        for (int i = 0; i < StackSlot.Bytes; i++)
            if (old[i] is not (SlotByte.Invalid or SlotByte.Misc) && old[i] != cur[i]) return false;
        return old[7] switch
        {
            SlotByte.Spill => Covers(old.Spilled, cur.Spilled, exactness),
            SlotByte.Dynptr => old.Spilled.DynptrKind == cur.Spilled.DynptrKind && old.Spilled.FirstSlot == cur.Spilled.FirstSlot
                && SameId(old.Spilled.RefId, cur.Spilled.RefId),
            SlotByte.Iter => old.Spilled.Kind == cur.Spilled.Kind && old.Spilled.Flags == cur.Spilled.Flags && old.Spilled.Type == cur.Spilled.Type
                && old.Spilled.IterState == cur.Spilled.IterState && SameId(old.Spilled.RefId, cur.Spilled.RefId),
            _ => true,
        };
    }

    private static bool TryScalar(in StackSlot slot, out RegState scalar)
    {
        scalar = slot.IsSpilledScalar64 ? slot.Spilled : s_unbound;
        return slot.IsSpilledScalar64 || slot.IsAllMisc;
    }

    private bool SameId(uint old, uint cur)
    {
        if ((old == 0) != (cur == 0)) return false;
        if (old == 0) return true;
        for (int i = 0; i < _idCount; i++)
        {
            if (_ids[i].Old == old) return _ids[i].Cur == cur;
            if (_ids[i].Cur == cur) return false;
        }
        if (_idCount == MaxIds) return false;
        _ids[_idCount++] = (old, cur);
        return true;
    }

    private bool SameScalarId(uint old, uint cur)
    {
        if (old == 0) return true;
        if (cur == 0) cur = ++_lastId;
        if (!SameId(old, cur)) return false;
        return (old & RegState.AddConst) == 0 || SameId(old & ~RegState.AddConst, cur & ~RegState.AddConst);
    }
}
