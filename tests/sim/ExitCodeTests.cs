using Sim.Commands;
using Sim.Inputs;
using Sim.Output;
using Vm.Abi;

namespace Tests.Sim;

/// <summary>What ended a command, and what the process exits with then.</summary>
public sealed class ExitCodeTests
{
    public static TheoryData<Exception, int> Ends => new()
    {
        { new UsageException("no"), 2 }, { new OutputException("file", "no"), 2 }, { new IOException("no"), 2 }, { new UnauthorizedAccessException("no"), 2 },
        { new CaptureFormatException("file", "", "no", Errno.EINVAL), 2 }, { new global::Sim.Scenarios.ScenarioFormatException("file", "", "no"), 2 },
        { new ElfFormatException("file", "", "no", Errno.EINVAL), 3 }, { new BtfFormatException("file", "", "no"), 3 }, { new NotSimulatedException("file", "", "no"), 3 },
        { new InterruptedException(2), 130 }, { new InterruptedException(15), 143 },
        { new InvalidOperationException("a fault"), 70 },
    };

    [Theory]
    [MemberData(nameof(Ends), DisableDiscoveryEnumeration = true)]
    public void Of_SaysWhatTheProcessExitsWith(Exception end, int code) => Assert.Equal(code, ExitCodes.Of(end));
}
