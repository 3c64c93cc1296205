using System.Globalization;
using Vm.Abi;
using Vm.Runtime;

namespace Sim.Fuzz;

/// <summary>A program being written: its lines, and the choices all writers share.</summary>
/// <remarks>
/// An entry of <see cref="Lines"/> is what the shrinker leaves out or keeps: usually one instruction or label; several in one entry
/// belong together. Registers: R6 is the context where there is one, R9 a value of map 0, R8 counts loops, R1 and R7 are scratch,
/// R0 and R2 to R5 hold numbers. The stack is written from <see cref="StackBottom"/> up at the start of every function; below are dynptrs,
/// iterators, and bytes nobody reads again.
/// </remarks>
/// <param name="random">All chance comes from here.</param>
/// <param name="type">SCHED_CLS, XDP or SYSCALL.</param>
internal sealed class FuzzText(SeededRandom random, ProgramType type)
{
    /// <summary>Lowest offset from R10 that has been written.</summary>
    public const int StackBottom = -112;

    /// <summary>Offset from R10 of a dynptr, 16 bytes.</summary>
    public const int Dynptr = -128;

    /// <summary>Offset from R10 of another.</summary>
    public const int OtherDynptr = -144;

    /// <summary>Offset from R10 of an iterator, 16 bytes.</summary>
    public const int Iterator = -160;

    /// <summary>Offset from R10 of bytes calls fill with what is nobody's business.</summary>
    public const int Waste = -208;

    /// <summary>How many.</summary>
    public const int WasteBytes = 48;

    /// <summary>Offset from R10 of bytes helpers read and fill.</summary>
    public const int Buffer = -112;

    /// <summary>Bytes of the buffer.</summary>
    public const int BufferBytes = 40;

    /// <summary>Offset from R10 of map keys, 8 bytes.</summary>
    public const int Key = -72;

    /// <summary>Offset from R10 of the bytes arithmetic works on, up to R10.</summary>
    public const int Scratch = -64;

    private static readonly string[] s_numbers = ["0", "2", "3", "4", "5"];
    private static readonly int[] s_constants = [0, 1, -1, 2, 3, 7, 8, 16, 31, 63, 255, 256, 1500, 65535, int.MaxValue, int.MinValue, -128, 0x12345678];

    private int _labels;

    /// <summary>The text so far.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>SCHED_CLS, XDP or SYSCALL.</summary>
    public ProgramType Type => type;

    /// <summary>True for SYSCALL, whose context is plain memory.</summary>
    public bool IsSyscall => type == ProgramType.Syscall;

    /// <summary>True where R6 is a context with a packet.</summary>
    public bool HasPacket => HasContext && !IsSyscall;

    /// <summary>True for XDP.</summary>
    public bool IsXdp => type == ProgramType.Xdp;

    /// <summary>False in callbacks, where R6 is nobody's.</summary>
    public bool HasContext { get; set; } = true;

    /// <summary>Offset of data in the context. Source: Linux 6.12 include/uapi/linux/bpf.h, struct __sk_buff, struct xdp_md.</summary>
    public int DataOffset => IsXdp ? 0 : 76;

    /// <summary>Offset of data_end in the context.</summary>
    public int DataEndOffset => IsXdp ? 4 : 80;

    /// <summary>A number from 0 to one less than <paramref name="count"/>.</summary>
    public int Choose(int count) => (int)(random.NextUInt32() % (uint)count);

    /// <summary>True in one of <paramref name="n"/> cases.</summary>
    public bool OneIn(int n) => Choose(n) == 0;

    public T Pick<T>(params T[] from) => from[Choose(from.Length)];

    /// <summary>Number of a register that holds a number.</summary>
    public string Number() => Pick(s_numbers);

    /// <summary>A constant programs stumble over.</summary>
    public int Constant() => Pick(s_constants);

    /// <summary>A register or a constant.</summary>
    public string Operand(string width) => OneIn(2) ? width + Number() : Text(Constant());

    public string Label() => $"L{_labels++}";

    public void Line(string line) => Lines.Add(line);

    /// <summary>Lines that make sense only together.</summary>
    public void Unit(params string[] lines) => Lines.Add(string.Join('\n', lines));

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary><c>(r9 +8)</c>.</summary>
    public static string At(string register, int offset) => string.Create(CultureInfo.InvariantCulture, $"({register} {(offset < 0 ? "" : "+")}{offset})");

    /// <summary>A call with its arguments, each a line; R1 to R5 are lost.</summary>
    public void Call(int helper, params string[] arguments)
    {
        foreach (string argument in arguments) Line(argument);
        Line($"call {Text(helper)}");
        Reload();
    }

    /// <summary>A line that puts an address on the stack into a register.</summary>
    public static string[] Stack(int register, int offset) => [$"r{register} = r10", $"r{register} += {offset}"];

    /// <summary>A call of a kernel function with its arguments, each a line; R1 to R5 are lost.</summary>
    public void CallKernel(string name, params string[] arguments)
    {
        foreach (string argument in arguments) Line(argument);
        Line($"call {name}");
        Reload();
    }

    /// <summary>A call whose result is no number to work with.</summary>
    public void CallAndForget(int helper, params string[] arguments)
    {
        foreach (string argument in arguments) Line(argument);
        Unit($"call {Text(helper)}", $"r0 = {Text(Constant())}");
        Reload();
    }

    /// <summary>Numbers come back from memory the program has been writing to.</summary>
    public void Reload()
    {
        for (int register = 2; register <= 5; register++)
        {
            Line(Choose(3) switch
            {
                0 => $"r{register} = {Constant()}",
                1 => $"r{register} = *(u64 *){At("r9", 8 * Choose(FuzzMaps.ValueBytes / 8))}",
                _ => $"r{register} = *(u32 *){At("r10", Scratch + (4 * Choose(16)))}",
            });
        }
    }

    /// <summary>Starts a function: the context, the stack, R9 and the numbers.</summary>
    public void Prologue()
    {
        Line(HasContext ? "r6 = r1" : "r6 = 0");
        for (int offset = StackBottom; offset < 0; offset += 8) Line($"*(u64 *)(r10 {offset}) = {Constant()}");
        Line("r9 = map_idx[0][0]+0");
        Reload();
        Line("r0 = 0");
    }

    /// <summary>Ends a function: what is on the stack goes into R0.</summary>
    public void Epilogue(bool keepsNumbers)
    {
        for (int i = 0; keepsNumbers && i < s_numbers.Length; i++) Line($"*(u64 *)(r9 +{8 * i}) = r{s_numbers[i]}");
        for (int offset = Scratch; offset < 0; offset += 8)
        {
            Line($"r1 = *(u64 *)(r10 {offset})");
            Line("r0 ^= r1");
            Line("r0 *= 31");
        }
        Line("exit");
    }
}
