using Sim.Output;
using Sim.Run;
using Sim.Scenarios;
using Vm;

namespace Sim.Commands;

/// <summary>Writes expected captures from what a run produced: for a person to look at and commit.</summary>
internal static class Goldens
{
    public static void Accept(string path, Engine engine)
    {
        var scenario = ScenarioFinder.Read(path);
        if (scenario.Expect.Count == 0 && Directory.Exists(path)) scenario = ZeroConfig.ExpectingAll(scenario);
        using var testbed = new Testbed(scenario, engine);
        var result = ScenarioRunner.Run(testbed);
        foreach (var expected in scenario.Expect.Captures)
        {
            // What a scenario also replays is given, not made.
            if (scenario.Replays.Any(replay => replay.Capture == expected.File)) continue;
            string file = Path.Combine(scenario.Folder, expected.File);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            using var made = new CaptureFile(file);
            foreach (var frame in result.Frames.GetValueOrDefault((expected.Device, expected.Delivered)) ?? []) made.Write(expected.Device, frame.TimestampNs, frame.Bytes);
            made.Commit();
            Terminal.Current.Error.WriteLine($"wrote {Visible.Of(file)}");
        }
    }
}
