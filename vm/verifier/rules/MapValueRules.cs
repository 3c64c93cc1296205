using System.Buffers.Binary;
using Vm.Abi;
using Vm.Isa;
using Vm.Maps;
using Vm.Proofs;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Access to map values: bounds, flags of the map, special fields, constants.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_map_access, check_map_kptr_access, bpf_map_direct_read.</remarks>
internal sealed class MapValueRules(Verification v)
{
    /// <summary>The kernel's name of a special field. Source: Linux 6.12 include/linux/bpf.h, btf_field_type_name.</summary>
    public static string FieldName(SpecialFieldKind kind) => kind switch
    {
        SpecialFieldKind.SpinLock => "bpf_spin_lock",
        SpecialFieldKind.Timer => "bpf_timer",
        SpecialFieldKind.WorkQueue => "bpf_wq",
        SpecialFieldKind.ListHead => "bpf_list_head",
        SpecialFieldKind.ListNode => "bpf_list_node",
        SpecialFieldKind.RbRoot => "bpf_rb_root",
        SpecialFieldKind.RbNode => "bpf_rb_node",
        SpecialFieldKind.RefCount => "bpf_refcount",
        _ => "kptr",
    };

    /// <summary>A load or store by an instruction.</summary>
    public bool TryAccess(in RegState pointer, int offset, in Access access)
    {
        var map = v.Maps[pointer.Map];
        if (!TryDirection(map, offset, access.Bytes, access.Writes)) return false;
        if (!TryRange(access.Pointer, offset, access.Bytes, zeroAllowed: false, byHelper: false)) return false;
        v.Facts.Access(AccessKind.MapValue);
        v.Facts.Map(pointer.Map);
        if (pointer.Num.IsConst)
        {
            long at = offset + (long)pointer.Num.Bits.Value;
            foreach (var field in map.Fields)
                if (field.Offset == at && IsKptr(field.Kind)) return TryKptr(field, access);
        }
        if (access.Writes || access.Value < 0) return true;
        ref var loaded = ref v.Regs[access.Value];
        if (pointer.Num.IsConst && map.IsConstant) loaded.SetConst(Read(map, offset + (int)pointer.Num.Bits.Value, access));
        else loaded.SetUnknown();
        return true;
    }

    /// <summary>The program side of the map's read and write permissions.</summary>
    public bool TryDirection(VerifierMap map, int offset, int bytes, bool writes)
    {
        if (writes && !map.ProgramMayWrite)
            return v.Refuse(Errno.EACCES, $"write into map forbidden, value_size={map.Spec.ValueSize} off={offset} size={bytes}");
        if (!writes && !map.ProgramMayRead)
            return v.Refuse(Errno.EACCES, $"read from map forbidden, value_size={map.Spec.ValueSize} off={offset} size={bytes}");
        return true;
    }

    /// <summary>A stretch of a value, by an instruction or a helper.</summary>
    public bool TryRange(int register, int offset, int bytes, bool zeroAllowed, bool byHelper)
    {
        var reg = v.Regs[register];
        var map = v.Maps[reg.Map];
        if (!v.Memory.TryRegion(register, offset, bytes, map.Spec.ValueSize, zeroAllowed)) return false;
        long from = reg.Num.SMin + offset, to = (long)reg.Num.UMax + offset + bytes;
        foreach (var field in map.Fields)
        {
            if (from >= field.Offset + field.Bytes || field.Offset >= to) continue;
            if (!IsKptr(field.Kind)) return v.Refuse(Errno.EACCES, $"{FieldName(field.Kind)} cannot be accessed directly by load/store");
            if (byHelper) return v.Refuse(Errno.EACCES, "kptr cannot be accessed indirectly by helper");
            if (!reg.Num.IsConst) return v.Refuse(Errno.EACCES, "kptr access cannot have variable offset");
            if (field.Offset != from) return v.Refuse(Errno.EACCES, $"kptr access misaligned expected={field.Offset} off={from}");
            if (bytes != 8) return v.Refuse(Errno.EACCES, "kptr access size must be BPF_DW");
        }
        return true;
    }

    /// <summary>A timer or work queue in a map value; notes the map, to which a map argument that follows must be equal.</summary>
    /// <remarks>
    /// Linux 6.12 looks at the known bits alone of a work queue's offset; like later kernels, this refuses one that varies.
    /// Source: process_timer_func, process_wq_func.
    /// </remarks>
    public bool TryAsync(SpecialFieldKind kind, int register, CallMeta meta)
    {
        const int noSuchField = -(int)Errno.EINVAL;
        var reg = v.Regs[register];
        var map = v.Maps[reg.Map];
        string name = FieldName(kind);
        if (!reg.Num.IsConst) return v.Refuse(Errno.EINVAL, $"R{register} doesn't have constant offset. {name} has to be at the constant offset");
        if (!map.Spec.HasTypes) return v.Refuse(Errno.EINVAL, $"map '{map.Spec.Name}' has to have BTF in order to use {name}");
        bool has = map.TryField(kind, out var field);
        if (!has && kind == SpecialFieldKind.Timer) return v.Refuse(Errno.EINVAL, $"map '{map.Spec.Name}' has no valid {name}");
        long offset = reg.Off + (long)reg.Num.Bits.Value;
        if (!has || field.Offset != offset) return v.Refuse(Errno.EINVAL, $"off {offset} doesn't point to 'struct {name}' that is at {(has ? field.Offset : noSuchField)}");
        (meta.Map, meta.MapUid) = (reg.Map, reg.MapUid);
        return true;
    }

    private static bool IsKptr(SpecialFieldKind kind) => kind is SpecialFieldKind.Kptr or SpecialFieldKind.KptrUntrusted or SpecialFieldKind.KptrPerCpu;

    private static ulong Read(VerifierMap map, int at, in Access access)
    {
        var bytes = map.Spec.Contents.AsSpan(at, access.Bytes);
        return access.Bytes switch
        {
            1 => access.SignExtends ? (ulong)(sbyte)bytes[0] : bytes[0],
            2 => access.SignExtends ? (ulong)BinaryPrimitives.ReadInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => access.SignExtends ? (ulong)BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
    }

    private bool TryKptr(SpecialField field, in Access access)
    {
        var insn = v.Insns[v.Pc];
        if (insn.IsAtomic || insn.SignExtends) return v.Refuse(Errno.EACCES, "kptr in map can only be accessed using BPF_MEM instruction mode");
        if (!insn.IsLoad && field.Kind != SpecialFieldKind.KptrUntrusted) return v.Refuse(Errno.EACCES, "store to referenced kptr disallowed");
        if (insn.IsLoad)
        {
            ref var loaded = ref v.Regs[access.Value];
            bool own = field.TypeId != 0;
            bool safe = field.Kind == SpecialFieldKind.KptrPerCpu || (field.Kind == SpecialFieldKind.Kptr && (own || ReferenceRules.IsRcuProtected(field.TypeName)));
            var flags = PtrFlags.MaybeNull | (safe && v.InRcu ? PtrFlags.Rcu : PtrFlags.Untrusted);
            if (safe && v.InRcu && field.Kind == SpecialFieldKind.KptrPerCpu) flags |= PtrFlags.PerCpu;
            loaded.SetPointer(RegKind.BtfPtr, flags);
            if (!own) loaded.Type = v.TypeNumber(field.TypeName ?? "");
            else if (!v.Locals.TryFind(field.TypeId, out loaded.Type)) return v.Refuse(Errno.EINVAL, $"struct {field.TypeName} cannot be used for objects");
            if (own && (flags & (PtrFlags.Rcu | PtrFlags.PerCpu)) == PtrFlags.Rcu)
                loaded.Flags |= PtrFlags.Alloc | (v.Locals.Of(loaded)!.IsNode ? PtrFlags.NonOwning : PtrFlags.None);
            loaded.Id = v.NewId();
            return true;
        }
        if (insn.Form == Form.StoreImm)
            return insn.Imm == 0 || v.Refuse(Errno.EACCES, $"BPF_ST imm must be 0 when storing to kptr at off={field.Offset}");
        if (v.Regs[access.Value].IsNullConst) return v.Precision.TryMark(access.Value);
        return v.References.TryKptrMatch(field, access.Value) || v.RefuseSilently(Errno.EACCES);
    }
}
