using Vm.Abi;
using Vm.Cfg;
using Vm.Isa;
using Vm.Verifier.Paths;
using Vm.Verifier.Rules;
using Vm.Verifier.States;

namespace Vm.Verifier;

/// <summary>Simulates one function over all its paths, depth first.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, do_check, do_check_common.</remarks>
internal sealed class Walk(Verification v)
{
    private bool _printState;

    private enum Next
    {
        /// <summary>Go on behind the instruction.</summary>
        Slot,

        /// <summary>The program counter is where it should be.</summary>
        Here,

        /// <summary>The path ends.</summary>
        PathEnd,

        Refused,
    }

    /// <summary>The entry function, or a global function on its own.</summary>
    public bool TryFunction(int subprogram)
    {
        v.Pruning.Clear();
        v.Witness?.Enter();
        v.Log.ForgetLine();
        int start = v.Flow.Subprograms[subprogram].Start;
        var state = new VerifierState { FirstPc = start };
        var frame = v.Pool.Rent();
        frame.Reset(-1, 0, subprogram);
        state.Frames[0] = frame;
        v.Cur = state;
        (v.Pc, v.PrevPc) = (start, -1);
        _printState = false;
        Touch();
        long position = v.Log.Position;
        if (subprogram == 0) frame.Regs[1].SetPointer(RegKind.Context);
        else if (!TrySetArguments(subprogram, frame)) return false;
        if (!TryPaths()) return false;
        if (!v.Log.ShowsEverything) v.Log.Rewind(position);
        return true;
    }

    private void Touch() => (v.TouchedRegs, v.TouchedSlots) = (0x7ff, ulong.MaxValue);

    private bool TrySetArguments(int subprogram, FrameState frame)
    {
        v.Log.WriteLine($"Validating {v.Subprograms.NameOf(subprogram)}() func#{subprogram}...");
        if (!v.Subprograms.TryArguments(subprogram, out var args)) return false;
        if (subprogram == v.Exceptions.Callback && args is not [{ Kind: GlobalArgKind.Number }])
            return v.Refuse(Errno.EINVAL, "exception cb only supports single integer argument");
        for (int i = 0; i < args.Length; i++)
        {
            ref var reg = ref frame.Regs[i + 1];
            switch (args[i].Kind)
            {
                case GlobalArgKind.Context: reg.SetPointer(RegKind.Context); break;
                case GlobalArgKind.Dynptr: DynptrRules.Mark(ref reg, Helpers.DynptrKind.Caller, v.NewId(), first: true); break;
                case GlobalArgKind.Memory or GlobalArgKind.MemoryOrNull:
                    reg.SetPointer(RegKind.Memory, args[i].Kind == GlobalArgKind.MemoryOrNull ? PtrFlags.MaybeNull : 0);
                    reg.Range = (int)args[i].Bytes;
                    reg.Id = v.NewId();
                    break;
                default: reg.SetUnknown(); break;
            }
        }
        return true;
    }

    private bool TryPaths()
    {
        int previous = -1;
        while (true)
        {
            v.History.NextInsn();
            v.PrevPc = previous;
            if ((uint)v.Pc >= (uint)v.Insns.Length) return v.Refuse(Errno.EFAULT, $"invalid insn idx {v.Pc} insn_cnt {v.Insns.Length}");
            if (++v.InsnsProcessed > v.Options.InsnLimit) return v.Refuse(Errno.E2BIG, $"BPF program is too large. Processed {v.InsnsProcessed} insn");
            v.Cur.LastPc = v.PrevPc;
            var next = Arrive();
            if (next == Next.Slot)
            {
                previous = v.Pc;
                next = Step(v.Insns[v.Pc]);
            }
            switch (next)
            {
                case Next.Refused:
                    return false;
                case Next.Slot:
                    v.Pc++;
                    break;
                case Next.PathEnd:
                    Touch();
                    Pruning.EndPath(v.Cur);
                    if (!v.Branches.TryPop()) return true;
                    previous = v.PrevPc;
                    _printState = true;
                    break;
            }
        }
    }

    /// <summary>Before an instruction: prune, remember, print.</summary>
    private Next Arrive()
    {
        var marks = v.Flow.Marks[v.Pc];
        v.Witness?.Arrive();
        if ((marks & PlaceMarks.Prune) != 0)
        {
            var outcome = v.Pruning.Arrive(v.Pc);
            if (outcome == Pruning.Outcome.Refused) return Next.Refused;
            if (outcome == Pruning.Outcome.Covered)
            {
                if (v.Log.ShowsPath) v.Log.WriteLine(_printState ? $"\nfrom {v.PrevPc} to {v.Pc}: safe" : $"{v.Pc}: safe");
                return Next.PathEnd;
            }
        }
        if ((marks & PlaceMarks.JumpPoint) != 0) v.History.Note();
        if (v.Log.ShowsEverything && _printState)
        {
            v.Log.WriteLine($"\nfrom {v.PrevPc} to {v.Pc}:{v.Printer.Frame(v.Cur.Current, all: true)}");
            _printState = false;
        }
        if (v.Log.ShowsPath)
        {
            if (v.TouchedRegs != 0 || v.TouchedSlots != 0) v.PrintChanges();
            v.Log.Insn(v.Pc, v.Text(v.Insns[v.Pc]));
        }
        v.Facts[v.Pc].Reached = true;
        return Next.Slot;
    }

    private Next Step(in Insn insn)
    {
        if (insn.Op == Op.Illegal) return RefuseIllegal();
        if (insn.IsAlu) return After(v.Alu.TryCheck(insn));
        if (insn.IsLoad) return After(v.Memory.TryLoad(insn));
        if (insn.IsAtomic) return After(v.Memory.TryAtomic(insn));
        if (insn.IsStore) return After(v.Memory.TryStore(insn));
        if (insn.IsPacketLoad) return After(TryLegacyLoad(insn));
        if (insn.IsWide)
        {
            if (!TryWide(insn)) return Next.Refused;
            v.Pc++;
            return Next.Slot;
        }
        v.JumpsProcessed++;
        switch (insn.Op)
        {
            case Op.Ja or Op.JaLong:
                v.Pc = (int)insn.Target(v.Pc);
                return Next.Here;
            case Op.MayGoto:
                return After(v.Branches.TryMayGoto(insn));
            case Op.Exit:
                return Exit();
            case Op.CallHelper or Op.CallKfunc or Op.CallLocal:
                if (!TryCall(insn)) return Next.Refused;
                if (!v.Kfuncs.Throws(insn)) return Next.Slot;
                return v.Exceptions.TryThrow() ? Next.PathEnd : Next.Refused;
            default:
                return After(v.Branches.TryCompare(insn));
        }
    }

    private static Next After(bool fine) => fine ? Next.Slot : Next.Refused;

    private Next RefuseIllegal()
    {
        bool explained = v.Decoded.TryErrorAt(v.Pc, out var error);
        if (explained && error.When == RefusedWhen.OperandsRead)
        {
            // The kernel looks at operands first, and complains about those when they cannot be read.
            var raw = v.Insns[v.Pc];
            bool readsSrc = (raw.Code & 8) != 0 && raw.Src <= OpRow.MaxRegister, readsDst = raw.Dst <= OpRow.MaxRegister;
            if ((readsSrc && v.Regs[raw.Src].Kind == RegKind.NotInit && !v.Regs.TryRead(raw.Src))
                || (readsDst && v.Regs[raw.Dst].Kind == RegKind.NotInit && !v.Regs.TryRead(raw.Dst))) return Next.Refused;
        }
        v.Refuse(explained ? error.Errno : Errno.EINVAL, explained ? error.Message : $"unknown opcode {v.Insns[v.Pc].Code:x2}");
        return Next.Refused;
    }

    private bool TryCall(in Insn insn)
    {
        bool locked = v.Cur.LockOwner != 0;
        if (locked && insn.Op != Op.CallLocal && !(insn.Op == Op.CallHelper ? insn.Imm == (int)HelperId.SpinUnlock : v.Kfuncs.AllowedUnderLock(insn)))
            return v.Refuse(Errno.EINVAL, "function calls are not allowed while holding a lock");
        bool fine = insn.Op switch
        {
            Op.CallLocal => v.Subprograms.TryCall((int)insn.Target(v.Pc)),
            Op.CallKfunc => v.Kfuncs.TryCall((int)insn.Imm),
            _ => v.Helpers.TryCall((HelperId)insn.Imm),
        };
        v.TouchedRegs |= 1;
        // The program called takes the place of this function, and what it returns is what this function's caller gets. 6.12 forgets that way.
        bool leaves = insn.Op == Op.CallHelper && insn.Imm == (int)HelperId.TailCall;
        return fine && (!leaves || TryLeaveOrGoOn(static (ref RegState r0) => r0.SetUnknown()));
    }

    private Next Exit()
    {
        var cur = v.Cur;
        if (cur.CurFrame == 0 && !v.Exits.TryRegions()) return Next.Refused;
        if (!v.References.HoldsNothing()) return Next.Refused;
        if (cur.CurFrame > 0)
        {
            if (!v.Subprograms.TryReturn()) return Next.Refused;
            _printState = true;
            return Next.Here;
        }
        return v.Exits.TryResult(0) ? Next.PathEnd : Next.Refused;
    }

    /// <summary>
    /// The address of a kernel function is a pointer to no bytes, good for nothing but asking whether it is there. Variables are memory of a
    /// kernel we have not got. Source: Linux 6.12 kernel/bpf/verifier.c, check_pseudo_btf_id.
    /// </summary>
    private bool TryKernelSymbol(in Insn insn, ref RegState dst)
    {
        string name = v.Program.KernelSymbols[(int)insn.Imm].Name;
        if (!v.Kind.SimulatedKfuncs.Contains(name)) return v.Lack($"the kernel's '{name}', whose address the program takes, is not simulated");
        dst.SetPointer(RegKind.Memory, PtrFlags.ReadOnly);
        dst.Range = 0;
        return true;
    }

    private bool TryWide(in Insn insn)
    {
        if (!v.Regs.TryWriteUnknown(insn.Dst)) return false;
        ref var dst = ref v.Regs[insn.Dst];
        switch (insn.Op)
        {
            case Op.LdImm64:
                dst.SetConst((ulong)insn.Imm);
                return true;
            case Op.LdMapIndex:
                dst.SetPointer(RegKind.MapPtr);
                dst.Map = (int)insn.Imm;
                return true;
            case Op.LdMapIndexValue:
                int map = (int)insn.Imm;
                if (v.Maps[map].Spec.Type == MapType.Arena) return true;
                dst.SetPointer(RegKind.MapValue);
                (dst.Map, dst.Off) = (map, (int)(insn.Imm >> 32));
                return true;
            case Op.LdFunc:
                return TryFunctionAddress(insn, ref dst);
            case Op.LdBtfId:
                return TryKernelSymbol(insn, ref dst);
            default:
                return v.Refuse(Errno.EINVAL, "bpf verifier is misconfigured");
        }
    }

    private bool TryFunctionAddress(in Insn insn, ref RegState dst)
    {
        int subprogram = v.Flow.SubprogramAt(v.Pc + 1 + (int)insn.Imm);
        if (v.Program.Spec.Functions.Count == 0) return v.Refuse(Errno.EINVAL, "missing btf func_info");
        if (v.IsGlobal(subprogram)) return v.Refuse(Errno.EINVAL, "callback function not static");
        if (subprogram <= 0) return v.Refuse(Errno.EINVAL, "callback function cannot be the main program");
        dst.SetPointer(RegKind.Func);
        dst.Range = subprogram;
        // Engines make an address for it, whoever calls it.
        v.Subprograms.MarkCallback(subprogram);
        return true;
    }

    /// <summary>LD_ABS and LD_IND read the packet of the context in R6 and end the program when they cannot.</summary>
    private bool TryLegacyLoad(in Insn insn)
    {
        const int contextRegister = 6;
        if (!v.Kind.LegacyPacketLoads) return v.Refuse(Errno.EINVAL, "BPF_LD_[ABS|IND] instructions not allowed for this program type");
        for (int f = v.Cur.CurFrame; f > 0; f--)
            if (v.Cur.Frames[f]!.InCallback) return v.Refuse(Errno.EINVAL, "cannot use BPF_LD_[ABS|IND] within callback");
        if (!v.Regs.TryRead(contextRegister)) return false;
        if (!v.References.HoldsNothing()) return v.Refuse(Errno.EINVAL, "BPF_LD_[ABS|IND] cannot be mixed with socket references");
        if (v.Cur.LockOwner != 0) return v.Refuse(Errno.EINVAL, "BPF_LD_[ABS|IND] cannot be used inside bpf_spin_lock-ed region");
        if (v.Cur.RcuLocked) return v.Refuse(Errno.EINVAL, "BPF_LD_[ABS|IND] cannot be used inside bpf_rcu_read_lock-ed region");
        if (v.Cur.PreemptDepth != 0) return v.Refuse(Errno.EINVAL, "BPF_LD_[ABS|IND] cannot be used inside bpf_preempt_disable-ed region");
        if (v.Regs[contextRegister].Kind != RegKind.Context)
            return v.Refuse(Errno.EINVAL, "at the time of BPF_LD_ABS|IND R6 != pointer to skb");
        if (insn.Form == Form.PacketInd && !v.Regs.TryRead(insn.Src)) return false;
        if (!v.Arguments.TryPointerOffset(v.Regs[contextRegister], contextRegister, fixedAllowed: false)) return false;
        v.Regs.ClearCallerSaved(v.Cur.Current);
        v.Regs[0].SetUnknown();
        // Out of range, the load returns 0 from the function it is in; in range, it goes on.
        return TryLeaveOrGoOn(static (ref RegState r0) => r0.SetConst(0));
    }

    /// <summary>
    /// An instruction that may return from the function it is in, or go on behind itself: both are walked. In a function that starts a walk,
    /// its result is whatever functions of its kind may return.
    /// </summary>
    private bool TryLeaveOrGoOn(RegAction setResult)
    {
        if (v.Cur.CurFrame == 0) return true;
        if (!v.Branches.TryPush(v.Pc + 1, v.Pc, out _)) return false;
        setResult(ref v.Regs[0]);
        if (!v.Subprograms.TryReturn()) return false;
        v.Pc--;
        return true;
    }
}
