using Netdev.Programs;
using Sim.Live;
using Vm.Abi;
using Vm.Elf;
using Vm.Linking;
using Vm.Maps;
using Vm.Proofs;
using Vm.Specs;
using Vm.Verifier;

namespace Tests.Selftests;

/// <summary>How our decision compares with the running kernel's.</summary>
internal enum LiveComparison
{
    /// <summary>Same decision.</summary>
    Same,

    /// <summary>We accept what the kernel refuses.</summary>
    OnlyWeAccept,

    /// <summary>The kernel accepts what we refuse.</summary>
    OnlyKernelAccepts,

    /// <summary>The kernel accepts, and we refuse for want of something the testbed has not got.</summary>
    Unsupported,

    /// <summary>The kernel was not asked: the object's maps or types cannot be made there, or the program does not link.</summary>
    NotAsked,
}

/// <summary>One program, our decision and the running kernel's.</summary>
/// <param name="Name"><c>object/program</c>.</param>
/// <param name="Type">Program type.</param>
/// <param name="Annotation">What its author states; null without annotation.</param>
/// <param name="Comparison">How the decisions compare.</param>
/// <param name="Ours">Our complaint; empty when accepted.</param>
/// <param name="Kernel">The kernel's complaint, or why it was not asked; empty when accepted.</param>
internal sealed record LiveAnswer(string Name, ProgramType Type, bool? Annotation, LiveComparison Comparison, string Ours, string Kernel)
{
    /// <summary>Load flags the selftests' loader knows. Source: Linux 6.12 include/uapi/linux/bpf.h, BPF_F_*.</summary>
    private const uint StrictAlignment = 1, TestStateFrequency = 8, TestInvariants = 128;

    /// <summary>Every program of the types concerned in one object, annotated or not.</summary>
    public static IReadOnlyList<LiveAnswer> RunObject(string path)
    {
        string file = Path.GetFileName(path)[..^".bpf.o".Length];
        var spec = MapTypes.AsMade(ObjectReader.Read(File.ReadAllBytes(path), file));
        var programs = spec.Programs.Where(program => CorpusCase.Concerns(program.Type)).Select(program =>
            (Program: program, Annotation: Expectation.TryRead(spec, program, out var expected) ? expected : null)).ToArray();
        if (programs.Length == 0) return [];
        var loading = spec with { Programs = [.. spec.Programs.Select(program => program with { LoadFlags = program.LoadFlags | FlagsOf(spec, program) })] };
        try
        {
            using var kernel = new KernelObject(loading);
            return [.. programs.Select(one => Ask(spec, one.Program, one.Annotation, kernel))];
        }
        catch (BadInputException refused)
        {
            return [.. programs.Select(one => new LiveAnswer($"{spec.Name}/{one.Program.Name}", one.Program.Type, one.Annotation?.Accepted, LiveComparison.NotAsked, "", refused.What))];
        }
    }

    private static uint FlagsOf(ObjectSpec spec, ProgramSpec program)
    {
        if (!Expectation.TryRead(spec, program, out var expected)) return TestInvariants;
        var options = expected.Options;
        return (options.StrictAlignment ? StrictAlignment : 0) | (options.StateAtEveryPoint ? TestStateFrequency : 0) | (options.CheckInvariants ? TestInvariants : 0);
    }

    private static LiveAnswer Ask(ObjectSpec spec, ProgramSpec program, Expectation? annotation, KernelObject kernel)
    {
        string name = $"{spec.Name}/{program.Name}";
        try
        {
            var linked = Linker.Link(spec, program, new LinkOptions { TargetBtf = KernelTarget.Btf });
            var theirs = kernel.Verify(program.Name);
            var options = annotation?.Options ?? new VerifierOptions { CheckInvariants = true };
            var verdict = ProgramVerifier.Verify(linked, NetProgramKinds.For(program.Type), options);
            var ours = verdict as VerifierResult.Rejected;
            var comparison = (ours is null, theirs.Accepted) switch
            {
                _ when verdict is VerifierResult.Unsupported => LiveComparison.Unsupported,
                (true, false) => LiveComparison.OnlyWeAccept,
                (false, true) => CorpusCase.SpeaksOfUs(ours!.Message) ? LiveComparison.Unsupported : LiveComparison.OnlyKernelAccepts,
                _ => LiveComparison.Same,
            };
            return new LiveAnswer(name, program.Type, annotation?.Accepted, comparison, ours?.Message ?? "", theirs.Accepted ? "" : $"{theirs.Errno}: {theirs.Message}");
        }
        catch (BadInputException refused)
        {
            return new LiveAnswer(name, program.Type, annotation?.Accepted, LiveComparison.NotAsked, "", refused.What);
        }
    }
}
