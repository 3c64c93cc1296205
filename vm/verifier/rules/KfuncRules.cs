using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Calls of kernel functions by name.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_kfunc_call, check_kfunc_args.</remarks>
internal sealed class KfuncRules(Verification v)
{
    private const string DynptrSlice = "bpf_dynptr_slice", DynptrSliceWritable = "bpf_dynptr_slice_rdwr", DynptrClone = "bpf_dynptr_clone";

    public bool TryCall(int index)
    {
        if ((uint)index >= (uint)v.Program.Kfuncs.Count) return v.Refuse(Errno.EINVAL, $"kernel btf_id {index} is not a function");
        string name = v.Program.Kfuncs[index].Name;
        if (!v.Kind.Kfuncs.TryGetValue(name, out var binding))
        {
            // A function we have is known with all the types that may call it.
            return v.Kind.SimulatedKfuncs.Contains(name)
                ? v.Refuse(Errno.EACCES, $"calling kernel function {name} is not allowed")
                : v.Lack($"the kernel function {name} is not simulated{(v.Kind.KfuncNames.Contains(name) ? "" : "; if a module has it, so is that module")}");
        }
        var meta = new CallMeta(binding);
        var flags = binding.Signature.Flags;
        v.Facts[v.Pc].IterNext = (flags & CallFlags.IterNext) != 0;
        v.Facts[v.Pc].Call = binding;
        if ((flags & CallFlags.Sleepable) != 0 && !v.InSleepable)
            return v.Refuse(Errno.EACCES, $"program must be sleepable to call sleepable kfunc {name}");
        if (!TryArguments(meta)) return false;
        if ((flags & CallFlags.CallsBack) != 0 && !v.Callbacks.TryPushOrder(meta)) return false;
        if ((flags & CallFlags.CallsBackLater) != 0 && !v.Callbacks.TryPushLater(meta, sleepable: true)) return false;
        if (!TryRegions(meta)) return false;
        if ((flags & CallFlags.Throws) != 0 && v.Exceptions.Callback < 0 && !v.Exits.TryResult(1)) return false;
        if (meta.ReleaseRegister != 0 && !v.References.TryRelease(v.Regs[meta.ReleaseRegister].RefId))
            return v.Refuse(Errno.EINVAL, $"kfunc {name}#{index} reference has not been acquired before");
        if (!v.Objects.HandOver(meta)) return false;
        v.Regs.ClearCallerSaved(v.Cur.Current);
        if (!TryResult(meta)) return false;
        if ((flags & CallFlags.ChangesPacket) != 0) v.Helpers.ForgetPacket();
        return (flags & CallFlags.IterNext) == 0 || v.Iterators.TryStep(meta.Iterator);
    }

    /// <summary>True for calls that never return.</summary>
    public bool Throws(in Isa.Insn insn) => Has(insn, CallFlags.Throws);

    /// <summary>True for calls that may be made while a bpf_spin_lock is held.</summary>
    public bool AllowedUnderLock(in Isa.Insn insn) => Has(insn, CallFlags.UnderLock);

    private bool Has(in Isa.Insn insn, CallFlags flag) =>
        insn.Op == Isa.Op.CallKfunc && (ulong)insn.Imm < (ulong)v.Program.Kfuncs.Count
        && v.Kind.Kfuncs.TryGetValue(v.Program.Kfuncs[(int)insn.Imm].Name, out var binding) && (binding.Signature.Flags & flag) != 0;

    private bool TryArguments(CallMeta meta)
    {
        var args = meta.Signature.Args;
        for (int i = 0; i < args.Count; i++)
        {
            if (!TryArgument(i, meta)) return false;
            if (args[i].Kind == ArgKind.Memory && i + 1 < args.Count && args[i + 1].Kind == ArgKind.ConstSize) i++;
        }
        bool releases = (meta.Signature.Flags & CallFlags.Release) != 0;
        return !releases || meta.ReleaseRegister != 0
            || v.Refuse(Errno.EINVAL, $"release kernel function {meta.Signature.Name} expects refcounted PTR_TO_BTF_ID");
    }

    private bool TryArgument(int index, CallMeta meta)
    {
        int register = index + 1;
        var arg = meta.Signature.Args[index];
        if ((arg.Flags & ArgFlags.Unchecked) != 0) return true;
        // Kernel functions read registers without a check of their own: an unset one fails the type tests below.
        v.Regs.MarkRead(ref v.Regs[register]);
        var reg = v.Regs[register];
        if (arg.Kind is ArgKind.Anything or ArgKind.ConstAllocSize)
        {
            if (!reg.IsScalar) return v.Refuse(Errno.EINVAL, $"R{register} is not a scalar");
            if ((arg.Flags & ArgFlags.Constant) == 0 && arg.Kind != ArgKind.ConstAllocSize) return true;
            if (!reg.Num.IsConst) return v.Refuse(Errno.EINVAL, $"R{register} must be a known constant");
            meta.Constant = arg.Passed(reg.Num.Bits.Value);
            return v.Precision.TryMark(register);
        }
        bool nullable = (arg.Flags & ArgFlags.MaybeNull) != 0;
        bool trusting = (meta.Signature.Flags & (CallFlags.TrustedArgs | CallFlags.Release | CallFlags.Rcu)) != 0;
        if (trusting && (reg.IsNullConst || reg.MaybeNull) && !nullable)
            return v.Refuse(Errno.EACCES, $"Possibly NULL pointer passed to trusted arg{index}");
        if (reg.RefId != 0)
        {
            meta.RefId = reg.RefId;
            if ((meta.Signature.Flags & CallFlags.Release) != 0) meta.ReleaseRegister = register;
        }
        if (nullable && reg.IsNullConst && arg.Kind != ArgKind.Memory) return true;
        if (arg.Kind is ArgKind.BtfPointer or ArgKind.Allocation && trusting && !TryTrust(register, reg, meta)) return false;
        bool releasing = (meta.Signature.Flags & CallFlags.Release) != 0 && reg.RefId != 0;
        if (!v.Arguments.TryOffset(reg, register, releasing ? arg with { Flags = arg.Flags | ArgFlags.Release } : arg with { Flags = arg.Flags & ~ArgFlags.Release })) return false;
        return TryByKind(index, register, arg, reg, meta);
    }

    private bool TryTrust(int register, in RegState reg, CallMeta meta)
    {
        if (ReferenceRules.IsTrusted(reg)) return true;
        if ((meta.Signature.Flags & CallFlags.Rcu) == 0) return v.Refuse(Errno.EINVAL, $"R{register} must be referenced or trusted");
        return (reg.Flags & PtrFlags.Rcu) != 0 || v.Refuse(Errno.EINVAL, $"R{register} must be a rcu pointer");
    }

    private bool TryByKind(int index, int register, in ArgSpec arg, in RegState reg, CallMeta meta)
    {
        switch (arg.Kind)
        {
            case ArgKind.Context:
                return reg.Is(RegKind.Context) || v.Refuse(Errno.EINVAL, $"arg#{index} expected pointer to ctx, but got {StatePrinter.TypeName(reg)}");
            case ArgKind.Dynptr:
                return TryDynptr(register, arg, meta);
            case ArgKind.Iterator when (arg.Flags & ArgFlags.Creates) != 0:
                return v.Iterators.TryCreate(register, arg);
            case ArgKind.Iterator:
                if (!v.Iterators.TryUse(register, arg, out var place)) return false;
                meta.Iterator = place;
                return true;
            case ArgKind.BtfPointer:
                return TryBtf(index, register, arg, reg, meta);
            case ArgKind.ConstMapPtr:
                if (!reg.Is(RegKind.MapPtr)) return v.Refuse(Errno.EINVAL, $"pointer in R{register} isn't map pointer");
                if (meta.Map >= 0 && (meta.Map != reg.Map || meta.MapUid != reg.MapUid))
                    return v.Refuse(Errno.EINVAL, $"workqueue pointer in R1 map_uid={meta.MapUid} doesn't match map pointer in R2 map_uid={reg.MapUid}");
                (meta.Map, meta.MapUid) = (reg.Map, reg.MapUid);
                v.Facts.Map(reg.Map);
                return true;
            case ArgKind.Memory when index + 1 < meta.Signature.Args.Count && meta.Signature.Args[index + 1].Kind == ArgKind.ConstSize:
                return TrySized(index, register, arg, reg, meta);
            case ArgKind.Memory:
                return TryFixed(index, arg);
            case ArgKind.Callback:
                if (!reg.Is(RegKind.Func)) return v.Refuse(Errno.EINVAL, $"arg{index} expected pointer to func");
                meta.Callback = reg.Range;
                return true;
            case ArgKind.Allocation or ArgKind.RefcountedAllocation or ArgKind.ListHead or ArgKind.ListNode or ArgKind.RbRoot or ArgKind.RbNode:
                return v.Objects.TryArgument(index, arg, reg, meta);
            case ArgKind.WorkQueue:
                if (!reg.Is(RegKind.MapValue)) return v.Refuse(Errno.EINVAL, $"arg#{index} doesn't point to a map value");
                return v.MapValues.TryAsync(SpecialFieldKind.WorkQueue, register, meta);
            case ArgKind.ConstString:
                if (reg.Kind != RegKind.MapValue) return v.Refuse(Errno.EINVAL, $"arg#{index} doesn't point to a const string");
                return v.Arguments.TryConstString(register);
            default:
                return v.Refuse(Errno.EINVAL, $"Unrecognized arg#{index} type {arg.Kind}");
        }
    }

    private bool TryDynptr(int register, in ArgSpec arg, CallMeta meta)
    {
        if ((arg.Flags & ArgFlags.Creates) == 0)
        {
            if (!v.Dynptrs.TryUse(register, arg.Dynptr, out var info)) return false;
            meta.Dynptr = info;
            return true;
        }
        bool clones = meta.Signature.Name == DynptrClone;
        return v.Dynptrs.TryCreate(register, clones ? meta.Dynptr.Kind : arg.Dynptr, clones ? meta.Dynptr.RefId : 0);
    }

    private bool TryBtf(int index, int register, in ArgSpec arg, in RegState reg, CallMeta meta)
    {
        bool usable = reg.Kind == RegKind.BtfPtr && ((reg.Flags & ~(PtrFlags.MaybeNull | PtrFlags.Trusted | PtrFlags.Alloc)) == 0 || (reg.Flags & PtrFlags.Rcu) != 0);
        if (!usable)
            return v.Refuse(Errno.EINVAL, $"arg#{index} is {StatePrinter.TypeName(reg)} expected {StatePrinter.TypeName(reg.Kind, reg.Flags & (PtrFlags.Trusted | PtrFlags.Alloc))} or socket");
        string name = v.TypeNames[reg.Type];
        // The engines resolve the handle to its object: null must have been ruled out even where the kernel would fault softly.
        if (reg.MaybeNull && (arg.Flags & ArgFlags.MaybeNull) == 0) return v.Refuse(Errno.EACCES, $"Possibly NULL pointer passed to trusted arg{index}");
        return (name == arg.TypeName && v.Locals.Of(reg) is null && reg.Off == 0)
            || v.Refuse(Errno.EINVAL, $"kernel function {meta.Signature.Name} args#{index} expected pointer to STRUCT {arg.TypeName} but R{register} has a pointer to STRUCT {name}");
    }

    private bool TrySized(int index, int register, in ArgSpec arg, in RegState reg, CallMeta meta)
    {
        var size = v.Regs[register + 1];
        v.Regs.MarkRead(ref v.Regs[register + 1]);
        if (!size.IsScalar) return v.Refuse(Errno.EINVAL, $"R{register + 1} is not a scalar");
        bool absent = reg.IsNullConst && (arg.Flags & ArgFlags.MaybeNull) != 0;
        if (!absent && !TryBothWays(register, () => v.Arguments.TrySize(register + 1, false, true, null) && v.Arguments.TrySize(register + 1, true, true, null)))
            return v.Refuse(v.Errno, $"arg#{index} arg#{index + 1} memory, len pair leads to invalid memory access");
        bool constant = meta.Signature.ReturnSizeArg == index + 1 || (meta.Signature.Args[index + 1].Flags & ArgFlags.Constant) != 0;
        if (!constant) return true;
        if (!size.Num.IsConst) return v.Refuse(Errno.EINVAL, $"R{register + 1} must be a known constant");
        meta.Constant = meta.Signature.Args[index + 1].Passed(size.Num.Bits.Value);
        return v.Precision.TryMark(register + 1);
    }

    /// <summary>
    /// Memory of a size the type tells. 6.12 passes null on wherever this takes it; the functions there are write there without asking
    /// (bpf_crypto_ctx_create its error) and crash the kernel.
    /// </summary>
    private bool TryFixed(int index, in ArgSpec arg)
    {
        var (register, bytes) = (index + 1, arg.FixedBytes);
        var reg = v.Regs[register];
        if ((reg.IsNullConst || reg.MaybeNull) && (arg.Flags & ArgFlags.MaybeNull) == 0) return v.Refuse(Errno.EACCES, $"Possibly NULL pointer passed to arg{index}, which the kernel function does not check");
        if (reg.IsNullConst) return true;
        return TryBothWays(register, () => v.Arguments.TryMemory(register, bytes, false, true, null) && v.Arguments.TryMemory(register, bytes, true, true, null));
    }

    /// <summary>Checks memory a kernel function may read and write; it looks for null itself.</summary>
    public bool TryBothWays(int register, Func<bool> check)
    {
        var saved = v.Regs[register];
        if (saved.MaybeNull) ReferenceRules.MarkNotNull(v, ref v.Regs[register]);
        bool fine = check();
        if (saved.MaybeNull) v.Regs[register] = saved;
        return fine;
    }

    private bool TryRegions(CallMeta meta)
    {
        var flags = meta.Signature.Flags;
        string name = meta.Signature.Name;
        var cur = v.Cur;
        bool sleeps = (flags & CallFlags.Sleepable) != 0;
        if (cur.RcuLocked)
        {
            if ((flags & (CallFlags.RcuLock | CallFlags.RcuUnlock)) != 0 && v.Objects.InTreeCallback())
                return v.Refuse(Errno.EACCES, "Calling bpf_rcu_read_{lock,unlock} in unnecessary rbtree callback");
            if ((flags & CallFlags.RcuLock) != 0) return v.Refuse(Errno.EINVAL, $"nested rcu read lock (kernel function {name})");
            if ((flags & CallFlags.RcuUnlock) != 0) LeaveRcu();
            else if (sleeps) return v.Refuse(Errno.EACCES, $"kernel func {name} is sleepable within rcu_read_lock region");
        }
        else if ((flags & CallFlags.RcuLock) != 0)
        {
            cur.RcuLocked = true;
        }
        else if ((flags & CallFlags.RcuUnlock) != 0)
        {
            return v.Refuse(Errno.EINVAL, $"unmatched rcu read unlock (kernel function {name})");
        }
        if ((flags & CallFlags.PreemptDisable) != 0)
        {
            cur.PreemptDepth++;
            return true;
        }
        if ((flags & CallFlags.PreemptEnable) != 0)
        {
            if (cur.PreemptDepth == 0) return v.Refuse(Errno.EINVAL, $"unmatched attempt to enable preemption (kernel function {name})");
            cur.PreemptDepth--;
            return true;
        }
        return cur.PreemptDepth == 0 || !sleeps || v.Refuse(Errno.EACCES, $"kernel func {name} is sleepable within non-preemptible region");
    }

    private void LeaveRcu()
    {
        v.Cur.RcuLocked = false;
        Registers.ForEach(v.Cur, static (ref RegState reg) =>
        {
            if ((reg.Flags & PtrFlags.Rcu) != 0) reg.Flags = (reg.Flags & ~(PtrFlags.Rcu | PtrFlags.MaybeNull)) | PtrFlags.Untrusted;
        });
    }

    private bool TryResult(CallMeta meta)
    {
        ref var r0 = ref v.Regs[0];
        var signature = meta.Signature;
        switch (signature.Return)
        {
            case ReturnKind.Void:
                return true;
            case ReturnKind.Integer:
                r0.SetUnknown();
                return true;
            case ReturnKind.IteratorElementOrNull:
                r0.SetPointer(RegKind.Memory, PtrFlags.ReadOnly | PtrFlags.MaybeNull);
                r0.Range = signature.ReturnBytes;
                r0.Id = v.NewId();
                r0.RefId = meta.RefId != 0 ? meta.RefId : v.Cur.Frames[meta.Iterator.Frame]!.Slots[meta.Iterator.Slot].Spilled.RefId;
                return true;
        }
        if (signature.Return is ReturnKind.NewAllocationOrNull or ReturnKind.RefcountedObjectOrNull or ReturnKind.GraphNodeOrNull) return v.Objects.TryResult(meta, ref r0);
        if (!HelperRules.TryPointerResult(v, meta, ref r0)) return false;
        if (signature.Name is DynptrSlice or DynptrSliceWritable)
        {
            r0.Flags |= DynptrRules.FlagOf(meta.Dynptr.Kind);
            if (signature.Name == DynptrSlice) r0.Flags |= PtrFlags.ReadOnly;
            else if (v.Kind.Packet != Programs.PacketAccess.ReadWrite) return v.Refuse(Errno.EINVAL, "the prog does not allow writes to packet data");
        }
        if ((signature.Flags & CallFlags.Acquire) == 0) return true;
        uint id = v.References.Acquire();
        if (r0.MaybeNull) r0.Id = id;
        r0.RefId = id;
        return true;
    }
}
