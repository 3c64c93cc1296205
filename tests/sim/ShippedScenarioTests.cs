using Sim.Run;
using Vm;

namespace Tests.Sim;

public sealed class ShippedScenarioTests
{
    public static TheoryData<string> Names => ShippedScenarios.Names;

    [Fact]
    public void Repository_ShipsAtLeastTwelveScenarios() => Assert.True(ShippedScenarios.Files.Count >= 12);

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_StatesSomethingAndMeetsIt(string name)
    {
        var (_, checks) = ShippedScenarios.RunAndScore(ShippedScenarios.Read(name), Engine.Jit);
        Assert.NotEmpty(checks);
        Assert.All(checks, check => Assert.True(check.Met, $"{check.Statement}: {check.Got}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void JitAndInterpreter_TellTheSameStoryOfEveryPacket(string name)
    {
        var scenario = ShippedScenarios.Read(name);
        RunResult jit = ShippedScenarios.Run(scenario, Engine.Jit), interpreted = ShippedScenarios.Run(scenario, Engine.Interpreter);
        Assert.Equal(jit.Stories.Count, interpreted.Stories.Count);
        foreach (var (one, other) in jit.Stories.Values.Zip(interpreted.Stories.Values))
        {
            Assert.Equal(one.Crossings, other.Crossings);
            Assert.Equal(one.Endings, other.Endings);
        }
        Assert.Equal(Bytes(jit), Bytes(interpreted));
        Assert.Equal(jit.Records.SelectMany(r => r.Value).Select(Convert.ToHexString), interpreted.Records.SelectMany(r => r.Value).Select(Convert.ToHexString));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SecondRun_GivesTheSameBytes(string name)
    {
        var scenario = ShippedScenarios.Read(name);
        Assert.Equal(Annotated(scenario), Annotated(scenario));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryPacket_EndsSomewhere(string name)
    {
        var result = ShippedScenarios.Run(ShippedScenarios.Read(name), Engine.Jit);
        Assert.Equal(result.Packets, result.Stories.Count);
        Assert.All(result.Stories.Values, story => Assert.Contains(story.Endings, ending => !ending.Copy));
    }

    private static string Annotated(global::Sim.Scenarios.Scenario scenario)
    {
        using var stream = new MemoryStream();
        using (var testbed = new Testbed(scenario, Engine.Jit))
        using (var capture = new AnnotatedCapture(stream)) ScenarioRunner.Run(testbed, also: capture.Begin(testbed));
        return Convert.ToHexString(stream.ToArray());
    }

    private static IEnumerable<string> Bytes(RunResult result) =>
        result.Frames.OrderBy(f => f.Key.Device, StringComparer.Ordinal).ThenBy(f => f.Key.Delivered).SelectMany(f => f.Value.Select(frame => $"{f.Key} {frame.TimestampNs} {Convert.ToHexString(frame.Bytes)}"));
}
