using Vm.Allocations;
using Vm.Maps;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Interp;

/// <summary>The slow, obvious engine: the oracle the compiled one is compared with, and the one that can be watched.</summary>
/// <remarks>
/// It takes nothing on trust that it can check: each access is tested against the live memory of the run, each context access
/// against the field table. About 10 to 30 ns an instruction.
/// </remarks>
public static class Interpreter
{
    /// <summary>Makes a program runnable.</summary>
    /// <param name="program">What to run.</param>
    /// <param name="maps">Its live maps, one for each of the program's map specs; the result holds them.</param>
    /// <param name="observer">Watches every step; null for none.</param>
    /// <param name="objects">Where objects it makes live; the result holds it. Null when it makes none.</param>
    /// <exception cref="EngineRefusedException">The program uses something that is not simulated; <see cref="EngineSupport.TryRefuse"/> asks first.</exception>
    public static ExecutableProgram Load(VerifiedProgram program, IReadOnlyList<Map> maps, IStepObserver? observer = null, AllocationHeap? objects = null)
    {
        EngineSupport.Demand(program, maps, objects);
        var machine = new Machine(program, maps, observer, objects);
        return new ExecutableProgram(program.Name, program.Source.Type, program.Source.AttachType, machine.Run, "interpreter", machine.Callbacks, objects is null ? maps : [.. maps, objects]) { HasFrags = program.Source.HasFrags, ContextBytes = program.ContextBytes, Loops = program.LoopPlaces() };
    }
}
