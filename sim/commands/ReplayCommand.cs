using System.CommandLine;
using Netdev.Devices;
using Netdev.Pcap;
using Sim.Inputs;
using Sim.Output;
using Sim.Report;
using Sim.Run;
using Sim.Scenarios;
using Vm.Abi;
using Vm.Helpers;

namespace Sim.Commands;

/// <summary><c>sim replay CAPTURE --prog OBJ</c>: a capture through one device, no scenario file, verdicts counted.</summary>
internal static class ReplayCommand
{
    public static Command Make()
    {
        var capture = new Argument<string?>("capture") { Description = "Capture file; - is standard input.", Arity = ArgumentArity.ZeroOrOne };
        var live = new Option<string?>("--live") { Description = "Packets from a real interface instead, as they come in (go out with --hook egress), until Ctrl-C or --packets. Nothing is sent. Needs libpcap and the right to capture." };
        var filter = CommonOptions.Filter();
        var packets = new Option<long?>("--packets") { Description = "Stop after so many packets." };
        var programs = new Option<string[]>("--prog") { Description = "OBJECT or OBJECT:PROGRAM, in hook order; repeatable.", Required = true };
        var device = new Option<string>("--dev") { Description = "Device name.", DefaultValueFactory = _ => "eth0" };
        var hook = new Option<string>("--hook") { Description = "ingress, egress or xdp.", DefaultValueFactory = _ => "ingress" };
        var setup = new Option<string[]>("--setup") { Description = "SYSCALL programs to run first." };
        var pcapng = new Option<string?>("--pcapng") { Description = "Write an annotated capture of every hook crossing to this file." };
        var output = new Option<string?>("--out") { Description = "Write the frames that leave or reach the stack to this capture; - is standard output." };
        var engine = CommonOptions.Engine();
        var settings = new ObjectOptions();
        var command = new Command("replay", "Replay a capture through programs on one device and count the verdicts.\n\nExamples:\n  sim replay web.pcap --prog firewall.bpf.o --dev eth0 --hook ingress\n  sim replay web.pcap --prog chain.o:stamp --prog chain.o:guard --pcapng seen.pcapng\n  sim replay --live eth0 --filter 'tcp port 80' --prog firewall.bpf.o")
        {
            capture, live, filter, packets, programs, device, hook, setup, pcapng, output, engine,
        };
        settings.AddTo(command);
        command.SetAction(parsed => Replay(
            new Source(parsed.GetValue(capture), parsed.GetValue(live), parsed.GetValue(filter), parsed.GetValue(packets)),
            new DirectSetup(new HookName(parsed.GetRequiredValue(device), HookNamed(parsed.GetRequiredValue(hook))), parsed.GetRequiredValue(programs), parsed.GetValue(setup) ?? [], parsed.GetValue(engine), settings.Read(parsed)),
            new Files(parsed.GetValue(pcapng), parsed.GetValue(output))));
        return command;
    }

    private static Hook HookNamed(string text) => text switch
    {
        "ingress" => Hook.Ingress,
        "egress" => Hook.Egress,
        "xdp" => Hook.Xdp,
        _ => throw new UsageException($"--hook is ingress, egress or xdp, not '{text}'"),
    };

    private static int Replay(Source source, DirectSetup setup, Files files)
    {
        if (files is { Pcapng: "-", Out: "-" }) throw new UsageException("--pcapng and --out cannot both go to standard output");
        using var bed = new DirectTestbed(setup);
        var result = new RunResult();
        var recorder = new RunRecorder(result, _ => false, (_, _) => false);
        using var annotatedFile = files.Pcapng is null ? null : OutputFile.Create(files.Pcapng);
        using var annotated = annotatedFile is null ? null : new AnnotatedCapture(annotatedFile.Stream);
        using var frames = files.Out is null ? null : new FrameFile(files.Out);
        bed.Device.WireSink = bed.Device.StackSink = frames;
        bed.Network.Observer = annotated is null ? recorder : new ObserverPair(recorder, annotated);
        using var reader = source.Open(bed.Device, setup.At.Hook == Hook.Egress);
        try
        {
            Progress.Count("packets", 0, report => Feed(reader, source.Packets ?? long.MaxValue, bed, recorder, report));
        }
        catch (Exception ended) when (ended is CaptureFormatException or InterruptedException or LoopBudgetException)
        {
            // What breaks off in the middle still has a beginning worth looking at; the error follows.
            Finish();
            throw;
        }
        Finish();
        return ExitCodes.Met;

        void Finish()
        {
            recorder.Finish();
            ReplayReport.Write(files.UseStandardOutput ? Terminal.Current.OnError() : Terminal.Current, result);
            Terminal.Current.Notes([.. reader.Notes, .. result.BrokenOff <= RunRecorder.MostBrokenOff ? result.Notes : []]);
            annotated?.Flush();
            annotatedFile?.Commit();
            frames?.Commit();
        }
    }

    /// <summary>Where packets come from: a capture, or an interface.</summary>
    private sealed record Source(string? Capture, string? Live, string? Filter, long? Packets)
    {
        public IFrameSource Open(NetDevice device, bool outgoing)
        {
            if ((Capture is null) == (Live is null)) throw new UsageException("replay needs packets: either a CAPTURE or --live INTERFACE");
            if (Packets < 1) throw new UsageException($"--packets is {Packets}; at least 1 is needed");
            return Live is not null ? new LiveFrames(Live, device.Mac, outgoing, Filter) : new CaptureInput(Capture!, Filter).Open(device.Mac, outgoing);
        }
    }

    /// <summary>What is written besides the tables: an annotated capture, the frames that come out; null for none.</summary>
    private sealed record Files(string? Pcapng, string? Out)
    {
        public bool UseStandardOutput => Pcapng == "-" || Out == "-";
    }

    private static void Feed(IFrameSource reader, long most, DirectTestbed bed, RunRecorder recorder, Action<long> report)
    {
        long n = 0, now = 0;
        while (n < most && reader.TryRead(out var packet))
        {
            recorder.Begin(++n);
            now = Math.Max(now, packet.TimestampNs);
            bed.Feed(packet.Data, now);
            Interrupt.Check();
            if ((n & 0xffff) == 0) report(n);
        }
    }

    private sealed class FrameFile(string path) : IFrameSink, IDisposable
    {
        private readonly CaptureFile _file = new(path);

        public void Frame(NetContext x, NetDevice device, long timestampNs, ReadOnlySpan<byte> frame) => _file.Write(device.Name, timestampNs, frame);

        public void Commit() => _file.Commit();

        public void Dispose() => _file.Dispose();
    }
}
