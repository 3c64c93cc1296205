using System.CommandLine;
using Sim.Compare;
using Sim.Inputs;
using Sim.Live;
using Sim.Output;
using Sim.Scenarios;
using Spectre.Console;
using Vm;
using Vm.Abi;

namespace Sim.Commands;

/// <summary><c>sim compare</c>: the same programs and packets in the simulator and in the running kernel.</summary>
internal static class CompareCommand
{
    public static Command Make()
    {
        var objects = new Argument<string[]>("object") { Description = "BPF object files; one, unless --verdict.", Arity = ArgumentArity.ZeroOrMore };
        var scenario = new Option<string[]>("--scenario") { Description = "Compare scenarios instead: files, folders, patterns.", AllowMultipleArgumentsPerToken = true };
        var topology = new Option<bool>("--topology") { Description = "With --scenario: build devices and hooks for real, in network namespaces of our own, and compare what comes out." };
        var verdict = new Option<bool>("--verdict") { Description = "Compare what both verifiers say, program by program." };
        var time = new Option<bool>("--time") { Description = "With --verdict: measure verifying here against loading there, the shortest of five turns each." };
        var program = new Option<string?>("--program", "-p") { Description = "Which program; not needed when there is only one." };
        var input = new Option<string?>("--in") { Description = "Capture with the packets; - is standard input." };
        var context = CommonOptions.Context();
        var setup = new Option<string[]>("--setup") { Description = "SYSCALL programs of the object to run first, on both sides." };
        var json = new Option<bool>("--json") { Description = "One JSON object a comparison on standard output." };
        var filter = CommonOptions.Filter();
        var engine = CommonOptions.Engine();
        var settings = new ObjectOptions();
        var command = new Command("compare", "Run the same programs over the same packets here and in the running kernel and show what differs. Needs Linux and root.\n"
            + "Without --topology nothing is attached (BPF_PROG_TEST_RUN). With it, all that is made vanishes with the command, however it ends.\n"
            + "Exit status: 0 equal, 1 different, 3 when the kernel cannot be asked or a scenario cannot be built for real.\n\n"
            + "Examples:\n  sim compare firewall.bpf.o --in web.pcap\n  sim compare --scenario scenarios\n  sim compare --scenario scenarios --topology\n  sim compare --verdict build/*.o")
        {
            objects, scenario, topology, verdict, time, program, input, filter, context, setup, json, engine,
        };
        settings.AddTo(command);
        command.SetAction(parsed =>
        {
            if (KernelProbe.WhyNot() is { } why)
            {
                Terminal.Current.Complain(why);
                return ExitCodes.Refused;
            }
            string[] files = parsed.GetValue(objects) ?? [];
            bool asJson = parsed.GetValue(json);
            var said = settings.Read(parsed);
            if (said.Any && parsed.GetValue(scenario) is { Length: > 0 }) throw new UsageException("--type, --set and --btf are for objects; a scenario says type, globals and target_btf itself");
            if (parsed.GetValue(topology)) return Topologies(parsed.GetValue(scenario) ?? [], parsed.GetValue(engine), asJson);
            if (parsed.GetValue(scenario) is { Length: > 0 } paths)
                return Report([.. ScenarioFinder.Find(paths).Select(path => ScenarioComparison.Run(ScenarioFinder.Read(path), parsed.GetValue(engine)))], asJson);
            if (files.Length == 0) throw new UsageException("compare needs an object file, or --scenario PATH");
            if (parsed.GetValue(verdict)) return Verdicts(files, said, parsed.GetValue(time), asJson);
            if (files.Length != 1) throw new UsageException($"compare takes one object with --in, not {files.Length}; several only with --verdict");
            if (parsed.GetValue(input) is not { } capture) throw new UsageException("compare needs packets: --in CAPTURE; or --verdict to compare verifiers only");
            using var opened = ObjectFiles.Open(files[0], parsed.GetValue(engine), said);
            var chosen = ObjectFiles.ChooseForPackets(opened, parsed.GetValue(program));
            var fields = CommonOptions.ReadContext(parsed.GetValue(context), chosen);
            return Report([ObjectComparison.Run(opened, chosen, new CaptureInput(capture, parsed.GetValue(filter)), fields, parsed.GetValue(setup) ?? [])], asJson);
        });
        return command;
    }

    private static int Topologies(string[] paths, Engine engine, bool asJson)
    {
        if (paths.Length == 0) throw new UsageException("--topology builds scenarios: add --scenario PATH");
        if (TopologyComparison.WhyNot() is { } why)
        {
            Terminal.Current.Complain(why);
            return ExitCodes.Refused;
        }
        return Report([.. ScenarioFinder.Find(paths).Select(path => TopologyComparison.Run(ScenarioFinder.Read(path), engine))], asJson);
    }

    private static int Report(IReadOnlyList<Comparison> all, bool json)
    {
        Terminal.Current.Notes(all.SelectMany(one => one.Notes));
        if (json)
        {
            foreach (var one in all) CompareReport.WriteJson(Terminal.Current.Out, one);
        }
        else
        {
            CompareReport.Write(Terminal.Current, all);
        }
        return all.All(one => one.Equal) ? ExitCodes.Met : all.Any(one => one.Unexplained.Any()) ? ExitCodes.Missed : ExitCodes.Refused;
    }

    private static int Verdicts(string[] files, ObjectSettings settings, bool measures, bool json)
    {
        var pairs = new List<VerifierPair>();
        var leftOut = new List<string>();
        var types = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (string file in files)
        {
            try
            {
                using var opened = ObjectFiles.Open(file, settings: settings);
                pairs.AddRange(VerifierComparison.Run(opened, measures));
                foreach (var program in opened.Programs.Where(program => !program.IsSimulated)) types[$"{program.Type}"] = types.GetValueOrDefault($"{program.Type}") + 1;
            }
            catch (BadInputException wrong) when (files.Length > 1)
            {
                // One object that cannot be asked about must not hide the others.
                leftOut.Add(wrong.Message);
            }
        }
        if (types.Count > 0) leftOut.Add($"{types.Values.Sum()} programs of types that are not simulated: {string.Join(", ", types.Select(pair => $"{pair.Key} {pair.Value}"))}");
        foreach (string line in leftOut) Terminal.Current.Complain($"not compared: {line}");
        if (json)
        {
            foreach (var pair in pairs) CompareReport.WriteJson(Terminal.Current.Out, pair);
        }
        else
        {
            CompareReport.Write(Terminal.Current, pairs);
        }
        return pairs.All(pair => pair.Agrees) ? ExitCodes.Met : ExitCodes.Missed;
    }
}
