using Vm.Helpers;
using Vm.Maps;
using Vm.Runtime;

namespace Vm.Jit;

/// <summary>What the generated code of one program reaches besides its arguments: the hidden first argument of every function of it.</summary>
internal sealed class CompiledProgram(string name, Map[] maps)
{
    /// <summary>Live maps by index.</summary>
    public readonly Map[] Maps = maps;

    /// <summary>Function name, for faults.</summary>
    public readonly string Name = name;

    /// <summary>Functions whose address the program takes, by subprogram; freed with the program.</summary>
    public readonly Dictionary<int, CompiledCallback> Callbacks = [];
}

/// <summary>A subprogram as generated code: five arguments in, R0 out.</summary>
internal delegate ulong SubprogramEntry(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, ExecContext x);

/// <summary>A compiled subprogram as a guest value.</summary>
internal sealed class CompiledCallback : GuestCallback
{
    /// <summary>The code; set once all functions of the program exist.</summary>
    public SubprogramEntry? Entry { get; set; }

    /// <inheritdoc/>
    public override ulong Invoke(ExecContext x, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Entry!(r1, r2, r3, r4, r5, x);
}
