using System.Diagnostics;
using System.Reflection.Emit;
using Vm.Isa;

namespace Vm.Jit;

/// <summary>Arithmetic: one IL opcode where that is exactly the meaning, a call of the shared meaning otherwise.</summary>
/// <remarks>
/// Calls of <see cref="Arithmetic"/> are inlined, but RyuJIT's patience for inlining is limited in large functions, so the frequent
/// operations do without.
/// </remarks>
internal static class AluEmit
{
    /// <summary>Emits dst = dst op operand.</summary>
    public static void Emit(Emission e, Insn insn)
    {
        if (TryPlain(insn.Op, out var opcode)) EmitPlain(e, insn, opcode);
        else if (TryShift(insn.Op, out opcode)) EmitShift(e, insn, opcode);
        else if (TryConversions(insn.Op, out var conversions)) EmitConversions(e, insn, conversions);
        else if (insn is { Op: Op.Mov64, Form: _ } or { Op: Op.Mov32 }) EmitMove(e, insn);
        else if (insn.UsesImm && insn.Imm != 0 && TryDivision(insn.Op, out opcode)) EmitDivision(e, insn, opcode);
        else EmitCall(e, insn);
    }

    private static void EmitPlain(Emission e, Insn insn, OpCode opcode)
    {
        e.Registers.Load(insn.Dst);
        e.LoadOperand(insn);
        e.Il.Emit(opcode);
        Finish(e, insn);
    }

    private static void EmitShift(Emission e, Insn insn, OpCode opcode)
    {
        int mask = insn.Is32Bit ? 31 : 63;
        e.Registers.Load(insn.Dst);
        if (insn.Is32Bit) e.Il.Emit(OpCodes.Conv_I4);
        if (insn.UsesImm)
        {
            e.Il.Emit(OpCodes.Ldc_I4, (int)insn.Imm & mask);
        }
        else
        {
            // IL leaves oversized counts undefined; x64 masks by itself, and RyuJIT knows.
            e.Registers.Load(insn.Src);
            e.Il.Emit(OpCodes.Conv_I4);
            e.Il.Emit(OpCodes.Ldc_I4, mask);
            e.Il.Emit(OpCodes.And);
        }
        e.Il.Emit(opcode);
        if (insn.Is32Bit) e.Il.Emit(OpCodes.Conv_U8);
        e.Registers.Store(insn.Dst);
    }

    private static void EmitConversions(Emission e, Insn insn, (OpCode Narrow, OpCode Widen) conversions)
    {
        e.Registers.Load(insn.Form == Form.Dst ? insn.Dst : insn.Src);
        e.Il.Emit(conversions.Narrow);
        e.Il.Emit(conversions.Widen);
        e.Registers.Store(insn.Dst);
    }

    private static void EmitMove(Emission e, Insn insn)
    {
        if (insn.UsesImm)
        {
            e.LoadConstant(insn.Is32Bit ? (uint)insn.Imm : insn.Imm);
            e.Registers.Store(insn.Dst);
            return;
        }
        if (insn.Dst == insn.Src && !insn.Is32Bit) return;
        e.Registers.Load(insn.Src);
        Finish(e, insn);
    }

    /// <summary>Unsigned division by a constant other than 0.</summary>
    private static void EmitDivision(Emission e, Insn insn, OpCode opcode)
    {
        e.Registers.Load(insn.Dst);
        if (insn.Is32Bit)
        {
            e.Il.Emit(OpCodes.Conv_U4);
            e.Il.Emit(OpCodes.Ldc_I4, (int)insn.Imm);
            e.Il.Emit(opcode);
            e.Registers.StoreZeroExtended(insn.Dst);
            return;
        }
        e.LoadConstant(insn.Imm);
        e.Il.Emit(opcode);
        e.Registers.Store(insn.Dst);
    }

    private static void EmitCall(Emission e, Insn insn)
    {
        if (!OutOfLine.TryMethod(insn.Op, out var method)) throw new UnreachableException($"{insn.Op} has no meaning.");
        e.Registers.Load(insn.Dst);
        if (method.GetParameters().Length == 2) e.LoadOperand(insn);
        e.Il.Emit(OpCodes.Call, method);
        e.Registers.Store(insn.Dst);
    }

    private static void Finish(Emission e, Insn insn)
    {
        if (insn.Is32Bit)
        {
            e.Il.Emit(OpCodes.Conv_U4);
            e.Il.Emit(OpCodes.Conv_U8);
        }
        e.Registers.Store(insn.Dst);
    }

    private static bool TryPlain(Op op, out OpCode opcode)
    {
        (opcode, bool found) = op switch
        {
            Op.Add64 or Op.Add32 => (OpCodes.Add, true),
            Op.Sub64 or Op.Sub32 => (OpCodes.Sub, true),
            Op.Mul64 or Op.Mul32 => (OpCodes.Mul, true),
            Op.Or64 or Op.Or32 => (OpCodes.Or, true),
            Op.And64 or Op.And32 => (OpCodes.And, true),
            Op.Xor64 or Op.Xor32 => (OpCodes.Xor, true),
            _ => (OpCodes.Nop, false),
        };
        return found;
    }

    private static bool TryShift(Op op, out OpCode opcode)
    {
        (opcode, bool found) = op switch
        {
            Op.Lsh64 or Op.Lsh32 => (OpCodes.Shl, true),
            Op.Rsh64 or Op.Rsh32 => (OpCodes.Shr_Un, true),
            Op.Arsh64 or Op.Arsh32 => (OpCodes.Shr, true),
            _ => (OpCodes.Nop, false),
        };
        return found;
    }

    private static bool TryDivision(Op op, out OpCode opcode)
    {
        (opcode, bool found) = op switch
        {
            Op.Div64 or Op.Div32 => (OpCodes.Div_Un, true),
            Op.Mod64 or Op.Mod32 => (OpCodes.Rem_Un, true),
            _ => (OpCodes.Nop, false),
        };
        return found;
    }

    private static bool TryConversions(Op op, out (OpCode Narrow, OpCode Widen) conversions)
    {
        (conversions, bool found) = op switch
        {
            Op.MovSx8To64 => ((OpCodes.Conv_I1, OpCodes.Conv_I8), true),
            Op.MovSx16To64 => ((OpCodes.Conv_I2, OpCodes.Conv_I8), true),
            Op.MovSx32To64 => ((OpCodes.Conv_I4, OpCodes.Conv_I8), true),
            Op.MovSx8To32 => ((OpCodes.Conv_I1, OpCodes.Conv_U8), true),
            Op.MovSx16To32 => ((OpCodes.Conv_I2, OpCodes.Conv_U8), true),
            Op.Le16 => ((OpCodes.Conv_U2, OpCodes.Conv_U8), true),
            Op.Le32 => ((OpCodes.Conv_U4, OpCodes.Conv_U8), true),
            _ => (default((OpCode, OpCode)), false),
        };
        return found;
    }
}
