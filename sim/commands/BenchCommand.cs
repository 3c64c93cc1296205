using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Netdev.TestRun;
using Sim.Bench;
using Sim.Inputs;
using Sim.Live;
using Sim.Output;
using Spectre.Console;
using Vm;
using Vm.Abi;
using Vm.Runtime;

namespace Sim.Commands;

/// <summary><c>sim bench OBJ</c>: what a program costs for each packet of a trace.</summary>
internal static class BenchCommand
{
    private const long InterpretedPackets = 50_000;

    public static Command Make()
    {
        var path = new Argument<string>("object") { Description = "A BPF object file." };
        var program = new Option<string?>("--program", "-p") { Description = "Which program; not needed when there is only one." };
        var input = new Option<string>("--in") { Description = "Capture to run over.", Required = true };
        var filter = CommonOptions.Filter();
        var setup = new Option<string[]>("--setup") { Description = "SYSCALL programs to run first." };
        var kernel = new Option<bool>("--kernel") { Description = "Measure the running kernel beside us, over the first packets of the trace. Needs Linux and root." };
        var json = new Option<bool>("--json") { Description = "One JSON object a row." };
        var settings = new ObjectOptions();
        var command = new Command("bench", "Measure ns per packet over a whole trace, and the throughput of a whole replay.\n\nExamples:\n  sim generate million.pcap --packets 1000000\n  sim bench pass.o --in million.pcap\n  sim bench pass.o --in million.pcap --kernel") { path, program, input, filter, setup, kernel, json };
        settings.AddTo(command);
        command.SetAction(parsed =>
        {
            var capture = new CaptureInput(parsed.GetRequiredValue(input), parsed.GetValue(filter));
            var subject = new Subject(parsed.GetRequiredValue(path), parsed.GetValue(program), settings.Read(parsed), parsed.GetValue(setup) ?? []);
            Terminal.Current.Notes(TraceBench.Notes(capture));
            if (parsed.GetValue(kernel)) return WithKernel(subject, capture, parsed.GetValue(json));
            var rows = Measure(subject, capture);
            if (parsed.GetValue(json)) foreach (var row in rows) Terminal.Current.Out.WriteLine(Json(row));
            else WriteTable(rows);
            return ExitCodes.Met;
        });
        return command;
    }

    private static List<(string Name, Samples Samples)> Measure(Subject subject, CaptureInput capture)
    {
        var rows = new List<(string, Samples)>();
        using var bench = new ProgramTestRun();
        var empty = new ExecutableProgram("empty", ProgramType.SchedCls, AttachType.None, static (_, _) => 0, "none");
        rows.Add(("packet set-up", TraceBench.Program(bench, empty, capture, long.MaxValue)));
        foreach (var engine in (Engine[])[Engine.Jit, Engine.Interpreter])
        {
            using var opened = ObjectFiles.Open(subject.Path, engine, subject.Settings, kernel: bench.Network.Kernel);
            var chosen = ObjectFiles.ChooseForPackets(opened, subject.Program).Compile();
            ObjectFiles.Setup(opened, bench.Cpu, subject.Setup);
            rows.Add(($"{chosen.Name}, {chosen.Engine}", TraceBench.Program(bench, chosen, capture, engine == Engine.Jit ? long.MaxValue : InterpretedPackets)));
            if (engine == Engine.Jit) rows.Add(($"{chosen.Name}, whole replay", TraceBench.Replay(bench.Network, chosen, capture)));
        }
        return rows;
    }

    private static int WithKernel(Subject subject, CaptureInput capture, bool json)
    {
        if (KernelProbe.WhyNot() is { } why)
        {
            Terminal.Current.Complain(why);
            return ExitCodes.Refused;
        }
        using var opened = ObjectFiles.Open(subject.Path, settings: subject.Settings);
        var program = ObjectFiles.ChooseForPackets(opened, subject.Program);
        var times = RepeatBench.Run(opened, program, capture, subject.Setup);
        (string Name, Samples Samples)[] rows =
            [("empty program, here", times.OursEmpty), ("empty program, kernel", times.KernelEmpty), ($"{program.Name}, here", times.Ours), ($"{program.Name}, kernel", times.Kernel)];
        if (json)
        {
            foreach (var row in rows) Terminal.Current.Out.WriteLine(Json(row));
            return ExitCodes.Met;
        }
        var table = new Table().Border(TableBorder.Rounded).Headings("").Numbers("runs");
        table.Numbers("ns/run p10", "p50", "p90");
        foreach (var (row, s) in rows)
            table.Row($"{row}", $"{s.Packets:N0}", $"{s.Percentile(0.1):N1}", $"{s.Percentile(0.5):N1}", $"{s.Percentile(0.9):N1}");
        Terminal.Current.Write(table);
        string ratio = times.KernelNet > 0 && times.OursNet > 0 ? $": {Number(times.OursNet / times.KernelNet, "0.00")}x the kernel" : ", too little to compare";
        Terminal.Current.Line($"Less the empty program, a run takes {Number(times.OursNet, "N1")} ns here and {Number(times.KernelNet, "N1")} ns in the kernel{ratio}.");
        Terminal.Current.Line($"[grey]Each packet is set up once and run over 20,000 times, here and there; percentiles are over packets. The kernel gives whole ns.[/]");
        return ExitCodes.Met;
    }

    private static void WriteTable(List<(string Name, Samples Samples)> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).Headings("").Numbers("packets");
        table.Numbers("ns/packet p50", "p90", "p99", "max", "Mpps", "bytes/packet");
        foreach (var (name, s) in rows)
        {
            table.Row(
                $"{name}", $"{s.Packets:N0}", $"{s.Percentile(0.5):N1}", $"{s.Percentile(0.9):N1}", $"{s.Percentile(0.99):N1}", $"{s.Percentile(1):N1}", $"{s.Mpps:N2}", $"{s.BytesPerPacket:0.##}");
        }
        Terminal.Current.Write(table);
        Terminal.Current.Line($"[grey]Percentiles are over batches of 256 packets. Program rows include packet set-up; the replay row reads the capture, too.[/]");
    }

    private static string Json((string Name, Samples Samples) row)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            var s = row.Samples;
            json.WriteStartObject();
            json.WriteString("row", row.Name);
            json.WriteNumber("packets", s.Packets);
            json.WriteNumber("ns_p50", Math.Round(s.Percentile(0.5), 2));
            json.WriteNumber("ns_p90", Math.Round(s.Percentile(0.9), 2));
            json.WriteNumber("ns_p99", Math.Round(s.Percentile(0.99), 2));
            json.WriteNumber("ns_max", Math.Round(s.Percentile(1), 2));
            json.WriteNumber("mpps", Math.Round(s.Mpps, 3));
            json.WriteNumber("bytes_per_packet", Math.Round(s.BytesPerPacket, 3));
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>What is measured.</summary>
    private sealed record Subject(string Path, string? Program, ObjectSettings Settings, string[] Setup);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
