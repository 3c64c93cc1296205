using Netdev.Wire;
using Sim.Compare;
using Sim.Run;
using Sim.Scenarios;
using Tests.Verifier;
using Vm;
using Vm.Runtime;

namespace Tests.Kernel;

/// <summary>Scenarios built for real in the kernel of this machine; skipped, with the reason, where that is not allowed.</summary>
public sealed class TopologyTests
{
    public static TheoryData<string> ScenarioFiles =>
        [.. ScenarioFinder.Find([Repository.PathOf("scenarios"), Repository.PathOf("tests/kernel/topology")]).Select(path => Path.GetRelativePath(Repository.PathOf("."), path))];

    [Theory]
    [MemberData(nameof(ScenarioFiles))]
    public void EveryPacketOfAScenario_ComesOutOfRealDevices_AsOutOfOurs(string file)
    {
        Skip();
        var compared = TopologyComparison.Run(Read(file), Engine.Jit);
        Assert.Null(compared.NotBuilt);
        // Nothing needs an excuse but timers, whose clock cannot be set in a kernel.
        var differences = compared.Differences.Where(d => d.Explanation != KnownDifferences.Timers);
        Assert.Empty(differences.Select(d => $"{d.Program}, packet {d.Packet}: {string.Join("; ", d.Fields)}"));
        Assert.True(compared.Frames > 0);
        Assert.All(compared.NotCompared, left => Assert.Contains("holds programs or maps", left, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tests/kernel/topology/every-way/scenario.yaml")]
    [InlineData("scenarios/06-vlan/scenario.yaml")]
    [InlineData("scenarios/08-tail-calls/scenario.yaml")]
    public void DamagedFrames_GoTheSameWay(string file)
    {
        Skip();
        var scenario = Read(file);
        var random = new SeededRandom(7);
        var damaged = scenario.Replays.Select(replay => replay with { Packets = [.. replay.Packets.SelectMany(packet => Enumerable.Range(0, 4).Select(_ => new InlinePacket(Damage(packet.Bytes, random), null)))] });
        var compared = TopologyComparison.Run(scenario with { Replays = [.. damaged] }, Engine.Jit);
        Assert.Null(compared.NotBuilt);
        Assert.Empty(compared.Differences.Select(d => $"{d.Program}, packet {d.Packet}: {string.Join("; ", d.Fields)}"));
        Assert.True(compared.Frames > 0);
    }

    [Fact]
    public void AWrongByte_IsNamedWithPacketAndField()
    {
        const int lastByteOfMac = 9;
        // Our load balancer believes the back ends have other addresses.
        var compared = Changed("scenarios/03-load-balancer/scenario.yaml", testbed =>
        {
            var backends = testbed.Map("backends", "").Map;
            var value = new byte[backends.UserValueBytes];
            foreach (byte backEnd in (byte[])[0, 1])
            {
                backends.Lookup([backEnd, 0, 0, 0], value);
                value[lastByteOfMac] ^= 1;
                backends.Update([backEnd, 0, 0, 0], value);
            }
        });
        Assert.False(compared.Equal);
        Assert.Contains(compared.Differences, d => d.Packet > 0 && d.Fields.Any(f => f is { Layer: "eth1 transmitted, Ethernet", Field: "eth.dst", Expected: "02:00:00:00:0b:10" or "02:00:00:00:0b:11" }));
    }

    [Fact]
    public void AMissingProgram_IsNoticedByItsRuns_ItsMarksAndWhatItDrops()
    {
        var compared = Changed("scenarios/01-next-chain/scenario.yaml", testbed =>
        {
            var ingress = testbed.Devices["eth0"].Ingress;
            ingress.Detach(testbed.Program("guard", "").Compile());
        });
        var fields = compared.Differences.SelectMany(d => d.Fields).ToList();
        Assert.Contains(fields, f => f is { Field: "runs of guard", Expected: "1", Got: "0" });
        Assert.Contains(fields, f => f is { Layer: "eth0 delivered", Field: "frames", Expected: "0", Got: "1" });
        Assert.Contains(fields, f => f is { Field: "mark", Expected: "0x12", Got: "0x13" });
    }

    [Fact]
    public void MapsThatEndUpDifferent_AreNoticed()
    {
        var compared = Changed("scenarios/13-namespaces/scenario.yaml", testbed => testbed.Devices["ceth0"].Ingress.Detach(testbed.Program("container_guard", "").Compile()));
        Assert.Contains(compared.Differences, d => d.Program == "" && d.Fields.Any(f => f.Layer == "map"));
    }

    [Fact]
    public void WhatRealDevicesCannotDo_IsRefusedByItsName()
    {
        Skip();
        var scenario = Read("scenarios/13-namespaces/scenario.yaml");
        // Number 1 belongs to loopback in every namespace.
        var taken = scenario with { Devices = [.. scenario.Devices.Select(device => device.Name == "eth0" ? device with { Ifindex = 1 } : device)] };
        Assert.Contains("devices 'eth0'", Assert.IsType<string>(TopologyComparison.Run(taken, Engine.Jit).NotBuilt), StringComparison.Ordinal);
        var past = scenario with
        {
            Attachments = [.. scenario.Attachments, new Attachment(new HookName("veth0", Hook.Egress), "to_container", null, null, "")],
            Replays = [new Replay("ceth0", false, "") { Packets = scenario.Replays[0].Packets }],
        };
        var refused = TopologyComparison.Run(past, Engine.Jit);
        Assert.False(refused.Equal);
        Assert.Contains("past the egress programs of its peer 'veth0'", refused.NotBuilt, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatComesInOnOneEndOfAPair_IsSentByTheOther()
    {
        Skip();
        var scenario = Read("scenarios/13-namespaces/scenario.yaml");
        var compared = TopologyComparison.Run(scenario with { Replays = [new Replay("ceth0", false, "") { Packets = scenario.Replays[0].Packets }] }, Engine.Interpreter);
        Assert.Null(compared.NotBuilt);
        Assert.Empty(compared.Differences);
        Assert.Equal((3, 2), (compared.Runs, compared.Frames));
    }

    [Fact]
    public void AFrameNoVethTakes_IsLeftOutOnBothSides_AndSaid()
    {
        Skip();
        var scenario = Read("scenarios/01-next-chain/scenario.yaml");
        var frame = new byte[1519];
        var compared = TopologyComparison.Run(scenario with { Replays = [new Replay("eth0", false, "") { Packets = [new InlinePacket(frame, null), new InlinePacket(frame[..1518], null)] }] }, Engine.Jit);
        Assert.True(compared.Equal);
        Assert.Equal(1, compared.Runs);
        Assert.Contains("packet 1: 1519 bytes", Assert.Single(compared.NotCompared), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDependsOnTheDriver_IsExplained_WithItsSource()
    {
        Skip();
        // Without the witness, so that nothing of it is left in a map.
        var scenario = Read("tests/kernel/topology/xdp-ways/scenario.yaml");
        var growing = PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:01").Ipv4("10.0.0.1", "10.0.0.2").Udp(1000, 24).Build();
        var compared = TopologyComparison.Run(scenario with { Attachments = [], Replays = [new Replay("eth0", false, "") { Packets = [new InlinePacket(growing, null)] }] }, Engine.Jit);
        Assert.True(compared.Equal);
        var difference = Assert.Single(compared.Differences);
        Assert.Contains("veth_convert_skb_to_xdp_buff", difference.Explanation?.Source, StringComparison.Ordinal);
    }

    // Tags, changed bytes behind the addresses, cut ends: of each some.
    private static byte[] Damage(byte[] frame, SeededRandom random)
    {
        const int addressBytes = 12, leastBytes = 14;
        int Below(int limit) => (int)(random.NextUInt32() % (uint)limit);
        List<byte> made = [.. frame];
        for (int tags = Below(3); tags > 0; tags--) made.InsertRange(addressBytes, [.. Below(2) == 0 ? new byte[] { 0x81, 0 } : [0x88, 0xa8], (byte)Below(256), (byte)(Below(2) * 33)]);
        for (int changes = Below(3); changes > 0; changes--) made[addressBytes + Below(made.Count - addressBytes)] = (byte)Below(256);
        return [.. Below(4) == 0 ? made[..(leastBytes + Below(made.Count - leastBytes + 1))] : made];
    }

    private static Comparison Changed(string file, Action<Testbed> change)
    {
        Skip();
        return TopologyComparison.Run(Read(file), Engine.Jit, change);
    }

    private static Scenario Read(string file) => ScenarioFinder.Read(Repository.PathOf(file));

    private static void Skip()
    {
        if (TopologyComparison.WhyNot() is { } why) Assert.Skip(why);
    }
}
