using Vm.Abi;
using Vm.Proofs;

namespace Vm.Verifier;

/// <summary>What the verifier decided. A value: a refused program is no exception.</summary>
/// <param name="Log">The log, as much of it as the options asked for.</param>
/// <param name="Stats">How much work it took.</param>
public abstract record VerifierResult(string Log, VerifierStats Stats)
{
    /// <summary>The program is safe.</summary>
    /// <param name="Program">The proof and its by-products.</param>
    /// <param name="Log">The log.</param>
    public sealed record Accepted(VerifiedProgram Program, string Log) : VerifierResult(Log, Program.Stats);

    /// <summary>The program cannot be shown to be safe.</summary>
    /// <param name="Pc">Slot at which the walk stopped.</param>
    /// <param name="Errno">What bpf(2) returns.</param>
    /// <param name="Message">Why, in the kernel's words; several lines are separated by newlines.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Stats">How much work it took.</param>
    public sealed record Rejected(int Pc, Errno Errno, string Message, string Log, VerifierStats Stats) : VerifierResult(Log, Stats);

    /// <summary>Nobody here can tell: the program needs something of the kernel that is not simulated. The kernel may well take it.</summary>
    /// <param name="Pc">Slot at which the walk stopped.</param>
    /// <param name="What">What it needs, in our words, without a full stop.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Stats">How much work it took.</param>
    public sealed record Unsupported(int Pc, string What, string Log, VerifierStats Stats) : VerifierResult(Log, Stats);
}
