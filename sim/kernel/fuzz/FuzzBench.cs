using Netdev.Programs;
using Netdev.TestRun;
using Sim.Dissect;
using Vm.Abi;
using Vm.Interp;
using Vm.Isa;
using Vm.Jit;
using Vm.Maps;
using Vm.Memory;
using Vm.Programs;
using Vm.Runtime;
using Vm.Specs;
using Vm.Verifier;

namespace Sim.Kernel;

/// <summary>What came of one generated program.</summary>
internal enum FuzzClass
{
    /// <summary>Both verifiers took it and all engines and the kernel agree.</summary>
    Agreed,

    /// <summary>Both verifiers refused it.</summary>
    BothRefuse,

    /// <summary>Only the kernel took it: we are too strict.</summary>
    OnlyKernelAccepts,

    /// <summary>Only we took it: possibly unsound.</summary>
    OnlyWeAccept,

    /// <summary>An engine computes something else than the kernel.</summary>
    ResultDiffers,
}

/// <summary>One generated program's end.</summary>
/// <param name="Class">What came of it.</param>
/// <param name="Detail">Complaints or differences, in words.</param>
/// <param name="Packet">The packet that showed a difference; empty otherwise.</param>
internal sealed record FuzzOutcome(FuzzClass Class, string Detail, byte[] Packet);

/// <summary>Asks both verifiers and, when both accept, runs a program in the kernel, the JIT and the interpreter over the same packets.</summary>
internal sealed class FuzzBench : IDisposable
{
    private static readonly MapSpec[] s_specs =
    [
        new() { Name = "values", Type = MapType.Array, KeySize = 4, ValueSize = FuzzGenerator.ValueBytes, MaxEntries = 1 },
        new() { Name = "table", Type = MapType.Hash, KeySize = 4, ValueSize = FuzzGenerator.TableValueBytes, MaxEntries = 4 },
    ];

    private readonly ProgramKind _kind;
    private readonly Map[] _maps;
    private readonly KernelMap[] _kernelMaps;
    private readonly SideBySide _both = new();
    private readonly KernelBench _kernel = new();
    private readonly byte[] _initial = new byte[FuzzGenerator.ValueBytes];
    private readonly byte[] _context = new byte[SkbContextImage.Bytes];

    public FuzzBench()
    {
        if (!NetProgramKinds.TryFor(ProgramType.SchedCls, out var kind)) throw new System.Diagnostics.UnreachableException("SCHED_CLS is what the testbed is for.");
        _kind = kind;
        _maps = [.. s_specs.Select(spec => MapFactory.Create(spec, 1, SpecialFields.LayoutOf(spec)))];
        _kernelMaps = [.. s_specs.Select(spec => KernelMap.Create(spec, null, "fuzz"))];
        var regions = new GuestRegions();
        foreach (var map in _maps) regions.Add(map);
        _both.Bench.Cpu.Regions.Add(regions);
        for (int i = 0; i < _initial.Length; i++) _initial[i] = (byte)(i * 37);
    }

    /// <summary>Tries a program.</summary>
    /// <param name="lines">Its text.</param>
    /// <param name="packets">Packets to run it over.</param>
    /// <param name="context">Context of all of them.</param>
    /// <exception cref="AssemblyFormatException">The text is no program.</exception>
    public FuzzOutcome Try(IEnumerable<string> lines, IReadOnlyList<byte[]> packets, SkbTestContext context)
    {
        var linked = Link(Assembler.Assemble(string.Join('\n', lines), "fuzz"));
        var ours = ProgramVerifier.Verify(linked, _kind);
        var theirs = KernelProgram.Load(linked, ProgramImage.Of(linked), [.. _kernelMaps.Select(map => map.Number)], 0, out var loaded, wantsLog: ours is Verdict.Accepted);
        using (loaded)
        {
            if (ours is Verdict.Rejected refused)
                return new FuzzOutcome(loaded is null ? FuzzClass.BothRefuse : FuzzClass.OnlyKernelAccepts, $"{refused.Errno} at {refused.Pc}: {refused.Message}", []);
            if (loaded is null) return new FuzzOutcome(FuzzClass.OnlyWeAccept, $"kernel: {theirs.Errno}: {theirs.Message}", []);
            var verified = ((Verdict.Accepted)ours).Program;
            ExecutableProgram[] engines = [JitCompiler.Compile(verified, _maps), Interpreter.Load(verified, _maps)];
            foreach (byte[] packet in packets)
            {
                if (Compare(loaded, engines, packet, context) is { Count: > 0 } differences)
                    return new FuzzOutcome(FuzzClass.ResultDiffers, string.Join("; ", differences), packet);
            }
        }
        return new FuzzOutcome(FuzzClass.Agreed, "", []);
    }

    public void Dispose()
    {
        _both.Dispose();
        foreach (var map in _maps) map.Dispose();
        foreach (var map in _kernelMaps) map.Dispose();
    }

    private static LinkedProgram Link(RawInsn[] slots) => new()
    {
        Spec = new ProgramSpec { Name = "fuzz", Section = "tc", Type = ProgramType.SchedCls, Insns = slots, Functions = [] },
        ObjectName = "fuzz",
        License = "GPL",
        Type = ProgramType.SchedCls,
        Insns = slots,
        Maps = s_specs,
    };

    private List<string> Compare(KernelProgram kernel, ExecutableProgram[] engines, byte[] packet, SkbTestContext context)
    {
        var differences = new List<string>();
        ResetKernel();
        var theirs = _kernel.Run(kernel, packet, context);
        foreach (var engine in engines)
        {
            ResetOurs();
            var mine = _both.Bench.Run(engine, packet, context);
            if (mine.Errno != theirs.Errno) differences.Add($"{engine.Engine}: errno {mine.Errno}, kernel {theirs.Errno}");
            if (mine.Errno != Errno.None || theirs.Errno != Errno.None) continue;
            if (mine.Retval != theirs.Retval) differences.Add($"{engine.Engine}: retval 0x{mine.Retval:x}, kernel 0x{theirs.Retval:x}");
            foreach (var field in PacketDiff.Compare(_kernel.Data, _both.Bench.Packet, [])) differences.Add($"{engine.Engine}: {field.Field} {field.Got}, kernel {field.Expected}");
            CompareContext(engine.Engine, differences);
            var maps = new Comparison { Name = "maps" };
            for (int i = 0; i < _maps.Length; i++) MapComparison.Compare(_maps[i], _kernelMaps[i], maps);
            foreach (var field in maps.Differences.SelectMany(d => d.Fields)) differences.Add($"{engine.Engine}: {field.Field} {field.Got}, kernel {field.Expected}");
        }
        return differences;
    }

    private void CompareContext(string engine, List<string> differences)
    {
        SkbContextImage.Write(ref _both.Bench.Skb.Fields, _context);
        foreach (var (name, offset, size) in SkbContextImage.Fields)
        {
            ulong want = SkbContextImage.Read(_kernel.Context, offset, size), got = SkbContextImage.Read(_context, offset, size);
            if (want != got) differences.Add($"{engine}: {name} 0x{got:x}, kernel 0x{want:x}");
        }
    }

    private void ResetKernel()
    {
        _kernelMaps[0].Update(stackalloc byte[4], _initial);
        foreach (byte[] key in _kernelMaps[1].Keys()) _kernelMaps[1].Delete(key);
    }

    private void ResetOurs()
    {
        Span<byte> key = stackalloc byte[4];
        key.Clear();
        _maps[0].Update(key, _initial);
        while (_maps[1].NextKey(default, key) == Errno.None) _maps[1].Delete(key);
    }
}
