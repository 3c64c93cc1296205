using Vm.Abi;
using Vm.Maps;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>References that must be given back, nullness that spreads to copies, trust in kernel pointers.</summary>
/// <remarks>
/// Source: Linux 6.12 kernel/bpf/verifier.c, acquire_reference_state, release_reference, mark_ptr_or_null_regs, is_trusted_reg,
/// map_kptr_match_type.
/// </remarks>
internal sealed class ReferenceRules(Verification v)
{
    /// <summary>True for objects that stay while RCU is held. Source: rcu_protected_types.</summary>
    public static bool IsRcuProtected(string? type) => type is "cgroup" or "bpf_cpumask" or "task_struct" or "bpf_crypto_ctx";

    /// <summary>True when the pointer is sure to lead to a live object.</summary>
    public static bool IsTrusted(in RegState reg)
    {
        if (reg.RefId != 0) return true;
        const PtrFlags safe = PtrFlags.MaybeNull | PtrFlags.Trusted | PtrFlags.Alloc;
        bool unsafeFlags = (reg.Flags & ~safe) != 0;
        if (reg.IsSocket || reg.Kind == RegKind.MapPtr) return !unsafeFlags;
        return (reg.Flags & (PtrFlags.Trusted | PtrFlags.Alloc)) != 0 && !unsafeFlags;
    }

    /// <summary>A new reference held by the current frame.</summary>
    public uint Acquire()
    {
        var frame = v.Cur.Current;
        uint id = v.NewId();
        frame.AddReference(new Reference(id, v.Pc, frame.InCallback ? frame.Number : 0));
        return id;
    }

    /// <summary>Gives a reference back; every pointer that carried it becomes an unknown number. False when it is not held here.</summary>
    public bool TryRelease(uint id)
    {
        if (!v.Cur.Current.TryRelease(id)) return false;
        Registers.ForEach(v.Cur, (ref RegState reg) =>
        {
            if (reg.RefId == id) reg.SetUnknown();
        });
        return true;
    }

    /// <summary>Refuses when references are left at the end of the program or of a callback, or of everything at once when it throws.</summary>
    public bool HoldsNothing(bool byException = false)
    {
        var frame = v.Cur.Current;
        if (!byException && frame.Number != 0 && !frame.InCallback) return true;
        bool left = false;
        for (int i = 0; i < frame.RefCount; i++)
        {
            var reference = frame.Refs[i];
            if (!byException && frame.InCallback && reference.CallbackFrame != frame.Number) continue;
            v.Refuse(Errno.EINVAL, $"Unreleased reference id={reference.Id} alloc_insn={reference.Pc}");
            left = true;
        }
        return !left;
    }

    /// <summary>A pointer was compared with null: all copies learn from it.</summary>
    public void MarkNullness(VerifierState state, int register, bool isNull)
    {
        ref var tested = ref state.Current.Regs[register];
        var (id, refId) = (tested.Id, tested.RefId);
        if (refId != 0 && refId == id && isNull) state.Current.TryRelease(id);
        Registers.ForEach(state, (ref RegState reg) =>
        {
            if (!reg.MaybeNull || reg.Id != id || (id == 0 && (reg.Flags & PtrFlags.Rcu) == 0)) return;
            if (isNull)
            {
                (reg.Kind, reg.Flags, reg.Id, reg.RefId, reg.Off) = (RegKind.Scalar, PtrFlags.None, 0, 0, 0);
                reg.ClearTarget();
                return;
            }
            MarkNotNull(v, ref reg);
            if (!MayPointToSpinLock(v, reg)) reg.Id = 0;
        });
    }

    /// <summary>The pointer is not null; a value of a map of maps becomes the inner map.</summary>
    public static void MarkNotNull(Verification v, ref RegState reg)
    {
        if (reg.Kind == RegKind.MapValue)
        {
            var map = v.Maps[reg.Map];
            if (map.Inner >= 0)
            {
                // Two lookups give two maps: their values and locks must not be mixed.
                bool timed = v.Maps[map.Inner].Fields.Any(f => f.Kind is SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue);
                (reg.Kind, reg.Flags, reg.Map) = (RegKind.MapPtr, PtrFlags.None, map.Inner);
                if (timed) reg.MapUid = reg.Id;
                return;
            }
            if (map.Spec.Type == MapType.XskMap)
            {
                (reg.Kind, reg.Flags) = (RegKind.XdpSock, PtrFlags.None);
                return;
            }
            if (map.Spec.Type is MapType.SockMap or MapType.SockHash)
            {
                (reg.Kind, reg.Flags) = (RegKind.Socket, PtrFlags.None);
                return;
            }
        }
        reg.Flags &= ~PtrFlags.MaybeNull;
    }

    public static bool MayPointToSpinLock(Verification v, in RegState reg) =>
        v.Locals.FieldsOf(reg).Any(field => field.Kind == SpecialFieldKind.SpinLock);

    /// <summary>A pointer is put into a kptr field: type and trust must fit.</summary>
    public bool TryKptrMatch(SpecialField field, int register)
    {
        var reg = v.Regs[register];
        var local = v.Locals.Of(reg);
        var allowed = PtrFlags.MaybeNull | (local is null ? PtrFlags.Trusted | PtrFlags.Rcu : PtrFlags.Alloc);
        if (local is null && field.Kind == SpecialFieldKind.KptrUntrusted) allowed |= PtrFlags.Untrusted;
        bool isBtf = reg.Kind == RegKind.BtfPtr;
        string name = isBtf ? v.TypeNames[reg.Type] : "";
        if (isBtf && (reg.Flags & ~allowed) == 0 && field.Kind != SpecialFieldKind.KptrPerCpu && (local is null ? field.TypeId == 0 && name == field.TypeName : field.TypeId == local.Type.Id && reg.Off == 0))
            return v.Arguments.TryPointerOffset(reg, register, fixedAllowed: false) || v.RefuseSilently(Errno.EACCES);
        string alternative = field.Kind == SpecialFieldKind.KptrUntrusted ? $" or untrusted_ptr_{field.TypeName}" : "";
        return v.Refuse(Errno.EINVAL, $"invalid kptr access, R{register} type={StatePrinter.TypeName(reg)}{name} expected=ptr_{field.TypeName}{alternative}");
    }
}
