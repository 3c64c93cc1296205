using System.CommandLine;
using System.Globalization;
using Sim.Fuzz;
using Sim.Inputs;
using Sim.Live;
using Sim.Output;
using Spectre.Console;

namespace Sim.Commands;

/// <summary><c>sim fuzz</c>: random programs through both verifiers, both engines and the kernel.</summary>
internal static class FuzzCommand
{
    private const int JitOneIn = 16;

    public static Command Make()
    {
        var minutes = new Option<double>("--minutes") { Description = "How long.", DefaultValueFactory = _ => 1 };
        var programs = new Option<long?>("--programs") { Description = "Stop after so many programs." };
        var seed = new Option<ulong>("--seed") { Description = "Seed; the same seed gives the same programs.", DefaultValueFactory = _ => 1 };
        var packets = new Option<string?>("--packets") { Description = "Capture with packets to use. Default: nine built-in ones." };
        var filter = CommonOptions.Filter();
        var keep = new Option<string>("--keep") { Description = "Folder for failing programs, one file each.", DefaultValueFactory = _ => "fuzz-failures" };
        var alone = new Option<bool>("--no-kernel") { Description = "Leave the kernel out: every accepted program runs in the checked interpreter, which sees memory faults and values the verifier ruled out, and one in 16 in the JIT." };
        var threads = new Option<int>("--threads") { Description = "Threads. Default: one a processor; they change no program.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var replay = new Option<string[]>("--replay") { Description = "Kept programs to try again instead of making new ones.", AllowMultipleArgumentsPerToken = true };
        var command = new Command("fuzz", "Try random programs: do both verifiers agree, and do the JIT, the interpreter and the kernel compute the same? Needs Linux and root, or --no-kernel.\n"
            + "Exit status: 0 no difference in results, no memory fault, no value the verifier ruled out and nothing accepted that the kernel refuses; 1 otherwise; 3 when the kernel cannot be asked.\n\nExample:\n  sim fuzz --minutes 10 --seed 7")
        {
            minutes, programs, seed, packets, filter, keep, alone, threads, replay,
        };
        command.SetAction(parsed =>
        {
            if (!(parsed.GetValue(minutes) > 0)) throw new UsageException($"--minutes is {parsed.GetValue(minutes)}; it must be above 0");
            if (parsed.GetValue(programs) is < 1 and var few) throw new UsageException($"--programs is {few}; at least 1 is tried");
            if (parsed.GetValue(threads) < 1) throw new UsageException($"--threads is {parsed.GetValue(threads)}; at least 1 is needed");
            bool asksKernel = !parsed.GetValue(alone);
            if (asksKernel && KernelProbe.WhyNot() is { } why)
            {
                Terminal.Current.Complain($"{why}; --no-kernel does without");
                return ExitCodes.Refused;
            }
            if (parsed.GetValue(replay) is { Length: > 0 } files) return Replay(files, asksKernel);
            var run = new FuzzRun(parsed.GetValue(seed), parsed.GetValue(packets) is { } capture ? Frames(new CaptureInput(capture, parsed.GetValue(filter))) : [], asksKernel, asksKernel ? 1 : JitOneIn);
            long most = parsed.GetValue(programs) ?? long.MaxValue;
            var clock = System.Diagnostics.Stopwatch.StartNew();
            run.Run(done => !Interrupt.Asked && done < most && clock.Elapsed.TotalMinutes < parsed.GetValue(minutes), Math.Clamp(parsed.GetValue(threads), 1, Environment.ProcessorCount));
            FuzzReport.Write(run, parsed.GetValue(seed), asksKernel, clock.Elapsed);
            Keep(run, parsed.GetValue(seed), parsed.GetRequiredValue(keep));
            Interrupt.Check();
            return run.Findings.Count == 0 ? ExitCodes.Met : ExitCodes.Missed;
        });
        return command;
    }

    private static int Replay(string[] files, bool asksKernel)
    {
        using var bench = new FuzzBench(asksKernel);
        bool failed = false;
        foreach (string file in files)
        {
            Interrupt.Check();
            var outcome = bench.Try(FuzzCaseFile.Read(file));
            failed |= outcome.IsFailure || outcome.Class == FuzzClass.OnlyKernelAccepts;
            Terminal.Current.Out.WriteLine($"{Visible.Of(file)}: {FuzzReport.Words(outcome.Class)}{(outcome.Detail.Length > 0 ? ": " : "")}{Visible.Of(outcome.Detail)}");
        }
        return failed ? ExitCodes.Missed : ExitCodes.Met;
    }

    private static List<byte[]> Frames(CaptureInput input)
    {
        var frames = new List<byte[]>();
        using var capture = input.Open();
        while (capture.TryRead(out var packet)) frames.Add(packet.Data.ToArray());
        return frames.Count > 0 ? frames : throw new UsageException($"{input.Path} has no packets{(input.Filter is null ? "" : " that the filter lets through")}");
    }

    private static void Keep(FuzzRun run, ulong seed, string folder)
    {
        var all = run.Findings.Concat(run.TooStrict.Values.Select(item => item.Example)).ToList();
        if (all.Count == 0) return;
        Directory.CreateDirectory(folder);
        foreach (var finding in all)
        {
            string[] remarks = [$"{FuzzReport.Words(finding.Outcome.Class)}: {finding.Outcome.Detail}", string.Create(CultureInfo.InvariantCulture, $"seed {seed}, program {finding.Number}")];
            FuzzCaseFile.Write(Path.Combine(folder, $"{seed}-{finding.Number}.case"), remarks, finding.Case);
        }
        Terminal.Current.Out.WriteLine($"{all.Count} programs kept in {Visible.Of(folder)}; try one again with 'sim fuzz --replay FILE'");
    }
}
