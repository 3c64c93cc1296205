using Vm.Abi;
using Vm.Helpers;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Open-coded iterators: made, advanced and destroyed by kfuncs, living in stack slots.</summary>
/// <remarks>
/// At each step two paths go on: the iterator is drained, or it yields an element. The second meets its own earlier turn at the
/// next step and, once nothing that matters differs, is covered by it.
/// Source: Linux 6.12 kernel/bpf/verifier.c, process_iter_arg, process_iter_next_call.
/// </remarks>
internal sealed class IteratorRules(Verification v)
{
    private const string NamePrefix = "bpf_iter_";

    public bool TryCreate(int register, in ArgSpec arg)
    {
        if (!TryPointer(register, out var pointer)) return false;
        int slots = SlotsOf(arg);
        string name = arg.TypeName![NamePrefix.Length..];
        bool found = StackObject.Find(v, pointer, "iter", slots, complain: true, out int index, out bool outside);
        bool free = outside;
        if (found)
        {
            free = true;
            for (int i = 0; i < slots; i++)
                for (int b = 0; b < StackSlot.Bytes; b++) free &= v.Cur.Frames[pointer.Frame]!.Slots[index - i][b] != SlotByte.Iter;
        }
        if (!free) return v.Refuse(Errno.EINVAL, $"expected uninitialized iter_{name} as arg #{register - 1}");
        for (int at = 0; at < slots * StackSlot.Bytes; at += StackSlot.Bytes)
            if (!v.Memory.TryAccess(new Access(register, at, StackSlot.Bytes, true, MemoryRules.NoRegister))) return false;
        if (!StackObject.Find(v, pointer, "iter", slots, complain: true, out index, out _)) return v.RefuseSilently(Errno.EINVAL);
        uint id = v.References.Acquire();
        for (int i = 0; i < slots; i++)
        {
            ref var slot = ref v.Cur.Frames[pointer.Frame]!.Slots[index - i];
            slot.Fill(SlotByte.Iter);
            slot.Spilled.SetPointer(RegKind.Stack);
            slot.Spilled.Live |= Live.Written;
            slot.Spilled.RefId = i == 0 ? id : 0;
            slot.Spilled.Type = v.TypeNumber(arg.TypeName);
            slot.Spilled.IterState = IterState.Active;
            v.TouchedSlots |= 1ul << (index - i);
        }
        return true;
    }

    /// <summary>An existing iterator is advanced or destroyed; yields where it is.</summary>
    public bool TryUse(int register, in ArgSpec arg, out (int Frame, int Slot) place)
    {
        place = default;
        if (!TryPointer(register, out var pointer)) return false;
        int slots = SlotsOf(arg), type = v.TypeNumber(arg.TypeName!);
        bool found = StackObject.Find(v, pointer, "iter", slots, complain: true, out int index, out _);
        var frame = v.Cur.Frames[pointer.Frame]!;
        for (int i = 0; i < slots && found; i++)
        {
            ref var slot = ref frame.Slots[index - i];
            found = (i == 0) == (slot.Spilled.RefId != 0) && slot.Spilled.Type == type;
            for (int b = 0; b < StackSlot.Bytes; b++) found &= slot[b] == SlotByte.Iter;
        }
        if (!found) return v.Refuse(Errno.EINVAL, $"expected an initialized iter_{arg.TypeName![NamePrefix.Length..]} as arg #{register - 1}");
        for (int i = 0; i < slots; i++)
        {
            v.Regs.MarkRead(ref frame.Slots[index - i].Spilled);
            v.TouchedSlots |= 1ul << (index - i);
        }
        place = (pointer.Frame, index);
        if ((arg.Flags & ArgFlags.Destroys) == 0) return true;
        if (!v.References.TryRelease(frame.Slots[index].Spilled.RefId)) return v.RefuseSilently(Errno.EINVAL);
        for (int i = 0; i < slots; i++)
        {
            ref var slot = ref frame.Slots[index - i];
            slot.Fill(SlotByte.Invalid);
            slot.Spilled.SetNotInit();
            slot.Spilled.Live |= Live.Written;
        }
        return true;
    }

    /// <summary>After a step's result is in R0: goes on with the drained iterator, and later with the one that yielded.</summary>
    public bool TryStep((int Frame, int Slot) place)
    {
        ref var iter = ref v.Cur.Frames[place.Frame]!.Slots[place.Slot].Spilled;
        if (iter.IterState == IterState.Active)
        {
            if (v.Cur.Parent is not { } parent || parent.Pc != v.Pc || !parent.SameCallSites(v.Cur))
                return v.Refuse(Errno.EFAULT, "bug: bad parent state for iter next call");
            bool looped = v.Pruning.TryPrevious(parent, v.Pc, out var previous);
            if (!v.Branches.TryPush(v.Pc + 1, v.Pc, out var queued)) return false;
            queued.Frames[place.Frame]!.Slots[place.Slot].Spilled.IterDepth++;
            if (looped) v.Pruning.Widen(previous, queued);
            ReferenceRules.MarkNotNull(v, ref queued.Current.Regs[0]);
        }
        iter.IterState = IterState.Drained;
        v.Regs[0].SetConst(0);
        return true;
    }

    private static int SlotsOf(in ArgSpec arg) => Math.Max(1, arg.FixedBytes / StackSlot.Bytes);

    private bool TryPointer(int register, out RegState pointer)
    {
        pointer = v.Regs[register];
        return pointer.Kind == RegKind.Stack || v.Refuse(Errno.EINVAL, $"arg#{register - 1} expected pointer to an iterator on stack");
    }
}
