using Vm.Helpers;
using Vm.Isa;

namespace Vm.Verifier;

/// <summary>All that the verifier believed about the registers of a program, as the tree of paths it walked.</summary>
/// <remarks>
/// For tests of the verifier itself: given as <see cref="VerifierOptions.Beliefs"/> it is filled during a verification, and
/// <see cref="BeliefTrail"/> then follows a run through it. Each verification starts it anew, so one can serve many programs, one
/// after another. About 1.5 KB a visited instruction, kept for the next program.
/// </remarks>
/// <param name="most">Most visits to keep; a program that takes more is not followed.</param>
public sealed class Beliefs(int most = Beliefs.DefaultMost)
{
    /// <summary>Visits kept unless said otherwise: enough for all but a few generated programs.</summary>
    public const int DefaultMost = 16_384;

    /// <summary>R10 is always the frame's own.</summary>
    internal const int Registers = FrameState.Registers - 1;

    private readonly Dictionary<VerifierState, int> _checkpoints = [];
    private readonly Dictionary<int, int> _roots = [];
    private Belief[] _visits = new Belief[256];
    private RegState[] _registers = new RegState[256 * Registers];
    private Verification? _walk;

    /// <summary>True when the last verification fitted.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Visits kept of the last verification.</summary>
    public int Count { get; private set; }

    /// <summary>The visit the walk is at.</summary>
    internal int At { get; private set; }

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

    /// <summary>A verification begins.</summary>
    internal void Start(Verification walk)
    {
        _walk = walk;
        _checkpoints.Clear();
        _roots.Clear();
        Array.Clear(_visits, 0, Count);
        Count = 0;
        IsComplete = true;
    }

    /// <summary>A function is about to be walked on its own.</summary>
    internal void Enter() => At = Belief.None;

    /// <summary>The walk comes to an instruction.</summary>
    internal void Arrive()
    {
        var (cur, pc) = (_walk!.Cur, _walk.Pc);
        IsComplete &= Count < most;
        if (!IsComplete) return;
        if (Count == _visits.Length)
        {
            Array.Resize(ref _visits, Math.Min(most, 2 * Count));
            Array.Resize(ref _registers, _visits.Length * Registers);
        }
        int visit = Count++, parent = At;
        var frame = cur.Current;
        frame.Regs.AsSpan(0, Registers).CopyTo(_registers.AsSpan(visit * Registers));
        _visits[visit] = new Belief
        {
            Pc = pc, Frame = cur.CurFrame, InCallback = frame.InCallback, FirstChild = Belief.None, CoveredBy = Belief.None,
            NextSibling = parent == Belief.None ? Belief.None : _visits[parent].FirstChild,
        };
        if (parent == Belief.None) _roots[pc] = visit;
        else _visits[parent].FirstChild = visit;
        At = visit;
    }

    /// <summary>The walk takes up a path it left at a visit.</summary>
    internal void Resume(int visit) => At = visit;

    /// <summary>The current visit was stored as a checkpoint.</summary>
    internal void Store(VerifierState checkpoint) => _checkpoints[checkpoint] = At;

    /// <summary>The current visit needs no walking: a checkpoint covers it.</summary>
    internal void Cover(VerifierState checkpoint, bool everything)
    {
        if (!IsComplete) return;
        _visits[At].CoveredBy = _checkpoints[checkpoint];
        _visits[At].ComparedBy = everything ? null : checkpoint;
    }

    /// <summary>The comparison at the current visit also teaches about these places.</summary>
    internal void Link(LinkedPlaces links)
    {
        if (IsComplete) _visits[At].Links = links;
    }

    /// <summary>The instruction at the current visit ends a dynptr that lay in a slot.</summary>
    internal void Empty(int frame, int slot)
    {
        if (IsComplete) IsComplete = _visits[At].Emptied.TryAdd(frame, slot, isRegister: false);
    }
}
