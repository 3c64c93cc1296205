using System.CommandLine;
using Netdev.Wire;
using Sim.Inputs;
using Sim.Output;
using Vm.Runtime;

namespace Sim.Commands;

/// <summary><c>sim generate OUT</c>: a capture of synthetic traffic, the same for the same seed.</summary>
internal static class GenerateCommand
{
    private const int HeaderBytes = 14 + 20 + 8;
    private const long FirstTimestampNs = 1_700_000_000_000_000_000;

    public static Command Make()
    {
        var path = new Argument<string>("out") { Description = "File to write; .pcapng for pcapng, anything else for pcap; - is standard output." };
        var packets = new Option<int>("--packets") { Description = "How many.", DefaultValueFactory = _ => 100_000 };
        var bytes = new Option<int>("--bytes") { Description = "Frame length, 60-1514.", DefaultValueFactory = _ => 118 };
        var flows = new Option<int>("--flows") { Description = "UDP flows, 1-65536.", DefaultValueFactory = _ => 64 };
        var gap = new Option<int>("--gap") { Description = "Nanoseconds between packets.", DefaultValueFactory = _ => 1000 };
        var seed = new Option<int>("--seed") { Description = "Order of flows.", DefaultValueFactory = _ => 1 };
        var command = new Command("generate", "Write a capture of synthetic UDP traffic for benchmarks.\n\nExample:\n  sim generate million.pcap --packets 1000000 --bytes 118") { path, packets, bytes, flows, gap, seed };
        command.SetAction(parsed =>
        {
            int length = parsed.GetValue(bytes), count = parsed.GetValue(flows);
            if (length is < 60 or > 1514) throw new UsageException($"--bytes is {length}; 60 to 1514 are allowed");
            if (count is < 1 or > 65536) throw new UsageException($"--flows is {count}; 1 to 65536 are allowed");
            if (parsed.GetValue(packets) < 0) throw new UsageException($"--packets is {parsed.GetValue(packets)}; 0 and more are allowed");
            if (parsed.GetValue(gap) < 0) throw new UsageException($"--gap is {parsed.GetValue(gap)}; 0 and more nanoseconds are allowed");
            Write(parsed.GetRequiredValue(path), parsed.GetValue(packets), length, count, parsed.GetValue(gap), (ulong)parsed.GetValue(seed));
            return ExitCodes.Met;
        });
        return command;
    }

    private static void Write(string path, int packets, int bytes, int flows, int gapNs, ulong seed)
    {
        var random = new SeededRandom(seed);
        byte[][] frames = [.. Enumerable.Range(0, flows).Select(flow => Frame(flow, bytes))];
        using var capture = new CaptureFile(path);
        Progress.Count("packets", packets, report =>
        {
            for (int i = 0; i < packets; i++)
            {
                byte[] frame = frames[(int)(random.NextUInt32() % (uint)flows)];
                capture.Write("eth0", FirstTimestampNs + (long)i * gapNs, frame);
                if ((i & 0xfff) != 0) continue;
                Interrupt.Check();
                report(i);
            }
        });
        capture.Commit();
    }

    private static byte[] Frame(int flow, int bytes) =>
        PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:01").Ipv4($"10.{flow >> 8}.{flow & 255}.1", "10.255.0.1").Udp(1024 + (flow & 0x7fff), 8080).Payload(new byte[bytes - HeaderBytes]).Build();
}
