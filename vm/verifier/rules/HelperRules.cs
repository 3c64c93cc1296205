using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Calls of helpers by number: arguments, effects on references and packet pointers, what R0 holds afterwards.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_helper_call.</remarks>
internal sealed class HelperRules(Verification v)
{
    public bool TryCall(HelperId id)
    {
        if (!TryFind(id, out var binding)) return false;
        var meta = new CallMeta(binding);
        if (!TryContext(meta)) return false;
        for (int i = 0; i < meta.Signature.Args.Count; i++)
            if (!v.Arguments.TryCheck(i, meta)) return false;
        if (!TryRecordMap(meta) || !TryFill(meta) || !TryRelease(meta) || !TrySpecial(meta, out bool changesPacket)) return false;
        v.Facts[v.Pc].Call = binding;
        uint packetRef = meta.RefId;
        v.Regs.ClearCallerSaved(v.Cur.Current);
        if (!TryResult(meta, packetRef)) return false;
        if (!MapCompatibility.TryCheck(v, meta)) return false;
        if (changesPacket || (meta.Signature.Flags & CallFlags.ChangesPacket) != 0) ForgetPacket();
        return true;
    }

    /// <summary>Packet data may have moved: nothing proven about it holds any more.</summary>
    public void ForgetPacket() => Registers.ForEach(v.Cur, static (ref RegState reg) =>
    {
        bool slice = reg.Kind == RegKind.Memory && (reg.Flags & (PtrFlags.DynptrSkb | PtrFlags.DynptrXdp)) != 0;
        if (reg.IsAnyPacketPointer || slice) reg.SetUnknown();
    });

    /// <summary>bpf_spin_lock and bpf_spin_unlock.</summary>
    public bool TrySpinLock(int register, CallMeta meta)
    {
        var reg = v.Regs[register];
        if (!reg.Num.IsConst) return v.Refuse(Errno.EINVAL, $"R{register} doesn't have constant offset. bpf_spin_lock has to be at the constant offset");
        bool isLock = meta.Binding.Id == HelperId.SpinLock;
        if (reg.Kind == RegKind.MapValue && v.Maps[reg.Map].Spec is { HasTypes: false } spec) return v.Refuse(Errno.EINVAL, $"map '{spec.Name}' has to have BTF in order to use bpf_spin_lock");
        var field = v.Locals.FieldsOf(reg).FirstOrDefault(known => known.Kind == SpecialFieldKind.SpinLock);
        if (field.Bytes == 0)
            return v.Refuse(Errno.EINVAL, $"{(reg.Kind == RegKind.MapValue ? $"map '{v.Maps[reg.Map].Spec.Name}'" : "local 'kptr'")} has no valid bpf_spin_lock");
        long offset = reg.Off + (long)reg.Num.Bits.Value;
        if (field.Offset != offset) return v.Refuse(Errno.EINVAL, $"off {offset} doesn't point to 'struct bpf_spin_lock' that is at {field.Offset}");
        var cur = v.Cur;
        if (isLock)
        {
            if (cur.LockOwner != 0) return v.Refuse(Errno.EINVAL, "Locking two bpf_spin_locks are not allowed");
            (cur.LockOwner, cur.LockId) = (LockOwnerOf(reg), reg.Id);
            return true;
        }
        if (cur.LockOwner == 0) return v.Refuse(Errno.EINVAL, "bpf_spin_unlock without taking a lock");
        if (cur.LockOwner != LockOwnerOf(reg) || cur.LockId != reg.Id) return v.Refuse(Errno.EINVAL, "bpf_spin_unlock of different lock");
        v.Objects.ForgetNonOwning();
        (cur.LockOwner, cur.LockId) = (0, 0);
        return true;
    }

    /// <summary>What a lock in this register's target belongs to: a map, or (-1) the program's own objects, which the register's id tells apart.</summary>
    public static int LockOwnerOf(in RegState reg) => reg.Kind == RegKind.MapValue ? reg.Map + 1 : -1;

    private bool TryFind(HelperId id, out HelperBinding binding)
    {
        string? known = id.KernelName();
        string name = known ?? "unknown";
        if (v.Kind.Helpers.TryGetValue(id, out binding!)) return true;
        if (v.Kind.KernelHelpers.Contains(id)) return v.Lack($"the helper {name}, which programs of type {v.Kind.Type} may call, is not simulated");
        return known is null
            ? v.Refuse(Errno.EINVAL, $"invalid func {name}#{id:D}")
            : v.Refuse(Errno.EINVAL, $"program of this type cannot use helper {name}#{id:D}");
    }

    private bool TryContext(CallMeta meta)
    {
        var flags = meta.Signature.Flags;
        if ((flags & CallFlags.GplOnly) != 0 && !v.IsGpl)
            return v.Refuse(Errno.EINVAL, "cannot call GPL-restricted function from non-GPL compatible program");
        if ((flags & CallFlags.Sleepable) == 0) return true;
        if (!v.InSleepable) return v.Refuse(Errno.EINVAL, "helper call might sleep in a non-sleepable prog");
        if (v.Cur.RcuLocked) return v.Refuse(Errno.EINVAL, $"sleepable helper {meta.Name} in rcu_read_lock region");
        return v.Cur.PreemptDepth == 0 || v.Refuse(Errno.EINVAL, $"sleepable helper {meta.Name} in non-preemptible region");
    }

    private bool TryRecordMap(CallMeta meta)
    {
        if (meta.Map < 0) return true;
        var map = v.Maps[meta.Map];
        if (meta.Binding.Id is HelperId.MapUpdateElem or HelperId.MapDeleteElem or HelperId.MapPushElem or HelperId.MapPopElem && !map.ProgramMayWrite) return v.Refuse(Errno.EACCES, "write into map forbidden");
        v.Facts.Map(meta.Map);
        if (meta.Binding.Id == HelperId.MapLookupElem && map.Spec.Type is MapType.Array or MapType.PerCpuArray)
            v.Facts.Key(v.Stack.IsZero(v.Regs[2], (int)map.Spec.KeySize) ? 0 : -1);
        if (meta.Binding.Id != HelperId.TailCall) return true;
        var index = v.Regs[3];
        bool known = index.IsScalar && index.Num.IsConst && index.Num.Bits.Value < map.Spec.MaxEntries;
        v.Facts.Key(known ? (long)index.Num.Bits.Value : -1);
        return !known || v.Precision.TryMark(3);
    }

    /// <summary>Simulates the stores of a callee that fills memory on the stack.</summary>
    private bool TryFill(CallMeta meta)
    {
        var (access, offset) = (v.Facts[v.Pc].Access, v.Facts[v.Pc].StackOffset);
        for (int i = 0; i < meta.FilledBytes; i++)
            if (!v.Memory.TryAccess(new Access(meta.FilledRegister, i, 1, true, MemoryRules.NoRegister))) return false;
        (v.Facts[v.Pc].Access, v.Facts[v.Pc].StackOffset) = (access, offset);
        return true;
    }

    private bool TryRelease(CallMeta meta)
    {
        int register = meta.ReleaseRegister;
        if (register == 0) return true;
        bool fine;
        if (meta.Signature.Args[register - 1].Kind == ArgKind.Dynptr) fine = v.Dynptrs.TryRelease(register);
        else if (meta.RefId != 0) fine = v.References.TryRelease(meta.RefId);
        else fine = v.Regs[register].IsNullConst;
        return fine || v.Refuse(Errno.EINVAL, $"func {meta.Name} reference has not been acquired before");
    }

    private bool TrySpecial(CallMeta meta, out bool changesPacket)
    {
        changesPacket = false;
        switch (meta.Binding.Id)
        {
            case HelperId.TailCall:
                return TryTailCall();
            case HelperId.Loop or HelperId.ForEachMapElem:
                return v.Callbacks.TryCall(meta);
            case HelperId.TimerSetCallback:
                return v.Callbacks.TryPushLater(meta, sleepable: false);
            case HelperId.Snprintf:
                return TryFormat();
            case HelperId.GetLocalStorage when !v.Regs[2].IsNullConst:
                return v.Refuse(Errno.EINVAL, "get_local_storage() doesn't support non-zero flags");
            case HelperId.DynptrFromMem when v.Regs[1].Kind != RegKind.MapValue:
                return v.Refuse(Errno.EACCES, $"Unsupported reg type {StatePrinter.TypeName(v.Regs[1])} for bpf_dynptr_from_mem data");
            case HelperId.DynptrWrite:
                changesPacket = meta.Dynptr.Kind == DynptrKind.Skb;
                return true;
            default:
                return (meta.Signature.Flags & CallFlags.CallsBack) == 0 || v.Refuse(Errno.EFAULT, $"verifier internal error: no rule for callbacks of {meta.Name}");
        }
    }

    /// <summary>bpf_snprintf: the format is constant, and so is how many numbers it is given. Source: Linux 6.12 kernel/bpf/verifier.c, check_bpf_snprintf_call.</summary>
    private bool TryFormat()
    {
        var (format, bytes) = (v.Regs[3], v.Regs[5].Num.Bits.Value);
        if (bytes % sizeof(ulong) != 0) return v.RefuseSilently(Errno.EINVAL);
        var text = v.Maps[format.Map].Spec.Contents.AsSpan(format.Off + (int)format.Num.Bits.Value);
        return GuestFormat.IsValid(text, bytes / sizeof(ulong)) || v.Refuse(Errno.EINVAL, "Invalid format string");
    }

    private bool TryTailCall()
    {
        if (v.Cur.LockOwner != 0) return v.Refuse(Errno.EINVAL, "tail_call cannot be used inside bpf_spin_lock-ed region");
        if (!v.References.HoldsNothing()) return v.Refuse(Errno.EINVAL, "tail_call would lead to reference leak");
        if (v.Cur.RcuLocked) return v.Refuse(Errno.EINVAL, "tail_call cannot be used inside bpf_rcu_read_lock-ed region");
        if (v.Cur.PreemptDepth != 0) return v.Refuse(Errno.EINVAL, "tail_call cannot be used inside bpf_preempt_disable-ed region");
        // What the program called returns, nobody has checked to be what a callback may. 6.12 does not see it, later kernels trip over it.
        return !v.Cur.Current.InCallback || v.Refuse(Errno.EINVAL, "tail_call cannot be used inside a callback");
    }

    private bool TryResult(CallMeta meta, uint refId)
    {
        ref var r0 = ref v.Regs[0];
        var signature = meta.Signature;
        switch (signature.Return)
        {
            case ReturnKind.Void:
                return true;
            case ReturnKind.Integer:
                r0.SetUnknown();
                return TryRefine(meta, ref r0);
            case ReturnKind.MapValue or ReturnKind.MapValueOrNull:
                if (meta.Map < 0) return v.Refuse(Errno.EINVAL, "kernel subsystem misconfigured verifier");
                r0.SetPointer(RegKind.MapValue, signature.Return == ReturnKind.MapValueOrNull ? PtrFlags.MaybeNull : 0);
                (r0.Map, r0.MapUid) = (meta.Map, meta.MapUid);
                if (r0.MaybeNull || v.Maps[meta.Map].HasSpinLock) r0.Id = v.NewId();
                break;
            default:
                if (!TryPointerResult(v, meta, ref r0)) return false;
                break;
        }
        bool casts = meta.Binding.Id is HelperId.SkFullsock or HelperId.TcpSock or (>= HelperId.SkcToTcp6Sock and <= HelperId.SkcToUdp6Sock) or HelperId.SkcToMptcpSock;
        // A cast keeps the reference of what was cast, and a slice of a record that of the record.
        if (casts || meta.Binding.Id == HelperId.DynptrData) r0.RefId = refId != 0 ? refId : meta.Dynptr.RefId;
        else if ((signature.Flags & CallFlags.Acquire) != 0 || LooksUpSocket(meta)) r0.Id = r0.RefId = v.References.Acquire();
        return true;
    }

    /// <summary>A socket taken out of a map has to be given back. Source: is_acquire_function.</summary>
    private bool LooksUpSocket(CallMeta meta) =>
        meta.Binding.Id == HelperId.MapLookupElem && meta.Map >= 0 && v.Maps[meta.Map].Spec.Type is MapType.SockMap or MapType.SockHash;

    /// <summary>R0 after a call that returns a pointer other than a map value.</summary>
    public static bool TryPointerResult(Verification v, CallMeta meta, ref RegState r0)
    {
        var signature = meta.Signature;
        var (kind, flags) = signature.Return switch
        {
            ReturnKind.Memory => (RegKind.Memory, PtrFlags.None),
            ReturnKind.MemoryOrNull => (RegKind.Memory, PtrFlags.MaybeNull),
            ReturnKind.RingBufMemoryOrNull => (RegKind.Memory, PtrFlags.MaybeNull | PtrFlags.RingBuf),
            ReturnKind.DynptrMemoryOrNull => (RegKind.Memory, PtrFlags.MaybeNull),
            ReturnKind.SocketOrNull => (RegKind.Socket, PtrFlags.MaybeNull),
            ReturnKind.TcpSockOrNull => (RegKind.TcpSock, PtrFlags.MaybeNull),
            ReturnKind.SockCommonOrNull => (RegKind.SockCommon, PtrFlags.MaybeNull),
            ReturnKind.BtfPointer => (RegKind.BtfPtr, PtrFlags.None),
            ReturnKind.BtfPointerOrNull or ReturnKind.KptrOrNull => (RegKind.BtfPtr, PtrFlags.MaybeNull),
            _ => (RegKind.NotInit, PtrFlags.None),
        };
        if (kind == RegKind.NotInit) return v.Refuse(Errno.EINVAL, $"unknown return type {signature.Return} of func {meta.Name}");
        r0.SetPointer(kind, flags);
        if (r0.MaybeNull) r0.Id = v.NewId();
        if (signature.Return == ReturnKind.KptrOrNull && meta.Kptr.TypeId != 0)
        {
            if (!v.Locals.TryFind(meta.Kptr.TypeId, out r0.Type)) return v.Refuse(Errno.EINVAL, $"struct {meta.Kptr.TypeName} cannot be used for objects");
            r0.Flags |= PtrFlags.Alloc;
        }
        else if (kind == RegKind.BtfPtr) r0.Type = v.TypeNumber((signature.Return == ReturnKind.KptrOrNull ? meta.Kptr.TypeName : signature.ReturnTypeName) ?? "");
        if (kind != RegKind.Memory) return true;
        // The kernel keeps the low half of the size. A callee that gets more of it (bpf_ringbuf_reserve) gives more memory or none. No offset
        // reaches 2^31, so that a greater size is as good as that one.
        uint bytes = signature.ReturnBytes > 0 ? (uint)signature.ReturnBytes : (uint)meta.Constant;
        r0.Range = (int)Math.Min(bytes, int.MaxValue);
        if (signature.Return == ReturnKind.DynptrMemoryOrNull) r0.DynptrId = meta.Dynptr.Id;
        return true;
    }

    private bool TryRefine(CallMeta meta, ref RegState r0)
    {
        if (meta.Binding.Id != HelperId.GetSmpProcessorId) return true;
        int last = v.Options.Processors - 1;
        (r0.Num.UMin, r0.Num.UMax, r0.Num.SMin, r0.Num.SMax) = (0, (ulong)last, 0, last);
        (r0.Num.UMin32, r0.Num.UMax32, r0.Num.SMin32, r0.Num.SMax32) = (0, (uint)last, 0, last);
        r0.Num.Sync();
        return v.TrySettle(ref r0, "retval");
    }
}
