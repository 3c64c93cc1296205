using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Emits the call of a bound method: registers in, R0 out. The JIT uses it in place, the interpreter through stubs.</summary>
public static class CallIl
{
    private static readonly MethodInfo s_resolve = typeof(CallIl).GetMethod(nameof(ResolveOrNull), BindingFlags.Static | BindingFlags.Public)!;

    /// <summary>Emits one call. Leaves R0 as a 64-bit value on the evaluation stack, also for void methods (0).</summary>
    /// <param name="il">Where to.</param>
    /// <param name="method">The bound method.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="kfunc">True for kfuncs, whose int results are zero-extended as the x86 calling convention leaves them.</param>
    /// <param name="loadExec">Pushes the simulated CPU.</param>
    /// <param name="loadRegister">Pushes register 1-5 as a 64-bit value.</param>
    /// <param name="loadObject">
    /// Pushes the object of an <see cref="ParameterShape.Referent"/> parameter when the caller knows it (a map that is the same on every path)
    /// and returns true; null or false: the handle in the register is resolved.
    /// </param>
    public static void Emit(
        ILGenerator il,
        MethodInfo method,
        IReadOnlyList<ParameterBinding> parameters,
        bool kfunc,
        Action loadExec,
        Action<int> loadRegister,
        Func<ParameterBinding, bool>? loadObject = null)
    {
        foreach (var parameter in parameters)
        {
            switch (parameter.Shape)
            {
                case ParameterShape.Exec:
                    loadExec();
                    if (parameter.Type != typeof(ExecContext)) Reinterpret(il, parameter.Type);
                    break;
                case ParameterShape.Word:
                    loadRegister(parameter.Register);
                    break;
                case ParameterShape.Word32:
                    loadRegister(parameter.Register);
                    il.Emit(OpCodes.Conv_U4);
                    break;
                case ParameterShape.Wrapped:
                    loadRegister(parameter.Register);
                    il.Emit(OpCodes.Newobj, parameter.Type.GetConstructor([typeof(ulong)])!);
                    break;
                case ParameterShape.Referent:
                    if (loadObject is not null && loadObject(parameter)) break;
                    loadRegister(parameter.Register);
                    il.Emit(OpCodes.Call, s_resolve);
                    Reinterpret(il, parameter.Type);
                    break;
                case ParameterShape.Span:
                    loadRegister(parameter.Register);
                    il.Emit(OpCodes.Conv_U);
                    loadRegister(parameter.Register + 1);
                    il.Emit(OpCodes.Conv_I4);
                    il.Emit(OpCodes.Newobj, parameter.Type.GetConstructor([typeof(void*), typeof(int)])!);
                    break;
                case ParameterShape.BufferOrNull:
                    loadRegister(parameter.Register);
                    loadRegister(parameter.Register + 1);
                    il.Emit(OpCodes.Conv_U4);
                    il.Emit(OpCodes.Newobj, parameter.Type.GetConstructor([typeof(ulong), typeof(uint)])!);
                    break;
            }
        }
        il.Emit(OpCodes.Call, method);
        EmitResult(il, method.ReturnType, kfunc);
    }

    /// <summary>Makes the uniform stub of a bound method.</summary>
    public static HelperStub MakeStub(string name, MethodInfo method, IReadOnlyList<ParameterBinding> parameters, bool kfunc)
    {
        var stub = new DynamicMethod(
            name, typeof(ulong), [typeof(ExecContext), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong)], typeof(CallIl).Module, true);
        var il = stub.GetILGenerator();
        Emit(il, method, parameters, kfunc, () => il.Emit(OpCodes.Ldarg_0), register => il.Emit(OpCodes.Ldarg_S, (byte)register));
        il.Emit(OpCodes.Ret);
        return stub.CreateDelegate<HelperStub>();
    }

    /// <summary>The object behind a guest handle; null for handle 0.</summary>
    public static GuestReferent? ResolveOrNull(ulong handle) => handle == 0 ? null : GuestReferent.Resolve<GuestReferent>(handle);

    private static void Reinterpret(ILGenerator il, Type type) =>
        il.Emit(OpCodes.Call, typeof(Unsafe).GetMethod(nameof(Unsafe.As), 1, [typeof(object)])!.MakeGenericMethod(type));

    private static void EmitResult(ILGenerator il, Type type, bool kfunc)
    {
        if (type == typeof(void)) il.Emit(OpCodes.Ldc_I8, 0L);
        else if (type == typeof(int)) il.Emit(kfunc ? OpCodes.Conv_U8 : OpCodes.Conv_I8);
        else if (type == typeof(uint) || type == typeof(bool)) il.Emit(OpCodes.Conv_U8);
        else if (type != typeof(long) && type != typeof(ulong))
        {
            // A wrapper around one ulong: take its field through a local, as the value itself has no address.
            var local = il.DeclareLocal(type);
            il.Emit(OpCodes.Stloc, local);
            il.Emit(OpCodes.Ldloca, local);
            il.Emit(OpCodes.Ldind_I8);
        }
    }
}
