using Vm.Abi;
using Vm.Isa;
using Vm.Programs;
using Vm.Proofs;
using Vm.Verifier.Numbers;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Loads, stores and atomics, by the kind of memory the pointer leads to.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_mem_access and its branches.</remarks>
internal sealed class MemoryRules(Verification v)
{
    /// <summary>No register takes part in the access.</summary>
    public const int NoRegister = -1;

    public bool TryLoad(in Insn insn)
    {
        if (!v.Regs.TryRead(insn.Src) || !v.Regs.TryWrite(insn.Dst)) return false;
        var pointer = v.Regs[insn.Src];
        return TryAccess(new Access(insn.Src, insn.Off, insn.SizeBytes, false, insn.Dst) { SignExtends = insn.SignExtends })
            && v.Facts.TryPointer(pointer, trustMayDiffer: true)
            && v.TrySettle(ref v.Regs[insn.Dst], "ldx");
    }

    public bool TryStore(in Insn insn)
    {
        bool fromRegister = insn.Form == Form.StoreSrc;
        if ((fromRegister && !v.Regs.TryRead(insn.Src)) || !v.Regs.TryRead(insn.Dst)) return false;
        var pointer = v.Regs[insn.Dst];
        return TryAccess(new Access(insn.Dst, insn.Off, insn.SizeBytes, true, fromRegister ? insn.Src : NoRegister))
            && v.Facts.TryPointer(pointer, trustMayDiffer: false);
    }

    public bool TryAtomic(in Insn insn)
    {
        if (!v.Regs.TryRead(insn.Src) || !v.Regs.TryRead(insn.Dst)) return false;
        bool compares = insn.AtomicKind == AtomicKind.CmpXchg;
        if (compares && !v.Regs.TryRead(0)) return false;
        if (!v.MayShow(v.Regs[insn.Src], $"R{insn.Src} leaks addr into mem") || (compares && !v.MayShow(v.Regs[0], "R0 leaks addr into mem"))) return false;
        var pointer = v.Regs[insn.Dst];
        if (pointer.Kind == RegKind.Context || pointer.IsAnyPacketPointer || pointer.IsSocket)
            return v.Refuse(Errno.EACCES, $"BPF_ATOMIC stores into R{insn.Dst} {StatePrinter.TypeName(pointer)} is not allowed");
        int fetched = !insn.Fetches ? NoRegister : compares ? 0 : insn.Src;
        if (fetched >= 0 && !v.Regs.TryWriteUnknown(fetched)) return false;
        var access = new Access(insn.Dst, insn.Off, insn.SizeBytes, false, NoRegister) { Aligned = true };
        return TryAccess(access)
            && (fetched < 0 || TryAccess(access with { Value = fetched }))
            && v.Facts.TryPointer(v.Regs[insn.Dst], trustMayDiffer: false)
            && TryAccess(access with { Writes = true });
    }

    /// <summary>One access through a register, by an instruction or on behalf of a call.</summary>
    public bool TryAccess(in Access access)
    {
        var pointer = v.Regs[access.Pointer];
        if (!TryAlignment(pointer, access.Offset, access.Bytes, access.Aligned)) return false;
        if (access.Writes && access.Value >= 0 && pointer.Kind != RegKind.Stack && !v.MayShow(v.Regs[access.Value], $"R{access.Value} leaks addr into {Place(pointer)}")) return false;
        if (!TryByKind(pointer, access)) return false;
        if (access.Writes || access.Value < 0 || access.Bytes == 8 || !v.Regs[access.Value].IsScalar) return true;
        ref var loaded = ref v.Regs[access.Value];
        if (!access.SignExtends)
        {
            ScalarArithmetic.Truncate(ref loaded.Num, access.Bytes);
            return true;
        }
        // A spilled number that comes back with another sign is another number. 6.12 keeps the link to what was spilled, and so believes
        // of that whatever a comparison teaches about this.
        if (loaded.Num.UMax >= 1ul << (access.Bytes * 8 - 1)) loaded.ClearLink();
        ScalarArithmetic.SignExtend64(ref loaded.Num, access.Bytes);
        return true;
    }

    /// <summary>Addresses must be multiples of the access size: always for stack and atomics, elsewhere only when asked for.</summary>
    public bool TryAlignment(in RegState pointer, int offset, int bytes, bool strictly)
    {
        bool strict = strictly || v.Options.StrictAlignment || pointer.Kind == RegKind.Stack;
        if (!strict || bytes == 1 || pointer.Kind == RegKind.Arena) return true;
        const int ethernetAlign = 2;
        int bias = pointer.IsPacketPointer ? ethernetAlign : 0;
        var address = pointer.Num.Bits + Tnum.Const((ulong)(bias + pointer.Off + offset));
        if (address.IsAligned(bytes)) return true;
        string variable = StatePrinter.TnumText(pointer.Num.Bits);
        if (bias != 0) return v.Refuse(Errno.EACCES, $"misaligned packet access off {bias}+{variable}+{pointer.Off}+{offset} size {bytes}");
        string what = pointer.Kind switch
        {
            RegKind.MapKey => "key ",
            RegKind.MapValue => "value ",
            RegKind.Context => "context ",
            RegKind.Stack => "stack ",
            RegKind.Socket => "sock ",
            RegKind.SockCommon => "sock_common ",
            RegKind.TcpSock => "tcp_sock ",
            RegKind.XdpSock => "xdp_sock ",
            _ => "",
        };
        return v.Refuse(Errno.EACCES, $"misaligned {what}access off {variable}+{pointer.Off}+{offset} size {bytes}");
    }

    /// <summary>A range of memory of known size, at a fixed offset from a pointer that may have a variable one.</summary>
    public bool TryRegion(int register, int offset, int bytes, uint size, bool zeroAllowed)
    {
        var reg = v.Regs[register];
        long lowest = unchecked(reg.Num.SMin + offset);
        if (reg.Num.SMin < 0 && (reg.Num.SMin == long.MinValue || lowest != (int)lowest || lowest < 0))
            return v.Refuse(Errno.EACCES, $"R{register} min value is negative, either use unsigned index or do a if (index >=0) check.");
        if (!TryBounds(register, lowest, bytes, size, zeroAllowed))
            return v.Refuse(Errno.EACCES, $"R{register} min value is outside of the allowed memory range");
        if (reg.Num.UMax >= Verification.MaxVariableOffset)
            return v.Refuse(Errno.EACCES, $"R{register} unbounded memory access, make sure to bounds check any such access");
        return TryBounds(register, (long)reg.Num.UMax + offset, bytes, size, zeroAllowed)
            || v.Refuse(Errno.EACCES, $"R{register} max value is outside of the allowed memory range");
    }

    /// <summary>Packet bytes must lie in what a comparison with the end has proven.</summary>
    public bool TryPacket(int register, int offset, int bytes, bool zeroAllowed)
    {
        var reg = v.Regs[register];
        if (reg.Num.SMin < 0)
            return v.Refuse(Errno.EACCES, $"R{register} min value is negative, either use unsigned index or do a if (index >=0) check.");
        if (reg.Range < 0) return v.Refuse(Errno.EINVAL, $"R{register} offset is outside of the packet");
        return TryBounds(register, offset, bytes, (uint)reg.Range, zeroAllowed) || v.Refuse(Errno.EACCES, $"R{register} offset is outside of the packet");
    }

    private bool TryBounds(int register, long offset, int bytes, uint size, bool zeroAllowed)
    {
        if (offset >= 0 && (bytes > 0 || (bytes == 0 && zeroAllowed)) && offset + bytes <= size) return true;
        var reg = v.Regs[register];
        v.Say(reg.Kind switch
        {
            RegKind.MapKey => $"invalid access to map key, key_size={size} off={(int)offset} size={bytes}",
            RegKind.MapValue => $"invalid access to map value, value_size={size} off={(int)offset} size={bytes}",
            RegKind.Packet or RegKind.PacketMeta or RegKind.PacketEnd =>
                $"invalid access to packet, off={(int)offset} size={bytes}, R{register}(id={reg.Id},off={(int)offset},r={size})",
            _ => $"invalid access to memory, mem_size={size} off={(int)offset} size={bytes}",
        });
        return false;
    }

    private bool TryByKind(RegState pointer, in Access access)
    {
        int offset = unchecked(access.Offset + pointer.Off);
        switch (pointer.Kind)
        {
            case RegKind.MapKey when pointer.Flags == PtrFlags.None:
                if (access.Writes) return v.Refuse(Errno.EACCES, $"write to change key R{access.Pointer} not allowed");
                return TryRegion(access.Pointer, offset, access.Bytes, v.Maps[pointer.Map].Spec.KeySize, false) && Loaded(access, AccessKind.Memory);
            case RegKind.MapValue when pointer.Flags == PtrFlags.None:
                return v.MapValues.TryAccess(pointer, offset, access);
            case RegKind.Memory when !pointer.MaybeNull:
                if (access.Writes && (pointer.Flags & PtrFlags.ReadOnly) != 0) return CannotWrite(pointer, access);
                return TryRegion(access.Pointer, offset, access.Bytes, (uint)pointer.Range, false) && Loaded(access, AccessKind.Memory);
            case RegKind.Context when pointer.Flags == PtrFlags.None:
                return TryContext(pointer, offset, access);
            case RegKind.Stack:
                return v.Stack.TryAccess(pointer, offset, access);
            case RegKind.Packet or RegKind.PacketMeta:
                if (access.Writes && v.Kind.Packet != PacketAccess.ReadWrite) return v.Refuse(Errno.EACCES, "cannot write into packet");
                return TryPacket(access.Pointer, offset, access.Bytes, false) && Loaded(access, AccessKind.Packet);
            case RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock or RegKind.XdpSock when !pointer.MaybeNull:
                if (access.Writes) return CannotWrite(pointer, access);
                return SocketFields.TryRead(v, pointer, offset, access) && Loaded(access, AccessKind.Probe);
            case RegKind.BtfPtr when !pointer.MaybeNull:
                return TryBtf(pointer, offset, access);
            case RegKind.Arena:
                return Loaded(access, AccessKind.Arena);
            default:
                return v.Refuse(Errno.EACCES, $"R{access.Pointer} invalid mem access '{StatePrinter.TypeName(pointer)}'");
        }
    }

    private static string Place(in RegState pointer) => pointer.Kind switch
    {
        RegKind.MapValue => "map",
        RegKind.Packet or RegKind.PacketMeta => "packet",
        RegKind.Context => "ctx",
        _ => "mem",
    };

    private bool CannotWrite(in RegState pointer, in Access access) =>
        v.Refuse(Errno.EACCES, $"R{access.Pointer} cannot write into {StatePrinter.TypeName(pointer)}");

    private bool Loaded(in Access access, AccessKind kind)
    {
        v.Facts.Access(kind);
        if (!access.Writes && access.Value >= 0) v.Regs[access.Value].SetUnknown();
        return true;
    }

    /// <summary>Kernel objects are handles here, with no memory behind them to read; the program's own are memory.</summary>
    private bool TryBtf(in RegState pointer, int offset, in Access access)
    {
        string name = v.TypeNames[pointer.Type];
        if (!v.IsGpl && v.Locals.Of(pointer) is null) return v.Refuse(Errno.EINVAL, $"Cannot access kernel 'struct {name}' from non-GPL compatible program");
        if (offset < 0) return v.Refuse(Errno.EACCES, $"R{access.Pointer} is ptr_{name} invalid negative access: off={offset}");
        if (!pointer.Num.IsZero)
            return v.Refuse(Errno.EACCES, $"R{access.Pointer} is ptr_{name} invalid variable offset: off={offset}, var_off={StatePrinter.TnumText(pointer.Num.Bits)}");
        var own = v.Locals.Of(pointer);
        if ((pointer.Flags & PtrFlags.PerCpu) != 0) return v.Refuse(Errno.EACCES, $"R{access.Pointer} is ptr_{name} access percpu memory: off={offset}");
        if (access.Writes && (own is null || !pointer.IsAllocated || (pointer.Flags & PtrFlags.Untrusted) != 0)) return v.Refuse(Errno.EACCES, "only read is supported");
        if (own is not null) return AllocationAccess.TryAccess(v, pointer, own, offset, access);
        return v.Refuse(Errno.EACCES, $"access beyond struct {name} at off {offset} size {access.Bytes}");
    }

    private bool TryContext(in RegState pointer, int offset, in Access access)
    {
        if (!v.Arguments.TryPointerOffset(pointer, access.Pointer, fixedAllowed: false)) return false;
        if (!TryField(offset, access, out int field))
        {
            v.Refuse(Errno.EACCES, $"invalid bpf_context access off={offset} size={access.Bytes}");
            v.Log.SourceLine(v.Pc, "; ");
            return false;
        }
        v.Facts.Access(AccessKind.Context);
        if (field < 0) v.ContextBytes = Math.Max(v.ContextBytes, offset + access.Bytes);
        v.Facts.Context(field, field < 0 ? offset : offset - v.Kind.Context.Fields[field].Offset);
        if (access.Writes || access.Value < 0) return true;
        ref var loaded = ref v.Regs[access.Value];
        switch (field < 0 ? ContextValue.Scalar : v.Kind.Context.Fields[field].Value)
        {
            case ContextValue.Packet: loaded.SetPointer(RegKind.Packet); break;
            case ContextValue.PacketMeta: loaded.SetPointer(RegKind.PacketMeta); break;
            case ContextValue.PacketEnd: loaded.SetPointer(RegKind.PacketEnd); break;
            case ContextValue.SockCommonOrNull:
                loaded.SetPointer(RegKind.SockCommon, PtrFlags.MaybeNull);
                loaded.Id = v.NewId();
                break;
            default: loaded.SetUnknown(); break;
        }
        return true;
    }

    private bool TryField(int offset, in Access access, out int field)
    {
        var layout = v.Kind.Context;
        field = -1;
        if (offset < 0 || offset % access.Bytes != 0) return false;
        if (layout.RawBytes > 0) return offset + access.Bytes <= layout.RawBytes;
        if (!layout.TryField(offset, out field)) return false;
        var found = layout.Fields[field];
        if (found.Only is { } only && v.Program.AttachType != only) return false;
        var widths = access.Writes ? found.Write : found.Read;
        if (((int)widths & access.Bytes) == 0 || offset + access.Bytes > found.Offset + found.Size) return false;
        if (found.Value != ContextValue.Scalar && offset != found.Offset) return false;
        return !access.SignExtends || found.SignedLoads;
    }
}
