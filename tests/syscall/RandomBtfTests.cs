using System.Buffers.Binary;
using Sim.Live;
using Vm.Abi;
using Vm.Btf;
using Vm.Runtime;

namespace Tests.Syscall;

/// <summary>BTF with one to three words changed: taken and refused as by the running kernel.</summary>
public sealed class RandomBtfTests
{
    private const int HeaderBytes = 24;
    private const uint DeclTag = 17u << 24, TypeTag = 18u << 24;

    // The first three types are integers, 16 bytes each.
    private static readonly int[] s_sizesOfIntegers = [HeaderBytes + 8, HeaderBytes + 24, HeaderBytes + 40];

    private static readonly int s_rounds = int.TryParse(Environment.GetEnvironmentVariable("BTF_ROUNDS"), out int rounds) ? rounds : 2000;

    [Fact]
    public void ChangedTypes_AreTakenAsByTheKernel()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        using var here = LoadBench.Simulated();
        using var there = LoadBench.Live();
        byte[] whole = Whole();
        var different = new List<string>();
        for (ulong seed = 1; seed <= (ulong)s_rounds; seed++)
        {
            byte[] changed = Change(whole, seed, out int words);
            int ours = here.LoadBtf(changed), theirs = there.LoadBtf(changed);
            if (ours > 0) here.Calls.Close(ours);
            if (theirs > 0) there.Calls.Close(theirs);
            string mine = Answer(ours), kernel = Answer(theirs);
            // Of several mistakes another may be named first; a circle is one of them.
            bool alike = mine == kernel || (ours < 0 && theirs < 0 && (words > 1 || kernel == nameof(Errno.EEXIST)));
            if (!alike) different.Add($"seed {seed}: here {mine}, kernel {kernel}: {Difference(whole, changed)}");
        }
        Assert.True(different.Count == 0, $"{different.Count} of {s_rounds}\n{string.Join('\n', different.Take(40))}");
    }

    private static string Answer(int answer) => answer < 0 ? ((Errno)(-answer)).ToString() : "ok";

    // Every kind once.
    private static byte[] Whole()
    {
        var b = new BtfBuilder();
        uint number = b.Int("int", 4, signed: true), wide = b.Int("long", 8), flag = b.Int("bool", 1, isBool: true);
        uint pointer = b.Pointer(number), array = b.Array(wide, number, 4);
        uint inner = b.Composite("inner", false, 12, [new("a", number, 0, 0), new("b", wide, 32, 0)]);
        uint outer = b.Composite("outer", false, 64, [new("i", inner, 0, 0), new("p", pointer, 128, 0), new("list", array, 192, 0), new("f", flag, 448, 0)]);
        b.Composite("bits", false, 8, [new("low", number, 0, 3), new("high", number, 3, 5), new("rest", number, 32, 0)]);
        b.Composite("either", true, 8, [new("n", number, 0, 0), new("w", wide, 0, 0)]);
        uint choice = b.Enum("choice", 4, false, [new("no", 0), new("yes", 1)]);
        b.Enum("big", 8, true, [new("least", 1ul << 63)]);
        uint ahead = b.Forward("ahead", false), name = b.Typedef("name", outer);
        uint constant = b.Qualified(BtfQualifier.Const, name), moving = b.Qualified(BtfQualifier.Volatile, constant);
        b.Pointer(moving);
        b.Pointer(ahead);
        uint prototype = b.Prototype(choice, [new("left", pointer), new("right", wide)]);
        uint function = b.Function("run", prototype, BtfLinkage.Global);
        uint variable = b.Variable("count", number, BtfLinkage.Global), other = b.Variable("place", outer, BtfLinkage.Static);
        b.DataSection(".data", 80, [new(variable, 0, 4), new(other, 8, 64)]);
        b.DeclTag("arg:nonnull", function, 0);
        b.DeclTag("member", outer, 1);
        b.Pointer(b.TypeTag("kind", b.Qualified(BtfQualifier.Const, number)));
        return b.Build("whole").Raw.ToArray();
    }

    private static byte[] Change(byte[] whole, ulong seed, out int words)
    {
        byte[] changed = [.. whole];
        var random = new SeededRandom(seed);
        uint types = BinaryPrimitives.ReadUInt32LittleEndian(whole.AsSpan(12));
        words = 1 + (int)(random.NextUInt64() % 3);
        for (int i = 0; i < words; i++)
        {
            int at = HeaderBytes + (int)(random.NextUInt64() % (types / 4)) * 4;
            uint old = BinaryPrimitives.ReadUInt32LittleEndian(changed.AsSpan(at));
            // Integers of odd sizes are refused here; newer kernels take a flag on tags.
            if (s_sizesOfIntegers.Contains(at) || old is DeclTag or TypeTag) continue;
            uint small = (uint)(random.NextUInt64() % 40);
            uint next = (random.NextUInt64() % 6) switch
            {
                0 => small,
                1 => old + 1,
                2 => old - 1,
                3 => old ^ (1u << (int)(random.NextUInt64() % 32)),
                4 => old & 0xe0ffffff | small % 20 << 24,
                _ => small * 8,
            };
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), next);
        }
        return changed;
    }

    private static string Difference(byte[] whole, byte[] changed)
    {
        var words = new List<string>();
        for (int at = HeaderBytes; at + 4 <= whole.Length; at += 4)
        {
            uint old = BinaryPrimitives.ReadUInt32LittleEndian(whole.AsSpan(at)), now = BinaryPrimitives.ReadUInt32LittleEndian(changed.AsSpan(at));
            if (old != now) words.Add($"{at}: {old:x} -> {now:x}");
        }
        return string.Join(", ", words);
    }
}
