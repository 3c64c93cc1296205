using System.Buffers.Binary;
using System.Globalization;
using Netdev.Devices;
using Netdev.Pcap;
using Netdev.Wire;
using Sim.Dissect;
using Sim.Live;
using Sim.Live.Net;
using Sim.Run;
using Sim.Scenarios;
using Vm;
using Vm.Abi;
using Vm.Maps;
using Vm.Runtime;
using Vm.Specs;

namespace Sim.Compare;

/// <summary>A scenario built for real in the running kernel, and its packets sent through the simulator and the real devices alike.</summary>
/// <remarks>
/// Compared for every packet: which devices it left by and which stacks got it, each frame's bytes, the mark of what was delivered, and
/// how often each attached program ran; at the end what all maps hold. Programs on the kernel's side see the simulator's clock.
/// </remarks>
internal sealed class TopologyComparison : IDisposable
{
    private const long DefaultGapNs = 1_000_000, FirstTimestampNs = 1_700_000_000_000_000_000;
    private const int LowestEtherType = 0x600;

    private readonly Scenario _scenario;
    private readonly Testbed _testbed;
    private readonly SimulatedOutputs _ours = new();
    private readonly Comparison _result;
    private readonly Dictionary<ExecutableProgram, (KernelProgram Program, ulong Runs)> _attached = [];
    private KernelStatistics? _statistics;
    private KernelScenario? _kernel;
    private LiveTopology? _topology;
    private LiveTraffic? _traffic;
    private long? _nowNs;
    private long _packets;

    private TopologyComparison(Scenario scenario, Engine engine, Func<ObjectSpec, ObjectSpec> rewrite)
    {
        _scenario = scenario;
        _result = new Comparison { Name = scenario.Name };
        _testbed = new Testbed(scenario, engine, rewrite: rewrite);
    }

    /// <summary>Why no topology can be built here, in one sentence; null when it can.</summary>
    public static string? WhyNot() => NetworkNamespace.WhyNot();

    /// <summary>Compares a scenario. What the kernel will not build is said in <see cref="Comparison.NotBuilt"/>.</summary>
    /// <param name="scenario">As read.</param>
    /// <param name="engine">The simulator's engine.</param>
    /// <exception cref="BadInputException">The scenario cannot be built in the simulator, or a capture is damaged.</exception>
    public static Comparison Run(Scenario scenario, Engine engine) => Run(scenario, engine, null);

    /// <summary>The same after changing the simulator's side: what a mistake of ours would look like.</summary>
    internal static Comparison Run(Scenario scenario, Engine engine, Action<Testbed>? change) =>
        ProvenComparison.Run(rewrite => RunOnce(scenario, engine, change, rewrite), KernelSide.RealDevices);

    private static Comparison RunOnce(Scenario scenario, Engine engine, Action<Testbed>? change, Func<ObjectSpec, ObjectSpec> rewrite)
    {
        using var comparison = new TopologyComparison(scenario, engine, rewrite);
        if (!comparison.TryBuild()) return comparison._result;
        change?.Invoke(comparison._testbed);
        comparison.Replay();
        return comparison._result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _traffic?.Dispose();
        _topology?.Dispose();
        _kernel?.Dispose();
        _statistics?.Dispose();
        _testbed.Dispose();
    }

    private bool TryBuild()
    {
        try
        {
            RefuseWhatHasNoWay();
            Build();
            return true;
        }
        catch (KernelRefusedException refused)
        {
            _result.NotBuilt = refused.Message;
            return false;
        }
    }

    private void Build()
    {
        _statistics = new KernelStatistics();
        _kernel = new KernelScenario(_testbed);
        _topology = new LiveTopology(_testbed);
        var bench = new KernelBench();
        // A device map looks up its devices in the namespace of whoever fills it.
        _topology.Host.Run(() => _kernel.Fill((_, entry) => _testbed.Devices[entry.Target!].Ifindex));
        _kernel.RunSetup(bench);
        _topology.Attach(_kernel);
        _topology.AwaitRunning();
        _traffic = new LiveTraffic(_topology, _testbed.Network);
        var used = _scenario.Attachments.Select(a => _testbed.Program(a.Program, a.Where))
            .Concat(_scenario.Devices.Where(d => d.Xdp is not null).Select(d => _testbed.Program(d.Xdp!, d.Where)));
        foreach (var program in used.Distinct())
        {
            var theirs = _kernel.Program(program);
            _attached.Add(program.Compile(), (theirs, theirs.RunCount()));
            _result.Programs.Add(program.Name);
        }
    }

    // What the simulator can do and real devices cannot, each by its name.
    private void RefuseWhatHasNoWay()
    {
        foreach (var replay in _scenario.Replays)
        {
            var device = _testbed.Devices[replay.Device];
            if (!replay.Egress && device.Peer is { Egress.IsActive: true } peer)
                throw Refused(replay.Where, $"packets come in on '{device.Name}' past the egress programs of its peer '{peer.Name}'; in the kernel whatever comes in there was sent by the peer");
            if (replay.Capture == "-") throw Refused(replay.Where, "packets come from standard input, which can be read only once");
        }
        foreach (var contents in _scenario.Maps)
        {
            var (_, map) = _testbed.Map(contents.Map, contents.Where);
            foreach (var entry in contents.Entries)
            {
                if (map is DevMap && entry.Target is { } target && _testbed.Devices[target].Namespace != _testbed.Network.Root)
                    throw Refused(entry.Where, $"device map '{contents.Map}' holds '{target}', which is in another namespace than the one the map is filled from");
            }
        }
    }

    private KernelRefusedException Refused(string where, string what) => new(_scenario.File, where, what, Errno.EOPNOTSUPP);

    private void Replay()
    {
        _testbed.Network.Observer = _ours;
        foreach (var replay in _scenario.Replays)
        {
            foreach (var packet in replay.Packets) Feed(replay, packet.Bytes, packet.TimestampNs ?? _nowNs + DefaultGapNs ?? FirstTimestampNs);
            if (replay.Capture is null) continue;
            using var capture = FrameReader.Open(_scenario.CaptureOf(replay), _testbed.Devices[replay.Device].Mac, replay.Egress);
            while (capture.TryRead(out var packet)) Feed(replay, packet.Data.ToArray(), packet.TimestampNs);
            _result.Notes.AddRange(capture.Notes);
        }
        _testbed.Network.Observer = null;
        _kernel!.CompareMaps(_result, sameDevices: true);
    }

    private void Feed(Replay replay, byte[] frame, long timestampNs)
    {
        var device = _testbed.Devices[replay.Device];
        _nowNs = Math.Max(_nowNs ?? timestampNs, timestampNs);
        _packets++;
        int most = LongestFrame(device, replay.Egress, frame);
        if (frame.Length > most)
        {
            _result.NotCompared.Add($"packet {_packets}: {frame.Length} bytes are more than the {most} the real device '{device.Name}' takes from its {(replay.Egress ? "host" : "wire")}; sent through neither side");
            return;
        }
        _ours.Begin();
        var cpu = _testbed.Network.CpuFor(frame);
        if (replay.Egress) cpu.Transmit(device, frame, _nowNs.Value);
        else cpu.Receive(device, frame, _nowNs.Value);
        foreach (var (place, bytes, _) in _ours.Frames)
        {
            if (place.Delivered) _traffic!.Expect(_testbed.Devices[place.Device], ProtocolOf(bytes));
        }
        _kernel!.SetClock(cpu);
        var theirs = new List<(OutputPlace Place, SeenFrame Frame)>();
        var errno = _traffic!.Exchange(device, replay.Egress, frame, _ours.Frames.Count, theirs);
        // The socket of a tunnel gets its datagrams from the stack; here the tunnel takes them in the stack's place.
        theirs.RemoveAll(one => one.Place.Delivered && OuterDatagrams.IsOne(_testbed.Network, one.Frame.Bytes)
            && !_ours.Frames.Any(ours => ours.Place == one.Place));
        _result.Runs++;
        var fields = new List<FieldDifference>();
        CompareRuns(fields);
        CompareFrames(theirs, fields);
        if (fields.Count > 0 && errno != Errno.None) fields.Add(new("injection", "send", errno.ToString(), "taken"));
        if (fields.Count > 0) _result.Differences.Add(new Difference(device.Name, _packets, fields));
    }

    // Source: Linux 6.12 include/linux/netdevice.h, __is_skb_forwardable; net/packet/af_packet.c, packet_extra_vlan_len_allowed.
    private static int LongestFrame(NetDevice device, bool egress, byte[] frame)
    {
        bool tagged = frame.Length >= EthernetView.HeaderBytes && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(2 * MacAddress.Bytes)) == EtherType.Vlan;
        return device.Mtu + EthernetView.HeaderBytes + (egress && !tagged ? 0 : VlanTagView.HeaderBytes);
    }

    private void CompareRuns(List<FieldDifference> fields)
    {
        foreach (var (program, (theirs, before)) in _attached.ToArray())
        {
            ulong now = theirs.RunCount(), ours = _ours.Runs.GetValueOrDefault(program);
            _attached[program] = (theirs, now);
            if (now - before != ours) fields.Add(new("program", $"runs of {program.Name}", Text(now - before), Text(ours)));
        }
    }

    private void CompareFrames(List<(OutputPlace Place, SeenFrame Frame)> theirs, List<FieldDifference> fields)
    {
        var places = _ours.Frames.Select(one => one.Place).Concat(theirs.Select(one => one.Place)).Distinct().OrderBy(place => place.Device, StringComparer.Ordinal).ThenBy(place => place.Delivered);
        foreach (var place in places)
        {
            var got = _ours.Frames.Where(one => one.Place == place).ToArray();
            var want = theirs.Where(one => one.Place == place).Select(one => one.Frame).ToArray();
            string name = $"{place.Device} {(place.Delivered ? "delivered" : "transmitted")}";
            if (got.Length != want.Length) fields.Add(new(name, "frames", Text((ulong)want.Length), Text((ulong)got.Length)));
            for (int i = 0; i < Math.Min(got.Length, want.Length); i++)
            {
                _result.Frames++;
                var left = !place.Delivered && OuterDatagrams.IsOne(_testbed.Network, got[i].Bytes) ? OuterDatagrams.Incomparable : [];
                foreach (var field in PacketDiff.Compare(want[i].Bytes, got[i].Bytes, left)) fields.Add(field with { Layer = $"{name}, {field.Layer}" });
                if (got[i].Mark is { } mark && mark != want[i].Mark) fields.Add(new(name, "mark", $"0x{want[i].Mark:x}", $"0x{mark:x}"));
            }
        }
    }

    // Source: Linux 6.12 net/ethernet/eth.c, eth_type_trans: frames with a length get one of two numbers that are no EtherType.
    private static ushort ProtocolOf(ReadOnlySpan<byte> frame)
    {
        const ushort raw8023 = 1, llc = 4;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        if (type >= LowestEtherType) return type;
        return frame.Length >= 16 && BinaryPrimitives.ReadUInt16BigEndian(frame[14..]) == 0xffff ? raw8023 : llc;
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
