using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using Vm.Helpers;
using Vm.Isa;
using Vm.Maps;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Jit;

/// <summary>Calls: helpers and kfuncs directly, lookups in known arrays in place, subprograms as methods, tail calls, exceptions, legacy loads.</summary>
internal sealed class CallEmit(Emission e)
{
    private static readonly FieldInfo s_throwing = typeof(RunState).GetField(nameof(RunState.Throwing))!;
    private static readonly FieldInfo s_cookie = typeof(RunState).GetField(nameof(RunState.ThrowCookie))!;
    private static readonly MethodInfo s_goes = ((Func<ExecContext, uint, bool>)TailCall.Goes).Method;
    private static readonly MethodInfo s_enter = ((Func<ExecContext, ulong, ulong, ulong>)TailCall.Enter).Method;

    private readonly MapLookupEmit _lookups = new(e);
    private LocalBuilder? _packetValue;

    /// <summary>Emits a call of any kind.</summary>
    public void Emit(int pc, Insn insn)
    {
        if (insn.Op == Op.CallLocal)
        {
            EmitLocal(pc, insn);
            return;
        }
        if (!EngineSupport.TryBinding(e.Unit.Program, pc, out var binding)) throw new UnreachableException("Unbound calls are refused before.");
        int map = e.Facts(pc).MapIndex;
        if (map >= 0 && _lookups.TryEmit(binding, map, e.Facts(pc).ConstantKey)) return;
        long objectType = (long)EngineSupport.ObjectTypeAt(e.Unit.Program, pc, e.Unit.Objects);
        CallIl.Emit(
            e.Il, binding.Method, binding.Parameters, binding.IsKfunc, e.LoadExec,
            register => LoadArgument(register, objectType),
            parameter => map >= 0 && parameter.Type.IsAssignableTo(typeof(Map)) && TryLoadMap(map, parameter.Type));
        e.Registers.Store(0);
        if ((binding.Signature.Flags & CallFlags.TailCall) != 0) EmitTailCall();
        if ((binding.Signature.Flags & CallFlags.Throws) != 0) EmitThrown();
    }

    /// <summary>LD_ABS, LD_IND: a value below 0 means out of range and ends the function with 0.</summary>
    public void EmitPacketLoad(Insn insn)
    {
        var il = e.Il;
        _packetValue ??= il.DeclareLocal(typeof(long));
        var inRange = il.DefineLabel();
        e.Registers.Load(6);
        il.Emit(OpCodes.Ldc_I4, (int)insn.Imm);
        if (insn.Form == Form.PacketInd)
        {
            e.Registers.Load(insn.Src);
            il.Emit(OpCodes.Conv_I4);
            il.Emit(OpCodes.Add);
        }
        il.Emit(OpCodes.Ldc_I4, insn.SizeBytes);
        il.Emit(OpCodes.Call, e.Unit.Program.Kind.LegacyLoad!);
        il.Emit(OpCodes.Stloc, _packetValue);
        il.Emit(OpCodes.Ldloc, _packetValue);
        e.LoadConstant(0);
        il.Emit(OpCodes.Bge, inRange);
        e.LoadConstant(0);
        e.Leave();
        il.MarkLabel(inRange);
        il.Emit(OpCodes.Ldloc, _packetValue);
        e.Registers.Store(0);
    }

    /// <summary>bpf_obj_new gets its struct in place of what the program passes as R2.</summary>
    private void LoadArgument(int register, long objectType)
    {
        if (register == 2 && objectType != 0) e.LoadConstant(objectType);
        else e.Registers.Load(register);
    }

    private bool TryLoadMap(int map, Type type)
    {
        if (!e.MapAt(map).GetType().IsAssignableTo(type)) return false;
        e.LoadMap(map, type);
        return true;
    }

    private void EmitLocal(int pc, Insn insn)
    {
        e.LoadData();
        for (int register = 1; register <= 5; register++) e.Registers.Load(register);
        e.LoadExec();
        e.Il.Emit(OpCodes.Call, e.Unit.Methods[EngineSupport.SubprogramAt(e.Unit.Program, insn.Target(pc))]);
        e.Registers.Store(0);
        if (!e.Unit.Program.Throws) return;
        var next = e.Il.DefineLabel();
        e.LoadRun();
        e.Il.Emit(OpCodes.Ldfld, s_throwing);
        e.Il.Emit(OpCodes.Brfalse, next);
        EmitThrown();
        e.Il.MarkLabel(next);
    }

    /// <summary>Leaves a function that throws; the entry function asks who answers before it does.</summary>
    private void EmitThrown()
    {
        if (!e.IsEntry)
        {
            e.LoadConstant(0);
            e.Leave();
            return;
        }
        e.LoadRun();
        e.Il.Emit(OpCodes.Ldc_I4_0);
        e.Il.Emit(OpCodes.Stfld, s_throwing);
        int callback = e.Unit.Program.ExceptionCallback;
        if (callback >= 0) e.LoadData();
        e.LoadRun();
        e.Il.Emit(OpCodes.Ldfld, s_cookie);
        if (callback >= 0)
        {
            for (int register = 2; register <= 5; register++) e.LoadConstant(0);
            e.LoadExec();
            e.Il.Emit(OpCodes.Call, e.Unit.Methods[callback]);
        }
        e.Leave();
    }

    private void EmitTailCall()
    {
        var next = e.Il.DefineLabel();
        var source = e.Unit.Program.Source;
        e.LoadExec();
        e.Il.Emit(OpCodes.Ldc_I4, unchecked((int)new TailCallOwner(source.Type, source.AttachType, source.HasFrags).Number));
        e.Il.Emit(OpCodes.Call, s_goes);
        e.Il.Emit(OpCodes.Brfalse, next);
        e.LoadExec();
        e.Registers.Load(1);
        e.Registers.Load(10);
        e.Il.Emit(OpCodes.Call, s_enter);
        e.Leave();
        e.Il.MarkLabel(next);
    }
}
