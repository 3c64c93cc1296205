using System.Diagnostics;
using Sim.Live;
using Vm;
using Vm.Abi;
using Vm.Verifier;

namespace Sim.Compare;

/// <summary>How long a verdict takes here, and loading the same program there.</summary>
/// <param name="OurNs">Verifying it here, ns; the shortest of some turns.</param>
/// <param name="KernelNs">BPF_PROG_LOAD without log, ns; the shortest of as many turns. The kernel's own JIT is in it when it accepts.</param>
internal readonly record struct VerifierTimes(double OurNs, double KernelNs)
{
    private const int Turns = 5;

    /// <summary>Ours over the kernel's.</summary>
    public double Ratio => OurNs / KernelNs;

    /// <summary>Measures a program, turn by turn, so that a slow moment of the machine meets both.</summary>
    internal static VerifierTimes Measure(KernelObject kernel, BpfObject opened, BpfProgram program)
    {
        var linked = program.Link();
        var kind = opened.Options.Kinds(program.Type) ?? throw new ElfFormatException(opened.Spec.Name, $"program {program.Name}", $"programs of type {program.Type} are not simulated");
        double ours = double.PositiveInfinity, theirs = double.PositiveInfinity;
        for (int i = 0; i < Turns; i++)
        {
            long start = Stopwatch.GetTimestamp();
            ProgramVerifier.Verify(linked, kind, opened.Options.Verifier);
            ours = Math.Min(ours, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            theirs = Math.Min(theirs, kernel.LoadTime(program.Name).TotalNanoseconds);
        }
        return new VerifierTimes(ours, theirs);
    }
}
