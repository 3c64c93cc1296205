using Netdev.Pcap;
using Netdev.Wire;
using Sim.Commands;
using Sim.Scenarios;
using Tests.Verifier;
using Vm;

namespace Tests.Sim;

/// <summary>An expectation that nothing could miss is an error, not a point.</summary>
public sealed class ScenarioRulesTests
{
    private const string Head = """
        objects: { chain: OBJECT }
        devices: { eth0: { xdp: chain/drop }, eth1: , v0: { peer: v1 }, v1: , tun0: { tunnel: vxlan } }
        attach:
          - { at: eth0 ingress, program: stamp }
          - { at: eth0 ingress, program: chain/guard }
        replay:
          - { device: eth0, packets: [{ ipv4: { src: 10.0.0.1, dst: 10.0.0.2 }, udp: { src: 1, dst: 2 } }] }
        expect:

        """;

    [Theory]
    [InlineData("verdicts: [{ at: eth0 ingress, DORP: 0 }]", "there is no verdict 'DORP' at a tc hook; did you mean 'DROP'?")]
    [InlineData("verdicts: [{ at: eth0 ingress, drop: 0 }]", "did you mean 'DROP'?")]
    [InlineData("verdicts: [{ at: eth0 ingress, TX: 0 }]", "there is no verdict 'TX' at a tc hook; known here: NEXT, PASS, DROP, REDIRECT")]
    [InlineData("verdicts: [{ at: eth0 xdp, NEXT: 0 }]", "there is no verdict 'NEXT' at XDP; known here: ABORTED, DROP, PASS, TX, REDIRECT")]
    [InlineData("verdicts: [{ at: eth0 ingress, 5: 0 }]", "no hook ends with verdict 5, which it takes for NEXT")]
    [InlineData("verdicts: [{ at: eth0 xdp, 77: 0 }]", "which it takes for ABORTED")]
    [InlineData("verdicts: [{ at: eth0 ingress, DROP: -1 }]", "'DROP' is -1")]
    [InlineData("verdicts: [{ at: eth0 ingress }]", "a verdict count counts nothing")]
    [InlineData("verdicts: [{ at: eth0 egress, DROP: 0 }]", "no program is on eth0 egress, so it has no verdicts; hooks with programs are: eth0 ingress, eth0 xdp")]
    [InlineData("verdicts: [{ at: eth7 ingress, DROP: 0 }]", "there is no device 'eth7'")]
    [InlineData("verdicts: [{ at: eth0 ingres, DROP: 0 }]", "did you mean 'eth0 ingress'?")]
    [InlineData("verdicts: [{ at: eth0 ingress, program: gaurd, DROP: 0 }]", "no program 'gaurd' is on eth0 ingress")]
    [InlineData("verdicts: [{ at: eth0 ingress, program: drop, DROP: 0 }]", "no program 'drop' is on eth0 ingress; known here: stamp, chain/guard")]
    [InlineData("packets: [{ packet: 1, at: eth0 ingress, verdict: PAS }]", "did you mean 'PASS'?")]
    [InlineData("packets: [{ packet: 1, at: eth0 ingress, verdict: 5 }]", "no hook ends with verdict 5")]
    [InlineData("packets: [{ packet: 1, at: eth1 ingress, verdict: PASS }]", "no program is on eth1 ingress")]
    [InlineData("packets: [{ packet: 1, at: eth0 xdp, mark: 0 }]", "there is no skb at XDP, and so no mark")]
    [InlineData("packets: [{ packet: 1, ends: drop TC_INGRESS }]", "is no end of a packet")]
    [InlineData("packets: [{ packet: 1, ends: dropped TC_INGRES }]", "did you mean 'TC_INGRESS'?")]
    [InlineData("packets: [{ packet: 1, ends: delivered eth9 }]", "there is no device 'eth9'")]
    [InlineData("drops: { TC_INGRES: 0 }", "no packet is dropped with 'TC_INGRES'; did you mean 'TC_INGRESS'?")]
    [InlineData("drops: { TC_EGRESS: 0 }", "no device has a program on its egress hook")]
    [InlineData("drops: { NO_BUFFER: -2 }", "'NO_BUFFER' is -2")]
    [InlineData("delivered: { eht0: 0 }", "there is no device 'eht0'")]
    [InlineData("transmitted: { v1: 0 }", "'v1' has no wire: what it sends comes in at 'v0'")]
    [InlineData("transmitted: { tun0: 0 }", "'tun0' has no wire")]
    [InlineData("payloads: [{ transmitted: eth9, text: x }]", "there is no device 'eth9'")]
    [InlineData("payloads: [{ transmitted: eth1, text: '' }]", "at least one byte")]
    [InlineData("maps: { m: [] }", "nothing is stated about 'm'")]
    [InlineData("maps: { m: [{ key: 0, value: {} }] }", "it names no member")]
    [InlineData("maps: { m: [{ key: 0, value: { a: { b: {} } } }] }", "it names no member")]
    [InlineData("maps: { m: [{ key: 0, program: stamp }] }", "programs, maps and devices in maps are not compared")]
    [InlineData("globals: { g: {} }", "it names no member")]
    public void AnExpectationNothingCouldMiss_IsRefused(string expectation, string complaint)
    {
        var wrong = Assert.Throws<ScenarioFormatException>(() => ScenarioReader.Read($"{Head}  {expectation}\n", "s.yaml"));
        Assert.Contains(complaint, wrong.Message, StringComparison.Ordinal);
        Assert.StartsWith("line 9, column ", wrong.Where, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verdicts: [{ at: eth0 ingress, program: guard, 2: 1 }]", "chain/guard", "DROP")]
    [InlineData("verdicts: [{ at: eth0 ingress, program: chain/stamp, 5: 1 }]", "stamp", "5")]
    [InlineData("verdicts: [{ at: eth0 xdp, program: drop, 77: 1 }]", "chain/drop", "77")]
    public void AProgramAndAVerdict_AreNamedAsTheRunNamesThem(string expectation, string program, string verdict)
    {
        var count = Assert.Single(ScenarioReader.Read($"{Head}  {expectation}\n", "s.yaml").Expect.Verdicts);
        Assert.Equal((program, verdict), (count.Program, count.Verdict));
    }

    [Fact]
    public void ProgramsOfTheSameNameInTwoObjects_AreCountedApart()
    {
        string chain = Repository.PathOf("scenarios/01-next-chain/chain.bpf.o");
        var scenario = ScenarioReader.Read($$"""
            objects: { one: {{chain}}, two: {{chain}} }
            devices: { eth0: }
            attach:
              - { at: eth0 ingress, program: one/stamp }
              - { at: eth0 ingress, program: two/stamp }
            replay:
              - { device: eth0, packets: [{ ipv4: { src: 10.0.0.1, dst: 10.0.0.2 }, udp: { src: 1, dst: 2 } }] }
            expect:
              verdicts:
                - { at: eth0 ingress, program: one/stamp, NEXT: 1 }
                - { at: eth0 ingress, program: two/stamp, NEXT: 1 }
            """, "s.yaml");
        var (_, checks) = ShippedScenarios.RunAndScore(scenario, Engine.Jit);
        Assert.All(checks, check => Assert.True(check.Met, $"{check.Statement}: {check.Got}"));
        Assert.Contains("write ALIAS/stamp", Assert.Throws<ScenarioFormatException>(() => ScenarioRules.Check(scenario with { Expect = new Expectations { Verdicts = [new VerdictCount(new HookName("eth0", Hook.Ingress), "stamp", "NEXT", 1, "")] } })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "add 'expect'")]
    [InlineData("expect: {}\n", "add 'expect'")]
    [InlineData("expect: { verdicts: [] }\n", "add 'expect'")]
    public void AScenarioThatStatesNothing_IsAnError(string expect, string complaint)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("scenario.yaml", Head[..Head.IndexOf("expect:", StringComparison.Ordinal)].Replace("OBJECT", Repository.PathOf("scenarios/01-next-chain/chain.bpf.o"), StringComparison.Ordinal) + expect);
        var score = ScenarioSession.Run(file, Engine.Jit);
        Assert.Equal(ExitCodes.Usage, score.ExitCode);
        Assert.False(score.Perfect);
        Assert.Contains(complaint, score.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderWithoutExpectedCaptures_IsAnError_UntilTheyAreAccepted()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.PathOf("scenarios/15-no-file/reflect.bpf.o"), Path.Combine(folder.Path, "reflect.bpf.o"));
        folder.Capture("eth0_in.pcap", PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:01").Ipv4("10.0.0.1", "10.0.0.2").Udp(1, 2).Build());
        var score = ScenarioSession.Run(folder.Path, Engine.Jit);
        Assert.Equal(ExitCodes.Usage, score.ExitCode);
        Assert.Contains("put DEVICE_out.pcap", score.Problem, StringComparison.Ordinal);
        Goldens.Accept(folder.Path, Engine.Jit);
        Assert.True(File.Exists(Path.Combine(folder.Path, "eth0_out.pcap")) && File.Exists(Path.Combine(folder.Path, "eth0_stack.pcap")));
        var accepted = ScenarioSession.Run(folder.Path, Engine.Jit);
        Assert.Equal((ExitCodes.Met, 2), (accepted.ExitCode, accepted.Stated));
    }

    [Fact]
    public void AFolderWithAProgramOfNoType_IsAnError()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.PathOf("tests/objects/plain-v3.o"), Path.Combine(folder.Path, "plain.o"));
        folder.Capture("eth0_in.pcap", new byte[60]);
        var score = ScenarioSession.Run(folder.Path, Engine.Jit);
        Assert.Equal(ExitCodes.Refused, score.ExitCode);
        Assert.Contains("write a scenario.yaml with 'type'", score.Problem, StringComparison.Ordinal);
    }

    /// <summary>A folder that goes with the test.</summary>
    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("sim-").FullName;

        public string Write(string name, string text)
        {
            string file = System.IO.Path.Combine(Path, name);
            File.WriteAllText(file, text);
            return file;
        }

        public void Capture(string name, byte[] frame)
        {
            using var stream = File.Create(System.IO.Path.Combine(Path, name));
            using var writer = new PcapWriter(stream);
            writer.Write(1_000_000_000, frame, frame.Length);
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
