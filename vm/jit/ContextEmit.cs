using System.Reflection.Emit;
using Vm.Isa;
using Vm.Programs;
using Vm.Proofs;

namespace Vm.Jit;

/// <summary>Accesses to context fields, rewritten by the field table to plain accesses or direct calls.</summary>
/// <remarks>The context register holds the native struct's address unmodified; the verifier refuses anything else.</remarks>
internal sealed class ContextEmit(Emission e)
{
    /// <summary>Emits a load or store of a field.</summary>
    public void Emit(int pc, Insn insn)
    {
        var access = e.Unit.Context.At(pc);
        if (insn.IsLoad)
        {
            if (access.Backing is ContextBacking.Methods methods) LoadThrough(methods, access, insn);
            else LoadPlain(access, insn);
            MemoryEmit.SignExtend(e.Il, insn);
            e.Registers.Store(insn.Dst);
        }
        else if (access.Backing is ContextBacking.Methods methods)
        {
            StoreThrough(methods, insn);
        }
        else
        {
            PushField(insn.Dst, access.Offset);
            MemoryEmit.LoadStored(e, insn);
            MemoryEmit.StoreIndirect(e.Il, access.Bytes);
        }
    }

    private void LoadPlain(ContextAccess access, Insn insn)
    {
        if (access.Bytes == 0)
        {
            e.LoadConstant(0);
            return;
        }
        PushField(insn.Src, access.Offset);
        MemoryEmit.LoadIndirect(e.Il, access.Bytes, signed: false);
    }

    private void LoadThrough(ContextBacking.Methods methods, ContextAccess access, Insn insn)
    {
        e.Registers.Load(insn.Src);
        e.Il.Emit(OpCodes.Call, methods.Get);
        if (access.Shift > 0)
        {
            e.Il.Emit(OpCodes.Ldc_I4, access.Shift);
            e.Il.Emit(OpCodes.Shr_Un);
        }
        if (access.Mask == ulong.MaxValue) return;
        e.LoadConstant((long)access.Mask);
        e.Il.Emit(OpCodes.And);
    }

    private void StoreThrough(ContextBacking.Methods methods, Insn insn)
    {
        e.Registers.Load(insn.Dst);
        MemoryEmit.LoadStored(e, insn);
        e.Il.Emit(OpCodes.Call, (insn.Form == Form.StoreImm ? methods.SetImmediate : null) ?? methods.Set!);
    }

    private void PushField(int register, int offset)
    {
        e.Registers.Load(register);
        if (offset == 0) return;
        e.LoadConstant(offset);
        e.Il.Emit(OpCodes.Add);
    }
}
