using System.Numerics;
using System.Text;
using Vm.Abi;
using Vm.Isa;
using Vm.Verifier.States;

namespace Vm.Verifier.Paths;

/// <summary>Finds out, backwards, which earlier numbers a decision depended on, and marks those as precise.</summary>
/// <remarks>
/// Pruning may ignore a number that was never marked. The walk goes over the current state's instructions, then up through its
/// parents, until every register and slot it looks for has been set from something known.
/// Source: Linux 6.12 kernel/bpf/verifier.c, __mark_chain_precision, backtrack_insn.
/// </remarks>
internal sealed class Precision(VerifierEnv v)
{
    private const uint ArgumentRegs = 0b11_1110;
    private readonly uint[] _regs = new uint[VerifierState.MaxFrames];
    private readonly ulong[] _slots = new ulong[VerifierState.MaxFrames];
    private int _frame;

    private enum Outcome
    {
        Fine,
        GiveUp,
        Broken,
    }

    /// <summary>The exact value of a register of the current frame matters.</summary>
    public bool TryMark(int register)
    {
        if (!v.Regs[register].IsScalar) return true;
        Begin();
        _regs[_frame] |= 1u << register;
        return TryRun();
    }

    /// <summary>What was precise in a stored state matters here too, because the current path is about to be cut off by it.</summary>
    public bool TryPropagate(VerifierState stored)
    {
        Begin();
        for (int f = stored.CurFrame; f >= 0; f--)
        {
            var frame = stored.Frames[f]!;
            var names = new StringBuilder();
            for (int i = 0; i < Registers.FramePointer; i++)
            {
                if (!Matters(frame.Regs[i])) continue;
                _regs[f] |= 1u << i;
                if (v.Log.ShowsEverything) names.Append(names.Length == 0 ? "" : ",").Append('r').Append(i);
            }
            for (int i = 0; i < frame.SlotCount; i++)
            {
                if (!frame.Slots[i].IsSpill || !Matters(frame.Slots[i].Spilled)) continue;
                _slots[f] |= 1ul << i;
                if (v.Log.ShowsEverything) names.Append(names.Length == 0 ? "" : ",").Append("fp").Append(-(i + 1) * 8);
            }
            if (names.Length > 0) v.Log.WriteLine($"frame {f}: propagating {names}");
        }
        return TryRun();
    }

    /// <summary>A new checkpoint starts without demands; they come back as they arise.</summary>
    public static void Forget(VerifierState state) => Registers.ForEach(state, static (ref RegState reg) =>
    {
        if (reg.IsScalar) reg.Precise = false;
    });

    private static bool Matters(in RegState reg) => reg.IsScalar && reg.Precise && (reg.Live & Live.Read) != 0;

    private void Begin()
    {
        Array.Clear(_regs);
        Array.Clear(_slots);
        _frame = v.Cur.CurFrame;
    }

    private bool IsDone()
    {
        for (int f = 0; f <= _frame; f++)
            if (_regs[f] != 0 || _slots[f] != 0) return false;
        return true;
    }

    private bool TryRun()
    {
        if (IsDone()) return true;
        var state = v.Cur;
        int last = v.Pc, first = state.FirstPc, next = -1;
        bool skip = true;
        while (true)
        {
            if (v.Log.ShowsEverything) v.Log.WriteLine($"mark_precise: frame{_frame}: last_idx {last} first_idx {first} subseq_idx {next} ");
            if (last < 0) return TryReachEntry(state);
            int start = state.HistoryStart, end = state.HistoryEnd;
            for (int pc = last; ;)
            {
                if (!skip)
                {
                    bool noted = v.History.TryGet(start, end, pc, out var entry);
                    var outcome = Step(pc, next, noted, entry);
                    if (outcome == Outcome.Broken) return v.Refuse(Errno.EFAULT, $"BUG backtracking idx {pc}");
                    if (outcome == Outcome.GiveUp)
                    {
                        MarkEverything();
                        return true;
                    }
                }
                skip = false;
                if (IsDone()) return true;
                next = pc;
                pc = v.History.Previous(state, pc, start, ref end);
                if (pc == History.NotFound) break;
                if ((uint)pc >= (uint)v.Insns.Length) return v.Refuse(Errno.EFAULT, $"BUG backtracking idx {pc}");
            }
            if (state.Parent is null) break;
            state = state.Parent;
            MarkState(state);
            if (IsDone()) return true;
            next = first;
            last = state.LastPc;
            first = state.FirstPc;
        }
        MarkEverything();
        return true;
    }

    /// <summary>Arguments of a global function verified by itself are where the search ends.</summary>
    private bool TryReachEntry(VerifierState state)
    {
        var frame = state.Frames[0]!;
        bool entry = state.CurFrame == 0 && frame.Subprogram > 0 && frame.CallSite == -1 && _slots[0] == 0 && (_regs[0] & ~ArgumentRegs) == 0;
        if (!entry) return v.Refuse(Errno.EFAULT, $"BUG backtracking func entry subprog {frame.Subprogram} reg_mask {_regs[_frame]:x} stack_mask {_slots[_frame]:x}");
        for (int i = 1; i <= 5; i++)
            if ((_regs[0] & 1u << i) != 0 && frame.Regs[i].IsScalar) frame.Regs[i].Precise = true;
        return true;
    }

    private void MarkState(VerifierState state)
    {
        for (int f = Math.Min(_frame, state.CurFrame); f >= 0; f--)
        {
            var frame = state.Frames[f]!;
            for (uint left = _regs[f]; left != 0; left &= left - 1)
            {
                int i = BitOperations.TrailingZeroCount(left);
                if (!frame.Regs[i].IsScalar || frame.Regs[i].Precise) _regs[f] &= ~(1u << i);
                else frame.Regs[i].Precise = true;
            }
            for (ulong left = _slots[f]; left != 0; left &= left - 1)
            {
                int i = BitOperations.TrailingZeroCount(left);
                bool settled = i >= frame.SlotCount || !frame.Slots[i].IsSpilledScalar || frame.Slots[i].Spilled.Precise;
                if (settled) _slots[f] &= ~(1ul << i);
                else frame.Slots[i].Spilled.Precise = true;
            }
            if (v.Log.ShowsEverything)
                v.Log.WriteLine($"mark_precise: frame{f}: parent state regs={RegsText(_regs[f])} stack={SlotsText(_slots[f])}: {v.Printer.Frame(frame, all: true)}");
        }
    }

    private void MarkEverything()
    {
        if (v.Log.ShowsEverything) v.Log.WriteLine($"mark_precise: frame{v.Cur.CurFrame}: falling back to forcing all scalars precise");
        for (var state = v.Cur.Parent; state is not null; state = state.Parent)
        {
            Registers.ForEach(state, static (ref RegState reg) =>
            {
                if (reg.IsScalar) reg.Precise = true;
            });
        }
    }

    private void Sync(bool noted, in HistoryEntry entry)
    {
        if (!noted || entry.Links.Count == 0) return;
        bool any = false;
        for (int i = 0; i < entry.Links.Count && !any; i++)
        {
            var (frame, index, isRegister) = entry.Links[i];
            any = isRegister ? (_regs[frame] & 1u << index) != 0 : (_slots[frame] & 1ul << index) != 0;
        }
        for (int i = 0; i < entry.Links.Count && any; i++)
        {
            var (frame, index, isRegister) = entry.Links[i];
            if (isRegister) _regs[frame] |= 1u << index;
            else _slots[frame] |= 1ul << index;
        }
    }

    private Outcome Step(int pc, int next, bool noted, in HistoryEntry entry)
    {
        var insn = v.Insns[pc];
        if (insn.Op == Op.LdImm64Hi) return Outcome.Fine;
        if (v.Log.ShowsEverything)
            v.Log.WriteLine($"mark_precise: frame{_frame}: regs={RegsText(_regs[_frame])} stack={SlotsText(_slots[_frame])} before {pc}: {v.Text(insn)}");
        // Links may be made known by this very instruction, or demanded because of it.
        Sync(noted, entry);
        var outcome = Follow(insn, pc, next, noted, entry, out bool final);
        if (outcome == Outcome.Fine && !final) Sync(noted, entry);
        return outcome;
    }

    private Outcome Follow(in Insn insn, int pc, int next, bool noted, in HistoryEntry entry, out bool final)
    {
        final = false;
        bool stack = noted && (entry.Flags & HistoryFlags.StackAccess) != 0;
        if (insn.IsAlu) FollowAlu(insn);
        else if (insn.IsLoad || insn.Fetches)
        {
            int target = insn.IsLoad ? insn.Dst : insn.AtomicKind == AtomicKind.CmpXchg ? 0 : insn.Src;
            if (!Take(target)) final = true;
            else if (stack) _slots[entry.Frame] |= 1ul << entry.Slot;
        }
        else if (insn.IsStore || insn.IsAtomic)
        {
            if (Has(insn.Dst)) return Outcome.GiveUp;
            if (!stack || (_slots[entry.Frame] & 1ul << entry.Slot) == 0) return Outcome.Fine;
            _slots[entry.Frame] &= ~(1ul << entry.Slot);
            if (insn.Form is Form.StoreSrc or Form.Atomic) _regs[_frame] |= 1u << insn.Src;
        }
        else if (insn.IsWide) Take(insn.Dst);
        else if (insn.IsPacketLoad) return FollowPacketLoad(pc, next);
        else if (insn.IsComparison) FollowComparison(insn, noted, entry);
        else if (insn.Op == Op.CallHelper && insn.Imm == (int)HelperId.TailCall && next != pc + 1) return FollowTailCall();
        else if (insn.IsCall) return FollowCall(insn, pc, next);
        else if (insn.Op == Op.Exit) return FollowExit(next);
        return Outcome.Fine;
    }

    private void FollowAlu(in Insn insn)
    {
        if (!Has(insn.Dst) || insn.IsByteSwap || insn.Op is Op.Neg32 or Op.Neg64) return;
        bool copies = insn.Op is Op.Mov64 or Op.Mov32 or (>= Op.MovSx8To64 and <= Op.MovSx16To32) or Op.CastKernel or Op.CastUser;
        if (copies) Take(insn.Dst);
        if (!insn.UsesImm && insn.Src != Registers.FramePointer) _regs[_frame] |= 1u << insn.Src;
    }

    private void FollowComparison(in Insn insn, bool noted, in HistoryEntry entry)
    {
        if (insn.UsesImm || (!Has(insn.Dst) && !Has(insn.Src))) return;
        // One operand's value was refined by the other's, so both matter; stack pointers are exact anyway.
        if (!noted || (entry.Flags & HistoryFlags.SrcIsStack) == 0) _regs[_frame] |= 1u << insn.Src;
        if (!noted || (entry.Flags & HistoryFlags.DstIsStack) == 0) _regs[_frame] |= 1u << insn.Dst;
    }

    private Outcome FollowCall(in Insn insn, int pc, int next)
    {
        if (insn.Op == Op.CallLocal)
        {
            int subprogram = v.Flow.SubprogramAt((int)insn.Target(pc));
            if (v.IsGlobal(subprogram))
            {
                Take(0);
                return (_regs[_frame] & ArgumentRegs) != 0 ? Outcome.Broken : Outcome.Fine;
            }
            if ((_regs[_frame] & ~ArgumentRegs) != 0 || _slots[_frame] != 0 || _frame == 0) return Outcome.Broken;
            _regs[_frame - 1] |= _regs[_frame] & ArgumentRegs;
            _regs[_frame--] = 0;
            return Outcome.Fine;
        }
        if ((v.Flow.Marks[pc] & Cfg.PlaceMarks.CallsBack) != 0 && pc != next - 1)
        {
            // The callback's first instruction comes from its call: its arguments are made up there.
            if ((_regs[_frame] & ~ArgumentRegs) != 0 || _slots[_frame] != 0 || _frame == 0) return Outcome.Broken;
            _regs[_frame--] = 0;
            return Outcome.Fine;
        }
        Take(0);
        return (_regs[_frame] & ArgumentRegs) != 0 ? Outcome.Broken : Outcome.Fine;
    }

    /// <summary>A packet load out of range leaves its function, so what follows may be the caller.</summary>
    private Outcome FollowPacketLoad(int pc, int next)
    {
        if (Has(0)) return Outcome.GiveUp;
        if (next == pc + 1) return Outcome.Fine;
        if (_frame + 1 >= VerifierState.MaxFrames) return Outcome.Broken;
        _regs[++_frame] = 0;
        return Outcome.Fine;
    }

    /// <summary>A tail call that was taken leaves its function; what it returned is unknown, whatever came before.</summary>
    private Outcome FollowTailCall()
    {
        Take(0);
        if (_frame + 1 >= VerifierState.MaxFrames) return Outcome.Broken;
        _regs[++_frame] = 0;
        return Outcome.Fine;
    }

    private Outcome FollowExit(int next)
    {
        bool fromCall = next >= 1 && v.Insns[next - 1].Op == Op.CallLocal;
        bool wantsResult = fromCall && Has(0);
        if (fromCall && (_regs[_frame] & ArgumentRegs) != 0) return Outcome.Broken;
        // On the way back out of a callback R1-R5 of the caller are dead, and so is its R0.
        Take(0);
        if (_frame + 1 >= VerifierState.MaxFrames) return Outcome.Broken;
        _frame++;
        _regs[_frame] = wantsResult ? 1u : 0;
        return Outcome.Fine;
    }

    private bool Has(int register) => (_regs[_frame] & 1u << register) != 0;

    private bool Take(int register)
    {
        bool had = Has(register);
        _regs[_frame] &= ~(1u << register);
        return had;
    }

    private static string RegsText(uint mask) => Join(mask, i => $"r{i}");

    private static string SlotsText(ulong mask) => Join(mask, i => $"-{(i + 1) * 8}");

    private static string Join(ulong mask, Func<int, string> name)
    {
        var names = new List<string>();
        for (; mask != 0; mask &= mask - 1) names.Add(name(BitOperations.TrailingZeroCount(mask)));
        return string.Join(',', names);
    }
}
