using System.Reflection.Emit;
using Vm.Helpers;
using Vm.Isa;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Jit;

/// <summary>Jumps. A branch that is known to go one way is emitted as a jump or as nothing.</summary>
internal sealed class BranchEmit(Emission e)
{
    private LocalBuilder? _mayGotoLeft;

    /// <summary>Gives the function its may_goto allowance, if it uses the instruction.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, do_misc_fixups, BPF_MAY_GOTO; include/linux/bpf.h, BPF_MAX_LOOPS.</remarks>
    public void Enter()
    {
        for (int pc = e.Function.Start; pc < e.Function.End && _mayGotoLeft is null; pc++)
        {
            if (!e.Facts(pc).Reached || e.Insn(pc).Op != Op.MayGoto) continue;
            _mayGotoLeft = e.Il.DeclareLocal(typeof(int));
            e.Il.Emit(OpCodes.Ldc_I4, (int)LoopHelpers.MaxLoops);
            e.Il.Emit(OpCodes.Stloc, _mayGotoLeft);
        }
    }

    /// <summary>Emits a jump.</summary>
    public void Emit(int pc, Insn insn)
    {
        var fact = e.Facts(pc).Branch;
        if (fact == BranchFact.NeverTaken) return;
        var target = e.LabelOf(insn.Target(pc));
        if (insn.Op is Op.Ja or Op.JaLong || fact == BranchFact.AlwaysTaken) e.Il.Emit(OpCodes.Br, target);
        else if (insn.Op == Op.MayGoto) EmitMayGoto(target);
        else EmitComparison(insn, target);
    }

    private void EmitMayGoto(Label target)
    {
        e.Il.Emit(OpCodes.Ldloc, _mayGotoLeft!);
        e.Il.Emit(OpCodes.Brfalse, target);
        e.Il.Emit(OpCodes.Ldloc, _mayGotoLeft!);
        e.Il.Emit(OpCodes.Ldc_I4_1);
        e.Il.Emit(OpCodes.Sub);
        e.Il.Emit(OpCodes.Stloc, _mayGotoLeft!);
        e.LoadExec();
        e.Il.Emit(OpCodes.Call, ((Action<ExecContext>)LoopHelpers.Charge).Method);
    }

    private void EmitComparison(Insn insn, Label target)
    {
        e.Registers.Load(insn.Dst);
        if (insn.Is32Bit) e.Il.Emit(OpCodes.Conv_I4);
        if (insn.Is32Bit && insn.UsesImm)
        {
            e.Il.Emit(OpCodes.Ldc_I4, (int)insn.Imm);
        }
        else
        {
            e.LoadOperand(insn);
            if (insn.Is32Bit) e.Il.Emit(OpCodes.Conv_I4);
        }
        if (insn.Op is Op.Jset64 or Op.Jset32) e.Il.Emit(OpCodes.And);
        e.Il.Emit(BranchOf(insn.Op), target);
    }

    private static OpCode BranchOf(Op op) => op switch
    {
        Op.Jeq64 or Op.Jeq32 => OpCodes.Beq,
        Op.Jne64 or Op.Jne32 => OpCodes.Bne_Un,
        Op.Jgt64 or Op.Jgt32 => OpCodes.Bgt_Un,
        Op.Jge64 or Op.Jge32 => OpCodes.Bge_Un,
        Op.Jlt64 or Op.Jlt32 => OpCodes.Blt_Un,
        Op.Jle64 or Op.Jle32 => OpCodes.Ble_Un,
        Op.Jset64 or Op.Jset32 => OpCodes.Brtrue,
        Op.Jsgt64 or Op.Jsgt32 => OpCodes.Bgt,
        Op.Jsge64 or Op.Jsge32 => OpCodes.Bge,
        Op.Jslt64 or Op.Jslt32 => OpCodes.Blt,
        Op.Jsle64 or Op.Jsle32 => OpCodes.Ble,
        _ => throw new System.Diagnostics.UnreachableException($"{op} is no comparison."),
    };
}
