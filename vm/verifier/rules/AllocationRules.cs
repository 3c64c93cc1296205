using System.Diagnostics;
using Vm.Abi;
using Vm.Btf;
using Vm.Helpers;
using Vm.Isa;
using Vm.Maps;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Objects programs make, and the lists and trees they put them in: who owns an object, and which lock protects what.</summary>
/// <remarks>
/// An owning reference must be given back; putting an object on a list gives it to the list and leaves the program with a non-owning
/// reference, good for reading and writing until the lock is released. Source: Linux 6.12 kernel/bpf/verifier.c,
/// check_kfunc_args, process_kf_arg_ptr_to_graph_*, ref_convert_owning_non_owning, invalidate_non_owning_refs.
/// </remarks>
internal sealed class AllocationRules(Verification v)
{
    private const string TreeFunctions = "bpf_rbtree_";

    /// <summary>Arguments that are objects or parts of them.</summary>
    public bool TryArgument(int index, in ArgSpec arg, in RegState reg, CallMeta meta)
    {
        int register = index + 1;
        switch (arg.Kind)
        {
            case ArgKind.Allocation:
                return TryOwned(reg, index);
            case ArgKind.RefcountedAllocation:
                if (!reg.IsAllocated || v.Locals.Of(reg) is not { } type) return v.Refuse(Errno.EINVAL, $"arg#{index} is neither owning or non-owning ref");
                if (!type.Has(SpecialFieldKind.RefCount)) return v.Refuse(Errno.EINVAL, $"arg#{index} doesn't point to a type with bpf_refcount field");
                // The kernel takes any offset here; what is beyond the object is not the object.
                if (reg.Off >= type.Type.SizeBytes) return v.Refuse(Errno.EACCES, $"access beyond struct {type.Type.Name} at off {reg.Off} size 0");
                (meta.AllocationType, meta.OwnsObject) = (reg.Type, (reg.Flags & PtrFlags.NonOwning) == 0 && reg.RefId != 0);
                return true;
            case ArgKind.ListHead or ArgKind.RbRoot:
                if (!reg.Is(RegKind.MapValue) && !(reg.Kind == RegKind.BtfPtr && reg.Flags == PtrFlags.Alloc))
                    return v.Refuse(Errno.EINVAL, $"arg#{index} expected pointer to map value or allocated object");
                if (reg.Kind == RegKind.BtfPtr && reg.RefId == 0) return v.Refuse(Errno.EINVAL, "allocated object must be referenced");
                return TryRoot(register, arg.Kind == ArgKind.ListHead ? SpecialFieldKind.ListHead : SpecialFieldKind.RbRoot, reg, meta);
            case ArgKind.RbNode when (meta.Signature.Flags & CallFlags.Acquire) != 0:
                if ((reg.Flags & PtrFlags.NonOwning) == 0 || reg.RefId != 0) return v.Refuse(Errno.EINVAL, "rbtree_remove node input must be non-owning ref");
                if (InTreeCallback()) return v.Refuse(Errno.EINVAL, "rbtree_remove not allowed in rbtree cb");
                return TryNode(register, SpecialFieldKind.RbNode, reg, meta);
            default:
                return TryOwned(reg, index) && TryNode(register, arg.Kind == ArgKind.ListNode ? SpecialFieldKind.ListNode : SpecialFieldKind.RbNode, reg, meta);
        }
    }

    /// <summary>An object that is put on a list or in a tree belongs to that from now on.</summary>
    public bool HandOver(CallMeta meta)
    {
        var args = meta.Signature.Args;
        bool gives = args.Count > 1 && args[1].Kind is ArgKind.ListNode or ArgKind.RbNode && (meta.Signature.Flags & CallFlags.Acquire) == 0;
        if (!gives) return true;
        uint id = v.Regs[2].RefId;
        Registers.ForEach(v.Cur, (ref RegState reg) =>
        {
            if (reg.RefId != id) return;
            reg.RefId = 0;
            SetNonOwning(ref reg);
        });
        return v.References.TryRelease(id) || v.Refuse(Errno.EINVAL, $"kfunc {meta.Signature.Name} reference has not been acquired before");
    }

    /// <summary>R0 after a function that returns an object.</summary>
    public bool TryResult(CallMeta meta, ref RegState r0)
    {
        var signature = meta.Signature;
        bool mayBeNull = true;
        switch (signature.Return)
        {
            case ReturnKind.NewAllocationOrNull:
                if (!TryNewType(meta, out int made)) return false;
                r0.SetPointer(RegKind.BtfPtr, PtrFlags.Alloc);
                r0.Type = made;
                break;
            case ReturnKind.RefcountedObjectOrNull:
                r0.SetPointer(RegKind.BtfPtr, PtrFlags.Alloc);
                r0.Type = meta.AllocationType;
                mayBeNull = !meta.OwnsObject;
                break;
            default:
                SetNode(ref r0, meta.Root);
                break;
        }
        if (mayBeNull)
        {
            r0.Flags |= PtrFlags.MaybeNull;
            r0.Id = v.NewId();
        }
        if ((signature.Flags & CallFlags.Acquire) != 0)
        {
            uint id = v.References.Acquire();
            if (mayBeNull) r0.Id = id;
            r0.RefId = id;
        }
        else
        {
            SetNonOwning(ref r0);
        }
        if (ReferenceRules.MayPointToSpinLock(v, r0) && r0.Id == 0) r0.Id = v.NewId();
        return true;
    }

    /// <summary>Arguments of a tree's order function: two nodes of what the tree holds.</summary>
    public void SetOrderArguments(SpecialField root, FrameState callee)
    {
        for (int register = 1; register <= 2; register++)
        {
            SetNode(ref callee.Regs[register], root);
            SetNonOwning(ref callee.Regs[register]);
        }
    }

    /// <summary>The lock is released: what the program does not own may be gone.</summary>
    public void ForgetNonOwning() => Registers.ForEach(v.Cur, static (ref RegState reg) =>
    {
        if ((reg.Flags & PtrFlags.NonOwning) != 0) reg.SetUnknown();
    });

    /// <summary>True in the order function of a tree and in what it calls: the lock is held by whoever called the tree.</summary>
    public bool InTreeCallback()
    {
        for (int f = v.Cur.CurFrame; f > 0; f--)
        {
            var frame = v.Cur.Frames[f]!;
            if (!frame.InCallback) continue;
            var insn = v.Insns[frame.CallSite];
            if (insn.Op == Op.CallKfunc && v.Program.Kfuncs[(int)insn.Imm].Name.StartsWith(TreeFunctions, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    private bool TryOwned(in RegState reg, int index)
    {
        if (reg.Kind != RegKind.BtfPtr || reg.Flags != PtrFlags.Alloc) return v.Refuse(Errno.EINVAL, $"arg#{index} expected pointer to allocated object");
        return reg.RefId != 0 || v.Refuse(Errno.EINVAL, "allocated object must be referenced");
    }

    private bool TryRoot(int register, SpecialFieldKind kind, in RegState reg, CallMeta meta)
    {
        string name = MapValueRules.FieldName(kind);
        if (!reg.Num.IsConst) return v.Refuse(Errno.EINVAL, $"R{register} doesn't have constant offset. {name} has to be at the constant offset");
        long offset = reg.Off + (long)reg.Num.Bits.Value;
        var fields = v.Locals.FieldsOf(reg);
        if (!TryField(fields, kind, offset, out var root) || root.TypeId == 0) return v.Refuse(Errno.EINVAL, $"{name} not found at offset={(uint)offset}");
        if (!v.Locals.TryFind(root.TypeId, out _)) return v.Refuse(Errno.EINVAL, $"struct {root.TypeName} cannot be used for objects");
        if (!IsLocked(reg))
        {
            var spinLock = fields.FirstOrDefault(field => field.Kind == SpecialFieldKind.SpinLock);
            return v.Refuse(Errno.EINVAL, $"bpf_spin_lock at off={spinLock.Offset} must be held for {name}");
        }
        meta.Root = root;
        return true;
    }

    private bool IsLocked(in RegState reg)
    {
        if (v.Cur.LockOwner == 0) return false;
        if (v.Cur.LockOwner == HelperRules.LockOwnerOf(reg) && v.Cur.LockId == reg.Id) return true;
        v.Say("held lock and object are not in the same allocation");
        return false;
    }

    private bool TryNode(int register, SpecialFieldKind kind, in RegState reg, CallMeta meta)
    {
        string name = MapValueRules.FieldName(kind);
        if (!reg.Num.IsConst) return v.Refuse(Errno.EINVAL, $"R{register} doesn't have constant offset. {name} has to be at the constant offset");
        long offset = reg.Off + (long)reg.Num.Bits.Value;
        if (v.Locals.Of(reg) is not { } type || !TryField(type.Fields, kind, offset, out _)) return v.Refuse(Errno.EINVAL, $"{name} not found at offset={(uint)offset}");
        var root = meta.Root;
        if (type.Type.Id != root.TypeId)
        {
            return v.Refuse(Errno.EINVAL, $"operation on {MapValueRules.FieldName(root.Kind)} expects arg#1 {name} at offset={root.NodeOffset} in struct {root.TypeName}, "
                + $"but arg is at offset={offset} in struct {type.Type.Name}");
        }
        return offset == root.NodeOffset
            || v.Refuse(Errno.EINVAL, $"arg#1 offset={offset}, but expected {name} at offset={root.NodeOffset} in struct {root.TypeName}");
    }

    private static bool TryField(IReadOnlyList<SpecialField> fields, SpecialFieldKind kind, long offset, out SpecialField field)
    {
        field = fields.FirstOrDefault(known => known.Kind == kind && known.Offset == offset);
        return field.Bytes > 0;
    }

    private bool TryNewType(CallMeta meta, out int number)
    {
        number = 0;
        if (meta.Constant is < 0 or > uint.MaxValue) return v.Refuse(Errno.EINVAL, "local type ID argument must be in range [0, U32_MAX]");
        if (v.Program.Btf is not { } btf) return v.Refuse(Errno.EINVAL, "bpf_obj_new/bpf_percpu_obj_new requires prog BTF");
        uint id = (uint)meta.Constant;
        if (!btf.TryType(id, out var type) || type is not BtfComposite { IsUnion: false })
            return v.Refuse(Errno.EINVAL, "bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct");
        // Types with a struct the kernel cannot make sense of are not loaded at all.
        if (!v.Locals.TryFind(id, out number)) return v.Refuse(Errno.EINVAL, "bpf_obj_new/bpf_percpu_obj_new requires prog BTF");
        return v.Facts.TryObjectType(id) || v.Refuse(Errno.EINVAL, "one call of bpf_obj_new makes objects of different structs, depending on the path; write one call for each");
    }

    private void SetNode(ref RegState reg, SpecialField root)
    {
        reg.SetPointer(RegKind.BtfPtr, PtrFlags.Alloc);
        (reg.Type, reg.Off) = (v.Locals.TryFind(root.TypeId, out int number) ? number : throw new UnreachableException("TryRoot has found it."), root.NodeOffset);
    }

    private void SetNonOwning(ref RegState reg)
    {
        reg.Flags |= PtrFlags.NonOwning;
        // Counted objects are freed after an RCU grace period.
        if (v.Locals.Of(reg)?.Has(SpecialFieldKind.RefCount) == true) reg.Flags |= PtrFlags.Rcu;
    }
}
