using Sim.Fuzz;
using Sim.Live;
using Sim.Scenarios;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.Kernel;

/// <summary>Short runs of the differential fuzzer with a fixed seed; the long one is <c>sim fuzz</c>.</summary>
public sealed class FuzzTests
{
    private const int Programs = 400;

    public static TheoryData<string> Kept => [.. Directory.GetFiles(Folder, "*.case").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Verifier.Repository.PathOf("tests/cases/fuzz");

    [Fact]
    public void RandomPrograms_DoWhatTheKernelDoes_InBothEngines()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        var run = new FuzzRun(seed: 11, packets: []);
        run.Run(done => done < Programs);
        AssertNothingFound(run);
        // Both kinds must be there for the run to mean anything.
        Assert.True(run.Counts[FuzzClass.Agreed] > Programs / 2, $"{run.Counts[FuzzClass.Agreed]} accepted");
        Assert.True(run.Counts[FuzzClass.Refused] > Programs / 20, $"{run.Counts[FuzzClass.Refused]} refused");
    }

    [Fact]
    public void RandomPrograms_TouchOnlyTheirOwnMemory_AndRunAlikeInBothEngines()
    {
        var run = new FuzzRun(seed: 12, packets: [], asksKernel: false, jitEvery: 4);
        run.Run(done => done < Programs);
        AssertNothingFound(run);
        Assert.True(run.Accepted > Programs / 2, $"{run.Accepted} accepted");
        Assert.True(run.InJit > Programs / 16, $"{run.InJit} in the JIT");
    }

    [Fact]
    public void ThreadsShareTheWork_AndChangeNothing()
    {
        var alone = new FuzzRun(seed: 13, packets: [], asksKernel: false, jitEvery: 4);
        var shared = new FuzzRun(seed: 13, packets: [], asksKernel: false, jitEvery: 4);
        alone.Run(done => done < Programs / 2);
        shared.Run(done => done < Programs / 2, threads: 3);
        Assert.Equal((alone.Programs, alone.InJit, alone.Findings.Count), (shared.Programs, shared.InJit, shared.Findings.Count));
        Assert.Equal(alone.Counts, shared.Counts);
        Assert.Equal(alone.Coverage.Counts, shared.Coverage.Counts);
    }

    [Theory, MemberData(nameof(Kept))]
    public void AKeptProgram_IsFineNow(string name)
    {
        using var bench = new FuzzBench(asksKernel: KernelProbe.WhyNot() is null);
        var outcome = bench.Try(FuzzCaseFile.Read(Path.Combine(Folder, name + ".case")));
        Assert.True(outcome.Class is FuzzClass.Agreed or FuzzClass.NotComparable or FuzzClass.NewerKernel or FuzzClass.KernelMistaken or FuzzClass.Refused, $"{outcome.Class}: {outcome.Detail}");
    }

    [Fact]
    public void ACaseFile_ComesBackAsItWas()
    {
        var program = new FuzzRun(3, []).Make(5);
        string path = Path.GetTempFileName();
        try
        {
            FuzzCaseFile.Write(path, ["a remark"], program);
            var again = FuzzCaseFile.Read(path);
            Assert.Equal((program.Type, string.Join('\n', program.Lines), program.Context), (again.Type, string.Join('\n', again.Lines), again.Context));
            Assert.Equal(program.Packets, again.Packets);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("-- type tcp\n-- asm\nexit", "line 1")]
    [InlineData("-- packet abc\n-- asm\nexit", "line 1")]
    [InlineData("; nothing\n-- context mark=x\n-- asm\nexit", "line 2")]
    [InlineData("-- type tc", "no '-- asm'")]
    public void ACaseFileThatIsNone_IsRefusedWithItsLine(string text, string complaint)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            Assert.Contains(complaint, Assert.Throws<ScenarioFormatException>(() => FuzzCaseFile.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory, InlineData(ProgramType.SchedCls), InlineData(ProgramType.Xdp), InlineData(ProgramType.Syscall)]
    public void TheSameSeed_MakesTheSamePrograms(ProgramType type)
    {
        string Once() => string.Join('\n', new FuzzGenerator(new SeededRandom(5), type).Write(mistake: true));
        Assert.Equal(Once(), Once());
    }

    [Fact]
    public void Shrinking_KeepsWhatFails_AndDropsTheRest()
    {
        string[] prologue = [.. Enumerable.Repeat("r0 = 0", FuzzGenerator.PrologueLines)];
        var small = FuzzShrinker.Shrink([.. prologue, "r2 = 1", "L0:", "r3 = 2", "r4 = 3", "call F1", "exit", "F1:", "exit"],
            lines => lines.Contains("r3 = 2") && lines.Contains("call F1") && lines.Contains("exit"));
        Assert.Equal([.. prologue, "r3 = 2", "call F1", "exit", "F1:"], small);
    }

    [Theory]
    [InlineData("r2 = -r2", "negation")]
    [InlineData("w2 = -w2", "negation")]
    [InlineData("r2 = be16 r2", "swaps")]
    [InlineData("w2 += 5", "links")]
    [InlineData("r2 -= 5", "links")]
    [InlineData("r2 += -5", "links")]
    [InlineData("r2 += 5", null)]
    [InlineData("r2 = 5", null)]
    public void ANewerVerifier_ExplainsOnlyWhereTheKernelChangesItsMind(string line, string? name)
    {
        var known = NewerVerifier.Explains(["r2 = 1", line], accepted: true, lines => lines[1] == line, _ => false);
        Assert.Equal(name is not null, known?.Name.Contains(name!, StringComparison.Ordinal) ?? false);
        Assert.Null(NewerVerifier.Explains(["r2 = 1", line], accepted: true, _ => true, _ => false));
    }

    [Theory]
    [InlineData("r3 = *(s8 *)(r10 -8)", "sign")]
    [InlineData("r3 = atomic64_xchg((u64 *)(r10 -8), r3)", "atomic")]
    [InlineData("r3 = *(s8 *)(r9 +8)", null)]
    public void AMistakeOfTheKernel_ExplainsOnlyWhereAvoidingItBringsAgreement(string line, string? name)
    {
        Assert.Equal(name is not null, KernelMistake.Explains([line], text => text[0] != line)?.Name.Contains(name!, StringComparison.Ordinal) ?? false);
        Assert.Null(KernelMistake.Explains([line], _ => false));
    }

    [Fact]
    public void NewerVerifiers_ExplainTogether_WhatNoneDoesAlone()
    {
        string[] lines = ["w3 = -w3", "w7 += 14"];
        var known = NewerVerifier.Explains(lines, accepted: true, text => text[0] == lines[0] || text[1] == lines[1], _ => false);
        Assert.StartsWith("several", known?.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void ANewerVerifier_ExplainsByAnOption_WhereItMakesOursDecideAlike()
    {
        Assert.Contains("stack", NewerVerifier.Explains(["r2 = 1"], accepted: true, _ => true, options => options.KeepsStackHelpersRead)?.Name, StringComparison.Ordinal);
        Assert.Null(NewerVerifier.Explains(["r2 = 1"], accepted: false, _ => true, options => options.KeepsStackHelpersRead));
    }

    private static void AssertNothingFound(FuzzRun run)
    {
        Assert.Empty(run.Findings.Select(finding => $"{finding.Outcome.Class}: {finding.Outcome.Detail}\n{string.Join('\n', finding.Case.Lines)}"));
        Assert.Equal(Programs, run.Programs);
    }
}
