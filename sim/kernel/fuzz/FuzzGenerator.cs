using System.Globalization;
using Vm.Runtime;

namespace Sim.Kernel;

/// <summary>Writes SCHED_CLS programs that look like datapaths: arithmetic, branches, loops, stack, packet, map values, context, helpers.</summary>
/// <remarks>
/// R6 is the context, R9 a map value, R8 counts loops, R1 and R7 are scratch; R0 and R2 to R5 hold numbers. The stack from -112 on is
/// written first, so that no run depends on what lay there. Most programs are valid; some have one planted mistake, for the verifiers
/// to find. Text, one line an instruction or label, so that a failure can be shrunk by leaving lines out.
/// </remarks>
internal sealed class FuzzGenerator(SeededRandom random)
{
    /// <summary>Bytes of the value R9 points at.</summary>
    public const int ValueBytes = 128;

    /// <summary>Bytes of a value of the hash map, map 1; its keys are 4 bytes.</summary>
    public const int TableValueBytes = 16;

    /// <summary>Lines in front of the first statement: what the rest relies on.</summary>
    public const int PrologueLines = 1 + (StackBytes / 8) + 1 + 4 + 1;

    private const int StackBytes = 112;

    private static readonly string[] s_numbers = ["0", "2", "3", "4", "5"];
    private static readonly string[] s_binary = ["+=", "-=", "*=", "/=", "%=", "s/=", "s%=", "|=", "&=", "^=", "<<=", ">>=", "s>>=", "="];
    private static readonly string[] s_comparisons = ["==", "!=", ">", ">=", "<", "<=", "&", "s>", "s>=", "s<", "s<="];
    private static readonly (string Name, int Bytes)[] s_sizes = [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8)];
    private static readonly (string Name, int Bytes)[] s_signed = [("s8", 1), ("s16", 2), ("s32", 4)];
    private static readonly int[] s_constants = [0, 1, -1, 2, 3, 7, 8, 16, 31, 63, 255, 256, 1500, 65535, int.MaxValue, int.MinValue, -128, 0x12345678];

    // Fields of __sk_buff a test run makes reproducible. Source: Linux 6.12 include/uapi/linux/bpf.h.
    private static readonly int[] s_readable = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 72, 84, 160, 164, 176];
    private static readonly int[] s_writable = [8, 12, 32, 44, 48, 52, 56, 60, 64, 72];

    private List<string> _lines = [];
    private int _labels;
    private bool _looping;

    /// <summary>The next program.</summary>
    /// <param name="mistake">True to plant a mistake.</param>
    public IReadOnlyList<string> Next(bool mistake)
    {
        _lines = [];
        _labels = 0;
        _looping = false;
        Line("r6 = r1");
        for (int offset = -StackBytes; offset < 0; offset += 8) Line($"*(u64 *)(r10 {offset}) = {Constant()}");
        Line("r9 = map_idx[0][0]+0");
        Reload();
        Line("r0 = 0");
        int statements = 3 + Choose(22), bad = mistake ? Choose(statements) : -1;
        for (int i = 0; i < statements; i++)
        {
            if (i == bad) Mistake();
            Statement(0);
        }
        Finish();
        return _lines;
    }

    private int Choose(int count) => (int)(random.NextUInt32() % (uint)count);

    private T Pick<T>(T[] from) => from[Choose(from.Length)];

    private string Number() => Pick(s_numbers);

    private int Constant() => Pick(s_constants);

    private string Label() => $"L{_labels++}";

    private void Line(string line) => _lines.Add(line);

    private static string At(string register, int offset) => string.Create(CultureInfo.InvariantCulture, $"({register} {(offset < 0 ? "" : "+")}{offset})");

    private void Statement(int depth)
    {
        switch (Choose(depth < 2 ? 16 : 12))
        {
            case 0 or 1 or 2: Arithmetic(); break;
            case 3: Unary(); break;
            case 4: Stack(); break;
            case 5: MapValue(); break;
            case 6 or 7: Packet(); break;
            case 8: Context(); break;
            case 9: Atomic(); break;
            case 10 or 11: Call(); break;
            case 12 or 13 or 14: If(depth); break;
            default: Loop(depth); break;
        }
    }

    private void Arithmetic()
    {
        string op = Pick(s_binary), width = Choose(2) == 0 ? "r" : "w";
        bool shift = op.EndsWith("<<=", StringComparison.Ordinal) || op.EndsWith(">>=", StringComparison.Ordinal);
        int constant = shift ? Choose(width == "r" ? 64 : 32) : Constant();
        // Division by a constant zero is refused outright.
        if (constant == 0 && op is "/=" or "%=" or "s/=" or "s%=") constant = 3;
        Line($"{width}{Number()} {op} {(Choose(2) == 0 ? width + Number() : constant.ToString(CultureInfo.InvariantCulture))}");
    }

    private void Unary()
    {
        string a = Number(), b = Number();
        Line(Choose(10) switch
        {
            0 => $"r{a} = -r{a}",
            1 => $"w{a} = -w{a}",
            2 => $"r{a} = (s8)r{b}",
            3 => $"r{a} = (s16)r{b}",
            4 => $"r{a} = (s32)r{b}",
            5 => $"w{a} = (s8)w{b}",
            6 => $"w{a} = (s16)w{b}",
            7 => $"r{a} = be{16 << Choose(3)} r{a}",
            8 => $"r{a} = le{16 << Choose(3)} r{a}",
            _ => $"r{a} = bswap{16 << Choose(3)} r{a}",
        });
    }

    private void Access(string register, int from, int bytes, bool aligned)
    {
        var (size, width) = Pick(s_sizes);
        bool load = Choose(2) == 0;
        if (load && Choose(3) == 0) (size, width) = Pick(s_signed);
        int offset = from + (aligned ? width * Choose(bytes / width) : Choose(bytes - width + 1));
        string place = $"*({size} *){At(register, offset)}";
        Line(load ? $"r{Number()} = {place}" : Choose(2) == 0 ? $"{place} = r{Number()}" : $"{place} = {Constant()}");
    }

    private void Stack()
    {
        if (Choose(3) > 0)
        {
            Access("r10", -64, 64, aligned: true);
            return;
        }
        Line($"r7 = r{Number()}");
        Line("r7 &= 63");
        Line("r1 = r10");
        Line("r1 += -64");
        Line("r1 += r7");
        Line(Choose(2) == 0 ? $"r{Number()} = *(u8 *)(r1 +0)" : $"*(u8 *)(r1 +0) = r{Number()}");
    }

    private void MapValue()
    {
        if (Choose(2) == 0)
        {
            Access("r9", 0, ValueBytes, aligned: false);
            return;
        }
        string number = Number();
        Line($"r7 = r{number}");
        if (Choose(2) == 0) Line("r7 &= 63");
        else Bound("r7", 63);
        Line("r1 = r9");
        Line("r1 += r7");
        Access("r1", 0, ValueBytes - 63, aligned: false);
    }

    /// <summary>Keeps a register within 0 and a limit by a branch rather than a mask.</summary>
    private void Bound(string register, int limit)
    {
        string inside = Label();
        Line(Choose(2) == 0 ? $"if {register} <= {limit} goto {inside}" : $"if w{register[1..]} <= {limit} goto {inside}");
        Line($"{register} = {Choose(limit)}");
        Line($"{inside}:");
        // What a 32-bit comparison taught says nothing of the high half.
        Line($"w{register[1..]} = w{register[1..]}");
        if (Choose(2) == 0) return;
        Line($"{register} &= {limit}");
    }

    private void Packet()
    {
        string skip = Label();
        int reach = 1 + Choose(60);
        Line("r1 = *(u32 *)(r6 +76)");
        Line("r7 = *(u32 *)(r6 +80)");
        if (Choose(3) == 0)
        {
            string index = Number();
            Line($"r{index} &= {Pick([7, 15, 63, 255])}");
            Line($"r1 += r{index}");
        }
        string check = Number();
        Line($"r{check} = r1");
        Line($"r{check} += {reach}");
        bool jump = Choose(2) == 0;
        Line(jump ? $"if r{check} > r7 goto {skip}" : $"if r7 < r{check} goto {skip}");
        // The check register holds a pointer; it becomes a number again before anything can leak.
        Line($"r{check} = {Constant()}");
        for (int i = 1 + Choose(3); i > 0; i--) PacketAccess(reach);
        Line($"{skip}:");
        Line($"r{check} = {Constant()}");
    }

    private void PacketAccess(int reach)
    {
        var fitting = s_sizes.Where(size => size.Bytes <= reach).ToArray();
        var (size, width) = Pick(fitting);
        string place = $"*({size} *){At("r1", Choose(reach - width + 1))}";
        Line(Choose(3) > 0 ? $"r{Number()} = {place}" : $"{place} = r{Number()}");
    }

    private void Context()
    {
        switch (Choose(4))
        {
            case 0: Line($"*(u32 *){At("r6", Pick(s_writable))} = {(Choose(2) == 0 ? "r" + Number() : Constant().ToString(CultureInfo.InvariantCulture))}"); break;
            case 1: Line($"r{Number()} = *(u{(Choose(2) == 0 ? 8 : 16)} *){At("r6", Pick(s_readable))}"); break;
            case 2 when Choose(3) == 0: Line(Choose(2) == 0 ? $"r{Number()} = *(u64 *)(r6 +152)" : $"*(u64 *)(r6 +152) = r{Number()}"); break;
            default: Line($"r{Number()} = *(u32 *){At("r6", Pick(s_readable))}"); break;
        }
    }

    private void Atomic()
    {
        bool wide = Choose(2) == 0, map = Choose(2) == 0;
        string size = wide ? "u64" : "u32", name = wide ? "atomic64" : "atomic";
        int width = wide ? 8 : 4;
        string place = $"({size} *){At(map ? "r9" : "r10", map ? width * Choose(ValueBytes / width) : -64 + (width * Choose(64 / width)))}";
        string src = Number();
        Line(Choose(4) switch
        {
            0 => $"lock *{place} {Pick(["+=", "|=", "&=", "^="])} r{src}",
            1 => $"r{src} = {name}_fetch_{Pick(["add", "or", "and", "xor"])}({place}, r{src})",
            2 => $"r{src} = {name}_xchg({place}, r{src})",
            _ => $"r0 = {name}_cmpxchg({place}, r0, r{src})",
        });
    }

    private void If(int depth)
    {
        string otherwise = Label(), end = Label(), width = Choose(2) == 0 ? "r" : "w";
        Line($"if {width}{Number()} {Pick(s_comparisons)} {(Choose(2) == 0 ? width + Number() : Constant().ToString(CultureInfo.InvariantCulture))} goto {otherwise}");
        Block(depth);
        bool both = Choose(2) == 0;
        if (both) Line($"goto {end}");
        Line($"{otherwise}:");
        if (!both) return;
        Block(depth);
        Line($"{end}:");
    }

    private void Loop(int depth)
    {
        if (_looping)
        {
            Arithmetic();
            return;
        }
        _looping = true;
        string start = Label(), done = Label();
        bool open = Choose(3) == 0;
        if (open)
        {
            Line($"r8 = r{Number()}");
            Line("r8 &= 7");
        }
        else
        {
            Line($"r8 = {1 + Choose(6)}");
        }
        Line($"{start}:");
        if (open) Line($"if r8 == 0 goto {done}");
        Block(depth + 1);
        Line("r8 += -1");
        Line(open ? $"goto {start}" : $"if r8 != 0 goto {start}");
        Line($"{done}:");
        _looping = false;
    }

    private void Block(int depth)
    {
        for (int i = 1 + Choose(3); i > 0; i--) Statement(depth + 1);
    }

    private void Call()
    {
        switch (Choose(12))
        {
            case 0: Helper(1, "r1 = map_idx[1]", "r2 = r10", "r2 += -72"); MapLookupResult(); return;
            case 1: Helper(2, "r1 = map_idx[1]", "r2 = r10", "r2 += -72", "r3 = r10", "r3 += -112", $"r4 = {Choose(4)}"); break;
            case 2: Helper(3, "r1 = map_idx[1]", "r2 = r10", "r2 += -72"); break;
            case 3 or 4: Helper(26, "r1 = r6", $"r2 = {Choose(80)}", "r3 = r10", "r3 += -112", $"r4 = {1 + Choose(40)}"); break;
            case 5: Helper(9, "r1 = r6", $"r2 = {Choose(70)}", "r3 = r10", "r3 += -112", $"r4 = {1 + Choose(40)}", $"r5 = {Choose(5)}"); break;
            case 6: Helper(10, "r1 = r6", $"r2 = {24 + Choose(3)}", $"r3 = {Constant()}", $"r4 = {Constant()}", $"r5 = {Pick([0, 2, 4, 4, 3])}"); break;
            case 7: Helper(11, "r1 = r6", $"r2 = {Pick([36, 40, 50, 51])}", $"r3 = {Constant()}", $"r4 = {Constant()}", $"r5 = {Pick([0, 2, 4]) | Pick([0, 16, 32, 64])}"); break;
            case 8: Helper(18, "r1 = r6", $"r2 = {Pick([0x0081, 0xa888, 8])}", $"r3 = {Choose(8192)}"); break;
            case 9: Helper(19, "r1 = r6"); break;
            case 10: Geometry(); break;
            default: Metadata(); break;
        }
        AfterCall();
    }

    private void Geometry()
    {
        switch (Choose(5))
        {
            case 0: Helper(38, "r1 = r6", $"r2 = {Pick([0, 13, 14, 20, 34, 54, 60, 100, 1000, 70000])}", $"r3 = {(Choose(8) == 0 ? 1 : 0)}"); break;
            case 1: Helper(43, "r1 = r6", $"r2 = {Pick([0, 1, 14, 20, 100, 300])}", "r3 = 0"); break;
            case 2: Helper(39, "r1 = r6", $"r2 = {Pick([0, 14, 34, 100, 2000])}"); break;
            case 3: Helper(31, "r1 = r6", $"r2 = {Pick([0x0008, 0xdd86, 0x0081])}", "r3 = 0"); break;
            default:
                Helper(50, "r1 = r6", $"r2 = {Pick([-40, -20, -8, -4, 4, 8, 20, 28, 40, 50])}", $"r3 = {Choose(2)}", $"r4 = {Pick([0, 1, 2, 4, 2 | 16, 4 | 8, 32, 2 | 16 | 32, 128, 256])}");
                break;
        }
    }

    private void Metadata()
    {
        switch (Choose(5))
        {
            case 0: Helper(32, "r1 = r6", $"r2 = {Choose(6)}"); break;
            case 1: Helper(48, "r1 = r6", $"r2 = {Constant()}"); break;
            case 2: Helper(41, "r1 = r6"); break;
            case 3: Helper(40, "r1 = r6", $"r2 = {Constant()}"); break;
            default: Helper(135, "r1 = r6", $"r2 = {Choose(5)}"); break;
        }
    }

    private void Helper(int id, params string[] arguments)
    {
        foreach (string argument in arguments) Line(argument);
        Line(string.Create(CultureInfo.InvariantCulture, $"call {id}"));
    }

    private void MapLookupResult()
    {
        string none = Label();
        Line($"if r0 == 0 goto {none}");
        for (int i = 1 + Choose(2); i > 0; i--) Line(Choose(2) == 0 ? $"r7 = *(u64 *){At("r0", Choose(TableValueBytes - 7))}" : $"*(u32 *){At("r0", Choose(TableValueBytes - 3))} = {Constant()}");
        Line($"{none}:");
        Line("r0 = 5");
        AfterCall();
    }

    // A helper loses R1 to R5; the numbers come back from memory that the program has been writing to.
    private void AfterCall() => Reload();

    private void Reload()
    {
        for (int register = 2; register <= 5; register++)
        {
            Line(Choose(3) switch
            {
                0 => $"r{register} = {Constant()}",
                1 => $"r{register} = *(u64 *){At("r9", 8 * Choose(ValueBytes / 8))}",
                _ => $"r{register} = *(u32 *){At("r10", -64 + (4 * Choose(16)))}",
            });
        }
    }

    /// <summary>One thing a verifier must refuse, most of the time.</summary>
    private void Mistake()
    {
        string number = Number();
        string[][] mistakes =
        [
            ["r1 = r6", "r2 = 4", "call 39", "r7 = r1", "r2 = 0", "r3 = 0", "r4 = 0", "r5 = 0"],
            [$"r1 = r9", $"r1 += r{number}", "r0 = *(u8 *)(r1 +0)"],
            ["r1 = r9", $"r7 = r{number}", "r7 &= 127", "r1 += r7", $"r0 = *(u{Pick([8, 16, 64])} *)(r1 +{Choose(3)})"],
            ["r1 = *(u32 *)(r6 +76)", "r0 = *(u8 *)(r1 +0)"],
            ["r1 = *(u32 *)(r6 +76)", "r7 = *(u32 *)(r6 +80)", "r2 = r1", "r2 += 14", "if r2 > r7 goto +1", $"r0 = *(u32 *)(r1 +{10 + Choose(3)})", "r2 = 0"],
            [$"r0 = *(u64 *)(r10 {Pick([0, -4, -520, -516, -12])})"],
            [$"*(u32 *)(r10 {Pick([-2, 0, -514, -3, -1])}) = 7"],
            [$"r7 = r{number}", "r7 &= 127", "r1 = r10", "r1 += -112", "r1 += r7", "r0 = *(u8 *)(r1 +0)"],
            [$"*(u32 *)(r6 +{Pick([0, 4, 16, 40, 160, 192, 188])}) = 1"],
            [$"r0 = *(u32 *){At("r6", Pick([2, 50, 190, 192, -4, 186]))}"],
            ["r1 = r6", "r2 = 0", "r3 = r10", "r3 += -112", $"r4 = {Pick([0, 112, 113, 200, -1])}", "call 26", "r2 = 0", "r3 = 0", "r4 = 0", "r5 = 0"],
            ["r1 = map_idx[1]", "r2 = r10", "r2 += -72", "call 1", "r0 = *(u8 *)(r0 +0)", "r2 = 0", "r3 = 0", "r4 = 0", "r5 = 0"],
            ["r1 = map_idx[1]", "r2 = r10", "r2 += -2", "call 1", "r0 = 0", "r2 = 0", "r3 = 0", "r4 = 0", "r5 = 0"],
            ["goto -1"],
            ["exit"],
            ["r9 *= 2"],
            ["r1 = r9", "r1 -= r10"],
            ["r7 = r9", $"r7 += {Pick([100, 121, 128, -1, 1 << 29])}", $"r0 = *(u64 *)(r7 +{Choose(9)})"],
            [$"if r{number} > 120 goto +3", "r1 = r9", $"r1 += r{number}", $"r0 = *(u{Pick([8, 16, 64])} *)(r1 +{Choose(9)})"],
            [$"if r{number} s> 120 goto +3", "r1 = r9", $"r1 += r{number}", "r0 = *(u64 *)(r1 +0)"],
            [$"if w{number} > 120 goto +3", "r1 = r9", $"r1 += r{number}", "r0 = *(u64 *)(r1 +0)"],
            ["r1 = r6", "r1 += 8", "r0 = *(u32 *)(r1 +0)"],
            ["r1 = r6", "r2 = 4", "call 39", "r0 = *(u8 *)(r7 +0)", "r2 = 0", "r3 = 0", "r4 = 0", "r5 = 0"],
            ["call 9999"],
            ["call 130"],
        ];
        foreach (string line in Pick(mistakes)) Line(line);
    }

    private void Finish()
    {
        // Everything a register holds goes where it can be compared; R0 is a number in all paths.
        for (int i = 0; i < s_numbers.Length; i++) Line($"*(u64 *)(r9 +{8 * i}) = r{s_numbers[i]}");
        for (int offset = -64; offset < 0; offset += 8)
        {
            Line($"r1 = *(u64 *)(r10 {offset})");
            Line("r0 ^= r1");
            Line("r0 *= 31");
        }
        Line("exit");
    }
}
