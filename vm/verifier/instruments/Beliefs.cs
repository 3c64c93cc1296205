using Vm.Helpers;
using Vm.Isa;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Instruments;

/// <summary>All that the verifier believed about the registers of a program, as the tree of paths it walked.</summary>
/// <remarks>
/// For tests of the verifier itself: given to <see cref="ProgramVerifier.Verify"/> it is filled during a verification, and
/// <see cref="BeliefTrail"/> then follows a run through it. Each verification starts it anew, so one can serve many programs, one
/// after another. About 1.5 KB a visited instruction, kept for the next program.
/// </remarks>
/// <param name="most">Most visits to keep; a program that takes more is not followed.</param>
public sealed class Beliefs(int most = Beliefs.DefaultMost) : WalkWitness
{
    /// <summary>Visits kept unless said otherwise: enough for all but a few generated programs.</summary>
    public const int DefaultMost = 16_384;

    /// <summary>R10 is always the frame's own.</summary>
    internal const int Registers = FrameState.Registers - 1;

    private readonly Dictionary<VerifierState, int> _checkpoints = [];
    private readonly Dictionary<int, int> _roots = [];
    private Belief[] _visits = new Belief[256];
    private RegState[] _registers = new RegState[256 * Registers];
    private VerifierEnv? _walk;

    /// <summary>True when the last verification fitted.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Visits kept of the last verification.</summary>
    public int Count { get; private set; }

    private int _at;

    /// <inheritdoc/>
    internal override int At => _at;

    internal ref readonly Belief this[int visit] => ref _visits[visit];

    /// <summary>R0-R9 as believed at a visit.</summary>
    internal ReadOnlySpan<RegState> RegistersAt(int visit) => _registers.AsSpan(visit * Registers, Registers);

    internal Insn InsnAt(int visit) => _walk!.Insns[_visits[visit].Pc];

    /// <summary>What the call at a visit was bound to; null when it is none.</summary>
    internal HelperBinding? CallAt(int visit) => _walk!.Facts[_visits[visit].Pc].Call;

    /// <summary>The first visit of a function walked on its own.</summary>
    internal bool TryRoot(int pc, out int visit) => _roots.TryGetValue(pc, out visit);

    /// <summary>A register's belief in the notation of the kernel's log.</summary>
    internal string TextOf(int visit, int register) => _walk!.Printer.Register(RegistersAt(visit)[register], _visits[visit].Frame);

    /// <summary>An instruction's number and text.</summary>
    internal string TextOf(int visit) => $"insn {_visits[visit].Pc} ({_walk!.Text(InsnAt(visit))})";

    /// <inheritdoc/>
    internal override void Start(VerifierEnv walk)
    {
        _walk = walk;
        _checkpoints.Clear();
        _roots.Clear();
        Array.Clear(_visits, 0, Count);
        Count = 0;
        IsComplete = true;
    }

    /// <inheritdoc/>
    internal override void Enter() => _at = Belief.None;

    /// <inheritdoc/>
    internal override void Arrive()
    {
        var (cur, pc) = (_walk!.Cur, _walk.Pc);
        IsComplete &= Count < most;
        if (!IsComplete) return;
        if (Count == _visits.Length)
        {
            Array.Resize(ref _visits, Math.Min(most, 2 * Count));
            Array.Resize(ref _registers, _visits.Length * Registers);
        }
        int visit = Count++, parent = _at;
        var frame = cur.Current;
        frame.Regs.AsSpan(0, Registers).CopyTo(_registers.AsSpan(visit * Registers));
        _visits[visit] = new Belief
        {
            Pc = pc, Frame = cur.CurFrame, InCallback = frame.InCallback, FirstChild = Belief.None, CoveredBy = Belief.None,
            NextSibling = parent == Belief.None ? Belief.None : _visits[parent].FirstChild,
        };
        if (parent == Belief.None) _roots[pc] = visit;
        else _visits[parent].FirstChild = visit;
        _at = visit;
    }

    /// <inheritdoc/>
    internal override void Resume(int visit) => _at = visit;

    /// <inheritdoc/>
    internal override void Store(VerifierState checkpoint) => _checkpoints[checkpoint] = At;

    /// <inheritdoc/>
    internal override void Cover(VerifierState checkpoint, bool everything)
    {
        if (!IsComplete) return;
        _visits[At].CoveredBy = _checkpoints[checkpoint];
        _visits[At].ComparedBy = everything ? null : checkpoint;
    }

    /// <inheritdoc/>
    internal override void Link(LinkedPlaces links)
    {
        if (IsComplete) _visits[At].Links = links;
    }

    /// <inheritdoc/>
    internal override void Empty(int frame, int slot)
    {
        if (IsComplete) IsComplete = _visits[At].Emptied.TryAdd(frame, slot, isRegister: false);
    }
}
