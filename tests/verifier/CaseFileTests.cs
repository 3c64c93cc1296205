using Vm.Proofs;
using Vm.Verifier;

namespace Tests.Verifier;

/// <summary>Every file in tests/cases/verifier says one rule; the verifier must agree with each.</summary>
public sealed class CaseFileTests
{
    public static TheoryData<string> Cases =>
        [.. Directory.EnumerateFiles(VerifierCase.Folder, "*.case").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void CaseFile_IsDecidedAsItSays(string name)
    {
        var c = VerifierCase.Read(name);
        var verdict = ProgramVerifier.Verify(c.Program, c.Kind, new VerifierOptions { Log = LogLevels.Everything, CheckInvariants = true });
        if (verdict is VerifierResult.Rejected no)
        {
            Assert.False(c.Accept, $"refused: {no.Errno} {no.Message}\n{no.Log}");
            Assert.Contains(c.Text, no.Message, StringComparison.Ordinal);
            Assert.Equal(c.Errno, no.Errno);
            return;
        }
        Assert.True(c.Accept, $"accepted, although it should be refused with {c.Errno} {c.Text}\n{verdict.Log}");
    }

    /// <summary>The same files put to the kernel this runs on. It loads programs, so it runs only when asked.</summary>
    [Fact]
    public void CaseFiles_AreDecidedSoByTheLiveKernel()
    {
        if (Environment.GetEnvironmentVariable("LIVE_KERNEL") != "1") Assert.Skip("set LIVE_KERNEL=1 and run as root to ask the kernel");
        var disagreements = new List<string>();
        int asked = 0;
        foreach (string name in Cases.Select(row => row.Data))
        {
            var c = VerifierCase.Read(name);
            if (c.LiveDiffers is not null) continue;
            bool loads = LiveKernel.TryLoad(c.Program, out var errno, out string log, out string unable);
            if (unable.Length > 0) continue;
            asked++;
            bool agrees = loads == c.Accept && (loads || (errno == c.Errno && log.Contains(c.Text, StringComparison.Ordinal)));
            if (!agrees) disagreements.Add($"{name}: {(loads ? "accepted" : $"{errno}\n{log}")}");
        }
        TestContext.Current.SendDiagnosticMessage($"the kernel was asked about {asked} case files");
        Assert.True(asked > 0);
        Assert.Empty(disagreements);
    }
}
