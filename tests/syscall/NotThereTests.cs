using Netdev;
using Netdev.Devices;
using Netdev.Programs;
using Tests.Verifier;
using Vm.Abi;
using Vm.Maps;

namespace Tests.Syscall;

/// <summary>What bpf(2) here says it lacks, against what there is.</summary>
public sealed class NotThereTests
{
    [Fact]
    public void MapTypes_AreThoseThereAre() => Assert.Equal(
        Enum.GetValues<MapType>().Where(type => type != MapType.Unspec && MapFactory.Supports(type)).Order(), Listed("maps of types", KernelConstants.MapType).Select(number => (MapType)number));

    [Fact]
    public void ProgramTypes_AreThoseThereAre() => Assert.Equal(
        Enum.GetValues<ProgramType>().Where(type => NetProgramKinds.TryFor(type, out _)).Order(), Listed("programs of types", KernelConstants.ProgType).Select(number => (ProgramType)number));

    [Fact]
    public void AttachPoints_AreThoseThereAre()
    {
        using var network = new Network();
        Assert.Equal(network.Syscalls().Settings.AttachPoints.Keys.Order(), Listed("attach points", KernelConstants.AttachType).Select(number => (AttachType)number));
    }

    // Row "| WHAT other than A, B | …" of the table.
    private static IEnumerable<int> Listed(string what, Func<string, int?> number)
    {
        string start = $"| {what} other than ";
        string row = File.ReadLines(Repository.PathOf("vm/syscall/README.md")).Single(line => line.StartsWith(start, StringComparison.Ordinal));
        return row[start.Length..].Split('|')[0].Split(',').Select(name => number(name.Trim()) ?? throw new Xunit.Sdk.XunitException($"'{name.Trim()}' is no name of the kernel's")).Order();
    }
}
