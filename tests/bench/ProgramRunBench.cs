using BenchmarkDotNet.Attributes;
using Vm.Abi;
using Vm.Helpers;
using Vm.Interp;
using Vm.Isa;
using Vm.Jit;
using Vm.Memory;
using Vm.Programs;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Specs;

namespace Bench;

/// <summary>What does one run of a small program cost, compiled and interpreted?</summary>
[MemoryDiagnoser]
public class ProgramRunBench : IDisposable
{
    private const string TrivialText = "r0 = 0\nexit";

    /// <summary>Internet checksum, 16 bits a step; R1 points at 1,500 bytes.</summary>
    private const string ChecksumText = """
        r2 = 750
        r0 = 0
        again: r3 = *(u16 *)(r1 +0)
        r0 += r3
        r1 += 2
        r2 += -1
        if r2 != 0 goto again
        r3 = r0
        r3 >>= 16
        r0 &= 0xffff
        r0 += r3
        r3 = r0
        r3 >>= 16
        r0 += r3
        r0 ^= -1
        r0 &= 0xffff
        exit
        """;

    /// <summary>A thousand rounds of xorshift and a 32-bit mix.</summary>
    private const string ArithmeticText = """
        r0 = *(u64 *)(r1 +0)
        r2 = *(u32 *)(r1 +8)
        r3 = *(u32 *)(r1 +12)
        r9 = 1000
        again: r4 = r0
        r4 >>= 12
        r0 ^= r4
        r4 = r0
        r4 <<= 25
        r0 ^= r4
        r4 = r0
        r4 >>= 27
        r0 ^= r4
        w2 += w0
        w2 -= w3
        w4 = w3
        w4 <<= 4
        w5 = w3
        w5 >>= 28
        w4 |= w5
        w2 ^= w4
        w3 += w2
        r9 += -1
        if r9 != 0 goto again
        r0 += r2
        r0 += r3
        exit
        """;

    /// <summary>Five hundred dependent steps over a 256-byte array on the stack.</summary>
    private const string StackText = """
        r0 = *(u64 *)(r1 +0)
        r9 = 512
        again: r2 = r0
        r2 &= 31
        r2 <<= 3
        r3 = r10
        r3 += -256
        r3 += r2
        r4 = *(u64 *)(r3 +0)
        r4 += r0
        *(u64 *)(r3 +0) = r4
        r4 >>= 3
        r0 <<= 1
        r0 ^= r4
        r0 ^= r9
        r9 += -1
        if r9 != 0 goto again
        exit
        """;

    /// <summary>Sixteen helper calls.</summary>
    private static readonly string s_helperText = string.Concat(Enumerable.Repeat("call 8\nr6 += r0\n", 16)) + "r0 = r6\nexit";

    private static readonly ProgramKind s_kind = new()
    {
        Type = ProgramType.Syscall,
        Context = new ContextLayout("memory", 0, [], RawBytes: 4096),
        Helpers = HelperBinder.Bind(typeof(CoreHelpers)).Where(helper => !helper.IsKfunc).ToDictionary(helper => helper.Id),
        Kfuncs = new Dictionary<string, HelperBinding>(),
        KfuncNames = new HashSet<string>(),
        ExecType = typeof(ExecContext),
    };

    private readonly NativeBlock _memory = new(4096);
    private readonly ExecContext _x = new(0, 1, new SeededRandom(1));
    private BpfEntry _entry = (_, _) => 0;

    /// <summary>What the program does.</summary>
    [Params("trivial", "checksum 1500", "arithmetic x 1000", "stack x 512", "16 helpers")]
    public string Program { get; set; } = "trivial";

    /// <summary>How it is run.</summary>
    [Params("jit", "jit, checked", "interpreter")]
    public string Engine { get; set; } = "jit";

    /// <summary>Assembles and loads once.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new SeededRandom(3);
        foreach (ref byte b in _memory.Bytes(0, 2048)) b = (byte)random.NextUInt32();
        _x.Regions.Add(new Whole(_memory));
        var program = Trusted(Program switch
        {
            "trivial" => TrivialText,
            "checksum 1500" => ChecksumText,
            "arithmetic x 1000" => ArithmeticText,
            "stack x 512" => StackText,
            _ => s_helperText,
        });
        _entry = (Engine switch
        {
            "jit" => JitCompiler.Compile(program, []),
            "interpreter" => Interpreter.Load(program, []),
            _ => JitCompiler.Compile(program, [], new JitOptions { Checked = true }),
        }).Entry;
    }

    /// <summary>One run.</summary>
    [Benchmark]
    public ulong Run()
    {
        _x.BeginRun();
        return _entry(_memory.Address, _x);
    }

    /// <summary>Frees the memory.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _x.Dispose();
        _memory.Dispose();
        GC.SuppressFinalize(this);
    }

    private static VerifiedProgram Trusted(string text)
    {
        var slots = Assembler.Assemble(text);
        var insns = Decoder.Decode(slots).Insns;
        InsnFacts[] facts = [.. insns.Select(insn => new InsnFacts { Reached = true, Access = insn.SizeBytes > 0 ? AccessKind.Memory : AccessKind.None })];
        var source = new LinkedProgram
        {
            Spec = new ProgramSpec { Name = "bench", Section = "bench", Insns = slots, Functions = [] },
            ObjectName = "bench.o",
            License = "GPL",
            Type = s_kind.Type,
            Insns = slots,
            Maps = [],
        };
        return UnsafeDoor.TrustBlindly(source, s_kind, insns, [new SubprogramFacts(0, insns.Length, "bench", 512, false, false)], facts);
    }

    private sealed class Whole(NativeBlock block) : IGuestMemory
    {
        public bool Allows(ulong address, int bytes, MemoryAccess access) => block.Contains(address, bytes);
    }
}
