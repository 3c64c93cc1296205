using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Sim.Inputs;
using Sim.Output;
using Sim.Report;
using Vm;
using Vm.Abi;
using Vm.Proofs;
using Vm.Verifier;

namespace Sim.Commands;

/// <summary><c>sim verify OBJ…</c>: asks the verifier about every program of objects.</summary>
internal static class VerifyCommand
{
    public static Command Make()
    {
        var paths = new Argument<string[]>("object") { Description = "BPF object files.", Arity = ArgumentArity.OneOrMore };
        var program = new Option<string?>("--program", "-p") { Description = "Only this program." };
        var log = new Option<bool>("--log") { Description = "Print the verifier's log (level 2 for a single program)." };
        var json = new Option<bool>("--json") { Description = "One JSON object a program on standard output." };
        var settings = new ObjectOptions();
        var command = new Command("verify", "Ask the verifier whether the kernel would take the programs of objects.\n\nExamples:\n  sim verify firewall.bpf.o\n  sim verify build/*.o\n  sim verify lb.o --program balance --log")
        {
            paths, program, log, json,
        };
        settings.AddTo(command);
        command.SetAction(parsed =>
        {
            string[] files = parsed.GetRequiredValue(paths);
            int code = ExitCodes.Met;
            var said = settings.Read(parsed);
            foreach (string file in files)
            {
                try
                {
                    code = Math.Max(code, Verify(file, parsed.GetValue(program), said, parsed.GetValue(json), parsed.GetValue(log)));
                }
                catch (BadInputException wrong) when (files.Length > 1)
                {
                    // One object that cannot be read must not hide the others.
                    Terminal.Current.Complain(wrong.Message);
                    code = Math.Max(code, ExitCodes.Of(wrong));
                }
            }
            return code;
        });
        return command;
    }

    private static int Verify(string file, string? name, ObjectSettings settings, bool json, bool log)
    {
        var options = new VerifierOptions { Log = log && name is not null ? LogLevels.Everything : LogLevels.FailingPath };
        using var opened = ObjectFiles.Open(file, settings: settings, verifier: options);
        var programs = name is not null ? [opened.Program(name)] : opened.Programs.ToArray();
        if (programs.Length == 0) throw new ElfFormatException(opened.Spec.Name, "", "the object has no programs", Errno.ENOENT);
        bool allAccepted = true;
        foreach (var each in programs)
        {
            Interrupt.Check();
            if ((name is not null || each.Spec.AutoLoad) && each.TypeProblem is { } problem) allAccepted = Untyped(opened, each, problem, json);
            else if (name is not null || each.IsSimulated) allAccepted &= Verify(opened, each, json, log);
            else if (!json) Terminal.Current.Line($"[yellow]left out[/] {each.Name} [grey]({each.Spec.Section}: programs of type {each.Type.ShortName()} are not simulated)[/]");
        }
        return allAccepted && programs.Any(each => each.IsSimulated) ? ExitCodes.Met : ExitCodes.Refused;
    }

    // libbpf's refusal, before the kernel is asked anything.
    private static bool Untyped(BpfObject from, BpfProgram program, string problem, bool json)
    {
        if (json) Terminal.Current.Out.WriteLine(Json(from, program, "rejected", Errno.EINVAL, -1, problem, 0, 0));
        else Terminal.Current.Line($"[red]rejected[/] {program.Name} [grey]({from.Spec.Name}, {program.Spec.Section}, EINVAL)[/]\n  {problem}");
        return false;
    }

    private static bool Verify(BpfObject from, BpfProgram program, bool json, bool log)
    {
        program.Link();
        long start = Stopwatch.GetTimestamp();
        var verdict = program.Result;
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (verdict is VerifierResult.Unsupported lacks) return Unsupported(from, program, lacks, json, log, ms);
        var no = verdict as VerifierResult.Rejected;
        string message = no is null ? "" : string.Join('\n', ProgramRejectedException.Complaint(program.Link(), no));
        if (json) Terminal.Current.Out.WriteLine(Json(from, program, no is null ? "accepted" : "rejected", no?.Errno ?? Errno.None, no?.Pc ?? -1, message, verdict.Stats.InsnsProcessed, ms));
        else if (no is not null) RejectionReport.Write(Terminal.Current, program.Link(), no);
        else Terminal.Current.Line($"[green]accepted[/] {program.Name} [grey]({from.Spec.Name}, {program.Spec.Section}, {program.Type.ShortName()}, {verdict.Stats.InsnsProcessed} insns processed, {ms:0.0} ms)[/]");
        if (log && !json) Terminal.Current.Out.WriteLine(verdict.Log);
        return no is null;
    }

    // Neither accepted nor refused: nobody here can tell.
    private static bool Unsupported(BpfObject from, BpfProgram program, VerifierResult.Unsupported lacks, bool json, bool log, double ms)
    {
        if (json) Terminal.Current.Out.WriteLine(Json(from, program, "unsupported", Errno.None, lacks.Pc, "", lacks.Stats.InsnsProcessed, ms, lacks.What));
        else RejectionReport.Write(Terminal.Current, program.Link(), lacks);
        if (log && !json) Terminal.Current.Out.WriteLine(lacks.Log);
        return false;
    }

    private static string Json(BpfObject from, BpfProgram program, string verdict, Errno errno, int pc, string message, long insns, double ms, string? unsupported = null)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("object", from.Spec.Name);
            json.WriteString("section", program.Spec.Section);
            json.WriteString("program", program.Name);
            json.WriteString("type", program.Type.KernelName());
            json.WriteString("verdict", verdict);
            json.WriteString("errno", errno == Errno.None ? "" : errno.ToString());
            json.WriteNumber("pc", pc);
            json.WriteString("message", message);
            if (unsupported is not null) json.WriteString("unsupported", unsupported);
            json.WriteNumber("insns_processed", insns);
            json.WriteNumber("ms", Math.Round(ms, 3));
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }
}
