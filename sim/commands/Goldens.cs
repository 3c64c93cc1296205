using Netdev.Pcap;
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
            string file = Path.Combine(scenario.Folder, expected.File), made = file + ".new";
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            using (var stream = File.Create(made))
            using (var writer = new PcapWriter(stream, LinkType.Ethernet))
            {
                foreach (var frame in result.Frames.GetValueOrDefault((expected.Device, expected.Delivered)) ?? []) writer.Write(frame.TimestampNs, frame.Bytes, frame.Bytes.Length);
            }
            // Complete before it takes the old one's place: a run broken off leaves the old file as it was.
            File.Move(made, file, overwrite: true);
            Terminal.Current.Error.WriteLine($"wrote {Visible.Of(file)}");
        }
    }
}
