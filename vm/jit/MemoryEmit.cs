using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using Vm.Isa;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Jit;

/// <summary>Loads, stores and atomics. Guest pointers are native addresses, so most are one machine instruction.</summary>
internal sealed class MemoryEmit(Emission e)
{
    private static readonly MethodInfo s_readable = ((Func<ulong, ExecContext, int, string, int, ulong>)GuestAccess.Readable).Method;
    private static readonly MethodInfo s_writable = ((Func<ulong, ExecContext, int, string, int, ulong>)GuestAccess.Writable).Method;
    private static readonly MethodInfo s_probe = ((Func<ulong, ExecContext, int, ulong>)GuestAccess.Probe).Method;

    private readonly ContextEmit _context = new(e);

    /// <summary>Emits a memory instruction.</summary>
    public void Emit(int pc, Insn insn)
    {
        if (insn.IsAtomic) EmitAtomic(pc, insn);
        else if (e.Slots.TryLocal(pc, out var local)) EmitLocal(insn, local);
        else if (e.Facts(pc) is { Access: AccessKind.Context, ContextField: >= 0 }) _context.Emit(pc, insn);
        else if (insn.IsLoad && e.Facts(pc).Access == AccessKind.Probe) EmitProbe(insn);
        else if (insn.IsLoad) EmitLoad(pc, insn);
        else EmitStore(pc, insn);
    }

    /// <summary>Emits a load of 1, 2, 4 or 8 bytes from the address on the evaluation stack; 64 bits are left there.</summary>
    public static void LoadIndirect(ILGenerator il, int bytes, bool signed)
    {
        if (bytes > 1) il.Emit(OpCodes.Unaligned, (byte)1);
        il.Emit(bytes switch
        {
            1 => signed ? OpCodes.Ldind_I1 : OpCodes.Ldind_U1,
            2 => signed ? OpCodes.Ldind_I2 : OpCodes.Ldind_U2,
            4 => signed ? OpCodes.Ldind_I4 : OpCodes.Ldind_U4,
            _ => OpCodes.Ldind_I8,
        });
        if (bytes < 8) il.Emit(signed ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
    }

    /// <summary>Emits a store of the low bytes of the value on the evaluation stack to the address below it.</summary>
    public static void StoreIndirect(ILGenerator il, int bytes)
    {
        if (bytes == 4) il.Emit(OpCodes.Conv_I4);
        if (bytes < 4) il.Emit(OpCodes.Conv_I4);
        if (bytes > 1) il.Emit(OpCodes.Unaligned, (byte)1);
        il.Emit(bytes switch
        {
            1 => OpCodes.Stind_I1,
            2 => OpCodes.Stind_I2,
            4 => OpCodes.Stind_I4,
            _ => OpCodes.Stind_I8,
        });
    }

    /// <summary>Pushes what a store stores.</summary>
    public static void LoadStored(Emission e, Insn insn)
    {
        if (insn.Form == Form.StoreImm) e.LoadConstant(insn.Imm);
        else e.Registers.Load(insn.Src);
    }

    private void EmitLoad(int pc, Insn insn)
    {
        LoadAddress(insn.Src, insn.Off);
        Check(pc, insn, s_readable);
        LoadIndirect(e.Il, insn.SizeBytes, insn.SignExtends);
        e.Registers.Store(insn.Dst);
    }

    private void EmitStore(int pc, Insn insn)
    {
        LoadAddress(insn.Dst, insn.Off);
        Check(pc, insn, s_writable);
        LoadStored(e, insn);
        StoreIndirect(e.Il, insn.SizeBytes);
    }

    private void EmitProbe(Insn insn)
    {
        LoadAddress(insn.Src, insn.Off);
        e.LoadExec();
        e.Il.Emit(OpCodes.Ldc_I4, insn.SizeBytes);
        e.Il.Emit(OpCodes.Call, s_probe);
        SignExtend(e.Il, insn);
        e.Registers.Store(insn.Dst);
    }

    private void EmitLocal(Insn insn, LocalBuilder local)
    {
        if (insn.IsLoad)
        {
            e.Il.Emit(OpCodes.Ldloc, local);
            SignExtend(e.Il, insn);
            e.Registers.Store(insn.Dst);
            return;
        }
        LoadStored(e, insn);
        Narrow(e.Il, insn.SizeBytes);
        e.Il.Emit(OpCodes.Stloc, local);
    }

    private void EmitAtomic(int pc, Insn insn)
    {
        if (!OutOfLine.TryMethod(insn.Op, out var method)) throw new UnreachableException($"{insn.Op} has no meaning.");
        bool compares = insn.AtomicKind == AtomicKind.CmpXchg;
        LoadAddress(insn.Dst, insn.Off);
        Check(pc, insn, s_writable);
        if (compares) e.Registers.Load(0);
        e.Registers.Load(insn.Src);
        e.Il.Emit(OpCodes.Call, method);
        if (insn.Fetches) e.Registers.Store(compares ? 0 : insn.Src);
    }

    private void LoadAddress(int register, short offset)
    {
        e.Registers.Load(register);
        if (offset == 0) return;
        e.LoadConstant(offset);
        e.Il.Emit(OpCodes.Add);
    }

    /// <summary>In a checked compilation: the address on the evaluation stack goes through a question first.</summary>
    private void Check(int pc, Insn insn, MethodInfo question)
    {
        if (!e.Unit.Options.Checked) return;
        e.LoadExec();
        e.Il.Emit(OpCodes.Ldc_I4, insn.SizeBytes);
        e.LoadName();
        e.Il.Emit(OpCodes.Ldc_I4, pc);
        e.Il.Emit(OpCodes.Call, question);
    }

    /// <summary>Emits the sign extension of a load, if it has one.</summary>
    public static void SignExtend(ILGenerator il, Insn insn)
    {
        if (!insn.SignExtends) return;
        il.Emit(insn.SizeBytes switch { 1 => OpCodes.Conv_I1, 2 => OpCodes.Conv_I2, _ => OpCodes.Conv_I4 });
        il.Emit(OpCodes.Conv_I8);
    }

    private static void Narrow(ILGenerator il, int bytes)
    {
        if (bytes == 8) return;
        il.Emit(bytes switch { 1 => OpCodes.Conv_U1, 2 => OpCodes.Conv_U2, _ => OpCodes.Conv_U4 });
        il.Emit(OpCodes.Conv_U8);
    }
}
