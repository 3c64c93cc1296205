using System.Reflection;
using Vm.Abi;
using Vm.Helpers;
using Vm.Isa;
using Vm.Programs;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Specs;

namespace Tests.Differential;

/// <summary>Programs that no verifier saw, made from text or slots, for tests of the engines alone.</summary>
internal static class TrustedProgram
{
    /// <summary>callx and shifts past the width are outside Linux 6.12; the public vectors have them.</summary>
    private const byte CallX = 0x8d;

    private const int CallXHelpers = 1000;

    /// <summary>A program type whose context is plain memory, with the helpers the public vectors call.</summary>
    public static ProgramKind RawMemory { get; } = new()
    {
        Type = ProgramType.Syscall,
        Context = new ContextLayout("memory", 0, [], RawBytes: 4096),
        Helpers = VectorHelpers(),
        Kfuncs = HelperBinder.Bind(typeof(TrustedKfuncs)).ToDictionary(binding => binding.Signature.Name),
        KfuncNames = new HashSet<string>(),
        ExecType = typeof(ExecContext),
        LegacyLoad = ((Func<ulong, int, int, long>)LoadBigEndian).Method,
    };

    /// <summary>Assembles and trusts.</summary>
    public static VerifiedProgram FromText(string text, ProgramKind? kind = null, Func<Insn[], InsnFacts[]>? facts = null, params MapSpec[] maps) =>
        FromSlots(Assembler.Assemble(text), kind, facts, maps);

    /// <summary>Trusts slots; functions start where calls and function constants point.</summary>
    public static VerifiedProgram FromSlots(RawInsn[] slots, ProgramKind? kind = null, Func<Insn[], InsnFacts[]>? facts = null, params MapSpec[] maps)
    {
        slots = [.. slots.Select(Tame)];
        var insns = Decoder.Decode(slots).Insns;
        var starts = new SortedSet<int> { 0 };
        var callbacks = new HashSet<int>();
        for (int pc = 0; pc < insns.Length; pc++)
        {
            if (insns[pc].Op is not (Op.CallLocal or Op.LdFunc)) continue;
            starts.Add((int)insns[pc].Target(pc));
            if (insns[pc].Op == Op.LdFunc) callbacks.Add((int)insns[pc].Target(pc));
        }
        int[] ends = [.. starts.Skip(1), insns.Length];
        var functions = starts.Select((start, i) => new SubprogramFacts(start, ends[i], $"f{i}", 512, callbacks.Contains(start), true)).ToArray();
        return UnsafeDoor.TrustBlindly(Link(slots, kind ?? RawMemory, maps), kind ?? RawMemory, insns, functions, facts?.Invoke(insns) ?? Plain(insns));
    }

    /// <summary>Facts that know nothing: everything is reached, every access is plain memory.</summary>
    public static InsnFacts[] Plain(Insn[] insns) =>
        [.. insns.Select(insn => new InsnFacts { Reached = insn.Op != Op.Illegal, Access = insn.SizeBytes > 0 && !insn.IsPacketLoad ? AccessKind.Memory : AccessKind.None })];

    /// <summary>Puts R2 = length in front, as the public vectors expect it.</summary>
    public static RawInsn[] WithLength(RawInsn[] slots, int length) => [new RawInsn(0xb7, 2, 0, 0, length), .. slots];

    private static LinkedProgram Link(RawInsn[] slots, ProgramKind kind, MapSpec[] maps) => new()
    {
        Spec = new ProgramSpec { Name = "test", Section = "test", Insns = slots, Functions = [] },
        ObjectName = "test.o",
        License = "GPL",
        Type = kind.Type,
        Insns = slots,
        Maps = maps,
        Kfuncs = [new ExternRef("minus_one_kfunc", false, 0)],
    };

    private static RawInsn Tame(RawInsn raw)
    {
        if (raw.Code == CallX) return new RawInsn(0x85, 0, 0, 0, CallXHelpers + raw.Dst);
        if (!OpTable.TryFind(raw with { Imm = 1 }, out var row)) return raw;
        return row.Op switch
        {
            Op.Lsh64 or Op.Rsh64 or Op.Arsh64 when row.HasImm => raw with { Imm = raw.Imm & 63 },
            Op.Lsh32 or Op.Rsh32 or Op.Arsh32 when row.HasImm => raw with { Imm = raw.Imm & 31 },
            _ => raw,
        };
    }

    private static Dictionary<HelperId, HelperBinding> VectorHelpers()
    {
        var helpers = HelperBinder.Bind(typeof(TrustedHelpers)).ToDictionary(binding => binding.Id);
        var dispatch = typeof(TrustedProgram).GetMethod(nameof(CallByNumber), BindingFlags.Static | BindingFlags.NonPublic)!;
        for (int register = 1; register <= 5; register++)
        {
            ParameterBinding[] parameters = [new(ParameterShape.Word, typeof(ulong), 1), new(ParameterShape.Word, typeof(ulong), register)];
            var signature = new HelperSignature("callx", [new ArgSpec(ArgKind.Anything)], ReturnKind.Integer);
            var id = (HelperId)(CallXHelpers + register);
            helpers[id] = new HelperBinding(
                id, signature, dispatch, parameters, CallIl.MakeStub("callx", dispatch, parameters, kfunc: false));
        }
        return helpers;
    }

    private static long CallByNumber(ulong r1, ulong number) => number == 5 ? TrustedHelpers.Same(r1) : -(long)Errno.EINVAL;

    private static long LoadBigEndian(ulong ctx, int offset, int bytes)
    {
        if (offset < 0 || offset + bytes > 64) return -1;
        long value = 0;
        for (int i = 0; i < bytes; i++) value = (value << 8) | Vm.Memory.Native.Ref<byte>(ctx + (ulong)(offset + i));
        return value;
    }
}

/// <summary>Helpers for tests.</summary>
public static class TrustedHelpers
{
    /// <summary>The argument, unchanged.</summary>
    [Helper(5, "same")]
    public static long Same(ulong value) => (long)value;

    /// <summary>All five registers, told apart.</summary>
    [Helper(6, "mix")]
    public static ulong Mix(ulong a, ulong b, ulong c, ulong d, ulong e) => a + 3 * b + 5 * c + 7 * d + 11 * e;

    /// <summary>A negative int: R0 is sign-extended.</summary>
    [Helper(7, "minus_one")]
    public static int MinusOne() => -1;

    /// <summary>The sum of bytes in a span.</summary>
    [Helper(8, "sum")]
    public static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        foreach (byte b in bytes) sum += b;
        return sum;
    }

    /// <summary>Fills a span.</summary>
    [Helper(9, "fill")]
    public static void Fill(Span<byte> bytes, uint value) => bytes.Fill((byte)value);
}

/// <summary>Kernel functions for tests.</summary>
public static class TrustedKfuncs
{
    /// <summary>A negative int: R0 is zero-extended, unlike a helper's.</summary>
    [Kfunc("minus_one_kfunc")]
    public static int MinusOne() => -1;
}
