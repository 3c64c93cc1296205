using System.CommandLine;
using Netdev.Tcx;
using Sim.Commands;
using Spectre.Console;
using Vm;
using Vm.Abi;

var root = Help.WithExamples(new RootCommand("Replays packet captures through tcx and XDP programs and scores what comes out. No root, no kernel.\n\nTry: sim run scenarios")
{
    RunCommand.Make(),
    ReplayCommand.Make(),
    VerifyCommand.Make(),
    ExecCommand.Make(),
    InspectCommand.Make(),
    TraceCommand.Make(),
    BenchCommand.Make(),
    GenerateCommand.Make(),
    CompareCommand.Make(),
    ControlCommand.Make(),
    FuzzCommand.Make(),
    ConformanceCommand.Make(),
});
// Piped output is read by people, too: a table is not squeezed into 80 columns then.
if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 140);
var parsed = root.Parse(args);
try
{
    int code = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
}
catch (UsageException wrong)
{
    Console.Error.WriteLine($"sim: {wrong.Message}");
    return ExitCodes.Usage;
}
catch (HookRefusedException refused)
{
    Console.Error.WriteLine($"sim: {refused.Message}");
    return ExitCodes.Usage;
}
catch (ProgramRejectedException refused)
{
    Console.Error.WriteLine($"sim: {refused.Message}");
    return ExitCodes.Refused;
}
catch (Vm.Proofs.EngineRefusedException refused)
{
    Console.Error.WriteLine($"sim: {refused.Message}");
    return ExitCodes.Refused;
}
catch (BadInputException wrong)
{
    Console.Error.WriteLine($"sim: {wrong.Message}");
    return ExitCodes.Of(wrong);
}
catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"sim: {refused.Message}");
    return ExitCodes.Usage;
}
