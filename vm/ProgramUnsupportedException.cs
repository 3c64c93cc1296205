using Vm.Abi;
using Vm.Specs;
using Vm.Verifier;

namespace Vm;

/// <summary>A program needs something of the kernel that is not simulated, and the caller asked to be told by exception.</summary>
public sealed class ProgramUnsupportedException(LinkedProgram program, VerifierResult.Unsupported result)
    : NotSimulatedException(program.ObjectName, $"program {program.Spec.Name}, instruction {result.Pc}", result.What)
{
    /// <summary>The program as it was linked.</summary>
    public LinkedProgram Linked => program;

    /// <summary>What it needs, where, and the log.</summary>
    public VerifierResult.Unsupported Result => result;
}
