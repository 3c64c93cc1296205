using Vm.Abi;
using Vm.Isa;
using Vm.Verifier.Numbers;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Arithmetic and copies on register states.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_alu_op, adjust_reg_min_max_vals.</remarks>
internal sealed class AluRules(Verification v)
{
    public bool TryCheck(in Insn insn)
    {
        bool fine = insn.Op switch
        {
            Op.Neg32 or Op.Neg64 => TryUnary(insn),
            _ when insn.IsByteSwap => TryUnary(insn),
            Op.CastKernel or Op.CastUser => TryCast(insn),
            Op.Mov32 or Op.Mov64 when insn.UsesImm => TryLoadConst(insn),
            Op.Mov32 or Op.Mov64 or (>= Op.MovSx8To64 and <= Op.MovSx16To32) => TryCopy(insn),
            _ => TryBinary(insn),
        };
        return fine && v.TrySettle(ref v.Regs[insn.Dst], "alu");
    }

    /// <summary>Two registers are about to hold the same number: what is learnt of one is true of the other.</summary>
    public void Link(ref RegState reg)
    {
        if (!reg.IsScalar) return;
        if ((reg.Id & RegState.AddConst) != 0) reg.ClearLink();
        if (reg.Id == 0 && !reg.Num.IsConst) reg.Id = v.NewId();
    }

    private bool TryUnary(in Insn insn) => v.Regs.TryRead(insn.Dst)
        && v.MayShow(v.Regs[insn.Dst], $"R{insn.Dst} pointer arithmetic prohibited")
        && v.Regs.TryWriteUnknown(insn.Dst);

    private bool TryCast(in Insn insn)
    {
        bool hasArena = false;
        foreach (var map in v.Maps) hasArena |= map.Spec.Type == MapType.Arena;
        if (!hasArena) return v.Refuse(Errno.EINVAL, "addr_space_cast insn can only be used in a program that has an associated arena");
        if (!v.Regs.TryRead(insn.Src) || !v.Regs.TryWriteUnknown(insn.Dst)) return false;
        if (insn.Op == Op.CastKernel) v.Regs[insn.Dst].Kind = RegKind.Arena;
        return true;
    }

    private bool TryLoadConst(in Insn insn)
    {
        if (!v.Regs.TryWrite(insn.Dst)) return false;
        v.Regs[insn.Dst].SetConst(insn.Op == Op.Mov64 ? (ulong)insn.Imm : (uint)insn.Imm);
        return true;
    }

    private bool TryCopy(in Insn insn)
    {
        if (!v.Regs.TryRead(insn.Src) || !v.Regs.TryWrite(insn.Dst)) return false;
        ref var src = ref v.Regs[insn.Src];
        ref var dst = ref v.Regs[insn.Dst];
        int extendBytes = insn.Op switch
        {
            Op.MovSx8To64 or Op.MovSx8To32 => 1,
            Op.MovSx16To64 or Op.MovSx16To32 => 2,
            Op.MovSx32To64 => 4,
            _ => 0,
        };
        if (insn.Op == Op.Mov64)
        {
            Link(ref src);
            dst.CopyValue(src);
        }
        else if (!src.IsScalar)
        {
            if (!v.MayShow(src, $"R{insn.Src} {(insn.Op == Op.Mov32 ? "partial copy of" : "sign-extension part of")} pointer")) return false;
            dst.SetUnknown();
        }
        else
        {
            // The copy is the same number only when what is cut off or extended does not matter.
            bool same = extendBytes == 0 ? src.Num.Width <= 32 : src.Num.UMax < 1ul << (extendBytes * 8 - 1);
            if (same) Link(ref src);
            dst.CopyValue(src);
            if (!same) dst.ClearLink();
            if (extendBytes > 0 && !insn.Is32Bit) ScalarArithmetic.SignExtend64(ref dst.Num, extendBytes);
            else if (extendBytes > 0) ScalarArithmetic.SignExtend32(ref dst.Num, extendBytes);
        }
        dst.Live |= Live.Written;
        if (!insn.Is32Bit) return true;
        dst.Num.ZeroExtend32();
        dst.Num.Sync();
        return true;
    }

    private bool TryBinary(in Insn insn)
    {
        if (!insn.UsesImm && !v.Regs.TryRead(insn.Src)) return false;
        if (!v.Regs.TryRead(insn.Dst) || !v.Regs.TryWrite(insn.Dst)) return false;
        ref var dst = ref v.Regs[insn.Dst];
        var src = insn.UsesImm ? RegState.Const((ulong)insn.Imm) : v.Regs[insn.Src];
        if (dst.Kind == RegKind.Arena || src.Kind == RegKind.Arena)
        {
            if (dst.Kind != RegKind.Arena) dst.CopyValue(src);
            dst.Live |= Live.Written;
            return true;
        }
        if (!src.IsScalar || !dst.IsScalar) return TryOnPointer(insn, ref dst, src);
        if (!insn.UsesImm && dst.Precise && !v.Precision.TryMark(insn.Src)) return false;
        if (!TryFork(insn, ref dst, src)) return false;
        OnNumbers(insn, ref dst, src);
        return true;
    }

    private static void OnNumbers(in Insn insn, ref RegState dst, in RegState src)
    {
        bool linked = insn.Op == Op.Add64 && dst.Id != 0 && src.Num.IsConst && (insn.UsesImm || insn.Src != insn.Dst);
        ScalarArithmetic.Apply(insn.Op, insn.Is32Bit, ref dst.Num, src.Num);
        if (linked && (dst.Id & RegState.AddConst) == 0 && src.Num.Bits.Value <= int.MaxValue)
        {
            dst.Id |= RegState.AddConst;
            dst.Off = (int)src.Num.Bits.Value;
            return;
        }
        dst.ClearLink();
    }

    private bool TryOnPointer(in Insn insn, ref RegState dst, in RegState src)
    {
        if (!src.IsScalar && !dst.IsScalar)
        {
            if (insn.Op is not (Op.Sub64 or Op.Sub32) || v.Options.HidesAddresses) return v.Refuse(Errno.EACCES, $"R{insn.Dst} pointer {PointerRules.Sign(insn.Op)} pointer prohibited");
            dst.SetUnknown();
            return true;
        }
        if (!src.IsScalar) return v.Precision.TryMark(insn.Dst) && v.Pointers.TryAdjust(insn, src, dst, pointerIsDst: false);
        if (!insn.UsesImm && !v.Precision.TryMark(insn.Src)) return false;
        return v.Pointers.TryAdjust(insn, dst, src, pointerIsDst: true);
    }

    /// <summary>A mask of all ones or none, and-ed or or-ed with a constant: the two cases are walked apart.</summary>
    private bool TryFork(in Insn insn, ref RegState dst, in RegState src)
    {
        if (insn.Op is not (Op.And64 or Op.And32 or Op.Or64 or Op.Or32) || !src.Num.IsConst) return true;
        bool whole = dst.Num.SMin == -1 && dst.Num.SMax == 0;
        if (!whole && !(dst.Num.SMin32 == -1 && dst.Num.SMax32 == 0)) return true;
        if (!v.Branches.TryPush(v.Pc, v.Pc, out var other)) return false;
        ref var otherDst = ref other.Current.Regs[insn.Dst];
        if (whole)
        {
            otherDst.SetConst(0);
            dst.SetConst(ulong.MaxValue);
            return true;
        }
        otherDst.Num.SetLow32(0);
        dst.Num.SetLow32(uint.MaxValue);
        return true;
    }
}
