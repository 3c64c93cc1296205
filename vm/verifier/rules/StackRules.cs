using Vm.Abi;
using Vm.Proofs;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>The stack: spills and fills, misc and zero bytes, accesses at variable offsets.</summary>
/// <remarks>
/// Bytes that were never written may be read (CAP_PERFMON); the frame is noted, so that engines clear it.
/// Source: Linux 6.12 kernel/bpf/verifier.c, check_stack_read, check_stack_write, check_stack_range_initialized.
/// </remarks>
internal sealed class StackRules(Verification v)
{
    private const int MaxStack = 512;

    /// <summary>A load or store by an instruction.</summary>
    public bool TryAccess(in RegState pointer, int offset, in Access access)
    {
        if (!TryBounds(pointer, access.Pointer, offset, access.Bytes, access.Writes ? " write to" : " read from")) return false;
        v.Facts.Access(AccessKind.Stack);
        bool own = pointer.Frame == v.Cur.CurFrame && pointer.Num.IsConst;
        v.Facts.StackOffset(own ? offset + (int)pointer.Num.Bits.Value : 0);
        var frame = v.Cur.Frames[pointer.Frame]!;
        if (pointer.Num.IsConst)
        {
            offset += (int)pointer.Num.Bits.Value;
            return access.Writes ? TryWriteFixed(frame, offset, access) : TryReadFixed(frame, offset, access);
        }
        if (access.Writes) return TryWriteVariable(frame, pointer, offset, access);
        if (access.Value < 0)
        {
            return v.Refuse(Errno.EACCES, "variable offset stack pointer cannot be passed into helper function; "
                + $"var_off={StatePrinter.TnumText(pointer.Num.Bits)} off={offset} size={access.Bytes}");
        }
        int min = (int)pointer.Num.SMin + offset, max = (int)pointer.Num.SMax + offset + access.Bytes;
        if (!TryReadable(frame, pointer, access.Pointer, min, max, access.Bytes, byHelper: false, clobbers: false)) return false;
        FillFromBytes(frame, min, max, access.Value);
        return true;
    }

    /// <summary>Memory a helper reads, or fills when <paramref name="fills"/>; the caller then simulates the stores.</summary>
    public bool TryRange(int register, int bytes, bool zeroAllowed, bool writes, bool fills)
    {
        var pointer = v.Regs[register];
        if (bytes == 0 && !zeroAllowed) return v.Refuse(Errno.EACCES, "invalid zero-sized read");
        if (!TryBounds(pointer, register, pointer.Off, bytes, " indirect access to")) return false;
        var frame = v.Cur.Frames[pointer.Frame]!;
        int min = (int)pointer.Num.SMin + pointer.Off, max = (int)pointer.Num.SMax + pointer.Off + bytes;
        if (!fills || !pointer.Num.IsConst) return TryReadable(frame, pointer, register, min, max, bytes, byHelper: true, clobbers: writes || !v.Options.KeepsStackHelpersRead);
        for (int at = min; at < max; at++)
        {
            if (frame.Slots[FrameState.SlotOf(at)][ByteOf(at)] == SlotByte.Dynptr)
                return v.Refuse(Errno.EACCES, $"potential write to dynptr at off={at} disallowed");
        }
        return true;
    }

    /// <summary>True when all of these bytes are known to be zero on this path, without anything to compare when pruning.</summary>
    public bool IsZero(in RegState pointer, int bytes)
    {
        if (pointer.Kind != RegKind.Stack || !pointer.Num.IsConst) return false;
        var frame = v.Cur.Frames[pointer.Frame]!;
        int from = pointer.Off + (int)pointer.Num.Bits.Value;
        for (int at = from; at < from + bytes; at++)
            if (frame.Slots[FrameState.SlotOf(at)][ByteOf(at)] != SlotByte.Zero) return false;
        return true;
    }

    /// <summary>Checks where an access lies and makes room for it.</summary>
    private bool TryBounds(in RegState pointer, int register, int offset, int bytes, string what)
    {
        long min, max;
        if (pointer.Num.IsConst)
        {
            min = (long)pointer.Num.Bits.Value + offset;
            max = min + bytes;
        }
        else
        {
            if (pointer.Num.SMax >= Verification.MaxVariableOffset || pointer.Num.SMin <= -Verification.MaxVariableOffset)
                return v.Refuse(Errno.EACCES, $"invalid unbounded variable-offset{what} stack R{register}");
            min = pointer.Num.SMin + offset;
            max = pointer.Num.SMax + offset + bytes;
        }
        var errno = min is < -MaxStack or > -1 ? Errno.EACCES : max > 0 ? Errno.EINVAL : bytes < 0 ? Errno.EFAULT : Errno.None;
        if (errno != Errno.None)
        {
            return v.Refuse(errno, pointer.Num.IsConst
                ? $"invalid{what} stack R{register} off={offset} size={bytes}"
                : $"invalid variable-offset{what} stack R{register} var_off={StatePrinter.TnumText(pointer.Num.Bits)} off={offset} size={bytes}");
        }
        var frame = v.Cur.Frames[pointer.Frame]!;
        frame.Grow((int)-min);
        v.Subprograms.UsesStack(frame.Subprogram, (int)-min);
        return true;
    }

    private bool TryWriteFixed(FrameState frame, int offset, in Access access)
    {
        int index = FrameState.SlotOf(offset);
        var insn = v.Insns[v.Pc];
        bool constant = access.Value < 0 && insn.IsStore;
        if (!v.Dynptrs.TryOverwrite(frame, index)) return false;
        v.TouchedSlots |= 1ul << index;
        ref var slot = ref frame.Slots[index];
        if (access.Bytes != StackSlot.Bytes && !TryDisturb(slot)) return false;
        bool aligned = offset % StackSlot.Bytes == 0;
        if (access.Value >= 0 && aligned && v.Regs[access.Value].IsScalar)
        {
            ref var reg = ref v.Regs[access.Value];
            bool fits = reg.Num.Width <= access.Bytes * 8;
            if (fits) v.Alu.Link(ref reg);
            Spill(ref slot, reg, access.Bytes);
            if (!fits) slot.Spilled.Id = 0;
        }
        else if (constant && aligned)
        {
            Spill(ref slot, RegState.Const((ulong)insn.Imm), access.Bytes);
        }
        else if (access.Value >= 0 && !v.Regs[access.Value].IsScalar && v.Regs[access.Value].Kind != RegKind.Dynptr)
        {
            if (access.Bytes != StackSlot.Bytes)
            {
                v.Log.SourceLine(v.Pc, "; ");
                return v.Refuse(Errno.EACCES, "invalid size of register spill");
            }
            if (frame != v.Cur.Current && v.Regs[access.Value].Kind == RegKind.Stack)
                return v.Refuse(Errno.EINVAL, "cannot spill pointers to stack into stack frame of the caller");
            Spill(ref slot, v.Regs[access.Value], access.Bytes);
        }
        else
        {
            return TryWriteBytes(ref slot, offset, access, constant && insn.Imm == 0);
        }
        v.History.Note(HistoryFlags.StackAccess, frame.Number, index);
        return true;
    }

    /// <summary>What is left of a spilled pointer when part of it is overwritten would be a number.</summary>
    private bool TryDisturb(in StackSlot slot) =>
        !slot.IsSpill || v.MayShow(slot.Spilled, "attempt to corrupt spilled pointer on stack");

    private bool TryWriteBytes(ref StackSlot slot, int offset, in Access access, bool zeroConstant)
    {
        slot.Spilled.Kind = RegKind.NotInit;
        if (slot.IsSpecial) slot.Scrub();
        if (access.Bytes == StackSlot.Bytes) slot.Spilled.Live |= Live.Written;
        bool zeroRegister = access.Value >= 0 && v.Regs[access.Value].IsNullConst;
        for (int i = 0; i < access.Bytes; i++) slot[ByteOf(offset + i)] = zeroRegister || zeroConstant ? SlotByte.Zero : SlotByte.Misc;
        return !zeroRegister || v.Precision.TryMark(access.Value);
    }

    private static void Spill(ref StackSlot slot, in RegState reg, int bytes)
    {
        slot.Spilled.CopyValue(reg);
        if (bytes == StackSlot.Bytes) slot.Spilled.Live |= Live.Written;
        for (int i = StackSlot.Bytes - 1; i >= 0; i--)
        {
            if (i >= StackSlot.Bytes - bytes) slot[i] = SlotByte.Spill;
            else if (slot[i] is not (SlotByte.Zero or SlotByte.Invalid)) slot[i] = SlotByte.Misc;
        }
    }

    private bool TryWriteVariable(FrameState frame, in RegState pointer, int offset, in Access access)
    {
        int min = (int)pointer.Num.SMin + offset, max = (int)pointer.Num.SMax + offset + access.Bytes;
        var insn = v.Insns[v.Pc];
        bool zero = access.Value >= 0 ? v.Regs[access.Value].IsNullConst : insn.IsStore && insn.Imm == 0;
        for (int at = min; at < max; at++)
            if (!v.Dynptrs.TryOverwrite(frame, FrameState.SlotOf(at))) return false;
        bool keptZero = false;
        for (int at = min; at < max; at++)
        {
            int index = FrameState.SlotOf(at);
            ref var slot = ref frame.Slots[index];
            v.TouchedSlots |= 1ul << index;
            if (!TryDisturb(slot)) return false;
            var kind = slot[ByteOf(at)];
            if (zero && kind == SlotByte.Spill && slot.IsSpilledScalar && slot.Spilled.Num.IsZero)
            {
                keptZero = true;
                continue;
            }
            slot.Spilled.Kind = RegKind.NotInit;
            if (slot.IsSpecial) slot.Scrub();
            bool stays = zero && kind == SlotByte.Zero;
            keptZero |= stays;
            slot[ByteOf(at)] = stays ? SlotByte.Zero : SlotByte.Misc;
        }
        return !keptZero || access.Value < 0 || v.Precision.TryMark(access.Value);
    }

    private bool TryReadFixed(FrameState frame, int offset, in Access access)
    {
        int index = FrameState.SlotOf(offset);
        ref var slot = ref frame.Slots[index];
        v.TouchedSlots |= 1ul << index;
        if (!slot.IsSpill) return TryReadBytes(frame, ref slot, offset, access);
        int spilled = 0;
        for (int i = StackSlot.Bytes - 1; i >= 0 && slot[i] == SlotByte.Spill; i--) spilled++;
        bool noted = true;
        if (access.Bytes != StackSlot.Bytes || spilled != StackSlot.Bytes)
        {
            if (!slot.Spilled.IsScalar)
            {
                v.Log.SourceLine(v.Pc, "; ");
                return v.Refuse(Errno.EACCES, "invalid size of register fill");
            }
            v.Regs.MarkRead(ref slot.Spilled);
            if (access.Value < 0) return true;
            if (!TryFillPart(frame, ref slot, offset, spilled, access, out noted)) return false;
        }
        else
        {
            if (access.Value < 0 && !v.MayShow(slot.Spilled, $"leaking pointer from stack off {offset}")) return false;
            v.Regs.MarkRead(ref slot.Spilled);
            if (access.Value >= 0) v.Regs[access.Value].CopyValue(slot.Spilled);
        }
        if (access.Value >= 0) v.Regs[access.Value].Live |= Live.Written;
        if (noted) v.History.Note(HistoryFlags.StackAccess, frame.Number, index);
        return true;
    }

    /// <summary>A fill narrower than the slot, or of a spill narrower than the slot.</summary>
    private bool TryFillPart(FrameState frame, ref StackSlot slot, int offset, int spilled, in Access access, out bool noted)
    {
        ref var target = ref v.Regs[access.Value];
        noted = true;
        // Little-endian: the low bytes of the spilled number are at the slot's lowest address.
        if (access.Bytes <= spilled && offset % StackSlot.Bytes == 0)
        {
            target.CopyValue(slot.Spilled);
            if (target.Num.Width > access.Bytes * 8) target.ClearLink();
            return true;
        }
        int spills = 0, zeros = 0;
        for (int i = 0; i < access.Bytes; i++)
        {
            var kind = slot[ByteOf(offset + i)];
            if (kind == SlotByte.Spill) spills++;
            else if (kind == SlotByte.Zero) zeros++;
            else if (!TryByte(frame, kind, offset, i, access.Bytes)) return false;
        }
        if (spills == access.Bytes && slot.Spilled.Num.IsZero)
        {
            target.SetConst(0);
            return true;
        }
        noted = false;
        if (zeros == access.Bytes) target.SetConst(0);
        else target.SetUnknown();
        return true;
    }

    private bool TryReadBytes(FrameState frame, ref StackSlot slot, int offset, in Access access)
    {
        for (int i = 0; i < access.Bytes; i++)
        {
            var kind = slot[ByteOf(offset + i)];
            if (kind != SlotByte.Zero && !TryByte(frame, kind, offset, i, access.Bytes)) return false;
        }
        v.Regs.MarkRead(ref slot.Spilled);
        if (access.Value >= 0) FillFromBytes(frame, offset, offset + access.Bytes, access.Value);
        return true;
    }

    private bool TryByte(FrameState frame, SlotByte kind, int offset, int index, int bytes)
    {
        if (kind == SlotByte.Invalid) v.Subprograms.ReadsUnwritten(frame.Subprogram);
        return kind is SlotByte.Misc or SlotByte.Invalid || v.Refuse(Errno.EACCES, $"invalid read from stack off {offset}+{index} size {bytes}");
    }

    private void FillFromBytes(FrameState frame, int min, int max, int register)
    {
        bool zero = true;
        for (int at = min; at < max && zero; at++)
        {
            v.TouchedSlots |= 1ul << FrameState.SlotOf(at);
            zero = frame.Slots[FrameState.SlotOf(at)][ByteOf(at)] == SlotByte.Zero;
        }
        ref var target = ref v.Regs[register];
        if (zero) target.SetConst(0);
        else target.SetUnknown();
        target.Live |= Live.Written;
    }

    /// <summary>Bytes someone reads without our knowing how: what a helper is handed it may also overwrite.</summary>
    private bool TryReadable(FrameState frame, in RegState pointer, int register, int min, int max, int bytes, bool byHelper, bool clobbers)
    {
        for (int at = min; at < max; at++)
        {
            ref var slot = ref frame.Slots[FrameState.SlotOf(at)];
            int index = ByteOf(at);
            if (slot[index] == SlotByte.Invalid) v.Subprograms.ReadsUnwritten(frame.Subprogram);
            if (slot[index] is SlotByte.Zero or SlotByte.Invalid)
            {
                if (clobbers) slot[index] = SlotByte.Misc;
            }
            else if (slot[index] != SlotByte.Misc)
            {
                if (!slot.IsSpill)
                {
                    string extra = byHelper ? " indirect" : "";
                    return v.Refuse(Errno.EACCES, pointer.Num.IsConst
                        ? $"invalid{extra} read from stack R{register} off {min}+{at - min} size {bytes}"
                        : $"invalid{extra} read from stack R{register} var_off {StatePrinter.TnumText(pointer.Num.Bits)}+{at - min} size {bytes}");
                }
                if (!v.MayShow(slot.Spilled, $"leaking pointer from stack off {at}")) return false;
                if (clobbers)
                {
                    slot.Spilled.SetUnknown();
                    slot.Scrub();
                }
            }
            v.Regs.MarkRead(ref slot.Spilled);
        }
        return true;
    }

    private static int ByteOf(int offset) => (-offset - 1) % StackSlot.Bytes;
}
