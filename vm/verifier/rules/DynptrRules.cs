using Vm.Abi;
using Vm.Helpers;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Dynptrs: two stack slots that only helpers may look into, and slices made from them.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, process_dynptr_func, mark_stack_slots_dynptr, destroy_if_dynptr_stack_slot.</remarks>
internal sealed class DynptrRules(Verification v)
{
    private const int Slots = 2;

    private enum Place
    {
        Found,
        Outside,
        Bad,
    }

    /// <summary>What a call has learnt about the dynptr it was given.</summary>
    public readonly record struct Info(DynptrKind Kind, uint Id, uint RefId);

    /// <summary>The refinement slices of a dynptr carry.</summary>
    public static PtrFlags FlagOf(DynptrKind kind) => kind switch
    {
        DynptrKind.Local => PtrFlags.DynptrLocal,
        DynptrKind.RingBuf => PtrFlags.DynptrRingBuf,
        DynptrKind.Skb => PtrFlags.DynptrSkb,
        DynptrKind.Xdp => PtrFlags.DynptrXdp,
        DynptrKind.Caller => PtrFlags.DynptrSkb,
        _ => PtrFlags.None,
    };

    /// <summary>A call makes a dynptr.</summary>
    /// <param name="register">Register with its address.</param>
    /// <param name="kind">What kind it becomes.</param>
    /// <param name="clonedRef">Reference it shares with the dynptr it is a copy of; 0 for none.</param>
    public bool TryCreate(int register, DynptrKind kind, uint clonedRef)
    {
        if (!TryPointer(register)) return false;
        var pointer = v.Regs[register];
        if (pointer.Kind == RegKind.Dynptr || Find(pointer, out _, complain: true) == Place.Bad)
            return v.Refuse(Errno.EINVAL, "Dynptr has to be an uninitialized dynptr");
        for (int at = 0; at < Slots * StackSlot.Bytes; at += StackSlot.Bytes)
            if (!v.Memory.TryAccess(new Access(register, at, StackSlot.Bytes, true, MemoryRules.NoRegister))) return false;
        if (Find(pointer, out int index, complain: true) != Place.Found) return v.RefuseSilently(Errno.EINVAL);
        var frame = v.Cur.Frames[pointer.Frame]!;
        if (!TryOverwrite(frame, index) || !TryOverwrite(frame, index - 1)) return false;
        if (kind == DynptrKind.Any) return v.RefuseSilently(Errno.EINVAL);
        uint id = v.NewId();
        uint refId = kind != DynptrKind.RingBuf ? 0 : clonedRef != 0 ? clonedRef : v.References.Acquire();
        for (int i = 0; i < Slots; i++)
        {
            ref var slot = ref frame.Slots[index - i];
            slot.Fill(SlotByte.Dynptr);
            Mark(ref slot.Spilled, kind, id, first: i == 0);
            slot.Spilled.RefId = refId;
            slot.Spilled.Live |= Live.Written;
        }
        return true;
    }

    /// <summary>Makes a register or slot a dynptr.</summary>
    public static void Mark(ref RegState reg, DynptrKind kind, uint id, bool first)
    {
        reg.SetPointer(RegKind.Dynptr);
        (reg.Id, reg.DynptrKind, reg.FirstSlot) = (id, kind, first);
    }

    /// <summary>A call uses an existing dynptr.</summary>
    public bool TryUse(int register, DynptrKind wanted, out Info info)
    {
        info = default;
        if (!TryPointer(register)) return false;
        var pointer = v.Regs[register];
        if (!TryState(pointer, out var dynptr)) return v.Refuse(Errno.EINVAL, $"Expected an initialized dynptr as arg #{register - 1}");
        if (wanted != DynptrKind.Any && dynptr.DynptrKind != wanted)
            return v.Refuse(Errno.EINVAL, $"Expected a dynptr of type {StatePrinter.DynptrName(wanted)} as arg #{register - 1}");
        info = new Info(dynptr.DynptrKind, dynptr.Id, dynptr.RefId);
        if (pointer.Kind == RegKind.Dynptr || Find(pointer, out int index, complain: false) != Place.Found) return true;
        var frame = v.Cur.Frames[pointer.Frame]!;
        v.Regs.MarkRead(ref frame.Slots[index].Spilled);
        v.Regs.MarkRead(ref frame.Slots[index - 1].Spilled);
        return true;
    }

    /// <summary>A call ends a dynptr; all that share its reference end with it.</summary>
    public bool TryRelease(int register)
    {
        var pointer = v.Regs[register];
        if (pointer.Kind != RegKind.Stack || Find(pointer, out int index, complain: false) != Place.Found) return v.RefuseSilently(Errno.EINVAL);
        var frame = v.Cur.Frames[pointer.Frame]!;
        uint refId = frame.Slots[index].Spilled.RefId;
        if (refId == 0)
        {
            Invalidate(frame, index);
            return true;
        }
        if (!v.References.TryRelease(refId)) return v.RefuseSilently(Errno.EINVAL);
        for (int f = 0; f <= v.Cur.CurFrame; f++)
        {
            var holder = v.Cur.Frames[f]!;
            for (int i = 1; i < holder.SlotCount; i++)
            {
                ref var slot = ref holder.Slots[i];
                if (slot[0] == SlotByte.Dynptr && slot.Spilled.RefId == refId && slot.Spilled.FirstSlot) Invalidate(holder, i);
            }
        }
        return true;
    }

    /// <summary>True when the dynptr in a register has a reference to give back.</summary>
    public bool IsAcquired(int register) => v.Regs[register].Kind == RegKind.Stack && TryState(v.Regs[register], out var dynptr) && dynptr.RefId != 0;

    /// <summary>A slot is about to be overwritten: a dynptr in it is lost, and so are its slices.</summary>
    public bool TryOverwrite(FrameState frame, int index)
    {
        if (frame.Slots[index][0] != SlotByte.Dynptr) return true;
        if (!frame.Slots[index].Spilled.FirstSlot) index++;
        if (frame.Slots[index].Spilled.DynptrKind == DynptrKind.RingBuf) return v.Refuse(Errno.EINVAL, "cannot overwrite referenced dynptr");
        uint id = frame.Slots[index].Spilled.Id;
        v.TouchedSlots |= 3ul << (index - 1);
        Registers.ForEach(v.Cur, (ref RegState reg) =>
        {
            if (reg.Kind == RegKind.Memory && id != 0 && reg.DynptrId == id) reg.SetUnknown();
        });
        Invalidate(frame, index);
        return true;
    }

    private void Invalidate(FrameState frame, int index)
    {
        for (int i = 0; i < Slots; i++)
        {
            ref var slot = ref frame.Slots[index - i];
            slot.Fill(SlotByte.Invalid);
            slot.Spilled.SetNotInit();
            slot.Spilled.Live |= Live.Written;
            v.Witness?.Empty(frame.Number, index - i);
        }
    }

    private bool TryPointer(int register) => v.Regs[register].Kind is RegKind.Stack or RegKind.Dynptr
        || v.Refuse(Errno.EINVAL, $"arg#{register - 1} expected pointer to stack or const struct bpf_dynptr");

    private bool TryState(in RegState pointer, out RegState dynptr)
    {
        dynptr = pointer;
        if (pointer.Kind == RegKind.Dynptr) return true;
        if (Find(pointer, out int index, complain: true) != Place.Found) return false;
        var frame = v.Cur.Frames[pointer.Frame]!;
        dynptr = frame.Slots[index].Spilled;
        if (!dynptr.FirstSlot || dynptr.Kind != RegKind.Dynptr) return false;
        for (int i = 0; i < StackSlot.Bytes; i++)
            if (frame.Slots[index][i] != SlotByte.Dynptr || frame.Slots[index - 1][i] != SlotByte.Dynptr) return false;
        return true;
    }

    private Place Find(in RegState pointer, out int index, bool complain)
    {
        var place = StackObject.Find(v, pointer, "dynptr", Slots, complain, out index, out bool outside);
        return place ? Place.Found : outside ? Place.Outside : Place.Bad;
    }
}
