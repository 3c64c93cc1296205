using Netdev.Programs;
using Netdev.TestRun;
using Sim.Live;
using Vm.Abi;
using Vm.Allocations;
using Vm.Interp;
using Vm.Jit;
using Vm.Memory;
using Vm.Programs;
using Vm.Proofs;
using Vm.Runtime;
using Vm.Verifier;

namespace Sim.Fuzz;

/// <summary>Asks both verifiers and, when both accept, runs a program in the interpreter, the JIT and the kernel over the same packets.</summary>
/// <remarks>Without the kernel, programs our verifier accepts run in the engines alone.</remarks>
internal sealed class FuzzBench : IDisposable
{
    private const long ObjectBytes = 1 << 20;

    private static readonly VerifierOptions s_hiding = new() { HidesAddresses = true };

    private readonly ProgramTestRun _bench = new();
    private readonly BeliefObserver _beliefs = new();
    private readonly KernelBench? _kernel;
    private readonly KernelBtf? _btf;
    private readonly AllocationHeap _objects = new(ObjectBytes);
    private readonly Dictionary<ProgramType, Side> _sides = [];

    /// <summary>Makes it.</summary>
    /// <param name="asksKernel">False to leave the kernel out.</param>
    /// <exception cref="KernelRefusedException">The kernel refuses a map or a type.</exception>
    public FuzzBench(bool asksKernel)
    {
        if (asksKernel)
        {
            ThreadName.BeTheSimulated();
            _kernel = new KernelBench();
            _btf = KernelBtf.Load(new Vm.Specs.ObjectSpec("fuzz", "GPL", 0, [], FuzzMaps.Specs, FuzzTypes.Spec, []), out string complaint)
                ?? throw new KernelRefusedException("fuzz", "types", complaint, Errno.EINVAL);
        }
        _bench.Cpu.Regions.Add(_objects);
        foreach (var type in FuzzTypes.Programs) _sides.Add(type, MakeSide(type));
    }

    /// <summary>Counts what accepted programs were made of.</summary>
    public FuzzCoverage Coverage { get; } = new();

    /// <summary>Tries a program.</summary>
    /// <param name="program">Program, packets and context.</param>
    /// <param name="inJit">True to run it in the JIT too.</param>
    /// <exception cref="AssemblyFormatException">The text is no program.</exception>
    public FuzzOutcome Try(FuzzCase program, bool inJit = true) => Try(program, inJit, explains: true);

    public void Dispose()
    {
        foreach (var side in _sides.Values)
        {
            side.Target?.Dispose();
            side.OurTarget?.Dispose();
            side.Maps.Dispose();
        }
        _btf?.Dispose();
        _bench.Dispose();
        _objects.Dispose();
    }

    private FuzzOutcome Try(FuzzCase program, bool inJit, bool explains)
    {
        var side = _sides[program.Type];
        var linked = FuzzProgram.Link(program.Lines, program.Type);
        var ours = _beliefs.Verify(linked, side.Kind);
        if (_kernel is null)
            return ours is VerifierResult.Accepted(var alone, _) ? Run(program, alone, side, null, inJit, explains) : new FuzzOutcome(FuzzClass.Refused, "", []);
        var theirs = KernelProgram.Load(linked, ProgramImage.Of(linked), side.Maps.DescriptorsOf(linked), _btf!.Number, out var loaded, wantsLog: ours is VerifierResult.Accepted);
        using (loaded)
        {
            if (ours is VerifierResult.Rejected refused)
            {
                string complaint = $"{refused.Errno} at {refused.Pc}: {refused.Message}";
                if (loaded is null) return new FuzzOutcome(FuzzClass.Refused, complaint, []);
                return Newer(program, side, accepted: true) ?? (explains ? Mistake(program, FuzzClass.Refused) : null) ?? new FuzzOutcome(FuzzClass.OnlyKernelAccepts, complaint, []);
            }
            if (loaded is null)
            {
                bool reportsBug = theirs.Errno == Errno.EFAULT && theirs.Message.StartsWith("verifier bug", StringComparison.Ordinal);
                return Newer(program, side, accepted: false)
                    ?? (reportsBug ? new FuzzOutcome(FuzzClass.KernelMistaken, KernelMistake.ReportsBug, []) : new FuzzOutcome(FuzzClass.OnlyWeAccept, $"kernel: {theirs.Errno}: {theirs.Message}", []));
            }
            return Run(program, ((VerifierResult.Accepted)ours).Program, side, loaded, inJit, explains);
        }
    }

    private FuzzOutcome? Newer(FuzzCase program, Side side, bool accepted)
    {
        bool Accepts(IReadOnlyList<string> lines)
        {
            var linked = FuzzProgram.Link(lines, program.Type);
            KernelProgram.Load(linked, ProgramImage.Of(linked), side.Maps.DescriptorsOf(linked), _btf!.Number, out var loaded, wantsLog: false);
            loaded?.Dispose();
            return loaded is not null;
        }
        bool AcceptsHere(VerifierOptions options) => ProgramVerifier.Verify(FuzzProgram.Link(program.Lines, program.Type), side.Kind, options) is VerifierResult.Accepted;
        return NewerVerifier.Explains(program.Lines, accepted, Accepts, AcceptsHere) is { } known ? new FuzzOutcome(FuzzClass.NewerKernel, known.Name, []) : null;
    }

    private FuzzOutcome? Mistake(FuzzCase program, FuzzClass agreement) =>
        KernelMistake.Explains(program.Lines, careful => Try(program with { Lines = careful }, inJit: false, explains: false).Class == agreement) is { } known
            ? new FuzzOutcome(FuzzClass.KernelMistaken, known.Name, [])
            : null;

    private Side MakeSide(ProgramType type)
    {
        var side = new Side(NetProgramKinds.For(type), new FuzzMaps(_btf));
        var regions = new GuestRegions();
        foreach (var memory in side.Maps.Memory) regions.Add(memory);
        _bench.Cpu.Regions.Add(regions);
        side.Maps.SetIntruder(MakeIntruder());
        if (type == ProgramType.Syscall) return side;
        var linked = FuzzProgram.Link(type == ProgramType.Xdp ? ["r0 = 5", "exit"] : ["*(u32 *)(r1 +8) = 77", "r0 = 5", "exit"], type);
        if (ProgramVerifier.Verify(linked, side.Kind) is not VerifierResult.Accepted(var target, _)) throw new System.Diagnostics.UnreachableException("The target of tail calls is three instructions.");
        side = side with { OurTarget = Interpreter.Load(target, []) };
        side.Maps.SetJumps(side.OurTarget);
        if (_btf is null) return side;
        var verdict = KernelProgram.Load(linked, ProgramImage.Of(linked), [], _btf.Number, out var loaded);
        if (loaded is null) throw new KernelRefusedException("fuzz", "tail call target", $"the kernel refuses it ({verdict.Errno}): {verdict.Message}", verdict.Errno);
        side.Maps.SetJumps(loaded);
        return side with { Target = loaded };
    }

    /// <summary>A program of another type, which writes into its context as its own type may.</summary>
    private static ExecutableProgram MakeIntruder()
    {
        var linked = FuzzProgram.Link(["*(u64 *)(r1 +0) = 1", "*(u64 *)(r1 +8) = 2", "r0 = 0", "exit"], ProgramType.Syscall);
        return ProgramVerifier.Verify(linked, NetProgramKinds.For(ProgramType.Syscall)) is VerifierResult.Accepted(var verified, _)
            ? Interpreter.Load(verified, [])
            : throw new System.Diagnostics.UnreachableException("The intruder is four instructions.");
    }

    private FuzzOutcome Run(FuzzCase program, VerifiedProgram verified, Side side, KernelProgram? kernel, bool inJit, bool explains)
    {
        Coverage.Add(verified);
        // What a program makes of addresses, or of stack nobody has written, is no business of another machine.
        bool repeatable = !verified.Subprograms.Any(function => function.ReadsUnwrittenStack)
            && ProgramVerifier.Verify(verified.Source, side.Kind, s_hiding) is VerifierResult.Accepted;
        int[] used = FuzzMaps.UsedBy(verified.Source);
        using var interpreted = Interpreter.Load(verified, side.Maps.OursOf(verified.Source), _beliefs, _objects);
        using var compiled = inJit ? JitCompiler.Compile(verified, side.Maps.OursOf(verified.Source), objects: _objects) : null;
        bool lost = false;
        if (inJit && program.Packets is [var first, ..] && Mistyped(interpreted, first) is { } mistyped) return mistyped;
        foreach (byte[] packet in program.Packets)
        {
            try
            {
                _beliefs.Begin();
                var result = RunHere(interpreted, packet, program.Context, side, used);
                lost |= _beliefs.IsLost;
                if (!repeatable) continue;
                if (compiled is not null && Differences("jit", RunHere(compiled, packet, program.Context, side, used), "interpreter", result) is { Length: > 0 } apart)
                    return new FuzzOutcome(FuzzClass.EnginesDiffer, apart, packet);
                // A newer verifier may see that some of what reaches furthest into the context never runs, and ask for less of it.
                if (program.Type == ProgramType.Syscall && result.Errno == Errno.EINVAL) continue;
                if (kernel is not null && Differences("simulator", result, "kernel", RunThere(kernel, packet, program.Context, side, used)) is { Length: > 0 } wrong)
                    return (explains ? Mistake(program, FuzzClass.Agreed) : null) ?? new FuzzOutcome(FuzzClass.KernelDiffers, wrong, packet);
            }
            catch (GuestFaultException fault)
            {
                // The one thing that must not happen; the checked interpreter is there to see it.
                return new FuzzOutcome(FuzzClass.Fault, fault.Message, packet);
            }
            catch (WrongBeliefException broken)
            {
                return new FuzzOutcome(FuzzClass.WrongBelief, broken.Message, packet);
            }
        }
        Coverage.Add(!_beliefs.IsComplete ? "belief not kept: too long" : lost ? "belief lost on the way" : "belief followed to the end");
        return new FuzzOutcome(!repeatable ? FuzzClass.NotComparable : FuzzClass.Agreed, "", []);
    }

    /// <summary>A program is offered a context of another type: a packet in place of plain memory, or the other way round. Nobody may take it.</summary>
    private FuzzOutcome? Mistyped(ExecutableProgram program, byte[] packet)
    {
        try
        {
            _beliefs.Begin();
            if (program.Type == ProgramType.Syscall) _bench.Run(program, packet);
            else SyscallRun.Run(_bench.Cpu, program, [.. packet], out _);
            return new FuzzOutcome(FuzzClass.Fault, $"a program of type {program.Type} ran with a context of another type", packet);
        }
        catch (ArgumentException)
        {
            return null;
        }
        catch (Exception fault) when (fault is GuestFaultException or WrongBeliefException)
        {
            return new FuzzOutcome(FuzzClass.Fault, $"with a context of another type: {fault.Message}", packet);
        }
    }

    private FuzzResult RunHere(ExecutableProgram engine, byte[] packet, SkbTestContext context, Side side, int[] used)
    {
        side.Maps.ResetOurs(used);
        if (engine.Type == ProgramType.Syscall) return RunSyscallHere(engine, packet, side, used);
        var run = _bench.Run(engine, packet, engine.Type == ProgramType.Xdp ? null : context);
        if (run.Errno != Errno.None) return new FuzzResult(run.Errno, 0, 0, [], [], side.Maps.TakeOurs(used));
        var fields = new byte[engine.Type == ProgramType.Xdp ? 0 : SkbContextImage.Bytes];
        if (fields.Length > 0) SkbContextImage.Write(ref _bench.Skb.Fields, fields);
        int meta = engine.Type == ProgramType.Xdp ? _bench.Skb.Fields.MetaLength : 0;
        return new FuzzResult(Errno.None, run.Retval, meta, _bench.Packet.ToArray(), fields, side.Maps.TakeOurs(used));
    }

    private FuzzResult RunThere(KernelProgram program, byte[] packet, SkbTestContext context, Side side, int[] used)
    {
        side.Maps.ResetKernel(used);
        if (program.Type == ProgramType.Syscall) return RunSyscallThere(program, packet, side, used);
        var run = _kernel!.Run(program, packet, program.Type == ProgramType.Xdp ? null : context);
        if (run.Errno != Errno.None) return new FuzzResult(run.Errno, 0, 0, [], [], side.Maps.TakeKernel(used));
        bool xdp = program.Type == ProgramType.Xdp;
        // xdp_md comes back with data as the length of the metadata, which precedes the packet.
        int meta = xdp ? (int)SkbContextImage.Read(_kernel.Context, 0, 4) : 0;
        byte[] fields = xdp ? [] : _kernel.Context[..SkbContextImage.Bytes].ToArray();
        return new FuzzResult(Errno.None, run.Retval, meta, _kernel.Data[Math.Min(meta, _kernel.Data.Length)..].ToArray(), fields, side.Maps.TakeKernel(used));
    }

    /// <summary>A SYSCALL program gets the packet's bytes as its context.</summary>
    private FuzzResult RunSyscallHere(ExecutableProgram engine, byte[] bytes, Side side, int[] used)
    {
        byte[] context = [.. bytes];
        var errno = SyscallRun.Run(_bench.Cpu, engine, context, out int result);
        return new FuzzResult(errno, (uint)result, 0, [], [], With(side.Maps.TakeOurs(used), context));
    }

    private FuzzResult RunSyscallThere(KernelProgram program, byte[] bytes, Side side, int[] used)
    {
        byte[] context = [.. bytes];
        var run = _kernel!.RunSyscall(program, context);
        return new FuzzResult(run.Errno, run.Retval, 0, [], [], With(side.Maps.TakeKernel(used), context));
    }

    private static SortedDictionary<string, string> With(SortedDictionary<string, string> content, byte[] context)
    {
        content.Add("context", Convert.ToHexString(context));
        return content;
    }

    private static string Differences(string one, FuzzResult mine, string other, FuzzResult theirs) => string.Join("; ", mine.Against(theirs, one, other));

    private sealed record Side(ProgramKind Kind, FuzzMaps Maps)
    {
        public ExecutableProgram? OurTarget { get; init; }

        public KernelProgram? Target { get; init; }
    }
}
