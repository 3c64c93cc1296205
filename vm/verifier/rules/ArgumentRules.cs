using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Whether a register is what an argument of a helper must be.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_func_arg, check_reg_type, check_func_arg_reg_off.</remarks>
internal sealed class ArgumentRules(Verification v)
{
    private static readonly (RegKind, PtrFlags)[] s_memory =
    [
        (RegKind.Stack, 0), (RegKind.Packet, 0), (RegKind.PacketMeta, 0), (RegKind.MapKey, 0), (RegKind.MapValue, 0), (RegKind.Memory, 0),
        (RegKind.Memory, PtrFlags.RingBuf), (RegKind.Buffer, 0), (RegKind.BtfPtr, PtrFlags.Trusted),
    ];

    private static readonly (RegKind, PtrFlags)[] s_sockets = [(RegKind.SockCommon, 0), (RegKind.Socket, 0), (RegKind.TcpSock, 0), (RegKind.XdpSock, 0)];

    private static readonly (RegKind, PtrFlags)[] s_anySocket = [.. s_sockets, (RegKind.BtfPtr, 0), (RegKind.BtfPtr, PtrFlags.Trusted)];

    private static readonly (RegKind, PtrFlags)[] s_perCpu = [(RegKind.BtfPtr, PtrFlags.PerCpu), (RegKind.BtfPtr, PtrFlags.PerCpu | PtrFlags.Rcu), (RegKind.BtfPtr, PtrFlags.PerCpu | PtrFlags.Trusted)];

    /// <summary>Kernel structs that begin with a sock_common. Source: Linux 6.12 include/net/sock.h and those that embed struct sock.</summary>
    private static readonly HashSet<string> s_socketStructs =
        ["sock_common", "sock", "inet_sock", "inet_connection_sock", "tcp_sock", "tcp6_sock", "udp_sock", "udp6_sock", "unix_sock", "mptcp_sock", "request_sock", "inet_request_sock",
            "tcp_request_sock", "inet_timewait_sock", "tcp_timewait_sock"];

    private static readonly (RegKind, PtrFlags)[] s_btf = [(RegKind.BtfPtr, 0), (RegKind.BtfPtr, PtrFlags.Trusted), (RegKind.BtfPtr, PtrFlags.Rcu)];

    /// <summary>Checks one argument of a helper.</summary>
    public bool TryCheck(int index, CallMeta meta)
    {
        int register = index + 1;
        if (!TryResolve(meta.Signature.Args[index], meta, out var arg)) return false;
        if ((arg.Flags & ArgFlags.Unchecked) != 0) return true;
        if (!v.Regs.TryRead(register)) return false;
        if (arg.Kind == ArgKind.Anything && (arg.Flags & ArgFlags.Constant) == 0) return v.MayShow(v.Regs[register], $"R{register} leaks addr into helper function");
        var reg = v.Regs[register];
        bool takesPacket = v.Kind.Packet != Programs.PacketAccess.None && (meta.Signature.Flags & CallFlags.TakesPacket) != 0;
        if (reg.IsAnyPacketPointer && !takesPacket) return v.Refuse(Errno.EACCES, "helper access to the packet is not allowed");
        bool nullGiven = reg.IsNullConst && (arg.Flags & ArgFlags.MaybeNull) != 0;
        if (nullGiven)
        {
            if (!v.Precision.TryMark(register)) return false;
        }
        else if (!TryType(register, arg, index, meta) || !TryOffset(reg, register, arg))
        {
            return false;
        }
        return TryReference(register, arg, meta) && TryByKind(register, arg, index, meta, nullGiven);
    }

    /// <summary>A pointer that must not have been moved, or only by a constant.</summary>
    public bool TryPointerOffset(in RegState reg, int register, bool fixedAllowed)
    {
        string name = StatePrinter.TypeName(reg);
        if (reg.Off < 0) return v.Refuse(Errno.EACCES, $"negative offset {name} ptr R{register} off={reg.Off} disallowed");
        if (!fixedAllowed && reg.Off != 0) return v.Refuse(Errno.EACCES, $"dereference of modified {name} ptr R{register} off={reg.Off} disallowed");
        return reg.Num.IsZero || v.Refuse(Errno.EACCES, $"variable {name} access var_off={StatePrinter.TnumText(reg.Num.Bits)} disallowed");
    }

    /// <summary>Which offsets an argument of this kind may carry.</summary>
    public bool TryOffset(in RegState reg, int register, in ArgSpec arg)
    {
        if ((arg.Flags & ArgFlags.Release) != 0)
        {
            if (arg.Kind == ArgKind.Dynptr && reg.Kind == RegKind.Stack) return true;
            if (reg.Off != 0)
                return v.Refuse(Errno.EINVAL, $"R{register} must have zero offset when passed to release func or trusted arg to kfunc");
            return TryPointerOffset(reg, register, fixedAllowed: false);
        }
        switch (reg.Kind)
        {
            case RegKind.Stack or RegKind.Packet or RegKind.PacketMeta or RegKind.MapKey or RegKind.MapValue or RegKind.Arena or RegKind.Scalar
                when reg.Flags == PtrFlags.None:
                return true;
            case RegKind.Memory when (reg.Flags & ~(PtrFlags.ReadOnly | PtrFlags.RingBuf | PtrFlags.AnyDynptr)) == 0:
                return true;
            default:
                const PtrFlags nonOwning = PtrFlags.Alloc | PtrFlags.NonOwning;
                bool movable = reg.Kind == RegKind.BtfPtr && reg.Flags is PtrFlags.None or PtrFlags.Alloc or PtrFlags.Trusted or PtrFlags.Rcu or nonOwning or (nonOwning | PtrFlags.Rcu);
                return TryPointerOffset(reg, register, movable);
        }
    }

    /// <summary>Memory a callee reads or writes.</summary>
    /// <param name="register">Register with the address.</param>
    /// <param name="bytes">How much.</param>
    /// <param name="writes">True when it writes.</param>
    /// <param name="zeroAllowed">True when the size may be 0.</param>
    /// <param name="meta">Call to note memory to be filled in; null when the memory must be initialised.</param>
    public bool TryMemory(int register, int bytes, bool writes, bool zeroAllowed, CallMeta? meta)
    {
        var reg = v.Regs[register];
        switch (reg.Kind)
        {
            case RegKind.Packet or RegKind.PacketMeta:
                return v.Memory.TryPacket(register, reg.Off, bytes, zeroAllowed);
            case RegKind.MapKey:
                if (writes) return v.Refuse(Errno.EACCES, $"R{register} cannot write into {StatePrinter.TypeName(reg)}");
                return v.Memory.TryRegion(register, reg.Off, bytes, v.Maps[reg.Map].Spec.KeySize, zeroAllowed: false);
            case RegKind.MapValue:
                return (v.MapValues.TryDirection(v.Maps[reg.Map], reg.Off, bytes, writes) || v.RefuseSilently(Errno.EACCES))
                    && v.MapValues.TryRange(register, reg.Off, bytes, zeroAllowed, byHelper: true);
            case RegKind.Memory:
                if (writes && (reg.Flags & PtrFlags.ReadOnly) != 0) return v.Refuse(Errno.EACCES, $"R{register} cannot write into {StatePrinter.TypeName(reg)}");
                return v.Memory.TryRegion(register, reg.Off, bytes, (uint)reg.Range, zeroAllowed);
            case RegKind.Stack:
                if (!v.Stack.TryRange(register, bytes, zeroAllowed, writes, fills: meta is not null)) return false;
                if (meta is not null && reg.Num.IsConst) (meta.FilledRegister, meta.FilledBytes) = (register, bytes);
                return true;
            default:
                if (zeroAllowed && bytes == 0 && reg.IsNullConst) return true;
                return v.Refuse(Errno.EACCES, $"R{register} type={StatePrinter.TypeName(reg)} expected=fp");
        }
    }

    /// <summary>A size argument and the memory in the register before it.</summary>
    public bool TrySize(int register, bool writes, bool zeroAllowed, CallMeta? filled)
    {
        var size = v.Regs[register].Num;
        if (size.SMin < 0) return v.Refuse(Errno.EACCES, $"R{register} min value is negative, either use unsigned or 'var &= const'");
        if (size.UMin == 0 && !zeroAllowed) return v.Refuse(Errno.EACCES, $"R{register} invalid zero-sized read: u64=[{(long)size.UMin},{(long)size.UMax}]");
        if (size.UMax >= Verification.MaxVariableSize)
            return v.Refuse(Errno.EACCES, $"R{register} unbounded memory access, use 'var &= const' or 'if (var < const)'");
        // Only a known size says which bytes are filled for sure; otherwise they must hold something before.
        return TryMemory(register - 1, (int)size.UMax, writes, zeroAllowed, size.IsConst ? filled : null) && v.Precision.TryMark(register);
    }

    /// <summary>A constant NUL-terminated string in a map no one can change.</summary>
    public bool TryConstString(int register)
    {
        var reg = v.Regs[register];
        if (reg.Kind != RegKind.MapValue || reg.MaybeNull) return v.RefuseSilently(Errno.EINVAL);
        var map = v.Maps[reg.Map];
        if (!map.IsConstant) return v.Refuse(Errno.EACCES, $"R{register} does not point to a readonly map'");
        if (!reg.Num.IsConst) return v.Refuse(Errno.EACCES, $"R{register} is not a constant address'");
        int at = reg.Off + (int)reg.Num.Bits.Value;
        if (!v.MapValues.TryRange(register, reg.Off, (int)map.Spec.ValueSize - reg.Off, zeroAllowed: false, byHelper: true)) return false;
        return map.Spec.Contents.AsSpan(at, (int)map.Spec.ValueSize - at).Contains((byte)0) || v.Refuse(Errno.EINVAL, "string is not zero-terminated");
    }

    /// <summary>What is stored in maps of sockets is a socket, not bytes. Source: resolve_map_arg_type.</summary>
    private bool TryResolve(in ArgSpec declared, CallMeta meta, out ArgSpec arg)
    {
        arg = declared;
        bool stores = declared.Kind == ArgKind.MapValue && meta.Map >= 0 && v.Maps[meta.Map].Spec.Type is MapType.SockMap or MapType.SockHash;
        if (!stores) return true;
        if ((declared.Flags & ArgFlags.Uninit) != 0) return v.Refuse(Errno.EINVAL, "invalid arg_type for sockmap/sockhash");
        arg = declared with { Kind = ArgKind.SockCommon, Flags = ArgFlags.None };
        return true;
    }

    private bool TryReference(int register, in ArgSpec arg, CallMeta meta)
    {
        var reg = v.Regs[register];
        if ((arg.Flags & ArgFlags.Release) != 0)
        {
            if (arg.Kind == ArgKind.Dynptr)
            {
                if (reg.Kind != RegKind.Stack) return v.Refuse(Errno.EINVAL, "cannot release unowned const bpf_dynptr");
                if (!v.Dynptrs.IsAcquired(register)) return v.Refuse(Errno.EINVAL, $"arg {register} is an unacquired reference");
            }
            else if (reg.RefId == 0 && !reg.IsNullConst)
            {
                return v.Refuse(Errno.EINVAL, $"R{register} must be referenced when passed to release function");
            }
            meta.ReleaseRegister = register;
        }
        if (reg.RefId == 0 || arg.Kind == ArgKind.KptrField) return true;
        if (meta.RefId != 0)
            return v.Refuse(Errno.EFAULT, $"verifier internal error: more than one arg with ref_obj_id R{register} {reg.RefId} {meta.RefId}");
        meta.RefId = reg.RefId;
        return true;
    }

    private bool TryByKind(int register, in ArgSpec arg, int index, CallMeta meta, bool nullGiven)
    {
        var reg = v.Regs[register];
        bool writes = (arg.Flags & ArgFlags.ReadOnly) == 0;
        var fills = (arg.Flags & ArgFlags.Uninit) != 0 ? meta : null;
        switch (arg.Kind)
        {
            case ArgKind.Anything:
                if (!reg.IsScalar || !reg.Num.IsConst) return v.Refuse(Errno.EACCES, $"R{register} is not a known constant'");
                return v.Precision.TryMark(register);
            case ArgKind.ConstMapPtr:
                if (meta.Map >= 0 && (meta.Map != reg.Map || meta.MapUid != reg.MapUid))
                    return v.Refuse(Errno.EINVAL, $"timer pointer in R1 map_uid={meta.MapUid} doesn't match map pointer in R2 map_uid={reg.MapUid}");
                (meta.Map, meta.MapUid) = (reg.Map, reg.MapUid);
                return true;
            case ArgKind.MapKey:
                if (meta.Map < 0) return v.Refuse(Errno.EACCES, "invalid map_ptr to access map->key");
                return TryMemory(register, (int)v.Maps[meta.Map].Spec.KeySize, writes: false, zeroAllowed: false, null);
            case ArgKind.MapValue when nullGiven:
                return true;
            case ArgKind.MapValue:
                if (meta.Map < 0) return v.Refuse(Errno.EACCES, "invalid map_ptr to access map->value");
                return TryMemory(register, (int)v.Maps[meta.Map].Spec.ValueSize, fills is not null, zeroAllowed: false, fills);
            case ArgKind.Memory when arg.Flags.HasFlag(ArgFlags.FixedSize) && !nullGiven:
                return TryMemory(register, arg.FixedBytes, writes, zeroAllowed: false, fills)
                    && v.Memory.TryAlignment(reg, 0, arg.FixedBytes, strictly: (arg.Flags & ArgFlags.Aligned) != 0);
            case ArgKind.ConstSize:
                var memory = meta.Signature.Args[index - 1];
                // 6.12 forgets here that the address may be null, and so do the helpers: they would read at 0.
                if (v.Regs[register - 1].MaybeNull && reg.IsScalar && reg.Num.UMax > 0) return v.Refuse(Errno.EACCES, $"Possibly NULL pointer passed to helper arg{register - 1}");
                return TrySize(register, (memory.Flags & ArgFlags.ReadOnly) == 0, (arg.Flags & ArgFlags.OrZero) != 0,
                    (memory.Flags & ArgFlags.Uninit) != 0 ? meta : null);
            case ArgKind.ConstAllocSize:
                if (!reg.Num.IsConst) return v.Refuse(Errno.EACCES, $"R{register} is not a known constant'");
                meta.Constant = arg.Passed(reg.Num.Bits.Value);
                return v.Precision.TryMark(register);
            case ArgKind.Dynptr when !nullGiven:
                return TryDynptr(register, arg, meta);
            case ArgKind.SpinLock when v.Objects.InTreeCallback():
                return v.Refuse(Errno.EACCES, "can't spin_{lock,unlock} in rbtree cb");
            case ArgKind.SpinLock:
                return v.Helpers.TrySpinLock(register, meta);
            case ArgKind.KptrField:
                return TryKptrField(register, meta);
            case ArgKind.BtfPointer when meta.Binding.Id == HelperId.KptrXchg && !nullGiven:
                return v.References.TryKptrMatch(meta.Kptr, register) || v.RefuseSilently(Errno.EACCES);
            case ArgKind.ConstString:
                return TryConstString(register);
            case ArgKind.Callback:
                meta.Callback = reg.Range;
                return true;
            case ArgKind.Timer:
                return v.MapValues.TryAsync(SpecialFieldKind.Timer, register, meta);
            case ArgKind.WorkQueue or ArgKind.Iterator or ArgKind.Arena:
                return v.Refuse(Errno.EFAULT, $"verifier internal error: unsupported arg type {arg.Kind}");
            default:
                return true;
        }
    }

    private bool TryDynptr(int register, in ArgSpec arg, CallMeta meta)
    {
        if ((arg.Flags & ArgFlags.Creates) != 0) return v.Dynptrs.TryCreate(register, arg.Dynptr, 0);
        if (!v.Dynptrs.TryUse(register, arg.Dynptr, out var info)) return false;
        meta.Dynptr = info;
        return true;
    }

    private bool TryKptrField(int register, CallMeta meta)
    {
        var reg = v.Regs[register];
        var fields = v.Locals.FieldsOf(reg);
        if (!reg.Num.IsConst) return v.Refuse(Errno.EINVAL, $"R{register} doesn't have constant offset. kptr has to be at the constant offset");
        bool any = fields.Any(f => f.Kind is SpecialFieldKind.Kptr or SpecialFieldKind.KptrUntrusted or SpecialFieldKind.KptrPerCpu);
        if (!any) return v.Refuse(Errno.EINVAL, $"R{register} has no valid kptr");
        long offset = reg.Off + (long)reg.Num.Bits.Value;
        foreach (var field in fields)
        {
            if (field.Offset != offset) continue;
            if (field.Kind is not (SpecialFieldKind.Kptr or SpecialFieldKind.KptrPerCpu))
                return v.Refuse(Errno.EACCES, $"off={offset} kptr isn't referenced kptr");
            meta.Kptr = field;
            if (reg.Kind == RegKind.MapValue) meta.Map = reg.Map;
            return true;
        }
        return v.Refuse(Errno.EACCES, $"off={offset} doesn't point to kptr");
    }

    private bool TryType(int register, in ArgSpec arg, int index, CallMeta meta)
    {
        var reg = v.Regs[register];
        var flags = reg.Flags;
        if ((arg.Flags & ArgFlags.ReadOnly) != 0 || arg.Kind is ArgKind.MapKey) flags &= ~PtrFlags.ReadOnly;
        if ((arg.Flags & ArgFlags.MaybeNull) != 0) flags &= ~PtrFlags.MaybeNull;
        if (arg.Kind == ArgKind.Memory) flags &= ~PtrFlags.AnyDynptr;
        if (meta.Binding.Id == HelperId.KptrXchg && arg.Kind == ArgKind.BtfPointer) flags &= ~(PtrFlags.Alloc | PtrFlags.PerCpu);
        var allowed = Allowed(arg, index, meta);
        foreach (var (kind, wanted) in allowed)
            if (reg.Kind == kind && flags == wanted) return reg.Kind != RegKind.BtfPtr || TryBtf(register, arg, meta, allowed == s_memory);
        string names = string.Join(", ", allowed.Select(a => StatePrinter.TypeName(a.Kind, a.Flags)));
        return v.Refuse(Errno.EACCES, $"R{register} type={StatePrinter.TypeName(reg)} expected={names}");
    }

    private static (RegKind Kind, PtrFlags Flags)[] Allowed(in ArgSpec arg, int index, CallMeta meta)
    {
        var args = meta.Signature.Args;
        bool sized = index + 1 < args.Count && args[index + 1].Kind == ArgKind.ConstSize;
        return arg.Kind switch
        {
            // Memory without a size is what a callback gets passed on: only the stack will do.
            ArgKind.Memory when !sized && (arg.Flags & ArgFlags.FixedSize) == 0 => [(RegKind.Stack, 0)],
            ArgKind.Memory or ArgKind.MapKey or ArgKind.MapValue => s_memory,
            ArgKind.ConstSize or ArgKind.ConstAllocSize or ArgKind.Anything => [(RegKind.Scalar, 0)],
            ArgKind.ConstMapPtr => [(RegKind.MapPtr, 0)],
            ArgKind.Context => [(RegKind.Context, 0)],
            ArgKind.SockCommon => s_sockets,
            ArgKind.AnySocket => s_anySocket,
            ArgKind.PerCpuBtfPointer => s_perCpu,
            ArgKind.Socket => [(RegKind.Socket, 0)],
            ArgKind.SpinLock or ArgKind.KptrField => [(RegKind.MapValue, 0), (RegKind.BtfPtr, PtrFlags.Alloc)],
            ArgKind.RingBufMemory => [(RegKind.Memory, PtrFlags.RingBuf)],
            ArgKind.Callback => [(RegKind.Func, 0)],
            ArgKind.Dynptr => [(RegKind.Stack, 0), (RegKind.Dynptr, 0)],
            ArgKind.BtfPointer => s_btf,
            _ => [(RegKind.MapValue, 0)],
        };
    }

    private bool TryBtf(int register, in ArgSpec arg, CallMeta meta, bool asMemory)
    {
        var reg = v.Regs[register];
        string name = v.TypeNames[reg.Type];
        // Objects are handles: there are no bytes a helper could take from them.
        if (asMemory) return v.Refuse(Errno.EACCES, $"{meta.Signature.Name}() may write into memory pointed by R{register} type={StatePrinter.TypeName(reg)}");
        if (arg.Kind is ArgKind.SpinLock or ArgKind.KptrField) return true;
        if (reg.IsAllocated && reg.Flags != PtrFlags.Alloc)
            return v.Refuse(Errno.EFAULT, "verifier internal error: invalid PTR_TO_BTF_ID register for type match");
        if (reg.MaybeNull && ((arg.Flags & ArgFlags.MaybeNull) == 0 || (arg.Flags & ArgFlags.Release) != 0))
            return v.Refuse(Errno.EACCES, $"Possibly NULL pointer passed to helper arg{register}");
        if (arg.Kind == ArgKind.AnySocket)
            return s_socketStructs.Contains(name) || v.Refuse(Errno.EACCES, $"R{register} is of type {name} but sock_common is expected");
        if (arg.Kind == ArgKind.PerCpuBtfPointer) return true;
        if (meta.Binding.Id == HelperId.KptrXchg || (name == arg.TypeName && v.Locals.Of(reg) is null)) return true;
        return v.Refuse(Errno.EACCES, $"R{register} is of type {name} but {arg.TypeName} is expected");
    }
}
