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
    private int _straight;

    public BeliefObserver()
    {
        Options = new VerifierOptions { Beliefs = _beliefs };
        _trail = new BeliefTrail(_beliefs);
    }

    /// <summary>What to verify with.</summary>
    public VerifierOptions Options { get; }

    /// <summary>False when the program verified last took more states than are kept; nothing is compared then.</summary>
    public bool IsComplete => _beliefs.IsComplete;

    /// <summary>True when the last run could not be followed to its end.</summary>
    public bool IsLost => _trail.IsLost;

    /// <summary>A run begins.</summary>
    public void Begin()
    {
        _straight = 0;
        _trail.Begin();
    }

    /// <inheritdoc/>
    /// <exception cref="WrongBeliefException">A belief does not hold: the run must not go on, it might never end.</exception>
    public void Step(int pc, in Insn insn, ReadOnlySpan<ulong> registers)
    {
        _trail.Step(pc, registers);
        if (_trail.Complaint is { } complaint) throw new WrongBeliefException(complaint);
        // Where no callback returns and nothing counts its rounds, a run does not go where the verifier was not, nor anywhere twice.
        _straight = insn.Op is Op.Exit or Op.MayGoto ? 0 : _straight + 1;
        if (_straight > Options.InsnLimit) throw new WrongBeliefException($"insn {pc}: more instructions have run in a row than the verifier looked at");
    }

    /// <inheritdoc/>
    public void Called(int pc, HelperBinding binding, ReadOnlySpan<ulong> arguments, ulong result) => _straight = 0;
}

/// <summary>A verified program did what the verifier had ruled out; the message says where.</summary>
internal sealed class WrongBeliefException(string message) : Exception(message);
