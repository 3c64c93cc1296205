using Netdev.Programs;
using Vm.Abi;
using Vm.Elf;
using Vm.Linking;
using Vm.Maps;
using Vm.Specs;
using Vm.Verifier;

namespace Tests.Selftests;

/// <summary>How our decision compares with the annotation.</summary>
internal enum Comparison
{
    /// <summary>Same decision.</summary>
    Agrees,

    /// <summary>We accept what must be refused.</summary>
    TooLenient,

    /// <summary>We refuse what must load.</summary>
    TooStrict,

    /// <summary>We refuse because of something the testbed has not got (a helper, a kernel function, a kernel object), not because of the program.</summary>
    Unsupported,
}

/// <summary>One annotated program and what we made of it.</summary>
/// <param name="Name"><c>object/program</c>.</param>
/// <param name="Type">Program type.</param>
/// <param name="Expected">The annotation.</param>
/// <param name="Comparison">How the decisions compare.</param>
/// <param name="Message">Our reason for refusing; empty when accepted.</param>
/// <param name="MissingText">First expected text our log lacks; empty when all are there.</param>
internal sealed record CorpusCase(string Name, ProgramType Type, Expectation Expected, Comparison Comparison, string Message, string MissingText)
{
    /// <summary>Words of refusals that speak of us, not of the program.</summary>
    private static readonly string[] s_notOurs =
    [
        "unknown func", "no such kernel object", "btf_vmlinux is malformed", "not supported here", "failed CO-RE relocation", "invalid func unknown#195896080",
    ];

    /// <summary>True when a refusal is for want of something the testbed has not got.</summary>
    public static bool SpeaksOfUs(string message) => s_notOurs.Any(words => message.Contains(words, StringComparison.Ordinal));

    /// <summary>The program types the corpus is run for.</summary>
    public static bool Concerns(ProgramType type) => type is ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp
        or ProgramType.Syscall or ProgramType.SocketFilter or ProgramType.CgroupSkb;

    /// <summary>Every annotated program of the types concerned in one object.</summary>
    public static IReadOnlyList<CorpusCase> RunObject(string path)
    {
        string file = Path.GetFileName(path)[..^".bpf.o".Length];
        var spec = MapTypes.AsMade(ObjectReader.Read(File.ReadAllBytes(path), file));
        var cases = new List<CorpusCase>();
        foreach (var program in spec.Programs)
            if (Concerns(program.Type) && Expectation.TryRead(spec, program, out var expected)) cases.Add(Run(path, spec, program, expected));
        return cases;
    }

    private static CorpusCase Run(string path, ObjectSpec spec, ProgramSpec program, Expectation expected)
    {
        string name = $"{spec.Name}/{program.Name}";
        LinkedProgram linked;
        try
        {
            var types = expected.TypesFrom is { } other ? ObjectReader.Read(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(path)!, other)), other).Btf : null;
            linked = Linker.Link(spec, program, new LinkOptions { TargetBtf = types });
        }
        catch (BadInputException e)
        {
            return new CorpusCase(name, program.Type, expected, expected.Accepted ? Comparison.Unsupported : Comparison.Agrees, e.Message, expected.Messages.FirstOrDefault(""));
        }
        var verdict = ProgramVerifier.Verify(linked, NetProgramKinds.For(program.Type), expected.Options);
        expected.TryFindMessages(verdict.Log, out string missing);
        string message = verdict is VerifierResult.Rejected no ? no.Message : "";
        return new CorpusCase(name, program.Type, expected, Compare(expected, verdict, missing), message, missing);
    }

    private static Comparison Compare(Expectation expected, VerifierResult verdict, string missing)
    {
        if (verdict is VerifierResult.Unsupported) return Comparison.Unsupported;
        if (verdict is not VerifierResult.Rejected no) return expected.Accepted ? Comparison.Agrees : Comparison.TooLenient;
        bool asExpected = !expected.Accepted && expected.Messages.Count > 0 && missing.Length == 0;
        if (!asExpected && SpeaksOfUs(no.Message)) return Comparison.Unsupported;
        return expected.Accepted ? Comparison.TooStrict : Comparison.Agrees;
    }
}
