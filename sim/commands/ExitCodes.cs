using Netdev.Tcx;
using Sim.Inputs;
using Sim.Output;
using Vm;
using Vm.Abi;
using Vm.Helpers;
using Vm.Proofs;

namespace Sim.Commands;

/// <summary>What the process exits with.</summary>
internal static class ExitCodes
{
    /// <summary>Everything stated was met.</summary>
    public const int Met = 0;

    /// <summary>An expectation was missed.</summary>
    public const int Missed = 1;

    /// <summary>The command line, a scenario or a capture is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A program was refused, an object could not be loaded, or what they need is not simulated (which the words and JSON's <c>unsupported</c> tell).</summary>
    public const int Refused = 3;

    /// <summary>A fault of sim itself (EX_SOFTWARE of sysexits.h).</summary>
    public const int Fault = 70;

    /// <summary>Codes from here on: ended by a signal, 128 and its number; 130 for Ctrl-C.</summary>
    public const int Interrupted = 128;

    /// <summary>What the process exits with when this ended a command, or a scenario's run: the one place that knows.</summary>
    public static int Of(Exception problem) => problem switch
    {
        InterruptedException interrupted => interrupted.ExitCode,
        ProgramRejectedException or EngineRefusedException or LoopBudgetException => Refused,
        // Objects and maps are loading failures, everything else is the user's description.
        ElfFormatException or BtfFormatException or MapSpecException or NotSimulatedException => Refused,
        BadInputException => Usage,
        UsageException or OutputException or HookRefusedException or IOException or UnauthorizedAccessException => Usage,
        // A fault of ours: no input may lead here.
        _ => Fault,
    };
}
