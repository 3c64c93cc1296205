using Vm.Abi;
using Vm.Btf;
using Vm.Proofs;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Loads and stores in objects the program made: any plain member, nothing special, nothing between members.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, btf_struct_access, btf_struct_walk.</remarks>
internal static class AllocationAccess
{
    private const int MaxDepth = 32;

    /// <summary>One access; the pointer is known not to be null and to have no variable offset.</summary>
    public static bool TryAccess(Verification v, in RegState pointer, LocalType type, int offset, in Access access)
    {
        foreach (var field in type.Fields)
        {
            if (offset < field.Offset + field.Bytes && field.Offset < offset + access.Bytes && pointer.IsAllocated)
                return v.Refuse(Errno.EACCES, $"direct access to {MapValueRules.FieldName(field.Kind)} is disallowed");
        }
        try
        {
            if (!TryWalk(v, type.Type, offset, access.Bytes)) return false;
        }
        catch (BtfFormatException damaged)
        {
            return v.Refuse(Errno.EINVAL, damaged.Message);
        }
        // What an untrusted pointer leads to may be gone: such loads ask first.
        v.Facts.Access((pointer.Flags & PtrFlags.Untrusted) != 0 ? AccessKind.Probe : AccessKind.Memory);
        if (!access.Writes && access.Value >= 0) v.Regs[access.Value].SetUnknown();
        return true;
    }

    private static bool TryWalk(Verification v, BtfComposite type, int offset, int bytes)
    {
        var btf = v.Program.Btf!;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            if (offset + bytes > type.SizeBytes) return v.Refuse(Errno.EACCES, $"access beyond struct {type.Name} at off {offset} size {bytes}");
            var step = Step(btf, type, offset, bytes);
            if (step.Complaint is { } complaint) return v.Refuse(step.Errno, complaint);
            if (step.Into is null) return true;
            (type, offset) = (step.Into, step.Offset);
        }
        return v.Refuse(Errno.EINVAL, $"struct {type.Name} is nested too deeply");
    }

    /// <summary>The member that holds the first byte: a plain one, a struct to look into, or a complaint.</summary>
    private static (BtfComposite? Into, int Offset, Errno Errno, string? Complaint) Step(BtfSpec btf, BtfComposite type, int offset, int bytes)
    {
        foreach (var member in type.Members)
        {
            int at = (int)(member.BitOffset / 8);
            if (offset + bytes <= at) break;
            if (member.BitfieldBits != 0)
            {
                if (offset <= at && (member.BitOffset + member.BitfieldBits + 7) / 8 <= offset + bytes) return default;
                continue;
            }
            if (offset < at) break;
            int end = at + (int)btf.SizeOf(member.TypeId);
            if (offset >= end) continue;
            var inner = btf.Resolve(member.TypeId);
            while (inner is BtfArray array)
            {
                int element = (int)btf.SizeOf(array.ElementId);
                at += (offset - at) / element * element;
                inner = btf.Resolve(array.ElementId);
            }
            if (inner is BtfComposite nested) return (nested, offset - at, Errno.None, null);
            if (inner is BtfPointer && (bytes != 8 || offset != at))
            {
                return (null, 0, Errno.EACCES,
                    $"cannot access ptr member {member.Name} with moff {at} in struct {type.Name} with off {offset} size {bytes}");
            }
            return offset + bytes <= end
                ? default
                : (null, 0, Errno.EACCES, $"access beyond the end of member {member.Name} (mend:{end}) in struct {type.Name} with off {offset} size {bytes}");
        }
        return (null, 0, Errno.EINVAL, $"struct {type.Name} doesn't have field at offset {offset}");
    }
}
