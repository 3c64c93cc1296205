using Sim.Live;
using Vm;
using Vm.Abi;
using Vm.Verifier;

namespace Sim.Compare;

/// <summary>What both verifiers said of one program.</summary>
/// <param name="Object">Object file.</param>
/// <param name="Program">Program name.</param>
/// <param name="Ours">The simulator's errno; None when it accepts.</param>
/// <param name="OurMessage">Its complaint.</param>
/// <param name="Kernel">The kernel's errno; None when it accepts.</param>
/// <param name="KernelMessage">Its complaint.</param>
internal sealed record VerifierPair(string Object, string Program, Errno Ours, string OurMessage, Errno Kernel, string KernelMessage)
{
    /// <summary>How long both took; null when it was not measured.</summary>
    public VerifierTimes? Times { get; init; }

    /// <summary>True when the simulator cannot tell, for want of something.</summary>
    public bool Unsupported { get; init; }

    /// <summary>True when both accept or both refuse.</summary>
    public bool Agrees => !Unsupported && (Ours == Errno.None) == (Kernel == Errno.None);

    /// <summary>True when the simulator lets through what the kernel refuses: the dangerous kind.</summary>
    public bool Unsafe => Ours == Errno.None && Kernel != Errno.None;
}

/// <summary>Asks both verifiers about every program of an object that is of a type there is here.</summary>
internal static class VerifierComparison
{
    public static IEnumerable<VerifierPair> Run(BpfObject opened, bool measures = false)
    {
        using var kernel = new KernelObject(opened.Spec, opened.Options.FallbackType);
        foreach (var program in opened.Programs.Where(program => program.IsSimulated))
        {
            var theirs = kernel.Verify(program.Name);
            if (program.Result is VerifierResult.Unsupported lacks)
            {
                yield return new VerifierPair(opened.Spec.Name, program.Name, Errno.ENOTSUPP, $"not simulated: {lacks.What}", theirs.Errno, theirs.Message) { Unsupported = true };
                continue;
            }
            var refused = program.Result as VerifierResult.Rejected;
            yield return new VerifierPair(opened.Spec.Name, program.Name, refused?.Errno ?? Errno.None, refused is null ? "" : ProgramRejectedException.Complaint(program.Link(), refused)[0], theirs.Errno, theirs.Message)
            {
                Times = measures ? VerifierTimes.Measure(kernel, opened, program) : null,
            };
        }
    }
}
