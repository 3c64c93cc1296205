using Vm.Abi;
using Vm.Runtime;

namespace Sim.Fuzz;

/// <summary>Writes SCHED_CLS, XDP and SYSCALL programs that look like datapaths: statements, branches, loops, functions, callbacks.</summary>
/// <remarks>
/// Most programs are valid; some have one planted mistake, for the verifiers to find. Names tell what a function is: F is static,
/// G global, C a callback of bpf_loop, E one of bpf_for_each_map_elem.
/// </remarks>
internal sealed class FuzzGenerator
{
    /// <summary>Entries in front of the first statement: what the rest relies on.</summary>
    public const int PrologueLines = 1 + (-FuzzText.StackBottom / 8) + 1 + 4 + 1;

    private const int MostFunctions = 3;

    private readonly FuzzText _text;
    private readonly FuzzArithmetic _arithmetic;
    private readonly FuzzJoins _joins;
    private readonly FuzzMapCalls _maps;
    private readonly FuzzPacketCalls _packet;
    private readonly FuzzDynptrs _dynptrs;
    private readonly FuzzInnerMaps _inner;
    private readonly FuzzIterators _iterators;
    private readonly FuzzAnyCall _calls;
    private readonly Queue<string> _functions = new();
    private bool _looping;
    private bool _isMain = true;

    /// <summary>Made for one program.</summary>
    /// <param name="random">All chance comes from here.</param>
    /// <param name="type">SCHED_CLS or XDP.</param>
    public FuzzGenerator(SeededRandom random, ProgramType type)
    {
        _text = new FuzzText(random, type);
        _arithmetic = new FuzzArithmetic(_text);
        _joins = new FuzzJoins(_text);
        _maps = new FuzzMapCalls(_text);
        _packet = new FuzzPacketCalls(_text);
        _dynptrs = new FuzzDynptrs(_text);
        _inner = new FuzzInnerMaps(_text);
        _iterators = new FuzzIterators(_text);
        _calls = new FuzzAnyCall(_text);
    }

    /// <summary>The program.</summary>
    /// <param name="mistake">True to plant a mistake.</param>
    public IReadOnlyList<string> Write(bool mistake)
    {
        _text.Prologue();
        int statements = 3 + _text.Choose(22), bad = mistake ? _text.Choose(statements) : -1;
        for (int i = 0; i < statements; i++)
        {
            if (i == bad && _text.OneIn(3)) _arithmetic.Edge(past: 1);
            else if (i == bad) FuzzMistakes.Plant(_text);
            Statement(0);
        }
        _text.Epilogue(keepsNumbers: true);
        _isMain = false;
        while (_functions.TryDequeue(out string? name)) Function(name);
        return _text.Lines;
    }

    private void Statement(int depth)
    {
        switch (_text.Choose(depth < 2 ? 26 : 19))
        {
            case 0 or 1: _arithmetic.Binary(); break;
            case 2 or 3: _arithmetic.Unary(); break;
            case 4: _arithmetic.Stack(); break;
            case 5 when _text.OneIn(3): _arithmetic.Edge(past: 0); break;
            case 5: _arithmetic.MapValue(); break;
            case 6 or 7: If(_text.HasPacket, _arithmetic.Packet); break;
            case 8: If(_text.HasContext, _arithmetic.Context); break;
            case 9: _arithmetic.Atomic(); break;
            case 10 or 11: If(_text.HasPacket, _packet.Any); break;
            case 12: _maps.Any(); break;
            case 13: Rare(); break;
            case 14: _inner.Any(); break;
            case 15: _dynptrs.Any(); break;
            // A loop in a loop is a matter for the verifiers' patience.
            case 16: If(!_looping, _iterators.Any); break;
            case 17 or 18: _calls.Any(); break;
            case 19 or 20 or 21: If(depth); break;
            case 22: Loop(depth); break;
            case 23 or 24: _joins.Any(); break;
            default: CallFunction(); break;
        }
    }

    private void If(bool possible, Action statement)
    {
        if (possible) statement();
        else _arithmetic.Binary();
    }

    private void Rare()
    {
        // In a function, what the program called returns is what the function's caller gets.
        if (!_isMain && _text.HasPacket) _maps.TailCall();
        else if (!_isMain) _arithmetic.Binary();
        else if (_text.OneIn(4)) _iterators.Throw();
        else if (_text.IsSyscall) _arithmetic.Context();
        else if (_text.OneIn(3)) _maps.TailCall();
        else if (_text.IsXdp) _packet.Any();
        else _arithmetic.LegacyLoad();
    }

    private void If(int depth)
    {
        string otherwise = _text.Label(), end = _text.Label(), width = _text.Pick("r", "w");
        string comparison = _text.Pick("==", "!=", ">", ">=", "<", "<=", "&", "s>", "s>=", "s<", "s<=");
        _text.Line($"if {width}{_text.Number()} {comparison} {_text.Operand(width)} goto {otherwise}");
        Block(depth);
        bool both = _text.OneIn(2);
        if (both) _text.Line($"{_text.Pick("goto", "goto", "gotol")} {end}");
        _text.Line($"{otherwise}:");
        if (!both) return;
        Block(depth);
        _text.Line($"{end}:");
    }

    private void Loop(int depth)
    {
        if (_looping || !_isMain)
        {
            _arithmetic.Binary();
            return;
        }
        _looping = true;
        string start = _text.Label(), done = _text.Label();
        int kind = _text.Choose(4);
        if (kind == 0)
        {
            _text.Line($"r8 = {1 + _text.Choose(6)}");
        }
        else
        {
            _text.Line($"r8 = r{_text.Number()}");
            _text.Line("r8 &= 7");
        }
        _text.Line($"{start}:");
        if (kind == 1) _text.Line($"may_goto {done}");
        if (kind != 0) _text.Line($"if r8 == 0 goto {done}");
        Block(depth + 1);
        _text.Line("r8 += -1");
        _text.Line(kind != 0 ? $"goto {start}" : $"if r8 != 0 goto {start}");
        _text.Line($"{done}:");
        _looping = false;
    }

    private void Block(int depth)
    {
        for (int i = 1 + _text.Choose(3); i > 0; i--) Statement(depth + 1);
    }

    /// <summary>A call of a function, or of a helper that calls one back; the function is written when the main program is done.</summary>
    private void CallFunction()
    {
        if (!_isMain || _functions.Count >= MostFunctions)
        {
            _maps.Any();
            return;
        }
        string name = $"{(_text.IsSyscall ? _text.Pick("F", "F", "C", "E") : _text.Pick("F", "F", "G", "C", "E"))}{_functions.Count}";
        _functions.Enqueue(name);
        string[] callback = [$"r2 = func[{name}]@0", "r3 = r10", $"r3 += {FuzzText.Scratch}", "r4 = 0"];
        switch (name[0])
        {
            case 'C':
                // Few iterations or more than the limit: one program with eight million would take the time of thousands.
                _text.Line(_text.OneIn(3) ? $"r1 = {_text.Pick(0, 1, 5, 200, (1 << 23) + 1)}" : "r1 = r5");
                _text.Line($"r1 &= {(_text.OneIn(8) ? unchecked((int)0x8000_00ff) : 7)}");
                _text.Call(181, callback);
                break;
            case 'E':
                _text.Line($"r1 = map_idx[{_text.Pick(FuzzMaps.Values, FuzzMaps.PerCpuValues, FuzzMaps.Locked)}]");
                _text.Call(164, callback);
                break;
            default:
                _text.Line(_text.HasContext ? "r1 = r6" : "r1 = 0");
                _text.Line($"r2 = r{_text.Pick("0", "3", "4", "5")}");
                _text.Line($"call {name}");
                _text.Reload();
                break;
        }
    }

    private void Function(string name)
    {
        bool isCallback = name[0] is 'C' or 'E';
        _text.HasContext = !isCallback;
        _text.Line($"{name}:");
        if (isCallback) _text.Line(name[0] == 'C' ? "*(u64 *)(r2 +8) = r1" : "r7 = *(u64 *)(r3 +8)\n*(u64 *)(r4 +0) = r7".Replace("+8", _text.Pick("+0", "+0", "+8"), StringComparison.Ordinal));
        string given = isCallback ? "r1" : "r2";
        if (isCallback) _text.Line($"r1 = {_text.Constant()}");
        _text.Line($"r8 = {given}");
        _text.Prologue();
        _text.Line($"*(u64 *)(r10 {FuzzText.Scratch}) = r8");
        _text.Line("r2 = r8");
        for (int i = 1 + _text.Choose(5); i > 0; i--) Statement(1);
        if (isCallback)
        {
            _text.Line($"*(u64 *)(r9 +{8 * _text.Choose(8)}) = r{_text.Number()}");
            _text.Line(_text.OneIn(3) ? "r0 &= 1" : "r0 = 0");
            _text.Line("exit");
        }
        else
        {
            _text.Epilogue(keepsNumbers: false);
        }
    }
}
