using System.Runtime.InteropServices;

namespace Vm.Verifier.States;

/// <summary>What one stack byte holds. Source: Linux 6.12 include/linux/bpf_verifier.h, enum bpf_stack_slot_type.</summary>
internal enum SlotByte : byte
{
    Invalid,
    Spill,
    Misc,
    Zero,
    Dynptr,
    Iter,
}

/// <summary>Eight bytes of stack: the spilled value if there is one, and the kind of each byte.</summary>
/// <remarks>Byte 7 is the lowest address, so that a spill of n bytes covers bytes 7 down to 8-n, as the kernel counts them.</remarks>
[StructLayout(LayoutKind.Auto)]
internal struct StackSlot
{
    public const int Bytes = 8;

    public RegState Spilled;
    private ulong _kinds;

    public SlotByte this[int index]
    {
        readonly get => (SlotByte)(byte)(_kinds >> (index * 8));
        set => _kinds = (_kinds & ~(0xfful << (index * 8))) | ((ulong)value << (index * 8));
    }

    public readonly ulong Kinds => _kinds;

    public readonly bool IsSpill => this[7] == SlotByte.Spill;

    public readonly bool IsSpilledScalar => IsSpill && Spilled.IsScalar;

    /// <summary>A scalar that fills the whole slot.</summary>
    public readonly bool IsSpilledScalar64 => this[0] == SlotByte.Spill && Spilled.IsScalar;

    public readonly bool IsSpecial => this[7] is SlotByte.Spill or SlotByte.Dynptr or SlotByte.Iter;

    /// <summary>No byte means anything: every one is misc or was never written.</summary>
    public readonly bool IsAllMisc
    {
        get
        {
            for (int i = 0; i < Bytes; i++)
                if (this[i] is not (SlotByte.Misc or SlotByte.Invalid)) return false;
            return true;
        }
    }

    public void Fill(SlotByte kind) => _kinds = 0x0101_0101_0101_0101ul * (byte)kind;

    /// <summary>Spilled bytes become misc; bytes never written stay so.</summary>
    public void Scrub()
    {
        for (int i = 0; i < Bytes; i++)
            if (this[i] != SlotByte.Invalid) this[i] = SlotByte.Misc;
    }
}

/// <summary>A reference that has to be given back.</summary>
/// <param name="Id">Number of the reference.</param>
/// <param name="Pc">Instruction that acquired it.</param>
/// <param name="CallbackFrame">Frame of the callback it was acquired in; 0 outside callbacks.</param>
internal readonly record struct Reference(uint Id, int Pc, int CallbackFrame);

/// <summary>One call frame on a path: registers, stack, references. Source: Linux 6.12 include/linux/bpf_verifier.h, struct bpf_func_state.</summary>
internal sealed class FrameState
{
    public const int Registers = 11, MaxSlots = 64;

    public readonly RegState[] Regs = new RegState[Registers];
    public StackSlot[] Slots = [];
    public int SlotCount;
    public Reference[] Refs = [];
    public int RefCount;

    /// <summary>Slot of the call; -1 for an entry function.</summary>
    public int CallSite;
    public int Number;
    public int Subprogram;
    public bool InCallback;
    public bool InAsyncCallback;
    public int AsyncEntries;

    /// <summary>How often a callback has been simulated from this frame's current call.</summary>
    public int CallbackDepth;

    public void Reset(int callSite, int number, int subprogram)
    {
        for (int i = 0; i < Registers; i++)
        {
            Regs[i] = default;
            Regs[i].SetNotInit();
        }
        Regs[10].SetPointer(RegKind.Stack);
        Regs[10].Frame = (byte)number;
        (SlotCount, RefCount, CallSite, Number, Subprogram) = (0, 0, callSite, number, subprogram);
        (InCallback, InAsyncCallback, AsyncEntries, CallbackDepth) = (false, false, 0, 0);
    }

    public void CopyFrom(FrameState from)
    {
        Array.Copy(from.Regs, Regs, Registers);
        if (Slots.Length < from.SlotCount) Slots = new StackSlot[from.SlotCount];
        Array.Copy(from.Slots, Slots, from.SlotCount);
        SlotCount = from.SlotCount;
        CopyReferences(from);
        (CallSite, Number, Subprogram) = (from.CallSite, from.Number, from.Subprogram);
        (InCallback, InAsyncCallback, AsyncEntries, CallbackDepth) = (from.InCallback, from.InAsyncCallback, from.AsyncEntries, from.CallbackDepth);
    }

    public void CopyReferences(FrameState from)
    {
        if (Refs.Length < from.RefCount) Refs = new Reference[from.RefCount];
        Array.Copy(from.Refs, Refs, from.RefCount);
        RefCount = from.RefCount;
    }

    /// <summary>Makes room for <paramref name="bytes"/> (1-512) of stack. References to slots are stale afterwards.</summary>
    public void Grow(int bytes)
    {
        int wanted = (bytes + StackSlot.Bytes - 1) / StackSlot.Bytes;
        if (wanted <= SlotCount) return;
        if (Slots.Length < wanted) Array.Resize(ref Slots, Math.Min(MaxSlots, Math.Max(wanted, 2 * Slots.Length)));
        for (int i = SlotCount; i < wanted; i++)
        {
            Slots[i] = default;
            Slots[i].Spilled.Map = -1;
        }
        SlotCount = wanted;
    }

    public void AddReference(Reference reference)
    {
        if (RefCount == Refs.Length) Array.Resize(ref Refs, Math.Max(4, 2 * RefCount));
        Refs[RefCount++] = reference;
    }

    /// <summary>Gives a reference back; false when this frame does not hold it, or a caller does and this is a callback.</summary>
    public bool TryRelease(uint id)
    {
        for (int i = 0; i < RefCount; i++)
        {
            if (Refs[i].Id != id) continue;
            if (InCallback && Refs[i].CallbackFrame != Number) return false;
            Refs[i] = Refs[--RefCount];
            return true;
        }
        return false;
    }

    /// <summary>Number of the slot that holds a byte.</summary>
    public static int SlotOf(int offset) => (-offset - 1) / StackSlot.Bytes;
}
