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
        if (verdict is Verdict.Rejected no)
        {
            Assert.False(c.Accept, $"refused: {no.Errno} {no.Message}\n{no.Log}");
            Assert.Contains(c.Text, no.Message, StringComparison.Ordinal);
            Assert.Equal(c.Errno, no.Errno);
            return;
        }
        Assert.True(c.Accept, $"accepted, although it should be refused with {c.Errno} {c.Text}\n{verdict.Log}");
    }

    /// <summary>The same files put to the kernel this runs on. It loads programs, so it runs only when asked.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void CaseFile_IsDecidedSoByTheLiveKernel(string name)
    {
        if (Environment.GetEnvironmentVariable("LIVE_KERNEL") != "1") Assert.Skip("set LIVE_KERNEL=1 and run as root to ask the kernel");
        var c = VerifierCase.Read(name);
        if (c.LiveDiffers is { } reason) Assert.Skip($"a newer kernel answers otherwise: {reason}");
        if (!LiveKernel.TryLoad(c.Program, out var errno, out string log, out string unable))
        {
            if (unable.Length > 0) Assert.Skip(unable);
            Assert.False(c.Accept, $"the kernel refuses: {errno}\n{log}");
            Assert.Contains(c.Text, log, StringComparison.Ordinal);
            Assert.Equal(c.Errno, errno);
            return;
        }
        Assert.True(c.Accept, "the kernel accepts it");
    }
}
