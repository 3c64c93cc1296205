using Vm.Abi;
using Vm.Isa;
using Vm.Verifier.Instruments;
using Vm.Verifier.Numbers;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Conditional jumps: which way they go, and what each way teaches.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_cond_jmp_op, push_stack, pop_stack, sync_linked_regs.</remarks>
internal sealed class BranchRules(Verification v)
{
    private const int MaxPending = 8192;
    private readonly Stack<Pending> _pending = new();

    private readonly record struct Pending(VerifierState State, int Pc, int PrevPc, long LogPosition, int Belief);

    /// <summary>Remembers a copy of the current state to be walked later from <paramref name="pc"/>.</summary>
    public bool TryPush(int pc, int prevPc, out VerifierState state)
    {
        state = v.Pool.Copy(v.Cur);
        _pending.Push(new Pending(state, pc, prevPc, v.Log.Position, v.Witness?.At ?? Belief.None));
        if (_pending.Count > MaxPending) return v.Refuse(Errno.E2BIG, $"The sequence of {_pending.Count} jumps is too complex.");
        if (state.Parent is not null) state.Parent.Branches++;
        return true;
    }

    /// <summary>Remembers a state made for the occasion.</summary>
    public bool TryPushState(VerifierState state, int pc, int prevPc)
    {
        _pending.Push(new Pending(state, pc, prevPc, v.Log.Position, Belief.None));
        return _pending.Count <= MaxPending || v.Refuse(Errno.E2BIG, $"The sequence of {_pending.Count} jumps is too complex for async cb.");
    }

    /// <summary>Takes up the path remembered last; false when there is none.</summary>
    public bool TryPop()
    {
        if (!_pending.TryPop(out var next)) return false;
        v.Pool.Return(v.Cur);
        v.Cur = next.State;
        v.Pc = next.Pc;
        v.PrevPc = next.PrevPc;
        v.Witness?.Resume(next.Belief);
        if (!v.Log.ShowsEverything) v.Log.Rewind(next.LogPosition);
        return true;
    }

    /// <summary>may_goto: leaves the loop now, and stays in it on a path walked later.</summary>
    public bool TryMayGoto(in Insn insn)
    {
        bool looped = v.Pruning.TryPrevious(v.Cur.Parent, v.Pc, out var previous);
        if (!TryPush(v.Pc + 1, v.Pc, out var queued)) return false;
        queued.MayGotoDepth++;
        if (looped) v.Pruning.Widen(previous, queued);
        v.Facts.Branch(v.Pc, taken: true);
        v.Facts.Branch(v.Pc, taken: false);
        v.Pc += insn.Off;
        return true;
    }

    /// <summary>A comparison. Continues on the path that falls through unless only the other exists.</summary>
    public bool TryCompare(in Insn insn)
    {
        if (!v.Regs.TryRead(insn.Dst) || (!insn.UsesImm && !v.Regs.TryRead(insn.Src))) return false;
        ref var dst = ref v.Regs[insn.Dst];
        var constant = RegState.Const((ulong)insn.Imm);
        ref var src = ref insn.UsesImm ? ref constant : ref v.Regs[insn.Src];
        var flags = (!insn.UsesImm && src.Kind == RegKind.Stack ? HistoryFlags.SrcIsStack : 0) | (dst.Kind == RegKind.Stack ? HistoryFlags.DstIsStack : 0);
        if (flags != 0) v.History.Note(flags);
        var relation = Comparison.Of(insn.Op);
        if (Decide(relation, insn.Is32Bit, dst, src) is { } taken) return TryFollow(insn, taken);

        if (!TryComparePointers(insn, relation, dst, src)) return false;
        var links = default(LinkedPlaces);
        if (!insn.UsesImm && src.IsScalar && src.Id != 0) CollectLinks(src.Id, ref links);
        if (dst.IsScalar && dst.Id != 0) CollectLinks(dst.Id, ref links);
        if (links.Count > 1) v.History.Note(links: links);
        v.Witness?.Link(links);
        if (!TryPush(v.Pc + insn.Off + 1, v.Pc, out var other)) return false;
        v.Facts.Branch(v.Pc, taken: true);
        v.Facts.Branch(v.Pc, taken: false);
        var otherConstant = constant;
        ref var otherDst = ref other.Current.Regs[insn.Dst];
        ref var otherSrc = ref insn.UsesImm ? ref otherConstant : ref other.Current.Regs[insn.Src];
        if (dst.IsScalar && src.IsScalar && !TryRefine(relation, insn.Is32Bit, ref otherDst, ref otherSrc, ref dst, ref src)) return false;
        if (!insn.UsesImm && src.IsScalar && src.Id != 0)
        {
            SyncLinks(v.Cur, ref src, links);
            SyncLinks(other, ref otherSrc, links);
        }
        if (dst.IsScalar && dst.Id != 0)
        {
            SyncLinks(v.Cur, ref dst, links);
            SyncLinks(other, ref otherDst, links);
        }
        LearnAboutPointers(insn, relation, other, ref dst, ref src);
        v.PrintChanges();
        return true;
    }

    /// <summary>Where addresses are hidden, pointers are compared with null, and packet pointers with each other.</summary>
    private bool TryComparePointers(in Insn insn, Relation relation, in RegState dst, in RegState src)
    {
        bool nullTest = insn.UsesImm && insn.Imm == 0 && !insn.Is32Bit && relation is Relation.Equal or Relation.NotEqual && dst.MaybeNull;
        if (nullTest || (!insn.Is32Bit && dst.IsAnyPacketPointer && src.IsAnyPacketPointer)) return true;
        return v.MayShow(src, $"R{insn.Src} pointer comparison prohibited") && v.MayShow(dst, $"R{insn.Dst} pointer comparison prohibited");
    }

    private bool TryFollow(in Insn insn, bool taken)
    {
        // The decision holds only for these very numbers.
        if (!v.Precision.TryMark(insn.Dst) || (!insn.UsesImm && !v.Precision.TryMark(insn.Src))) return false;
        v.Facts.Branch(v.Pc, taken);
        v.PrintChanges();
        if (taken) v.Pc += insn.Off;
        return true;
    }

    private static bool? Decide(Relation relation, bool is32, in RegState a, in RegState b)
    {
        if (a.IsAnyPacketPointer && b.IsAnyPacketPointer && !is32) return DecidePacket(relation, a, b);
        if (a.IsScalar && b.IsScalar) return Comparison.Decide(relation, is32, a.Num, b.Num);
        if (is32 || relation is not (Relation.Equal or Relation.NotEqual)) return null;
        bool againstNull = (b.IsNullConst && IsNotNull(a)) || (!b.IsScalar && a.IsNullConst && IsNotNull(b));
        return againstNull ? relation == Relation.NotEqual : null;
    }

    private static bool? DecidePacket(Relation relation, in RegState a, in RegState b)
    {
        if (b.Kind != RegKind.PacketEnd && a.Kind != RegKind.PacketEnd) return null;
        bool swapped = b.Kind != RegKind.PacketEnd;
        int range = swapped ? b.Range : a.Range;
        if (range >= 0) return null;
        if (swapped) relation = Comparison.Swap(relation);
        return relation switch
        {
            Relation.LessOrEqual or Relation.Greater when range == RegState.BeyondPacketEnd => relation == Relation.Greater,
            Relation.Less or Relation.GreaterOrEqual => relation == Relation.GreaterOrEqual,
            _ => null,
        };
    }

    private static bool IsNotNull(in RegState reg)
    {
        const long limit = Verification.MaxVariableOffset;
        if (reg.MaybeNull || reg.Num.SMin <= -limit || reg.Num.SMax >= limit) return false;
        return reg.Kind is RegKind.Socket or RegKind.TcpSock or RegKind.XdpSock or RegKind.Buffer or RegKind.MapValue or RegKind.MapKey or RegKind.SockCommon or RegKind.Memory or RegKind.MapPtr
            || (reg.Kind == RegKind.BtfPtr && ReferenceRules.IsTrusted(reg));
    }

    private bool TryRefine(Relation relation, bool is32, ref RegState takenDst, ref RegState takenSrc, ref RegState dst, ref RegState src)
    {
        Refine(Comparison.Negate(relation), is32, ref dst, ref src);
        Refine(relation, is32, ref takenDst, ref takenSrc);
        return v.TrySettle(ref takenDst, "true_reg1") && v.TrySettle(ref takenSrc, "true_reg2")
            && v.TrySettle(ref dst, "false_reg1") && v.TrySettle(ref src, "false_reg2");
    }

    private static void Refine(Relation relation, bool is32, ref RegState a, ref RegState b)
    {
        Comparison.Refine(relation, is32, ref a.Num, ref b.Num);
        a.Num.Sync();
        b.Num.Sync();
    }

    private void CollectLinks(uint id, ref LinkedPlaces links)
    {
        id &= ~RegState.AddConst;
        for (int f = v.Cur.CurFrame; f >= 0; f--)
        {
            var frame = v.Cur.Frames[f]!;
            for (int i = 0; i < Registers.FramePointer; i++) Collect(ref frame.Regs[i], id, f, i, true, ref links);
            for (int i = 0; i < frame.SlotCount; i++)
                if (frame.Slots[i].IsSpill) Collect(ref frame.Slots[i].Spilled, id, f, i, false, ref links);
        }
    }

    private static void Collect(ref RegState reg, uint id, int frame, int index, bool isRegister, ref LinkedPlaces links)
    {
        if (!reg.IsScalar || (reg.Id & ~RegState.AddConst) != id) return;
        if (!links.TryAdd(frame, index, isRegister)) reg.ClearLink();
    }

    private static void SyncLinks(VerifierState state, ref RegState known, LinkedPlaces links)
    {
        for (int i = 0; i < links.Count; i++)
        {
            var (frame, index, isRegister) = links[i];
            ref var reg = ref isRegister ? ref state.Frames[frame]!.Regs[index] : ref state.Frames[frame]!.Slots[index].Spilled;
            if (!reg.IsScalar || System.Runtime.CompilerServices.Unsafe.AreSame(ref reg, ref known)) continue;
            if ((reg.Id & ~RegState.AddConst) != (known.Id & ~RegState.AddConst)) continue;
            bool sameOffset = ((reg.Id | known.Id) & RegState.AddConst) == 0 || reg.Off == known.Off;
            if (sameOffset)
            {
                reg.CopyValue(known);
                continue;
            }
            var (id, off) = (reg.Id, reg.Off);
            var delta = ScalarRange.Const((ulong)((long)off - known.Off));
            reg.CopyValue(known);
            (reg.Id, reg.Off) = (id, off);
            ScalarArithmetic.Add(ref reg.Num, delta);
        }
    }

    private void LearnAboutPointers(in Insn insn, Relation relation, VerifierState other, ref RegState dst, ref RegState src)
    {
        if (!insn.Is32Bit && !insn.UsesImm && !src.IsScalar && !dst.IsScalar && src.Kind != RegKind.BtfPtr && dst.Kind != RegKind.BtfPtr
            && relation is Relation.Equal or Relation.NotEqual)
        {
            var equal = relation == Relation.Equal ? other.Current.Regs : v.Cur.Current.Regs;
            bool dstNotNull = IsNotNull(dst), srcNotNull = IsNotNull(src);
            if (dstNotNull && src.MaybeNull) ReferenceRules.MarkNotNull(v, ref equal[insn.Src]);
            if (srcNotNull && dst.MaybeNull) ReferenceRules.MarkNotNull(v, ref equal[insn.Dst]);
        }
        bool nullTest = !insn.Is32Bit && insn.UsesImm && insn.Imm == 0 && relation is Relation.Equal or Relation.NotEqual && dst.MaybeNull;
        if (nullTest)
        {
            v.References.MarkNullness(v.Cur, insn.Dst, isNull: relation == Relation.NotEqual);
            v.References.MarkNullness(other, insn.Dst, isNull: relation == Relation.Equal);
        }
        else if (!insn.UsesImm && !insn.Is32Bit) LearnAboutPacket(insn, relation, other, dst, src);
    }

    /// <summary>A packet pointer compared with the end (or metadata with the start) proves bytes readable.</summary>
    private void LearnAboutPacket(in Insn insn, Relation relation, VerifierState other, RegState dst, RegState src)
    {
        bool forward = MeetsEnd(dst, src);
        if (!forward && !MeetsEnd(src, dst)) return;
        if (!forward) relation = Comparison.Swap(relation);
        var (pointer, register) = forward ? (dst, insn.Dst) : (src, insn.Src);
        var (jumps, falls) = (other, v.Cur);
        switch (relation)
        {
            case Relation.Greater:
                ProveRange(falls, pointer, strict: false);
                MarkEnd(jumps, register, RegState.BeyondPacketEnd);
                break;
            case Relation.GreaterOrEqual:
                ProveRange(falls, pointer, strict: true);
                MarkEnd(jumps, register, RegState.AtPacketEnd);
                break;
            case Relation.Less:
                ProveRange(jumps, pointer, strict: true);
                MarkEnd(falls, register, RegState.AtPacketEnd);
                break;
            case Relation.LessOrEqual:
                ProveRange(jumps, pointer, strict: false);
                MarkEnd(falls, register, RegState.BeyondPacketEnd);
                break;
        }
    }

    private static bool MeetsEnd(in RegState pointer, in RegState end) =>
        (pointer.Kind == RegKind.Packet && end.Kind == RegKind.PacketEnd)
        || (pointer.Kind == RegKind.PacketMeta && end is { Kind: RegKind.Packet, Off: 0, Id: 0 } && end.Num.IsZero);

    private static void ProveRange(VerifierState state, RegState pointer, bool strict)
    {
        const int maxOffset = 0xffff;
        if (pointer.Off < 0 || (pointer.Off == 0 && strict)) return;
        if (pointer.Num.UMax > maxOffset || pointer.Num.UMax + (ulong)pointer.Off > maxOffset) return;
        int range = pointer.Off + (strict ? 1 : 0);
        Registers.ForEach(state, (ref RegState reg) =>
        {
            if (reg.Kind == pointer.Kind && reg.Id == pointer.Id) reg.Range = Math.Max(reg.Range, range);
        });
    }

    private static void MarkEnd(VerifierState state, int register, int range)
    {
        ref var reg = ref state.Current.Regs[register];
        if (reg.Kind == RegKind.Packet) reg.Range = range;
    }
}
