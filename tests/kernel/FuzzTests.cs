using Sim.Kernel;

namespace Tests.Kernel;

/// <summary>A short run of the differential fuzzer with a fixed seed; the long one is <c>sim fuzz</c>.</summary>
public sealed class FuzzTests
{
    private const int Programs = 400;

    [Fact]
    public void RandomPrograms_DoWhatTheKernelDoes_InBothEngines()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        var run = new FuzzRun(seed: 11, packets: []);
        run.Run(done => done < Programs);
        Assert.Empty(run.Findings.Select(finding => $"{finding.Outcome.Class}: {finding.Outcome.Detail}\n{string.Join('\n', finding.Lines)}"));
        Assert.Equal(Programs, run.Programs);
        // Both kinds must be there for the run to mean anything.
        Assert.True(run.Counts[FuzzClass.Agreed] > Programs / 2, $"{run.Counts[FuzzClass.Agreed]} accepted");
        Assert.True(run.Counts[FuzzClass.BothRefuse] > Programs / 20, $"{run.Counts[FuzzClass.BothRefuse]} refused");
    }

    [Fact]
    public void TheSameSeed_MakesTheSamePrograms()
    {
        string Once() => string.Join('\n', new FuzzGenerator(new Vm.Runtime.SeededRandom(5)).Next(mistake: true));
        Assert.Equal(Once(), Once());
    }

    [Fact]
    public void Shrinking_KeepsWhatFails_AndDropsTheRest()
    {
        string[] prologue = [.. Enumerable.Repeat("r0 = 0", FuzzGenerator.PrologueLines)];
        var small = FuzzShrinker.Shrink([.. prologue, "r2 = 1", "L0:", "r3 = 2", "r4 = 3", "exit"], lines => lines.Contains("r3 = 2") && lines.Contains("exit"));
        Assert.Equal([.. prologue, "r3 = 2", "exit"], small);
    }
}
