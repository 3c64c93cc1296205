using Netdev.Devices;
using Sim.Output;
using Sim.Report;
using Sim.Run;
using Sim.Scenarios;
using Sim.Scores;
using Vm;
using Vm.Abi;
using Vm.Helpers;
using Vm.Proofs;

namespace Sim.Commands;

/// <summary>Builds, runs and scores one scenario; what goes wrong becomes part of its score.</summary>
internal static class ScenarioSession
{
    // A run without a statement would be met whatever comes out.
    private static string NothingStated(string path) => Directory.Exists(path)
        ? $"nothing says what must come out; put {ZeroConfig.Goldens} beside the input, or let 'sim run --accept' write them, and look at what they hold"
        : "nothing says what must come out; add 'expect' ('sim trace' and 'sim replay' show what does)";

    /// <summary>Runs a scenario file or folder.</summary>
    /// <param name="path">As <see cref="ScenarioFinder"/> found it.</param>
    /// <param name="engine">Engine to run programs with.</param>
    /// <param name="also">Makes a further observer once the network stands; null for none.</param>
    /// <param name="progress">Told how many packets are done.</param>
    public static Score Run(string path, Engine engine, Func<Testbed, IPacketObserver?>? also = null, Action<long>? progress = null)
    {
        string name = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? path;
        long packets = 0;
        try
        {
            var scenario = ScenarioFinder.Read(path);
            name = scenario.Name;
            if (scenario.Expect.Count == 0) throw new ScenarioFormatException(path, "", NothingStated(path));
            using var testbed = new Testbed(scenario, engine);
            var result = ScenarioRunner.Run(testbed, also: also?.Invoke(testbed), progress: Count);
            var checks = Scorer.Check(testbed, result);
            return new Score(name, path, checks, result.Packets, null, checks.All(c => c.Met) ? ExitCodes.Met : ExitCodes.Missed) { Notes = result.Notes };
        }
        catch (Exception failed) when (failed is InterruptedException or ProgramRejectedException or LoopBudgetException or EngineRefusedException or BadInputException)
        {
            return new Score(name, path, [], packets, Words(failed, packets), ExitCodes.Of(failed)) { Refusal = failed as ProgramRejectedException, Unsupported = Lack(failed) };
        }

        void Count(long done)
        {
            packets = done;
            progress?.Invoke(done);
        }
    }

    private static string Words(Exception failed, long packets) => failed switch
    {
        InterruptedException => $"{failed.Message} after {packets} packets",
        ProgramRejectedException refused => RejectionReport.Text(refused),
        _ => failed.Message,
    };

    // What is not simulated; null when something else is wrong.
    private static string? Lack(Exception failed) => failed switch
    {
        NotSimulatedException lacking => lacking.What,
        EngineRefusedException => failed.Message,
        _ => null,
    };
}
