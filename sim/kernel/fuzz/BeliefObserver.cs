using Vm.Helpers;
using Vm.Interp;
using Vm.Isa;
using Vm.Verifier;

namespace Sim.Kernel;

/// <summary>Holds every step of the checked interpreter against what the verifier believed when it accepted the program.</summary>
/// <remarks>One for all programs of a bench: verify with <see cref="Options"/>, run with this as observer.</remarks>
internal sealed class BeliefObserver : IStepObserver
{
    private readonly Beliefs _beliefs = new();
    private readonly BeliefTrail _trail;

    public BeliefObserver()
    {
        Options = new VerifierOptions { Beliefs = _beliefs };
        _trail = new BeliefTrail(_beliefs);
    }

    /// <summary>What to verify with.</summary>
    public VerifierOptions Options { get; }

    /// <summary>False when the program verified last took more states than are kept; nothing is compared then.</summary>
    public bool IsComplete => _beliefs.IsComplete;

    /// <summary>What did not hold in the last run; null when everything did.</summary>
    public string? Complaint => _trail.Complaint;

    /// <summary>A run begins.</summary>
    public void Begin() => _trail.Begin();

    /// <inheritdoc/>
    public void Step(int pc, in Insn insn, ReadOnlySpan<ulong> registers) => _trail.Step(pc, registers);

    /// <inheritdoc/>
    public void Called(int pc, HelperBinding binding, ReadOnlySpan<ulong> arguments, ulong result)
    {
    }
}
