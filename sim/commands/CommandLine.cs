using System.CommandLine;
using System.CommandLine.Invocation;
using Sim.Output;
using Sim.Report;
using Vm;
using Vm.Abi;

namespace Sim.Commands;

/// <summary>The whole command: arguments in, exit code out. The one place where exceptions that end a command become sentences.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command on <see cref="Terminal.Current"/>.</summary>
    /// <param name="args">Arguments, without the command's own name.</param>
    /// <returns>One of <see cref="ExitCodes"/>; nothing is thrown.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        var terminal = Terminal.Current;
        try
        {
            var parsed = Root().Parse(args);
            if (parsed.Action is ParseErrorAction && args.Count > 0) return Misunderstood(terminal, parsed);
            int code = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = terminal.Out, Error = terminal.Error, ProcessTerminationTimeout = null });
            // Help may be asked for without the arguments a command needs.
            return parsed.Action is ParseErrorAction ? ExitCodes.Usage : code;
        }
        catch (Exception problem)
        {
            return Failure(terminal, problem);
        }
    }

    private static RootCommand Root() => Help.WithExamples(new RootCommand("Replays packet captures through tcx and XDP programs and scores what comes out. No root, no kernel.\n\nTry: sim run scenarios")
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

    // Its own report would repeat what was typed, line ends and all, and the whole help after it.
    private static int Misunderstood(Terminal terminal, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        bool known = command is not RootCommand;
        if (!known && parsed.UnmatchedTokens is [var word, ..]) terminal.Complain($"there is no command '{word}'; {Spelling.Hint(word, [.. command.Subcommands.Select(one => one.Name)])}");
        else foreach (var error in parsed.Errors) terminal.Complain(error.Message);
        terminal.Complain($"'sim {(known ? command.Name + " " : "")}--help' says more");
        return ExitCodes.Usage;
    }

    private static int Failure(Terminal terminal, Exception problem)
    {
        int code = ExitCodes.Of(problem);
        if (problem is ProgramRejectedException refused) RejectionReport.Write(terminal.OnError(), refused);
        else if (code != ExitCodes.Fault) terminal.Complain(problem.Message);
        else terminal.Complain($"a fault of sim itself: {problem.GetType().Name}: {problem.Message} (in {Place(problem)}); please report it, with the command line and the files it names, where you got sim from");
        return code;
    }

    private static string Place(Exception problem) =>
        new System.Diagnostics.StackTrace(problem).GetFrame(0)?.GetMethod() is { } method ? $"{method.DeclaringType?.FullName}.{method.Name}" : "an unknown place";
}
