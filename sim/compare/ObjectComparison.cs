using Netdev.Programs;
using Netdev.TestRun;
using Sim.Inputs;
using Sim.Live;
using Vm;
using Vm.Abi;
using Vm.Kernel;
using Vm.Proofs;
using Vm.Verifier;

namespace Sim.Compare;

/// <summary>Programs of one object over a capture, in the simulator and in the kernel.</summary>
internal static class ObjectComparison
{
    /// <summary>Compares.</summary>
    /// <param name="opened">The object, opened for the simulator.</param>
    /// <param name="program">The program.</param>
    /// <param name="capture">Capture with the packets.</param>
    /// <param name="context">Context fields; null for none set.</param>
    /// <param name="setup">SYSCALL programs to run first on both sides.</param>
    public static Comparison Run(BpfObject opened, BpfProgram program, CaptureInput capture, TestContext? context, IReadOnlyList<string> setup) => ProvenComparison.Run(
        rewrite =>
        {
            using var anew = new BpfObject(rewrite(opened.Spec), opened.Options with { Kernel = new BpfKernel() });
            return RunOnce(anew, anew.Program(program.Name), capture, context, setup);
        },
        KernelSide.TestRun, found => AddressNote(program, found));

    // No explanation, since it does not say which bytes; but what to look at first.
    private static void AddressNote(BpfProgram program, Comparison found)
    {
        if (!NetProgramKinds.TryFor(program.Type, out var kind) || ProgramVerifier.Verify(program.Link(), kind, new VerifierOptions { HidesAddresses = true }) is not VerifierResult.Rejected shows) return;
        found.Notes.Add($"'{program.Name}' shows addresses, or stack it has not written, which no two machines have in common: {shows.Message.Split('\n')[0]} (instruction {shows.Pc})");
    }

    private static Comparison RunOnce(BpfObject opened, BpfProgram program, CaptureInput capture, TestContext? context, IReadOnlyList<string> setup)
    {
        var result = new Comparison { Name = $"{opened.Spec.Name}: {program.Name}" };
        using var pin = new CpuPin();
        ThreadName.BeTheSimulated();
        using var both = new SideBySide(opened.Options.Kernel);
        using var kernel = new KernelObject(opened.Spec, opened.Options.FallbackType);
        if (pin.Cpu is { } cpu) kernel.ListenOn(cpu);
        var ours = program.Compile();
        ObjectFiles.Setup(opened, both.Bench.Cpu, setup);
        foreach (string name in setup)
        {
            var run = both.Kernel.RunSyscall(kernel.Program(name), []);
            if (run.Errno != Errno.None || run.Retval != 0)
                throw new KernelRefusedException(opened.Spec.Name, $"program {name}", $"as a setup program in the kernel: {run.Errno}, returned {(int)run.Retval}, not 0", run.Errno);
        }
        using var reader = capture.Open();
        for (long number = 1; reader.TryRead(out var packet); number++)
            both.Run(program.Spec, ours, kernel, packet.Data, context, packet.TimestampNs, result, number);
        result.Notes.AddRange(reader.Notes);
        foreach (var (name, map) in opened.Maps) MapComparison.Compare(map, kernel.Maps[name], result, kernelCpu: pin.Cpu, events: kernel.Events.GetValueOrDefault(name));
        return result;
    }
}
