using System.CommandLine;
using Sim.Inputs;
using Sim.Output;
using Sim.Report;
using Sim.Run;
using Sim.Scenarios;
using Sim.Scores;
using Vm;

namespace Sim.Commands;

/// <summary><c>sim run PATH…</c>: replays scenarios and scores them.</summary>
internal static class RunCommand
{
    public static Command Make()
    {
        var paths = new Argument<string[]>("path") { Description = "Scenario files, folders of scenarios, or patterns.", Arity = ArgumentArity.OneOrMore };
        var filter = new Option<string?>("-k", "--filter") { Description = "Only scenarios whose path or folder name contains this." };
        var engine = CommonOptions.Engine();
        var json = new Option<bool>("--json") { Description = "One JSON object a scenario on standard output." };
        var junit = new Option<string?>("--junit") { Description = "Write a JUnit report to this file." };
        var pcapng = new Option<string?>("--pcapng") { Description = "Write an annotated capture of every hook crossing to this file (one scenario)." };
        var accept = new Option<bool>("--accept") { Description = "Write expected captures that are missing or differ. Refused when CI=true." };
        var command = new Command("run", "Replay scenarios and score them.\n\nExamples:\n  sim run scenarios\n  sim run scenarios -k nat --pcapng nat.pcapng\n  sim run 'tests/*' --junit report.xml")
        {
            paths, filter, engine, json, junit, pcapng, accept,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(accept) && Environment.GetEnvironmentVariable("CI") == "true")
                throw new UsageException("--accept writes expected results and is refused while CI=true; run it at your desk and commit what it wrote");
            IReadOnlyList<string> found = [.. ScenarioFinder.Find(parsed.GetRequiredValue(paths)).Where(p => parsed.GetValue(filter) is not { } text || p.Contains(text, StringComparison.OrdinalIgnoreCase))];
            if (found.Count == 0) throw new UsageException($"no scenario matches '{parsed.GetValue(filter)}'");
            if (parsed.GetValue(pcapng) is not null && found.Count != 1) throw new UsageException($"--pcapng takes one scenario, not {found.Count}; choose one with -k");
            if (new[] { parsed.GetValue(json) ? "-" : null, parsed.GetValue(junit), parsed.GetValue(pcapng) }.Count(to => to == "-") > 1) throw new UsageException("only one of --json, --junit and --pcapng can go to standard output");
            return Run(found, parsed.GetValue(engine), parsed.GetValue(json), parsed.GetValue(junit), parsed.GetValue(pcapng), parsed.GetValue(accept));
        });
        return command;
    }

    private static int Run(IReadOnlyList<string> found, Engine engine, bool json, string? junit, string? pcapng, bool accept)
    {
        var scores = new List<Score>();
        Progress.Show(found, path =>
        {
            if (accept) Goldens.Accept(path, engine);
            using var file = pcapng is null ? null : OutputFile.Create(pcapng);
            using var capture = file is null ? null : new AnnotatedCapture(file.Stream);
            scores.Add(ScenarioSession.Run(path, engine, testbed => capture?.Begin(testbed)));
            capture?.Flush();
            file?.Commit();
            return scores[^1].ExitCode < ExitCodes.Interrupted;
        });
        if (json)
        {
            JsonReport.Write(Terminal.Current.Out, scores);
        }
        else
        {
            var terminal = junit == "-" || pcapng == "-" ? Terminal.Current.OnError() : Terminal.Current;
            ScoreReport.WriteTable(terminal, scores);
            ScoreReport.WriteMisses(terminal, scores);
        }
        Terminal.Current.Notes(scores.SelectMany(score => score.Notes));
        if (junit is not null)
        {
            using var file = OutputFile.Create(junit);
            JUnitReport.Write(file.Stream, scores);
            file.Commit();
        }
        return scores.Max(score => score.ExitCode);
    }
}
