using System.Globalization;
using Vm.Abi;
using Vm.Helpers;
using Vm.Isa;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Instruments;

/// <summary>Follows a run through what the verifier believed: at every step some path it walked must cover every register.</summary>
/// <remarks>
/// An unsound bound shows the moment a value breaks it, whether or not memory is touched with it; so does a jump the verifier took for
/// impossible, and a path it cut off by a checkpoint that does not cover it. Numbers are compared with all their ranges and bits, equal
/// numbers with each other, stack pointers with their offset, packet pointers with a packet end beside them, other pointers with null.
/// What pruning leaves out of account is left out here (<see cref="BeliefPath"/>). Almost always one path is followed; where an
/// instruction has two ways to the same place, every way that fits.
/// </remarks>
/// <param name="beliefs">What was believed; complete, and of the program that runs.</param>
public sealed class BeliefTrail(Beliefs beliefs)
{
    private const int MostPaths = 16, MostSteps = 200_000;

    private readonly Stack<BeliefPath> _spare = new();
    private List<BeliefPath> _paths = [], _next = [];
    private string? _doubt;
    private int _steps;
    private bool _started;

    /// <summary>What was believed and did not hold in this run; null as long as everything did.</summary>
    public string? Complaint { get; private set; }

    /// <summary>True when the run went where it cannot be followed: through a tail call, an exception, or on and on.</summary>
    public bool IsLost { get; private set; }

    /// <summary>A run of the program begins.</summary>
    public void Begin()
    {
        (_started, IsLost, Complaint, _steps) = (false, !beliefs.IsComplete, null, 0);
        Recycle(_paths);
    }

    /// <summary>An instruction is about to run.</summary>
    /// <param name="pc">Its slot.</param>
    /// <param name="registers">R0-R10 before it.</param>
    public void Step(int pc, ReadOnlySpan<ulong> registers)
    {
        if (IsLost || Complaint is not null) return;
        if (++_steps > MostSteps)
        {
            IsLost = true;
            return;
        }
        _doubt = null;
        if (!_started) Start(pc, registers);
        else
            foreach (var path in _paths) Follow(path, pc, registers);
        if (IsLost) return;
        if (_next.Count == 0)
        {
            Complaint = _doubt ?? string.Create(CultureInfo.InvariantCulture, $"no path of the verifier leads to insn {pc}{(_paths.Count > 0 ? $" from {beliefs.TextOf(_paths[0].At)}" : "")}");
            return;
        }
        Recycle(_paths);
        (_paths, _next) = (_next, _paths);
        foreach (var path in _paths) Execute(path, registers);
    }

    private void Start(int pc, ReadOnlySpan<ulong> registers)
    {
        _started = true;
        if (!beliefs.TryRoot(pc, out int root)) return;
        var path = Rent();
        path.Begin(root, registers[Registers.FramePointer]);
        Arrive(path, registers);
    }

    /// <summary>From where a path is to the instruction that runs now.</summary>
    private void Follow(BeliefPath path, int pc, ReadOnlySpan<ulong> registers)
    {
        ref readonly var from = ref beliefs[path.At];
        var insn = beliefs.InsnAt(path.At);
        if (insn.Op == Op.Exit && from.Frame == 0)
        {
            Return(path, pc, registers);
            return;
        }
        bool found = false;
        for (int child = from.FirstChild; child != Belief.None; child = beliefs[child].NextSibling)
        {
            ref readonly var to = ref beliefs[child];
            bool again = insn.Op == Op.Exit && from.InCallback;
            if (!again && to.Pc != pc) continue;
            found = true;
            if (path.IsFull)
            {
                IsLost = true;
                return;
            }
            var next = Rent(path);
            next.At = child;
            if (to.Frame > from.Frame) next.Enter(registers[Registers.FramePointer], isCallback: insn.Op != Op.CallLocal);
            else if (to.Frame < from.Frame)
            {
                // A tail call that was taken gives R0 too.
                if (insn.IsCall) next.EndCall();
                next.Leave(from.InCallback);
            }
            else if (insn.IsCall) next.EndCall();
            if (!again)
            {
                Arrive(next, registers);
                continue;
            }
            // The verifier comes back to the call; the run goes straight on behind it, or into the callback once more.
            Skip(next);
            Follow(next, pc, registers);
            _spare.Push(next);
        }
        if (found) return;
        if (insn.Op == Op.CallLocal && !path.IsFull && beliefs.TryRoot(pc, out int root))
        {
            var next = Rent(path);
            next.EnterRoot(root, registers[Registers.FramePointer]);
            Arrive(next, registers);
        }
        else if (insn.Op == Op.CallHelper && insn.Imm == (int)HelperId.TailCall && from.Frame == 0) Return(path, pc, registers);
        else IsLost |= insn.Op == Op.CallKfunc;
    }

    /// <summary>
    /// A function walked on its own returns, or another program in its place; when nobody called it, this is an exception's answer or another
    /// entry.
    /// </summary>
    private void Return(BeliefPath path, int pc, ReadOnlySpan<ulong> registers)
    {
        if (!path.HasCaller)
        {
            IsLost = true;
            return;
        }
        var next = Rent(path);
        next.LeaveRoot();
        for (int child = beliefs[next.At].FirstChild; child != Belief.None; child = beliefs[child].NextSibling)
        {
            if (beliefs[child].Pc != pc) continue;
            var behind = Rent(next);
            behind.At = child;
            Arrive(behind, registers);
        }
        _spare.Push(next);
    }

    /// <summary>A path is where the run is, if its beliefs hold.</summary>
    private void Arrive(BeliefPath path, ReadOnlySpan<ulong> registers)
    {
        if (!Holds(path, registers) || (Skip(path) && !Holds(path, registers)))
        {
            _spare.Push(path);
            return;
        }
        if (_next.Count == MostPaths) IsLost = true;
        _next.Add(path);
        if (!beliefs.InsnAt(path.At).IsAlu) return;
        // Arithmetic is sometimes walked twice, each time with a part of what was known before it.
        for (int child = beliefs[path.At].FirstChild; child != Belief.None; child = beliefs[child].NextSibling)
        {
            if (beliefs[child].Pc != beliefs[path.At].Pc) continue;
            var half = Rent(path);
            half.At = child;
            Arrive(half, registers);
        }
    }

    /// <summary>Goes on where a checkpoint covers; false when the walk itself went on.</summary>
    private bool Skip(BeliefPath path)
    {
        bool any = false;
        while (beliefs[path.At].CoveredBy is var by and not Belief.None)
        {
            if (beliefs[path.At].ComparedBy is { } checkpoint) path.Compare(checkpoint);
            path.At = by;
            any = true;
        }
        return any;
    }

    private bool Holds(BeliefPath path, ReadOnlySpan<ulong> values)
    {
        var believed = beliefs.RegistersAt(path.At);
        for (int i = 0; i < believed.Length; i++)
        {
            ref readonly var reg = ref believed[i];
            if (reg.Kind == RegKind.NotInit || (path.Excused & 1u << i) != 0) continue;
            bool holds = reg.Kind switch
            {
                RegKind.Scalar => reg.Num.Contains(values[i]) && LinksHold(path, believed, values, i),
                RegKind.Stack => reg.Num.Contains(values[i] - path.FramePointer(reg.Frame) - (ulong)(long)reg.Off),
                RegKind.Packet => values[i] != 0 && RangeHolds(believed, values, i),
                RegKind.BtfPtr or RegKind.Arena => true,
                _ => reg.MaybeNull || values[i] != 0,
            };
            if (!holds) return Doubt(path, i, values[i]);
        }
        return true;
    }

    /// <summary>Numbers with the same id are the same, or differ by what is known.</summary>
    private static bool LinksHold(BeliefPath path, ReadOnlySpan<RegState> believed, ReadOnlySpan<ulong> values, int register)
    {
        ref readonly var reg = ref believed[register];
        for (int i = 0; i < register && reg.Id != 0; i++)
        {
            ref readonly var other = ref believed[i];
            if (!other.IsScalar || (path.Excused & 1u << i) != 0 || ((other.Id ^ reg.Id) & ~RegState.AddConst) != 0) continue;
            if (values[i] - Added(other) != values[register] - Added(reg)) return false;
        }
        return true;
    }

    private static ulong Added(in RegState reg) => (reg.Id & RegState.AddConst) != 0 ? (ulong)(long)reg.Off : 0;

    /// <summary>Bytes proven readable end before the packet does, as far as a register holds its end.</summary>
    private static bool RangeHolds(ReadOnlySpan<RegState> believed, ReadOnlySpan<ulong> values, int register)
    {
        ref readonly var reg = ref believed[register];
        for (int i = 0; i < believed.Length && reg.Range > 0; i++)
            if (believed[i].Kind == RegKind.PacketEnd && values[register] - (ulong)(long)reg.Off + (ulong)reg.Range > values[i]) return false;
        return true;
    }

    private void Execute(BeliefPath path, ReadOnlySpan<ulong> values)
    {
        var insn = beliefs.InsnAt(path.At);
        DemandRead(path, insn, values);
        path.Empty(beliefs[path.At].Emptied);
        if (insn.IsCall)
        {
            DemandSizes(path, values);
            return;
        }
        var believed = beliefs.RegistersAt(path.At);
        bool makesPointer = false;
        if (insn is { IsAlu: true, Form: Form.DstSrc, Dst: < Beliefs.Registers, Src: < Beliefs.Registers })
        {
            bool dst = IsPointer(believed[insn.Dst]), src = IsPointer(believed[insn.Src]);
            makesPointer = dst != src && insn.Op is Op.Add64 or Op.Sub64;
            if (makesPointer) Demand(path, dst ? insn.Src : insn.Dst, values);
        }
        path.Execute(insn, beliefs[path.At], values, makesPointer);
    }

    /// <summary>What an instruction reads was not taken for dead.</summary>
    private void DemandRead(BeliefPath path, in Insn insn, ReadOnlySpan<ulong> values)
    {
        ulong offset = (ulong)(long)insn.Off;
        // Elements of iterators lie in the iterator, and are memory to the verifier: what it says of the stack does not concern them.
        int pointer = insn.IsLoad ? insn.Src : insn.Dst;
        bool fromStack = (insn.IsLoad || insn.Fetches) && (pointer == Registers.FramePointer || beliefs.RegistersAt(path.At)[pointer].Kind == RegKind.Stack);
        if (fromStack && ((insn.IsLoad && path.IsDead(values[insn.Src] + offset, insn.SizeBytes)) || (insn.Fetches && path.IsDead(values[insn.Dst] + offset, insn.SizeBytes))))
            Complain($"{beliefs.TextOf(path.At)} reads stack the verifier took for dead where a path was cut off");
        uint dead = path.Dead & ReadBy(insn);
        if (dead != 0) Complain($"{beliefs.TextOf(path.At)} reads R{System.Numerics.BitOperations.TrailingZeroCount(dead)}, which the verifier took for dead where a path was cut off");
    }

    private static uint ReadBy(in Insn insn)
    {
        uint dst = 1u << insn.Dst, src = 1u << insn.Src;
        return insn.Form switch
        {
            Form.Dst => dst,
            Form.DstImm or Form.DstSrc => (BeliefPath.Copies(insn) ? 0 : dst) | (insn.UsesImm ? 0 : src),
            Form.Load => src,
            Form.StoreImm or Form.JumpImm => dst,
            Form.StoreSrc or Form.JumpSrc or Form.Atomic => dst | src,
            _ => 0,
        };
    }

    private static bool IsPointer(in RegState reg) => reg.Kind is not (RegKind.Scalar or RegKind.NotInit);

    /// <summary>Sizes and constants given to a helper are what the verifier thought, also where pruning did not compare them.</summary>
    private void DemandSizes(BeliefPath path, ReadOnlySpan<ulong> values)
    {
        if (beliefs.CallAt(path.At)?.Signature.Args is not { } args) return;
        for (int i = 0; i < args.Count; i++)
            if (args[i].Kind is ArgKind.ConstSize or ArgKind.ConstAllocSize || (args[i].Flags & ArgFlags.Constant) != 0) Demand(path, i + 1, values);
    }

    /// <summary>A number on which safety depends, excused or not.</summary>
    private void Demand(BeliefPath path, int register, ReadOnlySpan<ulong> values)
    {
        ref readonly var reg = ref beliefs.RegistersAt(path.At)[register];
        if (reg.IsScalar && !reg.Num.Contains(values[register])) Complain(Describe(path, register, values[register]) + ", on a path that was cut off without a look at it");
    }

    /// <summary>What a path must not do. Where the run is one of several paths, another may be the one.</summary>
    private void Complain(string complaint)
    {
        if (_paths.Count == 1) Complaint ??= complaint;
    }

    private bool Doubt(BeliefPath path, int register, ulong value)
    {
        _doubt ??= Describe(path, register, value);
        return false;
    }

    private string Describe(BeliefPath path, int register, ulong value)
    {
        string against = beliefs.RegistersAt(path.At)[register].Kind == RegKind.Stack
            ? string.Create(CultureInfo.InvariantCulture, $" (R10 is 0x{path.FramePointer(beliefs.RegistersAt(path.At)[register].Frame):x})") : "";
        return string.Create(CultureInfo.InvariantCulture, $"before {beliefs.TextOf(path.At)} R{register} is 0x{value:x}{against}, and the verifier says {beliefs.TextOf(path.At, register)}");
    }

    private BeliefPath Rent() => _spare.TryPop(out var path) ? path : new BeliefPath();

    private BeliefPath Rent(BeliefPath copied)
    {
        var path = Rent();
        path.CopyFrom(copied);
        return path;
    }

    private void Recycle(List<BeliefPath> paths)
    {
        foreach (var path in paths) _spare.Push(path);
        paths.Clear();
    }
}
