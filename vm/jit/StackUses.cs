using Vm.Abi;
using Vm.Helpers;
using Vm.Isa;
using Vm.Maps;
using Vm.Proofs;

namespace Vm.Jit;

/// <summary>Where a function's stack is accessed at known places, and which parts of it others may reach.</summary>
/// <remarks>
/// The facts say where accesses go, but not where pointers go, so this follows the pointers made from R10 through the registers: a
/// register holds none, one at a known offset, or one somewhere. Whatever it cannot follow exposes the whole frame.
/// </remarks>
internal sealed class StackUses
{
    /// <summary>Bytes of a frame.</summary>
    public const int FrameBytes = 512;

    /// <summary>A register that holds no pointer into this frame.</summary>
    private const short NoPointer = short.MinValue;

    /// <summary>A register that may hold a pointer to anywhere in this frame.</summary>
    private const short Somewhere = short.MaxValue;

    private readonly CompilationUnit _unit;
    private readonly SubprogramFacts _function;
    private readonly Dictionary<int, short[]> _atStarts = [];
    private readonly Stack<int> _work = new();

    private StackUses(CompilationUnit unit, SubprogramFacts function)
    {
        _unit = unit;
        _function = function;
    }

    /// <summary>Loads and stores at constant places of the frame.</summary>
    public List<(int Pc, int Offset, int Bytes)> Accesses { get; } = [];

    /// <summary>Parts that helpers read or write.</summary>
    public List<(int Offset, int Bytes)> Exposed { get; } = [];

    /// <summary>True when any byte of the frame may be reached through a pointer nobody follows.</summary>
    public bool AllExposed { get; private set; }

    /// <summary>Follows the pointers through one function.</summary>
    public static StackUses Of(CompilationUnit unit, SubprogramFacts function)
    {
        var uses = new StackUses(unit, function);
        uses.Follow();
        foreach (var (start, registers) in uses._atStarts) uses.Walk(start, (short[])registers.Clone(), collect: true);
        return uses;
    }

    private void Follow()
    {
        var registers = new short[11];
        Array.Fill(registers, NoPointer);
        registers[10] = 0;
        for (int pc = _function.Start; pc < _function.End; pc++)
        {
            // Every jump target starts a stretch of its own, so that a walk knows where to hand over.
            var insn = _unit.Program.Insns[pc];
            long target = insn.Target(pc);
            if (_unit.Program.Facts[pc].Reached && insn.IsJump && target >= _function.Start && target < _function.End) _atStarts.TryAdd((int)target, []);
        }
        Reach(_function.Start, registers);
        while (_work.TryPop(out int start)) Walk(start, (short[])_atStarts[start].Clone(), collect: false);
        foreach (int start in _atStarts.Where(entry => entry.Value.Length == 0).Select(entry => entry.Key).ToList()) _atStarts.Remove(start);
    }

    private void Walk(int pc, short[] registers, bool collect)
    {
        for (; pc < _function.End; pc++)
        {
            var facts = _unit.Program.Facts[pc];
            if (!facts.Reached) continue;
            var insn = _unit.Program.Insns[pc];
            Step(pc, insn, registers, collect);
            if (insn.IsJump && facts.Branch != BranchFact.NeverTaken && !collect) Reach((int)insn.Target(pc), registers);
            if (insn.EndsBlock || facts.Branch == BranchFact.AlwaysTaken) return;
            if (!_atStarts.ContainsKey(pc + 1)) continue;
            if (!collect) Reach(pc + 1, registers);
            return;
        }
    }

    private void Reach(int start, short[] registers)
    {
        bool first = !_atStarts.TryGetValue(start, out var known) || known.Length == 0;
        if (first)
        {
            _atStarts[start] = (short[])registers.Clone();
            _work.Push(start);
            return;
        }
        bool changed = false;
        for (int i = 0; i < registers.Length; i++)
        {
            if (known![i] == registers[i] || known[i] == Somewhere) continue;
            known[i] = Somewhere;
            changed = true;
        }
        if (changed) _work.Push(start);
    }

    private void Step(int pc, Insn insn, short[] registers, bool collect)
    {
        if (insn.IsAlu)
        {
            registers[insn.Dst] = AfterArithmetic(insn, registers);
        }
        else if (insn.IsLoad)
        {
            if (collect) Access(pc, insn, registers[insn.Src]);
            registers[insn.Dst] = NoPointer;
        }
        else if (insn.IsStore || insn.IsAtomic)
        {
            bool storesPointer = insn.Form != Form.StoreImm && registers[insn.Src] != NoPointer;
            if (collect) Access(pc, insn, registers[insn.Dst]);
            if (collect && storesPointer) AllExposed = true;
            if (insn.Fetches) registers[insn.AtomicKind == AtomicKind.CmpXchg ? 0 : insn.Src] = NoPointer;
        }
        else if (insn.IsCall)
        {
            if (collect) Call(pc, insn, registers);
            registers.AsSpan(0, 6).Fill(NoPointer);
        }
        else if (insn.IsPacketLoad)
        {
            registers.AsSpan(0, 6).Fill(NoPointer);
        }
        else if (insn.IsWide)
        {
            registers[insn.Dst] = NoPointer;
        }
    }

    private static short AfterArithmetic(Insn insn, short[] registers)
    {
        short dst = registers[insn.Dst];
        bool fromRegister = insn.Form == Form.DstSrc;
        short src = fromRegister ? registers[insn.Src] : NoPointer;
        bool copies = insn.Op is Op.Mov64 or Op.Mov32 or (>= Op.MovSx8To64 and <= Op.MovSx16To32);
        if (insn.Op == Op.Mov64) return src;
        if ((copies || dst == NoPointer) && src == NoPointer) return NoPointer;
        if (fromRegister || dst == Somewhere || insn.Op is not (Op.Add64 or Op.Sub64)) return Somewhere;
        long moved = insn.Op == Op.Add64 ? dst + insn.Imm : dst - insn.Imm;
        return moved is >= -FrameBytes and <= 0 ? (short)moved : Somewhere;
    }

    private void Access(int pc, Insn insn, short pointer)
    {
        if (pointer == NoPointer) return;
        var facts = _unit.Program.Facts[pc];
        int offset = pointer != Somewhere ? pointer + insn.Off : facts.Access == AccessKind.Stack ? facts.StackOffset : 0;
        if (offset is >= 0 or < -FrameBytes || offset + insn.SizeBytes > 0) AllExposed = true;
        else if (insn.IsAtomic) Exposed.Add((offset, insn.SizeBytes));
        else Accesses.Add((pc, offset, insn.SizeBytes));
    }

    private void Call(int pc, Insn insn, short[] registers)
    {
        bool bound = EngineSupport.TryBinding(_unit.Program, pc, out var binding);
        bool followed = insn.Op != Op.CallLocal && bound && (binding.Signature.Flags & CallFlags.CallsBack) == 0;
        int arguments = followed ? binding.Signature.Args.Count : 5;
        for (int i = 0; i < arguments; i++)
        {
            short pointer = registers[i + 1];
            if (pointer == NoPointer) continue;
            if (!followed || pointer == Somewhere) AllExposed = true;
            else if (!KeyIsKnown(pc, binding, i)) Exposed.Add((pointer, Math.Min(Reach(pc, binding.Signature.Args[i]), -pointer)));
        }
    }

    /// <summary>Array lookups with a known key are compiled to an address; nobody reads the key.</summary>
    private bool KeyIsKnown(int pc, HelperBinding binding, int argument)
    {
        var facts = _unit.Program.Facts[pc];
        return facts is { ConstantKey: >= 0, MapIndex: >= 0 } && binding.Id == HelperId.MapLookupElem && argument == 1
            && _unit.Data.Maps[facts.MapIndex] is ArrayMap or PerCpuArrayMap;
    }

    /// <summary>How far above its address an argument may be accessed: its size when that is known, else to the top of the frame.</summary>
    private int Reach(int pc, ArgSpec argument)
    {
        int map = _unit.Program.Facts[pc].MapIndex;
        return argument.Kind switch
        {
            ArgKind.MapKey when map >= 0 => (int)_unit.Data.Maps[map].Spec.KeySize,
            ArgKind.MapValue when map >= 0 => (int)_unit.Data.Maps[map].Spec.ValueSize,
            _ when argument.FixedBytes > 0 => argument.FixedBytes,
            _ => FrameBytes,
        };
    }
}
