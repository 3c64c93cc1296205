using Vm.Interp;
using Vm.Isa;
using Vm.Programs;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier;
using Vm.Verifier.Instruments;

namespace Sim.Fuzz;

/// <summary>Holds every step of the checked interpreter against what the verifier believed when it accepted the program.</summary>
/// <remarks>
/// A program is verified twice, the second time with a checkpoint wherever paths can meet: as many are cut off as can be, and each is
/// a chance to cut off a wrong one. One observer serves all programs of a bench.
/// </remarks>
internal sealed class BeliefObserver : IStepObserver
{
    private readonly Following _normal = new(new VerifierOptions()), _dense = new(new VerifierOptions { StateAtEveryPoint = true });
    private int _straight;

    /// <summary>False when the program verified last took more states than are kept; nothing is compared then.</summary>
    public bool IsComplete => _normal.Beliefs.IsComplete;

    /// <summary>True when the last run could not be followed to its end.</summary>
    public bool IsLost => _normal.Trail.IsLost;

    /// <summary>Verifies a program and keeps what was believed, until the next one.</summary>
    public VerifierResult Verify(LinkedProgram program, ProgramKind kind)
    {
        var verdict = ProgramVerifier.Verify(program, kind, _normal.Options, _normal.Beliefs);
        // A checkpoint everywhere may be too much for the limits. Nothing else about the verdict can change.
        _dense.IsOn = verdict is VerifierResult.Accepted && ProgramVerifier.Verify(program, kind, _dense.Options, _dense.Beliefs) is VerifierResult.Accepted;
        return verdict;
    }

    /// <summary>A run of the program verified last begins.</summary>
    public void Begin()
    {
        _straight = 0;
        _normal.Trail.Begin();
        _dense.Trail.Begin();
    }

    /// <inheritdoc/>
    /// <exception cref="WrongBeliefException">A belief does not hold: the run must not go on, it might never end.</exception>
    public void Step(int pc, in Insn insn, ReadOnlySpan<ulong> registers)
    {
        _normal.Step(pc, registers);
        _dense.Step(pc, registers);
        // Where no callback returns and nothing counts its rounds, a run does not go where the verifier was not, nor anywhere twice.
        _straight = insn.Op is Op.Exit or Op.MayGoto ? 0 : _straight + 1;
        if (_straight > _normal.Options.InsnLimit) throw new WrongBeliefException($"insn {pc}: more instructions have run in a row than the verifier looked at");
    }

    /// <inheritdoc/>
    public void Called(in ObservedCall call, ReadOnlySpan<ulong> arguments, ulong result) => _straight = 0;

    private sealed class Following
    {
        public Following(VerifierOptions options)
        {
            Options = options;
            Trail = new BeliefTrail(Beliefs);
        }

        public Beliefs Beliefs { get; } = new();

        public BeliefTrail Trail { get; }

        public VerifierOptions Options { get; }

        public bool IsOn { get; set; } = true;

        public void Step(int pc, ReadOnlySpan<ulong> registers)
        {
            if (!IsOn) return;
            Trail.Step(pc, registers);
            if (Trail.Complaint is { } complaint) throw new WrongBeliefException(complaint);
        }
    }
}

/// <summary>A verified program did what the verifier had ruled out; the message says where.</summary>
internal sealed class WrongBeliefException(string message) : Exception(message);
