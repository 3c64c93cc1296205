using Sim.Run;
using Vm;

namespace Tests.Sim;

/// <summary>A run keeps what its scenario asks for, and nothing of the other packets.</summary>
public class RunMemoryTests
{
    [Fact]
    public void Stories_AreKeptOfThePacketsSomethingIsStatedAbout()
    {
        using var testbed = new Testbed(ShippedScenarios.Read("02-firewall"), Engine.Jit);
        var result = ScenarioRunner.Run(testbed);
        Assert.Equal(61, result.Packets);
        Assert.Equal([9L, 29L], result.Stories.Keys.Order());
        Assert.Empty(result.Frames);
    }

    [Fact]
    public void Devices_AreFoundByNameAndNumber_HoweverMany()
    {
        using var network = new Netdev.Devices.Network();
        for (int i = 0; i < 2000; i++) Assert.Equal(i + 2, network.AddDevice($"d{i}").Ifindex);
        Assert.True(network.Root.TryDevice("d1999", out var last) && network.Root.TryDevice(2001u, out var same) && last == same);
        Assert.Equal(2000, network.Devices.Count);
        network.Remove(last!);
        Assert.False(network.Root.TryDevice("d1999", out _) || network.Root.TryDevice(2001u, out _));
        Assert.Throws<ArgumentException>(() => network.AddDevice("d5"));
        Assert.Throws<ArgumentException>(() => network.AddNamespace(""));
    }
}
