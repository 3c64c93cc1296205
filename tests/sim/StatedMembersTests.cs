using Sim.Run;
using Sim.Scenarios;
using Sim.Scores;
using Tests.Verifier;
using Vm;

namespace Tests.Sim;

/// <summary>A value that names members is compared in those only: in globals as in maps.</summary>
public sealed class StatedMembersTests
{
    private static Check Score(string set, string expected)
    {
        var scenario = ScenarioReader.Read($$"""
            objects: { o: { file: {{Repository.PathOf("tests/objects/datapath-v3.o")}}, globals: { {{set}} } } }
            devices: { eth0: }
            replay:
              - { device: eth0, packets: [{ ipv4: { src: 10.0.0.1, dst: 10.0.0.2 }, udp: { src: 1, dst: 2 } }] }
            expect:
              globals: { {{expected}} }
            """, "s.yaml");
        using var testbed = new Testbed(scenario, Engine.Jit);
        return Assert.Single(Scorer.Check(testbed, ScenarioRunner.Run(testbed)));
    }

    [Theory]
    [InlineData("", "cfg: { port: 80 }")]
    [InlineData("", "cfg: { name: eth }")]
    [InlineData("", "cfg: { mode: MODE_OFF, flag_b: 0 }")]
    [InlineData("cfg.flag_b: 5", "cfg: { flag_b: 5 }")]
    [InlineData("'cfg.ends[1].mac': '02:00:00:00:00:07'", "cfg: { ends: { 1: { mac: '02:00:00:00:00:07' } } }")]
    [InlineData("'cfg.ends[1].mac': '02:00:00:00:00:07'", "cfg: { ends: [ { mac: '00:00:00:00:00:00' }, { mac: '02:00:00:00:00:07' } ] }")]
    [InlineData("", "cfg.port: 80")]
    [InlineData("", "seen: 0")]
    public void MembersNobodyNames_MayBeAnything(string set, string expected)
    {
        var check = Score(set, expected);
        Assert.True(check.Met, $"{check.Statement}: {check.Got}");
    }

    [Theory]
    [InlineData("", "cfg: { port: 81, name: eth }", "cfg.port 81 80")]
    [InlineData("cfg.flag_b: 5", "cfg: { flag_b: 4 }", "cfg.flag_b 4 5")]
    [InlineData("", "cfg: { ends: { 1: { mac: '02:00:00:00:00:07' } } }", "cfg.ends[1].mac 02:00:00:00:00:07 00:00:00:00:00:00")]
    [InlineData("", "seen: 3", "value 3 0")]
    public void AMemberThatDiffers_IsNamed(string set, string expected, string difference)
    {
        var check = Score(set, expected);
        Assert.False(check.Met);
        var one = Assert.Single(check.Differences!);
        Assert.Equal(difference, $"{one.Field} {one.Expected} {one.Got}");
    }

    [Theory]
    [InlineData("cfg: { prot: 80 }", "prot")]
    [InlineData("cfg: { ends: { 2: { mac: '02:00:00:00:00:07' } } }", "index 2 of 2 elements")]
    [InlineData("nothing: 1", "nothing")]
    public void WhatTheTypeDoesNotHave_IsAnError(string expected, string complaint) =>
        Assert.Contains(complaint, Assert.Throws<ScenarioFormatException>(() => Score("", expected)).Message, StringComparison.Ordinal);
}
