using Netdev.Devices;
using Netdev.Pcap;
using Sim.Output;
using Sim.Scenarios;
using Vm.Maps;

namespace Sim.Run;

/// <summary>Runs a scenario that was built: every packet in order, then the records out of the maps.</summary>
internal sealed class ScenarioRunner
{
    private const long DefaultGapNs = 1_000_000;
    private const long FirstTimestampNs = 1_700_000_000_000_000_000;

    private readonly Testbed _testbed;
    private readonly Action<long>? _progress;
    private long? _nowNs;

    private ScenarioRunner(Testbed testbed, Action<long>? progress)
    {
        _testbed = testbed;
        _progress = progress;
    }

    /// <summary>Runs it to the end.</summary>
    /// <param name="testbed">The scenario, built.</param>
    /// <param name="keepStories">True to keep what happens to every packet; else it is kept of those the scenario states something about.</param>
    /// <param name="also">A further observer, such as a capture writer; null for none.</param>
    /// <param name="progress">Told how many packets are done, every few thousand; null for nobody.</param>
    /// <exception cref="Vm.Abi.CaptureFormatException">A capture is damaged; the packets before the damage were replayed.</exception>
    public static RunResult Run(Testbed testbed, bool keepStories = false, IPacketObserver? also = null, Action<long>? progress = null)
    {
        var result = new RunResult();
        var expect = testbed.Scenario.Expect;
        var wanted = expect.Captures.Select(c => (c.Device, c.Delivered)).Concat(expect.Payloads.Select(p => (p.Device, p.Delivered))).ToHashSet();
        var told = expect.Packets.Select(packet => packet.Packet).ToHashSet();
        var recorder = new RunRecorder(result, number => keepStories || told.Contains(number), (device, delivered) => wanted.Contains((device, delivered)), testbed.NameOf);
        testbed.Network.Observer = also is null ? recorder : new ObserverPair(recorder, also);
        var runner = new ScenarioRunner(testbed, progress);
        try
        {
            foreach (var replay in testbed.Scenario.Replays) runner.Replay(replay, recorder, result);
        }
        catch (InterruptedException)
        {
            progress?.Invoke(result.Packets);
            throw;
        }
        testbed.Network.Observer = null;
        recorder.Finish();
        runner.ReadRecords(result);
        return result;
    }

    private void Replay(Replay replay, RunRecorder recorder, RunResult result)
    {
        var device = _testbed.Devices[replay.Device];
        foreach (var packet in replay.Packets) Feed(packet.Bytes, packet.TimestampNs ?? _nowNs + DefaultGapNs ?? FirstTimestampNs);
        if (replay.Capture is null) return;
        using var capture = FrameReader.Open(_testbed.Scenario.CaptureOf(replay), device.Mac, replay.Egress);
        while (capture.TryRead(out var frame)) Feed(frame.Data, frame.TimestampNs);
        result.Notes.AddRange(capture.Notes.Except(result.Notes));

        void Feed(ReadOnlySpan<byte> frame, long timestampNs)
        {
            // Time never runs backwards for programs, whatever the capture says.
            long now = Math.Max(_nowNs ?? timestampNs, timestampNs);
            _nowNs = now;
            Interrupt.Check();
            recorder.Begin(result.Packets + 1);
            if (replay.Egress) _testbed.Network.Transmit(device, frame, now);
            else _testbed.Network.Receive(device, frame, now);
            if ((result.Packets & 0xfff) == 0) _progress?.Invoke(result.Packets);
        }
    }

    private void ReadRecords(RunResult result)
    {
        foreach (var expected in _testbed.Scenario.Expect.Records)
        {
            var (_, map) = _testbed.Map(expected.Map, expected.Where);
            var records = new List<byte[]>();
            int Keep(ReadOnlySpan<byte> record)
            {
                records.Add(record.ToArray());
                return 0;
            }
            switch (map)
            {
                case RingBufMap ring:
                    ring.Consume(Keep);
                    break;
                case PerfEventArrayMap perf:
                    for (int cpu = 0; cpu < map.CpuCount; cpu++) perf.Consume(cpu, Keep);
                    break;
                default:
                    throw new ScenarioFormatException(_testbed.Scenario.File, expected.Where, $"'{expected.Map}' is a {map.Type} map; records come from ring buffers and perf event arrays");
            }
            result.Records[expected.Map] = records;
        }
    }
}
