using Vm.Isa;

namespace Vm.Cfg;

/// <summary>What a call does that control flow has to know.</summary>
[Flags]
public enum CallTraits
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Runs a callback before it returns.</summary>
    CallsBack = 1,

    /// <summary>Registers a callback that runs later.</summary>
    CallsBackLater = 2,

    /// <summary>Advances an open-coded iterator: loops turn here.</summary>
    AdvancesIterator = 4,

    /// <summary>May move packet data.</summary>
    ChangesPacket = 8,
}

/// <summary>What is special about an instruction as a place paths meet. Source: Linux 6.12 kernel/bpf/verifier.c, mark_prune_point and kin.</summary>
[Flags]
public enum PlaceMarks : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>States are compared here.</summary>
    Prune = 1,

    /// <summary>The instruction before this one on a path is not always the one before it in memory.</summary>
    JumpPoint = 2,

    /// <summary>A state is stored here whenever a path comes by.</summary>
    ForceCheckpoint = 4,

    /// <summary>A call that runs a callback.</summary>
    CallsBack = 8,
}

/// <summary>A defect of the program's shape.</summary>
/// <param name="Pc">Instruction it is found at.</param>
/// <param name="Message">The kernel's words; empty where it has none.</param>
/// <param name="TooBig">True for a limit (E2BIG) rather than a mistake (EINVAL).</param>
public readonly record struct ShapeError(int Pc, string Message, bool TooBig = false);

/// <summary>A function of a program, as its calls show it.</summary>
/// <param name="Start">First slot.</param>
/// <param name="End">One past its last slot.</param>
public sealed record Subprogram(int Start, int End)
{
    /// <summary>True when it may move packet data, itself or through what it calls.</summary>
    public bool ChangesPacket { get; internal set; }
}

/// <summary>Functions, jumps and meeting places of a program, checked as the kernel checks them before it walks anything.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, add_subprog_and_kfunc, check_subprogs, check_cfg.</remarks>
public sealed class ControlFlow
{
    /// <summary>Most functions a program may have.</summary>
    public const int MaxSubprograms = 256;

    private const int Alu64OrJump = 5, Jump32 = 6, LdImm64Code = 0x18;
    private readonly Insn[] _insns;
    private readonly Func<int, CallTraits> _traits;
    private readonly int _exceptionCallback;
    private readonly List<Subprogram> _subprograms = [];

    private ControlFlow(Insn[] insns, Func<int, CallTraits> traits, int exceptionCallback)
    {
        _exceptionCallback = exceptionCallback;
        _insns = insns;
        _traits = traits;
        Marks = new PlaceMarks[insns.Length + 1];
    }

    private enum Flow
    {
        Next,
        Wide,
        FunctionAddress,
        Exit,
        Call,
        LocalCall,
        Jump,
        Conditional,
    }

    /// <summary>Functions, ascending by start.</summary>
    public IReadOnlyList<Subprogram> Subprograms => _subprograms;

    /// <summary>One entry a slot (and one beyond the last).</summary>
    public PlaceMarks[] Marks { get; }

    /// <summary>Finds functions and checks that no jump leaves its own. O(slots × log functions).</summary>
    /// <param name="insns">Decoded slots; illegal ones are judged by their opcode alone.</param>
    /// <param name="traits">What the call at a slot does.</param>
    /// <param name="exceptionCallback">First slot of the function that answers bpf_throw, which no call names; 0 for none.</param>
    /// <param name="flow">The result; complete only when there is no error and <see cref="TryWalk"/> has succeeded.</param>
    /// <param name="error">What is wrong.</param>
    public static bool TryBuild(Insn[] insns, Func<int, CallTraits> traits, int exceptionCallback, out ControlFlow flow, out ShapeError error)
    {
        flow = new ControlFlow(insns, traits, exceptionCallback);
        return flow.TryFindSubprograms(out error) && flow.TryCheckJumps(out error);
    }

    /// <summary>Index of the function that starts at a slot; -1 for none.</summary>
    public int SubprogramAt(int start)
    {
        int index = Containing(start);
        return index >= 0 && _subprograms[index].Start == start ? index : -1;
    }

    /// <summary>Index of the function a slot belongs to. O(log functions).</summary>
    public int Containing(int slot)
    {
        int low = 0, high = _subprograms.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_subprograms[middle].Start <= slot) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    /// <summary>Walks every edge depth first: finds what cannot be reached and marks the places where paths meet. O(slots).</summary>
    public bool TryWalk(out ShapeError error)
    {
        var walk = new DepthFirstWalk(this);
        return walk.TryRun(out error);
    }

    private bool TryFindSubprograms(out ShapeError error)
    {
        error = default;
        var starts = new SortedSet<int> { 0 };
        if ((uint)_exceptionCallback >= (uint)_insns.Length)
        {
            error = new ShapeError(0, "call to invalid destination");
            return false;
        }
        starts.Add(_exceptionCallback);
        for (int pc = 0; pc < _insns.Length; pc++)
        {
            if (Classify(_insns[pc]) is not (Flow.LocalCall or Flow.FunctionAddress)) continue;
            long target = pc + 1L + (int)_insns[pc].Imm;
            if (target < 0 || target >= _insns.Length) error = new ShapeError(pc, "call to invalid destination");
            else if (!starts.Contains((int)target) && starts.Count >= MaxSubprograms) error = new ShapeError(pc, "too many subprograms", TooBig: true);
            else starts.Add((int)target);
            if (error.Message is not null) return false;
        }
        int[] sorted = [.. starts, _insns.Length];
        for (int i = 0; i + 1 < sorted.Length; i++) _subprograms.Add(new Subprogram(sorted[i], sorted[i + 1]));
        return true;
    }

    private bool TryCheckJumps(out ShapeError error)
    {
        foreach (var subprogram in _subprograms)
        {
            for (int pc = subprogram.Start; pc < subprogram.End; pc++)
            {
                var insn = _insns[pc];
                if (Classify(insn) is Flow.Jump or Flow.Conditional)
                {
                    long target = pc + 1L + (insn.Code == 0x06 ? (int)insn.Imm : insn.Off);
                    if (target < subprogram.Start || target >= subprogram.End)
                    {
                        error = new ShapeError(pc, $"jump out of range from insn {pc} to {target}");
                        return false;
                    }
                }
                if (pc == subprogram.End - 1 && insn.Code is not (0x95 or 0x06 or 0x05))
                {
                    error = new ShapeError(pc, "last insn is not an exit or jmp");
                    return false;
                }
            }
        }
        error = default;
        return true;
    }

    private static Flow Classify(in Insn insn)
    {
        if (insn.Code == LdImm64Code) return insn.Src == 4 ? Flow.FunctionAddress : Flow.Wide;
        if ((insn.Code & 7) is not (Alu64OrJump or Jump32)) return Flow.Next;
        return (insn.Code & 0xf0) switch
        {
            0x90 => Flow.Exit,
            0x80 => insn.Src == 1 && insn.Code == 0x85 ? Flow.LocalCall : Flow.Call,
            0x00 => Flow.Jump,
            _ => Flow.Conditional,
        };
    }

    /// <summary>The kernel's iterative search: an instruction stays on the stack until all its edges have been followed.</summary>
    private sealed class DepthFirstWalk(ControlFlow flow)
    {
        private const byte Unseen = 0, Discovered = 0x10, Explored = 0x20, FellThrough = 1, Branched = 2;
        private readonly byte[] _state = new byte[flow._insns.Length];
        private readonly Stack<int> _open = new();
        private ShapeError _error;

        private enum Step
        {
            Done,
            Deeper,
            Failed,
        }

        public bool TryRun(out ShapeError error)
        {
            if (!TryRunFrom(0) || (_state[flow._exceptionCallback] == Unseen && !TryRunFrom(flow._exceptionCallback)))
            {
                error = _error;
                return false;
            }
            return TryCheckReached(out error);
        }

        private bool TryRunFrom(int start)
        {
            _state[start] = Discovered;
            _open.Push(start);
            while (_open.TryPeek(out int pc))
            {
                var step = Visit(pc);
                if (step == Step.Failed) return false;
                if (step == Step.Deeper) continue;
                _state[pc] = Explored;
                _open.Pop();
            }
            return true;
        }

        private bool TryCheckReached(out ShapeError error)
        {
            error = default;
            for (int pc = 0; pc < _state.Length; pc++)
            {
                if (_state[pc] != Explored) error = new ShapeError(pc, $"unreachable insn {pc}");
                else if (flow._insns[pc].Code == LdImm64Code && pc + 1 < _state.Length && _state[++pc] != Unseen)
                    error = new ShapeError(pc - 1, $"jump into the middle of ldimm64 insn {pc - 1}");
                if (error.Message is not null) return false;
            }
            return true;
        }

        private Step Visit(int pc)
        {
            var insn = flow._insns[pc];
            switch (Classify(insn))
            {
                case Flow.Exit:
                    return Step.Done;
                case Flow.Call:
                    MarkCall(pc);
                    return VisitCall(pc, 1, callee: -1);
                case Flow.LocalCall:
                    return VisitCall(pc, 1, pc + 1 + (int)insn.Imm);
                case Flow.FunctionAddress:
                    return VisitCall(pc, 2, pc + 1 + (int)insn.Imm);
                case Flow.Jump:
                    int target = pc + 1 + (insn.Code == 0x06 ? (int)insn.Imm : insn.Off);
                    var step = Push(pc, target, FellThrough);
                    if (step == Step.Done) Mark(target, PlaceMarks.Prune | PlaceMarks.JumpPoint);
                    return step;
                case Flow.Conditional:
                    Mark(pc, insn.Op == Op.MayGoto ? PlaceMarks.Prune | PlaceMarks.ForceCheckpoint : PlaceMarks.Prune);
                    var next = Push(pc, pc + 1, FellThrough);
                    return next == Step.Done ? Push(pc, pc + 1 + insn.Off, Branched) : next;
                default:
                    return Push(pc, pc + (insn.Code == LdImm64Code ? 2 : 1), FellThrough);
            }
        }

        private void MarkCall(int pc)
        {
            var traits = flow._traits(pc);
            if ((traits & CallTraits.CallsBackLater) != 0) Mark(pc, PlaceMarks.Prune);
            if ((traits & CallTraits.CallsBack) != 0)
                Mark(pc, PlaceMarks.CallsBack | PlaceMarks.ForceCheckpoint | PlaceMarks.Prune | PlaceMarks.JumpPoint);
            if ((traits & CallTraits.AdvancesIterator) != 0) Mark(pc, PlaceMarks.Prune | PlaceMarks.ForceCheckpoint);
            if ((traits & CallTraits.ChangesPacket) != 0) flow._subprograms[flow.Containing(pc)].ChangesPacket = true;
        }

        private Step VisitCall(int pc, int slots, int callee)
        {
            var step = Push(pc, pc + slots, FellThrough);
            if (step != Step.Done) return step;
            Mark(pc + slots, PlaceMarks.Prune | PlaceMarks.JumpPoint);
            if (callee < 0) return Step.Done;
            Mark(pc, PlaceMarks.Prune);
            if (flow._subprograms[flow.Containing(callee)].ChangesPacket) flow._subprograms[flow.Containing(pc)].ChangesPacket = true;
            return Push(pc, callee, Branched);
        }

        private Step Push(int from, int to, byte edge)
        {
            if (_state[from] >= (Discovered | edge) && _state[from] < Explored) return Step.Done;
            if (to < 0 || to >= _state.Length)
            {
                _error = new ShapeError(from, $"jump out of range from insn {from} to {to}");
                return Step.Failed;
            }
            if (edge == Branched) Mark(to, PlaceMarks.Prune | PlaceMarks.JumpPoint);
            if (_state[to] == Unseen)
            {
                _state[from] = (byte)(Discovered | edge);
                _state[to] = Discovered;
                _open.Push(to);
                return Step.Deeper;
            }
            if (_state[to] == Explored) _state[from] = (byte)(Discovered | edge);
            return Step.Done;
        }

        private void Mark(int pc, PlaceMarks marks) => flow.Marks[pc] |= marks;
    }
}
