using System.CommandLine;
using System.Text.Json;
using Sim.Control;
using Sim.Live.Net;
using Sim.Output;
using Sim.Scenarios;
using Spectre.Console;
using Vm.Abi;

namespace Sim.Commands;

/// <summary><c>sim control</c>: scripts of bpf(2) calls.</summary>
internal static class ControlCommand
{
    private static readonly string[] s_extensions = [".ctl", ".tcx"];

    public static Command Make()
    {
        var paths = new Argument<string[]>("path") { Description = $"Script files, or folders with {string.Join(" and ", s_extensions)} files.", Arity = ArgumentArity.OneOrMore };
        var kernel = new Option<bool>("--kernel") { Description = "Ask the running kernel the same, in network namespaces of our own. Needs Linux and root." };
        var json = new Option<bool>("--json") { Description = "One JSON object an answer on standard output." };
        var command = new Command("control", "Run scripts of bpf(2) calls - maps, programs, pins, links, attach, query - and check every errno, order and revision.\n"
            + "Exit status: 0 all as stated, 1 not, 3 when the kernel cannot be asked.\n\nExamples:\n  sim control tests/cases/controlplane\n  sim control --kernel rollout.tcx")
        {
            paths, kernel, json,
        };
        command.SetAction(parsed =>
        {
            var hosts = new List<Func<IControlHost>> { () => new SimulatedHost() };
            if (parsed.GetValue(kernel))
            {
                if (NetworkNamespace.WhyNot() is { } why)
                {
                    Terminal.Current.Complain(why);
                    return ExitCodes.Refused;
                }
                hosts.Add(() => new KernelHost());
            }
            ControlResult[] results = [.. Find(parsed.GetRequiredValue(paths)).Select(path => ControlResult.Of(ControlScriptReader.ReadFile(path), hosts))];
            if (parsed.GetValue(json)) WriteJson(results);
            else Write(Terminal.Current, results);
            return results.All(result => result.Met) ? ExitCodes.Met : ExitCodes.Missed;
        });
        return command;
    }

    /// <summary>Script files under the paths, sorted within each folder.</summary>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> paths)
    {
        var found = new List<string>();
        foreach (string path in paths)
        {
            if (File.Exists(path)) found.Add(path);
            else if (Directory.Exists(path)) found.AddRange(s_extensions.SelectMany(end => Directory.EnumerateFiles(path, "*" + end, SearchOption.AllDirectories)).Order(StringComparer.Ordinal));
            else throw new ScenarioFormatException(path, "", "there is no such file or folder", Errno.ENOENT);
        }
        return found.Count > 0 ? found : throw new ScenarioFormatException(string.Join(' ', paths), "", $"no script there; scripts end in {string.Join(" or ", s_extensions)}", Errno.ENOENT);
    }

    private static void Write(Terminal terminal, ControlResult[] results)
    {
        string[] hosts = [.. results.SelectMany(result => result.Answers).Select(answer => answer.Host).Distinct()];
        var table = new Table().Border(TableBorder.Rounded).Headings("script", "what");
        foreach (string host in hosts) table.Numbers(host);
        table.Headings("");
        foreach (var result in results)
        {
            var counts = hosts.Select(host => Count([.. result.Answers.Where(answer => answer.Host == host)]));
            table.Row([Styled.Of($"{Path.GetFileName(result.Script.Path)}"), Styled.Of($"{result.Script.Title}"), .. counts, result.Met ? Styled.Of($"[green]as stated[/]") : Styled.Of($"[red]not as stated[/]")]);
        }
        terminal.Write(table);
        foreach (var answer in results.SelectMany(result => result.Answers.Where(answer => !answer.Met).Select(answer => (result.Script, Answer: answer))))
        {
            terminal.Line($"[red]✗[/] {answer.Script.Path}:{answer.Answer.Step.Line}: {answer.Answer.Step.Text} [grey]({answer.Answer.DirectionName})[/]");
            terminal.Line($"    stated     [green]{answer.Answer.Expected}[/]");
            terminal.Line($"    {answer.Answer.Host,-10} [red]{answer.Answer.Answer}[/]");
        }
        foreach (var (script, host, why) in results.SelectMany(result => result.NotAsked.Select(one => (result.Script, one.Host, one.Why)))) terminal.Line($"[grey]{script.Path}: not asked of the {host}: {why}[/]");
        int total = results.Sum(result => result.Answers.Count), met = results.Sum(result => result.Answers.Count(answer => answer.Met));
        terminal.Line($"{results.Length} {(results.Length == 1 ? "script" : "scripts")}, {met:N0} of {total:N0} answers as stated");
    }

    private static Styled Count(ControlAnswer[] answers) => $"{answers.Count(answer => answer.Met)}/{answers.Length}";

    private static void WriteJson(ControlResult[] results)
    {
        foreach (var result in results)
        {
            foreach (var answer in result.Answers)
            {
                Terminal.Current.Out.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object>
                {
                    ["script"] = result.Script.Path,
                    ["line"] = answer.Step.Line,
                    ["step"] = answer.Step.Text,
                    ["direction"] = answer.DirectionName,
                    ["host"] = answer.Host,
                    ["stated"] = answer.Expected,
                    ["answer"] = answer.Answer,
                    ["met"] = answer.Met,
                }));
            }
        }
    }
}
