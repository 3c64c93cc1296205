using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Sim.Output;
using Sim.Report;
using Spectre.Console;
using Vm.Abi;
using Vm.Verifier;
using Vm;

namespace Sim.Commands;

/// <summary><c>sim verify OBJ</c>: asks the verifier about every program of an object.</summary>
internal static class VerifyCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("object") { Description = "A BPF object file." };
        var program = new Option<string?>("--program", "-p") { Description = "Only this program." };
        var log = new Option<bool>("--log") { Description = "Print the verifier's log (level 2 for a single program)." };
        var json = new Option<bool>("--json") { Description = "One JSON object a program on standard output." };
        var btf = CommonOptions.Btf();
        var command = new Command("verify", "Ask the verifier whether the kernel would take the programs of an object.\n\nExamples:\n  sim verify firewall.bpf.o\n  sim verify lb.o --program balance --log")
        {
            path, program, log, json, btf,
        };
        command.SetAction(parsed =>
        {
            var options = new VerifierOptions { Log = !parsed.GetValue(log) ? LogLevels.FailingPath : parsed.GetValue(program) is null ? LogLevels.FailingPath : LogLevels.Everything };
            using var opened = Objects.Open(parsed.GetRequiredValue(path), btf: parsed.GetValue(btf), verifier: options);
            var programs = parsed.GetValue(program) is { } name ? [opened.Program(name)] : opened.Programs.ToArray();
            if (programs.Length == 0) throw new ElfFormatException(opened.Spec.Name, "", "the object has no programs", Errno.ENOENT);
            bool allAccepted = true, named = parsed.GetValue(program) is not null;
            foreach (var each in programs)
            {
                if ((named || each.Spec.AutoLoad) && each.TypeProblem is { } problem) allAccepted = Untyped(opened, each, problem, parsed.GetValue(json));
                else if (named || each.IsSimulated) allAccepted &= Verify(opened, each, parsed.GetValue(json), parsed.GetValue(log));
                else if (!parsed.GetValue(json)) Terminal.Current.Line($"[yellow]left out[/] {each.Name} [grey]({each.Spec.Section}: programs of type {each.Type} are not simulated)[/]");
            }
            return allAccepted && programs.Any(each => each.IsSimulated) ? ExitCodes.Met : ExitCodes.Refused;
        });
        return command;
    }

    // libbpf's refusal, before the kernel is asked anything.
    private static bool Untyped(BpfObject from, BpfProgram program, string problem, bool json)
    {
        if (json) Terminal.Current.Out.WriteLine(Json(from, program, "rejected", Errno.EINVAL, -1, problem, 0, 0));
        else Terminal.Current.Line($"[red]rejected[/] {program.Name} [grey]({program.Spec.Section}, EINVAL)[/]\n  {problem}");
        return false;
    }

    private static bool Verify(BpfObject from, BpfProgram program, bool json, bool log)
    {
        program.Link();
        long start = Stopwatch.GetTimestamp();
        var verdict = program.Verdict;
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var no = verdict as Verdict.Rejected;
        if (json) Terminal.Current.Out.WriteLine(Json(from, program, no is null ? "accepted" : "rejected", no?.Errno ?? Errno.None, no?.Pc ?? -1, no?.Message ?? "", verdict.Stats.InsnsProcessed, ms));
        else if (no is not null) RejectionReport.Write(Terminal.Current, from.Spec.Name, program, no);
        else Terminal.Current.Line($"[green]accepted[/] {program.Name} [grey]({program.Spec.Section}, {program.Type}, {verdict.Stats.InsnsProcessed} insns processed, {ms:0.0} ms)[/]");
        if (log && !json) Terminal.Current.Out.WriteLine(verdict.Log);
        return no is null;
    }

    private static string Json(BpfObject from, BpfProgram program, string verdict, Errno errno, int pc, string message, long insns, double ms)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("object", from.Spec.Name);
            json.WriteString("section", program.Spec.Section);
            json.WriteString("program", program.Name);
            json.WriteString("type", program.Type.ToString());
            json.WriteString("verdict", verdict);
            json.WriteString("errno", errno == Errno.None ? "" : errno.ToString());
            json.WriteNumber("pc", pc);
            json.WriteString("message", message);
            json.WriteNumber("insns_processed", insns);
            json.WriteNumber("ms", Math.Round(ms, 3));
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }
}
