using System.CommandLine;
using System.Text.Json;
using Netdev.Devices;
using Netdev.Pcap;
using Netdev.TestRun;
using Sim.Inputs;
using Sim.Output;
using Sim.Report;
using Sim.Scenarios;
using Vm.Abi;
using Vm.Runtime;

namespace Sim.Commands;

/// <summary><c>sim exec OBJ</c>: one program over packets, as BPF_PROG_TEST_RUN runs it; one JSON line a packet.</summary>
internal static class ExecCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("object") { Description = "A BPF object file." };
        var program = new Option<string?>("--program", "-p") { Description = "Which program; not needed when there is only one." };
        var input = new Option<string?>("--in") { Description = "Capture with the packets; - is standard input." };
        var hex = new Option<string?>("--hex") { Description = "Text file with one packet a line in hexadecimal, # for remarks; - is standard input." };
        var context = CommonOptions.Context();
        var setup = new Option<string[]>("--setup") { Description = "SYSCALL programs of the object to run first." };
        var maps = new Option<bool>("--maps") { Description = "A last line with what maps and global variables hold after the last packet." };
        var json = new Option<bool>("--json") { Description = "JSON lines (the only form there is; accepted for clarity)." };
        var filter = CommonOptions.Filter();
        var engine = CommonOptions.Engine();
        var settings = new ObjectOptions();
        var command = new Command("exec", "Run one program over packets without a network around it, as the kernel's BPF_PROG_TEST_RUN does.\n\nExamples:\n  sim exec firewall.bpf.o --in web.pcap\n  echo ffffffffffff0200000000010800450000… | sim exec nat.bpf.o -p nat_out --hex - --ctx mark=7")
        {
            path, program, input, hex, filter, context, setup, maps, json, engine,
        };
        settings.AddTo(command);
        command.SetAction(parsed =>
        {
            if ((parsed.GetValue(input) is null) == (parsed.GetValue(hex) is null)) throw new UsageException("exec needs packets: either --in CAPTURE or --hex FILE");
            if (parsed.GetValue(hex) is not null && parsed.GetValue(filter) is not null) throw new UsageException("--filter goes with --in; of packets in hexadecimal, leave out lines");
            using var bench = new ProgramTestRun();
            using var opened = ObjectFiles.Open(parsed.GetRequiredValue(path), parsed.GetValue(engine), settings.Read(parsed), kernel: bench.Network.Kernel);
            var chosen = ObjectFiles.ChooseForPackets(opened, parsed.GetValue(program));
            var fields = CommonOptions.ReadContext(parsed.GetValue(context), chosen);
            var runnable = chosen.Compile();
            ObjectFiles.Setup(opened, bench.Cpu, parsed.GetValue(setup) ?? []);
            long n = 0;
            using var output = Terminal.Current.Data();
            foreach (var (data, timestampNs) in parsed.GetValue(input) is { } capture ? Captured(new CaptureInput(capture, parsed.GetValue(filter))) : HexPackets.Read(parsed.GetValue(hex)!).Select(packet => (packet, 0L)))
            {
                Interrupt.Check();
                Write(output, bench, runnable, ++n, data, fields, timestampNs);
            }
            if (parsed.GetValue(maps)) output.WriteLine(MapsJson.Of(opened));
            return ExitCodes.Met;
        });
        return command;
    }

    private static void Write(TextWriter output, ProgramTestRun bench, ExecutableProgram program, long n, byte[] data, TestContext? fields, long timestampNs)
    {
        var result = bench.Run(program, data, fields, timestampNs);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("n", n);
            if (result.Errno != Errno.None)
            {
                json.WriteString("errno", result.Errno.ToString());
            }
            else
            {
                json.WriteNumber("retval", program.Type == ProgramType.Xdp ? result.Retval : (int)result.Retval);
                if (program.Type is ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp)
                    json.WriteString("verdict", VerdictNames.OfProgram(program.Type == ProgramType.Xdp ? HookPoint.Xdp : HookPoint.Ingress, (int)result.Retval));
                json.WriteString("data", Convert.ToHexStringLower(bench.Packet));
                WriteContext(json, bench, program.Type);
            }
            json.WriteEndObject();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private static void WriteContext(Utf8JsonWriter json, ProgramTestRun bench, ProgramType type)
    {
        ref var skb = ref bench.Skb.Fields;
        json.WriteStartObject("ctx");
        if (type != ProgramType.Xdp)
        {
            json.WriteNumber("mark", skb.Mark);
            json.WriteNumber("priority", skb.Priority);
            json.WriteNumber("ingress_ifindex", skb.IngressIfindex);
            json.WriteNumber("ifindex", skb.Ifindex);
            json.WriteNumber("tstamp", (ulong)skb.Timestamp);
            json.WriteNumber("wire_len", skb.WireLength);
            json.WriteNumber("gso_segs", skb.GsoSegments);
            json.WriteNumber("gso_size", skb.GsoSize);
            json.WriteNumber("hwtstamp", (ulong)skb.HardwareTimestamp);
            json.WriteStartArray("cb");
            foreach (uint word in (uint[])[(uint)skb.Cb01, (uint)(skb.Cb01 >> 32), (uint)skb.Cb23, (uint)(skb.Cb23 >> 32), skb.Cb4]) json.WriteNumberValue(word);
            json.WriteEndArray();
        }
        else
        {
            json.WriteNumber("data_meta", skb.MetaLength);
            json.WriteString("metadata", Convert.ToHexStringLower(bench.Metadata));
            json.WriteNumber("ingress_ifindex", skb.IngressIfindex);
            json.WriteNumber("rx_queue_index", skb.ReceiveQueue);
        }
        json.WriteEndObject();
    }

    private static IEnumerable<(byte[] Data, long TimestampNs)> Captured(CaptureInput input)
    {
        using var capture = input.Open();
        while (TryNext(capture, out var next)) yield return next;
        Terminal.Current.Notes(capture.Notes);
    }

    private static bool TryNext(IFrameSource capture, out (byte[], long) next)
    {
        bool some = capture.TryRead(out var packet);
        next = some ? (packet.Data.ToArray(), packet.TimestampNs) : default;
        return some;
    }
}
