using Vm.Interp;
using Vm.Jit;
using Vm.Maps;
using Vm.Memory;
using Vm.Proofs;
using Vm.Runtime;

namespace Tests.Differential;

/// <summary>Everything a run leaves behind that two engines must agree on.</summary>
/// <param name="R0">Result.</param>
/// <param name="Memory">The context memory afterwards, in hex.</param>
internal readonly record struct RunResult(ulong R0, string Memory);

/// <summary>Runs one program in every engine over the same memory.</summary>
internal static class Engines
{
    /// <summary>Names of the compilations and engines that must agree.</summary>
    public static readonly string[] All = ["interpreter", "jit", "jit, stack in memory", "jit, checked"];

    /// <summary>Makes a program runnable in the named engine.</summary>
    public static ExecutableProgram Load(string engine, VerifiedProgram program, params Map[] maps) => engine switch
    {
        "interpreter" => Interpreter.Load(program, maps),
        "jit" => JitCompiler.Compile(program, maps),
        "jit, stack in memory" => JitCompiler.Compile(program, maps, new JitOptions { StackInLocals = false }),
        _ => JitCompiler.Compile(program, maps, new JitOptions { Checked = true }),
    };

    /// <summary>Runs a program over a copy of <paramref name="memory"/>; R1 is its address, 0 when there is none.</summary>
    public static RunResult Run(ExecutableProgram program, byte[] memory, params Map[] maps)
    {
        using var arena = new TestMemory(memory);
        using var x = new ExecContext(0, 1, new SeededRandom(1));
        x.Regions.Add(arena);
        foreach (var map in maps) x.Regions.Add(map);
        x.BeginRun();
        ulong r0 = program.Entry(arena.Address, x);
        Assert.Equal(x.StackHigh, x.Run.FramePointer);
        return new RunResult(r0, Convert.ToHexString(arena.Content));
    }

    /// <summary>Runs a program everywhere over each memory and hands back what all agree on.</summary>
    public static RunResult[] RunEverywhere(VerifiedProgram program, IReadOnlyList<byte[]> memories, params Map[] maps) =>
        RunIn(All, program, memories, maps);

    /// <summary>The same in some engines; the first is the oracle.</summary>
    public static RunResult[] RunIn(IReadOnlyList<string> engines, VerifiedProgram program, IReadOnlyList<byte[]> memories, params Map[] maps)
    {
        var oracle = Load(engines[0], program, maps);
        RunResult[] expected = [.. memories.Select(memory => Run(oracle, memory, maps))];
        foreach (string engine in engines.Skip(1))
        {
            var compiled = Load(engine, program, maps);
            for (int i = 0; i < expected.Length; i++) Assert.Equal((engine, i, expected[i]), (engine, i, Run(compiled, memories[i], maps)));
        }
        return expected;
    }
}

/// <summary>Guest memory that ends where a guard page starts.</summary>
internal sealed class TestMemory : IGuestMemory, IDisposable
{
    private readonly NativeBlock _block;
    private readonly int _bytes;
    private readonly long _start;

    public TestMemory(byte[] content)
    {
        _bytes = content.Length;
        int pages = (Math.Max(_bytes, 1) + 4095) / 4096 * 4096;
        _block = new NativeBlock(pages);
        _start = pages - _bytes;
        content.CopyTo(_block.Bytes(_start, _bytes));
    }

    public ulong Address => _bytes == 0 ? 0 : _block.Address + (ulong)_start;

    public ReadOnlySpan<byte> Content => _block.Bytes(_start, _bytes);

    public bool Allows(ulong address, int bytes, MemoryAccess access) =>
        _bytes > 0 && address >= Address && bytes <= _bytes && address - Address <= (ulong)(_bytes - bytes);

    public void Dispose() => _block.Dispose();
}
