using Netdev.TestRun;
using Sim.Bench;
using Sim.Compare;
using Sim.Inputs;
using Sim.Live;
using Sim.Scenarios;
using Tests.Verifier;
using Vm;
using Vm.Abi;
using Vm.Btf;
using Vm.Elf;
using Vm.Specs;
using SimObjects = Sim.Inputs.ObjectFiles;

namespace Tests.Kernel;

/// <summary>The shipped scenarios against the kernel of this machine; skipped, with the reason, where it cannot be asked.</summary>
public sealed class CompareTests
{
    public static TheoryData<string> ScenarioFiles =>
        [.. ScenarioFinder.Find([Repository.PathOf("scenarios")]).Select(path => Path.GetRelativePath(Repository.PathOf("scenarios"), path))];

    public static TheoryData<string> ObjectFiles =>
        [.. Directory.EnumerateFiles(Repository.PathOf("scenarios"), "*.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => Path.GetRelativePath(Repository.PathOf("scenarios"), path))];

    [Theory]
    [MemberData(nameof(ScenarioFiles))]
    public void EveryProgramOfAScenario_DoesWhatTheKernelDoes_OnEveryPacket(string file)
    {
        SkipWithoutKernel();
        foreach (var engine in Enum.GetValues<Engine>())
        {
            var compared = ScenarioComparison.Run(ScenarioFinder.Read(Repository.PathOf(Path.Combine("scenarios", file))), engine);
            Assert.True(compared.Runs > 0);
            Assert.Empty(compared.Unexplained.Select(d => $"{d.Program}, packet {d.Packet}: {string.Join("; ", d.Fields)}"));
        }
    }

    [Theory]
    [MemberData(nameof(ObjectFiles))]
    public void EveryProgramOfTheScenarios_IsAcceptedByTheKernelToo(string file)
    {
        SkipWithoutKernel();
        using var opened = SimObjects.Open(Repository.PathOf(Path.Combine("scenarios", file)));
        foreach (var pair in VerifierComparison.Run(opened)) Assert.True(pair.Agrees, $"{pair.Program}: {pair.Ours} {pair.OurMessage} here, {pair.Kernel} {pair.KernelMessage} in the kernel");
    }

    [Theory]
    [InlineData("exceptions.o")]
    [InlineData("objects.o")]
    [InlineData("objects_bad.o")]
    [InlineData("timers.o")]
    [InlineData("xdp_attach.o")]
    public void ObjectsAndExceptions_AreDecidedAsTheKernelDecides(string file)
    {
        SkipWithoutKernel();
        using var opened = SimObjects.Open(Repository.PathOf($"tests/objects/{file}"));
        foreach (var pair in VerifierComparison.Run(opened)) Assert.True(pair.Agrees, $"{pair.Program}: {pair.Ours} {pair.OurMessage} here, {pair.Kernel} {pair.KernelMessage} in the kernel");
    }

    [Theory]
    [InlineData("filter")]
    [InlineData("legacy")]
    [InlineData("group")]
    [InlineData("counted")]
    public void ProgramsFromTheNetworkHeaderOn_SeeWhatTheKernelShowsThem(string program)
    {
        SkipWithoutKernel();
        foreach (var engine in Enum.GetValues<Engine>())
        {
            using var opened = SimObjects.Open(Repository.PathOf("tests/objects/network_header.o"), engine);
            var compared = ObjectComparison.Run(opened, opened.Program(program), new CaptureInput(Repository.PathOf("pcaps/web.pcap")), new SkbTestContext { Mark = 7, WireLength = 9000 }, []);
            Assert.True(compared is { Runs: > 0, Maps: 2 });
            Assert.Empty(compared.Differences.Select(d => $"{d.Program}, packet {d.Packet}: {string.Join("; ", d.Fields)}"));
        }
    }

    [Fact]
    public void BothVerifiers_AreMeasured_WhenAskedFor()
    {
        SkipWithoutKernel();
        using var opened = SimObjects.Open(Repository.PathOf("scenarios/12-mirror/mirror.bpf.o"));
        Assert.All(VerifierComparison.Run(opened), pair => Assert.Null(pair.Times));
        var measured = VerifierComparison.Run(opened, measures: true).ToArray();
        Assert.NotEmpty(measured);
        Assert.All(measured, pair => Assert.True(pair.Times is { OurNs: > 0, KernelNs: > 0, Ratio: > 0 }));
    }

    /// <summary>Records of perf event arrays are read on the kernel's side too; copies of a CPU are compared as they are, not by their sum.</summary>
    [Fact]
    public void EventsAndPerCpuValues_AreCompared()
    {
        SkipWithoutKernel();
        using var opened = SimObjects.Open(Repository.PathOf("tests/objects/events.o"));
        var compared = ObjectComparison.Run(opened, opened.Program("tell"), new CaptureInput(Repository.PathOf("pcaps/web.pcap")), new SkbTestContext(), []);
        Assert.Empty(compared.NotCompared);
        Assert.Equal((61, 2), (compared.Runs, compared.Maps));
        Assert.Empty(compared.Differences);

        using var pin = new CpuPin();
        using var kernel = new KernelObject(opened.Spec);
        kernel.ListenOn(pin.Cpu!.Value);
        var run = new KernelBench().Run(kernel.Program("tell"), new byte[60], new SkbTestContext());
        Assert.Equal((Errno.None, 0u), (run.Errno, run.Retval));
        Assert.Equal([28, 20, 28], kernel.Events["events"].Read().Select(record => record.Length));
        Assert.Empty(kernel.Events["events"].Read());
    }

    [Fact]
    public void ADifference_IsNoticed_InPacketsAndInMaps()
    {
        SkipWithoutKernel();
        string path = Repository.PathOf("scenarios/12-mirror/mirror.bpf.o");
        using var ours = SimObjects.Open(path);
        ours.Set("keep_bytes", "54");
        // The kernel's side is told to cut one byte more: a stand-in for an off-by-one of ours.
        using var theirs = new KernelObject(Globals.Set(ObjectReader.Read(File.ReadAllBytes(path), path), "keep_bytes", new WrittenScalar("53")));
        using var both = new SideBySide(ours.Options.Kernel);
        var found = new Comparison { Name = "planted" };
        var program = ours.Program("headers_only");
        both.Run(program.Spec, program.Compile(), theirs, new byte[64], new SkbTestContext(), 1_000_000_000, found, 1);
        MapComparison.Compare(ours.Map(".rodata"), theirs.Maps[".rodata"], found);
        Assert.False(found.Equal);
        Assert.Contains(found.Differences, d => d.Packet == 1 && d.Fields.Any(f => f is { Field: "frame.len", Expected: "53", Got: "54" }));
        Assert.Contains(found.Differences, d => d.Program == "" && d.Fields.Any(f => f.Field.StartsWith(".rodata[", StringComparison.Ordinal)));
    }

    [Fact]
    public void Bench_MeasuresTheSamePacketsHereAndThere()
    {
        SkipWithoutKernel();
        using var opened = SimObjects.Open(Repository.PathOf("scenarios/02-firewall/firewall.bpf.o"));
        var times = RepeatBench.Run(opened, SimObjects.Choose(opened, null), new CaptureInput(Repository.PathOf("pcaps/web.pcap")), []);
        Assert.True(times.Ours.Packets > 0 && times.Ours.Packets == times.Kernel.Packets && times.Ours.Packets == times.KernelEmpty.Packets);
        Assert.True(times.Ours.TotalNs > 0 && times.Kernel.TotalNs > 0);
    }

    private static void SkipWithoutKernel()
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
    }
}
