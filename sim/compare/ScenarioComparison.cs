using Netdev.Pcap;
using Sim.Live;
using Sim.Run;
using Sim.Scenarios;
using Vm;
using Vm.Abi;
using Vm.Maps;
using Vm.Specs;

namespace Sim.Compare;

/// <summary>Every packet program of a scenario over every packet it replays, in the simulator and in the kernel.</summary>
/// <remarks>
/// Globals, map contents and setup programs are applied on both sides. For each packet the programs of the hook it is replayed on run
/// first, then all others; all of them see the same maps, so state builds up alike on both sides or shows.
/// </remarks>
internal sealed class ScenarioComparison : IDisposable
{
    private const long DefaultGapNs = 1_000_000, FirstTimestampNs = 1_700_000_000_000_000_000;

    private readonly Scenario _scenario;
    private readonly Testbed _testbed;
    private readonly SideBySide _both;
    private readonly KernelScenario _kernel;
    private readonly Comparison _result;
    private long? _nowNs;
    private long _packets;

    private ScenarioComparison(Scenario scenario, Engine engine, Func<ObjectSpec, ObjectSpec> rewrite)
    {
        _scenario = scenario;
        _result = new Comparison { Name = scenario.Name };
        _testbed = new Testbed(scenario, engine, rewrite: rewrite);
        try
        {
            _both = new SideBySide(_testbed.Network.Kernel);
            _kernel = new KernelScenario(_testbed);
        }
        catch
        {
            _testbed.Dispose();
            throw;
        }
    }

    /// <summary>Compares a scenario.</summary>
    /// <param name="scenario">As read.</param>
    /// <param name="engine">The simulator's engine.</param>
    /// <exception cref="BadInputException">The scenario cannot be built on one of the sides.</exception>
    public static Comparison Run(Scenario scenario, Engine engine) => ProvenComparison.Run(rewrite => RunOnce(scenario, engine, rewrite), KernelSide.TestRun);

    private static Comparison RunOnce(Scenario scenario, Engine engine, Func<ObjectSpec, ObjectSpec> rewrite)
    {
        using var pin = new CpuPin();
        ThreadName.BeTheSimulated();
        using var comparison = new ScenarioComparison(scenario, engine, rewrite);
        if (pin.Cpu is { } cpu) comparison._kernel.ListenOn(cpu);
        comparison.Build();
        foreach (var replay in scenario.Replays) comparison.Replay(replay);
        comparison._kernel.CompareMaps(comparison._result, sameDevices: false, pin.Cpu);
        return comparison._result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kernel.Dispose();
        _both.Dispose();
        _testbed.Dispose();
    }

    private void Build()
    {
        // A device map asks for a device that exists; loopback always does. Elsewhere an ifindex is just a number.
        _kernel.Fill((map, entry) => map is DevMap ? 1 : _testbed.Devices[entry.Target!].Ifindex);
        _kernel.RunSetup(_both.Kernel);
    }

    private void Replay(Replay replay)
    {
        var programs = ProgramsFor(replay);
        foreach (var packet in replay.Packets) Feed(programs, packet.Bytes, packet.TimestampNs ?? _nowNs + DefaultGapNs ?? FirstTimestampNs);
        if (replay.Capture is null) return;
        using var capture = FrameReader.Open(_scenario.CaptureOf(replay), _testbed.Devices[replay.Device].Mac, replay.Egress);
        while (capture.TryRead(out var packet)) Feed(programs, packet.Data, packet.TimestampNs);
        _result.Notes.AddRange(capture.Notes);
    }

    private void Feed(IReadOnlyList<(BpfObject Owner, BpfProgram Program)> programs, ReadOnlySpan<byte> packet, long timestampNs)
    {
        _nowNs = Math.Max(_nowNs ?? timestampNs, timestampNs);
        _packets++;
        foreach (var (owner, program) in programs)
            _both.Run(program.Spec, program.Compile(), _kernel.Objects[owner], packet, null, _nowNs.Value, _result, _packets);
    }

    private List<(BpfObject Owner, BpfProgram Program)> ProgramsFor(Replay replay)
    {
        var hook = new HookName(replay.Device, replay.Egress ? Hook.Egress : Hook.Ingress);
        var first = _scenario.Attachments.Where(a => a.Hook == hook).Select(a => _testbed.Program(a.Program, a.Where)).ToHashSet();
        return [.. from owner in _testbed.Objects.Values
                   from program in owner.Programs
                   where program.Type is ProgramType.SchedCls or ProgramType.Xdp
                   orderby first.Contains(program) ? 0 : 1
                   select (owner, program)];
    }
}
