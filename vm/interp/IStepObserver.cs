using Vm.Helpers;
using Vm.Isa;
using Vm.Proofs;
using Vm.Runtime;

namespace Vm.Interp;

/// <summary>Watches a program instruction by instruction. Spans are valid during the call only.</summary>
public interface IStepObserver
{
    /// <summary>An instruction is about to run.</summary>
    /// <param name="pc">Its slot.</param>
    /// <param name="insn">The instruction.</param>
    /// <param name="registers">R0-R10 before it.</param>
    void Step(int pc, in Insn insn, ReadOnlySpan<ulong> registers);

    /// <summary>A helper or kfunc has returned.</summary>
    /// <param name="call">Which call.</param>
    /// <param name="arguments">R1-R5 as they were before; the binding says how many count.</param>
    /// <param name="result">R0.</param>
    void Called(in ObservedCall call, ReadOnlySpan<ulong> arguments, ulong result);
}

/// <summary>A call that has returned.</summary>
/// <param name="Program">The program it is in.</param>
/// <param name="Pc">Its slot.</param>
/// <param name="Binding">What was called.</param>
/// <param name="Target">For bpf_tail_call the program that goes on; null when there was none, and for other calls.</param>
public readonly record struct ObservedCall(VerifiedProgram Program, int Pc, HelperBinding Binding, ExecutableProgram? Target);
