using System.Diagnostics;
using Netdev.Programs;
using Netdev.TestRun;
using Sim.Inputs;
using Sim.Live;
using Vm;
using Vm.Abi;
using Vm.Jit;
using Vm.Runtime;
using Vm.Verifier;

namespace Sim.Bench;

/// <summary>What one run of a program costs here and in the kernel, over the same packets, turn by turn.</summary>
/// <param name="Ours">The JIT's code.</param>
/// <param name="OursEmpty">A program that only returns, here.</param>
/// <param name="Kernel">The kernel's JIT.</param>
/// <param name="KernelEmpty">A program that only returns, there.</param>
internal sealed record RepeatTimes(Samples Ours, Samples OursEmpty, Samples Kernel, Samples KernelEmpty)
{
    /// <summary>Median ns of a run here, less what calling an empty program costs.</summary>
    public double OursNet => Ours.Percentile(0.5) - OursEmpty.Percentile(0.5);

    /// <summary>The same in the kernel.</summary>
    public double KernelNet => Kernel.Percentile(0.5) - KernelEmpty.Percentile(0.5);
}

/// <summary>Measures a program here and in the kernel in one go.</summary>
/// <remarks>
/// A packet is set up once and then run over many times, on both sides: a program that rewrites packets meets its own work again. The four
/// measurements of a packet follow each other, so that a slow moment of the machine meets them all.
/// Source: Linux 6.12 net/bpf/test_run.c, bpf_test_run, repeat and duration.
/// </remarks>
internal static class RepeatBench
{
    private const int MostPackets = 200, WarmPackets = 20;
    private const int Times = 20_000;

    /// <summary>Measures.</summary>
    /// <param name="opened">The object, opened for the simulator.</param>
    /// <param name="program">The program.</param>
    /// <param name="capture">Where the packets come from; the first ones are taken.</param>
    /// <param name="setup">SYSCALL programs to run first on both sides.</param>
    /// <exception cref="KernelRefusedException">The kernel refuses the program or a packet.</exception>
    public static RepeatTimes Run(BpfObject opened, BpfProgram program, CaptureInput capture, IReadOnlyList<string> setup)
    {
        using var here = new ProgramTestRun(kernel: opened.Options.Kernel);
        using var kernel = new KernelObject(opened.Spec, opened.Options.FallbackType, ourClock: false);
        var bench = new KernelBench();
        var compiled = program.Compile();
        ObjectFiles.Setup(opened, here.Cpu, setup);
        foreach (string name in setup) bench.RunSyscall(kernel.Program(name), []);
        var loaded = kernel.Program(program.Name);
        var (empty, kernelEmpty) = Empty(compiled.Type);
        using (kernelEmpty)
        {
            var times = new RepeatTimes(new(MostPackets), new(MostPackets), new(MostPackets), new(MostPackets));
            Over(capture, WarmPackets, packet => Here(here, compiled, packet));
            Over(capture, MostPackets, packet =>
            {
                times.OursEmpty.Add(Times, Here(here, empty, packet));
                times.KernelEmpty.Add(Times, There(bench, kernelEmpty, packet, opened.Spec.Name));
                times.Ours.Add(Times, Here(here, compiled, packet));
                times.Kernel.Add(Times, There(bench, loaded, packet, opened.Spec.Name));
            });
            return times;
        }
    }

    private delegate void Take(ReadOnlySpan<byte> packet);

    private static void Over(CaptureInput capture, int most, Take take)
    {
        using var reader = capture.Open();
        for (int n = 0; n < most && reader.TryRead(out var packet); n++) take(packet.Data);
    }

    private static double Here(ProgramTestRun bench, ExecutableProgram program, ReadOnlySpan<byte> packet)
    {
        long start = Stopwatch.GetTimestamp();
        bench.Repeat(program, packet, Times);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static double There(KernelBench bench, KernelProgram program, ReadOnlySpan<byte> packet, string name)
    {
        var errno = bench.Repeat(program, packet, Times, out uint nsPerRun);
        if (errno != Errno.None) throw new KernelRefusedException(name, $"program {program.Name}", $"the kernel does not run it over a packet of {packet.Length} bytes ({errno})", errno);
        return nsPerRun * (double)Times;
    }

    // Both return at once; the difference to them is what the program itself costs.
    private static (ExecutableProgram Ours, KernelProgram Kernel) Empty(ProgramType type)
    {
        if (!NetProgramKinds.TryFor(type, out var kind)) throw new UsageException($"programs of type {type} take no packets; bench takes SCHED_CLS, SCHED_ACT and XDP");
        var linked = PassingProgram.Make("empty", type);
        var verdict = KernelProgram.Load(linked, ProgramImage.Of(linked), [], 0, out var loaded);
        if (loaded is null) throw new KernelRefusedException("empty", "", $"the kernel refuses a program that only returns ({verdict.Errno}): {verdict.Message}", verdict.Errno);
        return ProgramVerifier.Verify(linked, kind) is VerifierResult.Accepted accepted
            ? (JitCompiler.Compile(accepted.Program, []), loaded)
            : throw new UnreachableException("Two instructions that return a constant are accepted.");
    }
}
