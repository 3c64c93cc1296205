using System.CommandLine;
using System.Globalization;
using Netdev.Pcap;
using Sim.Kernel;
using Spectre.Console;

namespace Sim.Commands;

/// <summary><c>sim fuzz</c>: random programs through both verifiers, both engines and the kernel.</summary>
internal static class FuzzCommand
{
    public static Command Make()
    {
        var minutes = new Option<double>("--minutes") { Description = "How long.", DefaultValueFactory = _ => 1 };
        var programs = new Option<long?>("--programs") { Description = "Stop after so many programs." };
        var seed = new Option<ulong>("--seed") { Description = "Seed; the same seed gives the same programs.", DefaultValueFactory = _ => 1 };
        var packets = new Option<string?>("--packets") { Description = "Capture with packets to use. Default: six built-in ones." };
        var keep = new Option<string>("--keep") { Description = "Folder for failing programs, one file each.", DefaultValueFactory = _ => "fuzz-failures" };
        var command = new Command("fuzz", "Try random programs: do both verifiers agree, and do the JIT, the interpreter and the kernel compute the same? Needs Linux and root.\n"
            + "Exit status: 0 no difference in results and nothing accepted that the kernel refuses, 1 otherwise, 3 when the kernel cannot be asked.\n\nExample:\n  sim fuzz --minutes 10 --seed 7")
        {
            minutes, programs, seed, packets, keep,
        };
        command.SetAction(parsed =>
        {
            if (KernelProbe.WhyNot() is { } why)
            {
                Console.Error.WriteLine($"sim: {why}");
                return ExitCodes.Refused;
            }
            var run = new FuzzRun(parsed.GetValue(seed), parsed.GetValue(packets) is { } capture ? Frames(capture) : []);
            long most = parsed.GetValue(programs) ?? long.MaxValue;
            var clock = System.Diagnostics.Stopwatch.StartNew();
            run.Run(done => done < most && clock.Elapsed.TotalMinutes < parsed.GetValue(minutes));
            Report(run, parsed.GetValue(seed), clock.Elapsed);
            Keep(run, parsed.GetValue(seed), parsed.GetRequiredValue(keep));
            return run.Findings.Count == 0 ? ExitCodes.Met : ExitCodes.Missed;
        });
        return command;
    }

    private static List<byte[]> Frames(string file)
    {
        var frames = new List<byte[]>();
        using var capture = CaptureReader.Open(file);
        while (capture.TryRead(out var packet)) frames.Add(packet.Data.ToArray());
        return frames.Count > 0 ? frames : throw new UsageException($"{file} has no packets");
    }

    private static void Report(FuzzRun run, ulong seed, TimeSpan took)
    {
        AnsiConsole.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {run.Programs:N0} programs in {took.TotalSeconds:N0} s"));
        foreach (var (outcome, count) in run.Counts) AnsiConsole.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Words(outcome),-58} {count,10:N0}"));
        foreach (var (complaint, (count, _)) in run.TooStrict.OrderByDescending(pair => pair.Value.Count))
            AnsiConsole.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  refused only here, {count:N0} times: {complaint}"));
        foreach (var finding in run.Findings)
        {
            AnsiConsole.Console.WriteLine($"program {finding.Number}: {Words(finding.Outcome.Class)}: {finding.Outcome.Detail}");
        }
    }

    private static string Words(FuzzClass outcome) => outcome switch
    {
        FuzzClass.Agreed => "accepted by both, all results the same",
        FuzzClass.BothRefuse => "refused by both",
        FuzzClass.OnlyKernelAccepts => "refused only here",
        FuzzClass.OnlyWeAccept => "accepted only here (safety)",
        _ => "results differ",
    };

    private static void Keep(FuzzRun run, ulong seed, string folder)
    {
        var all = run.Findings.Concat(run.TooStrict.Values.Select(item => item.Example)).ToList();
        if (all.Count == 0) return;
        Directory.CreateDirectory(folder);
        foreach (var finding in all)
        {
            string[] text = [$"; {Words(finding.Outcome.Class)}: {finding.Outcome.Detail}", $"; seed {seed}, program {finding.Number}, packet {Convert.ToHexStringLower(finding.Outcome.Packet)}", .. finding.Lines];
            File.WriteAllLines(Path.Combine(folder, $"{seed}-{finding.Number}.case"), text);
        }
        AnsiConsole.Console.WriteLine($"{all.Count} programs kept in {folder}");
    }
}
