using Vm.Programs;
using Vm.Specs;
namespace Vm.Verifier;
/// <summary>tmp</summary>
public static class ProgramVerifier
{
    /// <summary>tmp</summary>
    public static Verdict Verify(LinkedProgram program, ProgramKind kind, VerifierOptions options) => throw new InvalidOperationException();
}
