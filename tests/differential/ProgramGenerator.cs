using System.Text;

namespace Tests.Differential;

/// <summary>Turns a string of choices into a program that is safe by construction: shorter choices, smaller program.</summary>
/// <remarks>
/// R6 points at <see cref="MemoryBytes"/> bytes, R9 and R8 count loops, R1 is scratch, the others hold numbers. The stack has
/// four zones: one for accesses of any size and alignment, three for whole 8-, 4- and 1-byte slots, which may become locals.
/// At the end everything a program can see is folded into R0.
/// </remarks>
internal sealed class ProgramGenerator
{
    /// <summary>Bytes of memory R1 points at when the program starts.</summary>
    public const int MemoryBytes = 64;

    private static readonly string[] s_numbers = ["0", "2", "3", "4", "5", "7"];
    private static readonly string[] s_binary = ["+=", "-=", "*=", "/=", "%=", "s/=", "s%=", "|=", "&=", "^=", "<<=", ">>=", "s>>=", "="];
    private static readonly string[] s_comparisons = ["==", "!=", ">", ">=", "<", "<=", "&", "s>", "s>=", "s<", "s<="];
    private static readonly string[] s_loads = ["u8", "u16", "u32", "u64", "s8", "s16", "s32"];
    private static readonly int[] s_constants = [1, -1, 2, 3, 7, 16, 31, 255, 0x7fffffff, int.MinValue, -128, 0x1234567];

    private readonly byte[] _choices;
    private readonly StringBuilder _text = new();
    private readonly List<string> _functions = [];
    private int _next;
    private int _labels;

    private ProgramGenerator(byte[] choices) => _choices = choices;

    /// <summary>The program's text.</summary>
    public static string Generate(byte[] choices)
    {
        var generator = new ProgramGenerator(choices);
        generator.Line("r6 = r1");
        for (int i = 0; i < s_numbers.Length; i++) generator.Line($"r{s_numbers[i]} = *(u64 *)(r6 +{8 * i})");
        generator.Line("r8 = 0");
        generator.Line("r9 = 0");
        while (generator.HasChoices) generator.Statement(depth: 0, mayCall: true);
        generator.Fold();
        foreach (string function in generator._functions) generator._text.Append(function);
        return generator._text.ToString();
    }

    private bool HasChoices => _next < _choices.Length;

    private int Choose(int count) => (HasChoices ? _choices[_next++] : 0) % count;

    private string Number() => s_numbers[Choose(s_numbers.Length)];

    private int Constant() => s_constants[Choose(s_constants.Length)];

    private void Line(string line) => _text.Append(line).Append('\n');

    private void Statement(int depth, bool mayCall)
    {
        switch (Choose(depth < 2 ? 12 : 9))
        {
            case 0 or 1 or 2: Arithmetic(); break;
            case 3: Unary(); break;
            case 4: Access("r6", Choose(MemoryBytes - 7)); break;
            case 5: Computed(); break;
            case 6 or 7: Stack(); break;
            case 8: Atomic(); break;
            case 9: If(depth, mayCall); break;
            case 10: Loop(depth, mayCall); break;
            default:
                if (mayCall) Call();
                else Stack();
                break;
        }
    }

    private void Arithmetic()
    {
        string op = s_binary[Choose(s_binary.Length)];
        string prefix = Choose(2) == 0 ? "r" : "w";
        string dst = prefix + Number();
        bool shift = op is "<<=" or ">>=" or "s>>=";
        int constant = shift ? Choose(prefix == "r" ? 64 : 32) : Constant();
        Line($"{dst} {op} {(Choose(2) == 0 ? prefix + Number() : constant.ToString(System.Globalization.CultureInfo.InvariantCulture))}");
    }

    private void Unary()
    {
        string a = Number(), b = Number();
        Line(Choose(9) switch
        {
            0 => $"r{a} = -r{a}",
            1 => $"w{a} = -w{a}",
            2 => $"r{a} = (s8)r{b}",
            3 => $"r{a} = (s16)r{b}",
            4 => $"r{a} = (s32)r{b}",
            5 => $"w{a} = (s8)w{b}",
            6 => $"w{a} = (s16)w{b}",
            7 => $"r{a} = be{16 << Choose(3)} r{a}",
            _ => $"r{a} = bswap{16 << Choose(3)} r{a}",
        });
    }

    private void Access(string pointer, int offset)
    {
        string at = $"({pointer} {(offset < 0 ? "" : "+")}{offset})";
        switch (Choose(3))
        {
            case 0: Line($"r{Number()} = *({s_loads[Choose(s_loads.Length)]} *){at}"); break;
            case 1: Line($"*({s_loads[Choose(4)]} *){at} = r{Number()}"); break;
            default: Line($"*({s_loads[Choose(4)]} *){at} = {Constant()}"); break;
        }
    }

    /// <summary>An access at an offset only the run knows, in memory or in the free zone of the stack.</summary>
    private void Computed()
    {
        Line($"r1 = r{Number()}");
        Line("r1 &= 31");
        bool stack = Choose(2) == 0;
        Line(stack ? "r1 += r10" : "r1 += r6");
        if (stack) Line("r1 += -64");
        Access("r1", Choose(24));
    }

    private void Stack()
    {
        int slot;
        switch (Choose(5))
        {
            case 0:
                Access("r10", -64 + Choose(57));
                break;
            case 1:
                slot = -128 + 8 * Choose(8);
                Whole("r10", slot, "u64", "u64");
                break;
            case 2:
                slot = -160 + 4 * Choose(8);
                Whole("r10", slot, "u32", Choose(2) == 0 ? "u32" : "s32");
                break;
            case 3:
                slot = -176 + Choose(16);
                Whole("r10", slot, "u8", Choose(2) == 0 ? "u8" : "s8");
                break;
            default:
                // The same slots through a copy of the frame pointer.
                Line("r1 = r10");
                Line("r1 += -128");
                Whole("r1", 8 * Choose(8), "u64", "u64");
                break;
        }
    }

    private void Whole(string pointer, int offset, string store, string load)
    {
        string at = $"({pointer} {(offset < 0 ? "" : "+")}{offset})";
        Line(Choose(3) switch
        {
            0 => $"r{Number()} = *({load} *){at}",
            1 => $"*({store} *){at} = r{Number()}",
            _ => $"*({store} *){at} = {Constant()}",
        });
    }

    private void Atomic()
    {
        int bits = 32 << Choose(2);
        string number = Number(), suffix = bits == 64 ? "64" : "";
        string at = Choose(2) == 0 ? $"(r6 +{8 * Choose(8)})" : $"(r10 {-64 + 8 * Choose(8)})";
        string[] operators = ["+=", "|=", "&=", "^="], fetches = ["add", "or", "and", "xor"];
        Line(Choose(4) switch
        {
            0 => $"lock *(u{bits} *){at} {operators[Choose(4)]} r{number}",
            1 => $"r{number} = atomic{suffix}_fetch_{fetches[Choose(4)]}((u{bits} *){at}, r{number})",
            2 => $"r{number} = atomic{suffix}_xchg((u{bits} *){at}, r{number})",
            _ => $"r0 = atomic{suffix}_cmpxchg((u{bits} *){at}, r0, r{number})",
        });
        // The same bytes at once: a load must not move in front of the atomic.
        if (Choose(3) == 0) Line($"r{Number()} = *({s_loads[Choose(s_loads.Length)]} *){at}");
    }

    private void If(int depth, bool mayCall)
    {
        int label = _labels++;
        string prefix = Choose(2) == 0 ? "r" : "w";
        string operand = Choose(2) == 0 ? prefix + Number() : $"{Constant()}";
        Line($"if {prefix}{Number()} {s_comparisons[Choose(s_comparisons.Length)]} {operand} goto else{label}");
        Block(depth, mayCall);
        Line($"goto end{label}");
        Line($"else{label}: r1 = {label}");
        Block(depth, mayCall);
        Line($"end{label}: r1 = 0");
    }

    private void Loop(int depth, bool mayCall)
    {
        int label = _labels++;
        string counter = depth == 0 ? "r9" : "r8";
        Line($"{counter} = {1 + Choose(9)}");
        Line($"loop{label}: {counter} += -1");
        Block(depth, mayCall);
        if (Choose(3) == 0) Line($"may_goto done{label}");
        Line($"if {counter} != 0 goto loop{label}");
        Line($"done{label}: r1 = 0");
    }

    private void Block(int depth, bool mayCall)
    {
        for (int i = 1 + Choose(4); i > 0; i--) Statement(depth + 1, mayCall);
    }

    private void Call()
    {
        switch (Choose(4))
        {
            case 0:
                Line($"r1 = r{Number()}");
                Line("call 6");
                break;
            case 1:
                Line("r1 = r10");
                Line($"r1 += {-64 + Choose(32)}");
                Line($"r2 = {1 + Choose(32)}");
                Line("call 8");
                break;
            case 2:
                Line("r1 = r10");
                Line($"r1 += {-128 + 8 * Choose(4)}");
                Line($"r2 = {8 * (1 + Choose(4))}");
                Line("call 9");
                break;
            default:
                CallFunction();
                break;
        }
        for (int register = 2; register <= 5; register++) Line($"r{register} = {register * 17}");
    }

    /// <summary>A new function with a body of its own, sometimes with a pointer into its caller's stack.</summary>
    private void CallFunction()
    {
        string name = $"function{_functions.Count}";
        bool pointer = Choose(2) == 0;
        Line(pointer ? "r1 = r10" : $"r1 = r{Number()}");
        if (pointer) Line($"r1 += {-128 + 8 * Choose(7)}");
        Line($"call {name}");

        string caller = _text.ToString();
        _text.Clear();
        _functions.Add("");
        int index = _functions.Count - 1;
        Line($"{name}: r0 = r2");
        if (pointer)
        {
            Line("r7 = *(u64 *)(r1 +0)");
            Line("*(u64 *)(r1 +8) = r3");
            Line("r0 += r7");
        }
        else
        {
            Line("r7 = r1");
        }
        Line("r6 = r10");
        Line("r6 += -256");
        for (int i = 1 + Choose(6); i > 0; i--) Statement(depth: 1, mayCall: false);
        Fold();
        _functions[index] = _text.ToString();
        _text.Clear().Append(caller);
    }

    private void Fold()
    {
        foreach (string number in s_numbers.Skip(1)) Mix($"r{number}");
        for (int offset = -128; offset < 0; offset += 8) FoldStack("u64", offset);
        for (int offset = -160; offset < -128; offset += 4) FoldStack("u32", offset);
        for (int offset = -176; offset < -160; offset++) FoldStack("u8", offset);
        Line("exit");
    }

    private void FoldStack(string size, int offset)
    {
        Line($"r1 = *({size} *)(r10 {offset})");
        Mix("r1");
    }

    private void Mix(string register)
    {
        Line("r0 *= 31");
        Line($"r0 += {register}");
    }
}
