using Sim.Live;
using Vm.Btf;
using Vm.Loading;
using Netdev.Programs;

namespace Tests.Syscall;

/// <summary>The types of the simulated kernel name functions as the running kernel does.</summary>
public sealed class VmlinuxBtfTests
{
    [Fact]
    public void KernelFunctions_HaveTheRunningKernelsShape()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        var ours = VmlinuxBtf.Of(NetProgramKinds.All);
        var different = new List<string>();
        foreach (string name in NetProgramKinds.All[0].SimulatedKfuncs.Order(StringComparer.Ordinal))
        {
            Assert.True(ours.TryFind<BtfFunction>(name, out var mine), name);
            if (!KernelTarget.Btf.TryFind<BtfFunction>(name, out var theirs)) continue;
            string here = Shape(ours, mine.PrototypeId, 3), there = Shape(KernelTarget.Btf, theirs.PrototypeId, 3);
            if (here != there) different.Add($"{name}: here {here}, kernel {there}");
        }
        Assert.True(different.Count == 0, string.Join('\n', different));
    }

    // Kinds, as libbpf compares them: names and sizes are nothing to it.
    private static string Shape(BtfSpec spec, uint id, int depth) => depth == 0 ? "…" : spec.Resolve(id) switch
    {
        BtfPrototype prototype => $"{Shape(spec, prototype.ReturnId, depth)}({string.Join(", ", prototype.Parameters.Select(one => Shape(spec, one.TypeId, depth)))})",
        BtfPointer pointer => Shape(spec, pointer.TargetId, depth - 1) + "*",
        BtfComposite => "struct",
        var other => other.KindName,
    };
}
