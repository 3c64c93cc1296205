using System.Reflection.Emit;

namespace Vm.Jit;

/// <summary>R0-R10 as IL locals, and the ways to push and pop them.</summary>
internal sealed class RegisterMap
{
    private readonly ILGenerator _il;
    private readonly LocalBuilder[] _locals = new LocalBuilder[11];

    public RegisterMap(ILGenerator il)
    {
        _il = il;
        for (int i = 0; i < _locals.Length; i++) _locals[i] = il.DeclareLocal(typeof(ulong));
    }

    /// <summary>Pushes a register.</summary>
    public void Load(int register) => _il.Emit(OpCodes.Ldloc, _locals[register]);

    /// <summary>Pops a 64-bit value into a register.</summary>
    public void Store(int register) => _il.Emit(OpCodes.Stloc, _locals[register]);

    /// <summary>Pops a 32-bit value into a register, zero-extended.</summary>
    public void StoreZeroExtended(int register)
    {
        _il.Emit(OpCodes.Conv_U8);
        Store(register);
    }
}
