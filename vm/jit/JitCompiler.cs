using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Vm.Allocations;
using Vm.Maps;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Jit;

/// <summary>Compiles verified programs to .NET IL, one dynamic method a function.</summary>
/// <remarks>
/// RyuJIT compiles dynamic methods fully optimised at once, but drops to unoptimised code past 60,000 IL bytes, 2,000 basic blocks
/// or 8,000 uses of locals (about 3,500 instructions in one function, which then run three times slower); results stay the same.
/// Nothing is allocated when the code runs.
/// <para>An outermost program must be entered after <see cref="ExecContext.BeginRun"/>. The frame pointer is put back when
/// a program returns, not when a <see cref="Helpers.LoopBudgetException"/> leaves it: there is no handler in generated code.</para>
/// </remarks>
public static class JitCompiler
{
    private static readonly Type[] s_entryParameters = [typeof(CompiledProgram), typeof(ulong), typeof(ExecContext)];

    private static readonly Type[] s_subprogramParameters =
        [typeof(CompiledProgram), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ExecContext)];

    /// <summary>Compiles a program. About 10 µs an instruction, most of it RyuJIT's.</summary>
    /// <param name="program">What to compile.</param>
    /// <param name="maps">Its live maps, one for each of the program's map specs; the result holds them.</param>
    /// <param name="options">Which compilation; null for the fast one.</param>
    /// <param name="objects">Where objects it makes live; the result holds it. Null when it makes none.</param>
    /// <exception cref="EngineRefusedException">The program uses something that is not simulated; <see cref="EngineSupport.TryRefuse"/> asks first.</exception>
    public static ExecutableProgram Compile(VerifiedProgram program, IReadOnlyList<Map> maps, JitOptions? options = null, AllocationHeap? objects = null)
    {
        EngineSupport.Demand(program, maps, objects);
        var data = new CompiledProgram(program.Name, [.. maps]);
        var methods = new DynamicMethod[program.Subprograms.Count];
        for (int i = 0; i < methods.Length; i++)
        {
            methods[i] = new DynamicMethod(
                program.Subprograms[i].Name, typeof(ulong), i == 0 ? s_entryParameters : s_subprogramParameters, typeof(CompiledProgram), skipVisibility: true)
            {
                InitLocals = false,
            };
            if (i > 0 && program.Subprograms[i].Callback) data.Callbacks[i] = new CompiledCallback();
        }

        var unit = new CompilationUnit(program, data, methods, options ?? JitOptions.Default, new ContextAccesses(program), objects);
        for (int i = 0; i < methods.Length; i++) new FunctionCompiler(unit, i).Compile();

        // Compile now, callees first, so that the first packet waits for nothing.
        for (int i = methods.Length - 1; i > 0; i--)
        {
            var entry = methods[i].CreateDelegate<SubprogramEntry>(data);
            RuntimeHelpers.PrepareDelegate(entry);
            if (data.Callbacks.TryGetValue(i, out var callback)) callback.Entry = entry;
        }
        var main = methods[0].CreateDelegate<BpfEntry>(data);
        RuntimeHelpers.PrepareDelegate(main);
        return new ExecutableProgram(program.Name, program.Source.Type, program.Source.AttachType, main, "jit", data.Callbacks.Values, objects is null ? maps : [.. maps, objects]) { HasFrags = program.Source.HasFrags, ContextBytes = program.ContextBytes, Loops = program.LoopPlaces() };
    }
}

/// <summary>What all functions of one compilation share.</summary>
internal sealed record CompilationUnit(VerifiedProgram Program, CompiledProgram Data, DynamicMethod[] Methods, JitOptions Options, ContextAccesses Context, AllocationHeap? Objects);
