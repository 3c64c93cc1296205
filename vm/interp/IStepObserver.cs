using Vm.Helpers;
using Vm.Isa;

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
    /// <param name="pc">Slot of the call.</param>
    /// <param name="binding">What was called.</param>
    /// <param name="arguments">R1-R5 as they were before; the binding says how many count.</param>
    /// <param name="result">R0.</param>
    void Called(int pc, HelperBinding binding, ReadOnlySpan<ulong> arguments, ulong result);
}
