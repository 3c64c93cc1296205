using Vm.Abi;
using Vm.Isa;
using Vm.Verifier.Numbers;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Adding to and subtracting from pointers.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, adjust_ptr_min_max_vals, check_reg_sane_offset.</remarks>
internal sealed class PointerRules(Verification v)
{
    /// <summary>How the log writes an operator.</summary>
    public static string Sign(Op op) => op switch
    {
        Op.Add64 or Op.Add32 => "+=",
        Op.Sub64 or Op.Sub32 => "-=",
        Op.Mul64 or Op.Mul32 => "*=",
        Op.Div64 or Op.Div32 or Op.SDiv64 or Op.SDiv32 => "/=",
        Op.Or64 or Op.Or32 => "|=",
        Op.And64 or Op.And32 => "&=",
        Op.Lsh64 or Op.Lsh32 => "<<=",
        Op.Rsh64 or Op.Rsh32 => ">>=",
        Op.Mod64 or Op.Mod32 or Op.SMod64 or Op.SMod32 => "%=",
        Op.Xor64 or Op.Xor32 => "^=",
        _ => "s>>=",
    };

    /// <summary>Pointer plus or minus number; the result goes to dst.</summary>
    /// <param name="insn">The instruction.</param>
    /// <param name="pointer">The pointer, as it was.</param>
    /// <param name="offset">The number, as it was.</param>
    /// <param name="pointerIsDst">False when the number is in dst.</param>
    public bool TryAdjust(in Insn insn, RegState pointer, RegState offset, bool pointerIsDst)
    {
        ref var dst = ref v.Regs[insn.Dst];
        var num = offset.Num;
        if ((num.IsConst && (num.SMin != num.SMax || num.UMin != num.UMax)) || num.SMin > num.SMax || num.UMin > num.UMax)
        {
            // Dead code with impossible ranges: nothing useful can follow.
            dst.SetUnknown();
            return true;
        }
        if (insn.Is32Bit)
        {
            if (insn.Op != Op.Sub32 || v.Options.HidesAddresses) return v.Refuse(Errno.EACCES, $"R{insn.Dst} 32-bit pointer arithmetic prohibited");
            dst.SetUnknown();
            return true;
        }
        if (!TryAllowed(insn, pointer, num)) return false;
        dst.CopyValue(pointer);
        dst.Live |= Live.Written;
        if (!TrySane(num, 0, pointer) || !TrySane(pointer.Num, pointer.Off, pointer)) return false;
        dst.Num.Unbound32();
        switch (insn.Op)
        {
            case Op.Add64:
                Add(ref dst, pointer, num);
                break;
            case Op.Sub64 when !pointerIsDst:
                return v.Refuse(Errno.EACCES, $"R{insn.Dst} tried to subtract pointer from scalar");
            case Op.Sub64 when pointer.Kind == RegKind.Stack:
                return v.Refuse(Errno.EACCES, $"R{insn.Dst} subtraction from stack pointer prohibited");
            case Op.Sub64:
                Subtract(ref dst, pointer, num);
                break;
            case Op.And64 or Op.Or64 or Op.Xor64:
                return v.Refuse(Errno.EACCES, $"R{insn.Dst} bitwise operator {Sign(insn.Op)} on pointer prohibited");
            default:
                return v.Refuse(Errno.EACCES, $"R{insn.Dst} pointer arithmetic with {Sign(insn.Op)} operator prohibited");
        }
        if (!TrySane(dst.Num, dst.Off, pointer)) return false;
        dst.Num.Sync();
        return true;
    }

    private bool TryAllowed(in Insn insn, in RegState pointer, in ScalarRange offset)
    {
        if (pointer.MaybeNull)
            return v.Refuse(Errno.EACCES, $"R{insn.Dst} pointer arithmetic on {StatePrinter.TypeName(pointer)} prohibited, null-check it first");
        bool allowed = pointer.Kind switch
        {
            RegKind.Context or RegKind.MapValue or RegKind.MapKey or RegKind.Stack or RegKind.PacketMeta or RegKind.Packet
                or RegKind.BtfPtr or RegKind.Memory or RegKind.Func or RegKind.Dynptr => true,
            RegKind.MapPtr => offset.IsZero && insn.Op == Op.Add64,
            _ => false,
        };
        return allowed || v.Refuse(Errno.EACCES, $"R{insn.Dst} pointer arithmetic on {StatePrinter.TypeName(pointer)} prohibited");
    }

    private void Add(ref RegState dst, in RegState pointer, in ScalarRange num)
    {
        long fixedOffset = unchecked(pointer.Off + num.SMin);
        if (num.IsConst && fixedOffset == (int)fixedOffset)
        {
            RestoreNumber(ref dst, pointer);
            dst.Off = (int)fixedOffset;
            return;
        }
        bool overflows = ScalarArithmetic.AddOverflows(pointer.Num.SMin, num.SMin, out dst.Num.SMin)
            | ScalarArithmetic.AddOverflows(pointer.Num.SMax, num.SMax, out dst.Num.SMax);
        if (overflows) (dst.Num.SMin, dst.Num.SMax) = (long.MinValue, long.MaxValue);
        dst.Num.UMin = unchecked(pointer.Num.UMin + num.UMin);
        dst.Num.UMax = unchecked(pointer.Num.UMax + num.UMax);
        if (dst.Num.UMin < pointer.Num.UMin || dst.Num.UMax < pointer.Num.UMax) (dst.Num.UMin, dst.Num.UMax) = (0, ulong.MaxValue);
        dst.Num.Bits = pointer.Num.Bits + num.Bits;
        if (!pointer.IsPacketPointer) return;
        dst.Id = v.NewId();
        dst.Range = 0;
    }

    private void Subtract(ref RegState dst, in RegState pointer, in ScalarRange num)
    {
        long fixedOffset = unchecked(pointer.Off - num.SMin);
        if (num.IsConst && fixedOffset == (int)fixedOffset)
        {
            RestoreNumber(ref dst, pointer);
            dst.Off = (int)fixedOffset;
            return;
        }
        bool overflows = ScalarArithmetic.SubtractOverflows(pointer.Num.SMin, num.SMax, out dst.Num.SMin)
            | ScalarArithmetic.SubtractOverflows(pointer.Num.SMax, num.SMin, out dst.Num.SMax);
        if (overflows) (dst.Num.SMin, dst.Num.SMax) = (long.MinValue, long.MaxValue);
        if (pointer.Num.UMin < num.UMax) (dst.Num.UMin, dst.Num.UMax) = (0, ulong.MaxValue);
        else (dst.Num.UMin, dst.Num.UMax) = (pointer.Num.UMin - num.UMax, pointer.Num.UMax - num.UMin);
        dst.Num.Bits = pointer.Num.Bits - num.Bits;
        if (!pointer.IsPacketPointer) return;
        dst.Id = v.NewId();
        // Going back can only lengthen what is proven readable, unless the number may be negative.
        if (num.SMin < 0) dst.Range = 0;
    }

    private static void RestoreNumber(ref RegState dst, in RegState pointer)
    {
        var (smin32, smax32, umin32, umax32) = (dst.Num.SMin32, dst.Num.SMax32, dst.Num.UMin32, dst.Num.UMax32);
        dst.Num = pointer.Num;
        (dst.Num.SMin32, dst.Num.SMax32, dst.Num.UMin32, dst.Num.UMax32) = (smin32, smax32, umin32, umax32);
    }

    private bool TrySane(in ScalarRange num, int off, in RegState pointer)
    {
        const int limit = Verification.MaxVariableOffset;
        string name = StatePrinter.TypeName(pointer);
        long value = (long)num.Bits.Value;
        if (num.IsConst && value is >= limit or <= -limit) return v.Refuse(Errno.EINVAL, $"math between {name} pointer and {value} is not allowed");
        if (off is >= limit or <= -limit) return v.Refuse(Errno.EINVAL, $"{name} pointer offset {off} is not allowed");
        if (num.SMin == long.MinValue) return v.Refuse(Errno.EINVAL, $"math between {name} pointer and register with unbounded min value is not allowed");
        if (num.SMin is >= limit or <= -limit) return v.Refuse(Errno.EINVAL, $"value {num.SMin} makes {name} pointer be out of bounds");
        return true;
    }
}
