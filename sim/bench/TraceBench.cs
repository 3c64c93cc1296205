using System.Diagnostics;
using Netdev.Devices;
using Netdev.Tcx;
using Netdev.TestRun;
using Sim.Inputs;
using Sim.Output;
using Vm.Abi;
using Vm.Runtime;

namespace Sim.Bench;

/// <summary>Measures programs and whole replays over a trace, batch by batch.</summary>
/// <remarks>
/// A batch is 256 packets: long enough that the clock costs nothing, short enough that pauses show in the percentiles. Packets of a batch are
/// in memory before the clock starts, except for replays, where reading is part of the work.
/// </remarks>
internal static class TraceBench
{
    private const int BatchPackets = 256;
    private const int MostBatches = 1 << 20;
    private const int WarmPackets = 20_000;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(600);

    /// <summary>Runs a program over every packet as BPF_PROG_TEST_RUN does, packet set-up included.</summary>
    /// <param name="bench">Where it runs.</param>
    /// <param name="program">The program; one that only returns gives the cost of setting up.</param>
    /// <param name="capture">The trace.</param>
    /// <param name="mostPackets">Where to stop.</param>
    public static Samples Program(ProgramTestRun bench, ExecutableProgram program, CaptureInput capture, long mostPackets)
    {
        WarmUp(() => Over(bench, program, capture, WarmPackets, new Samples(1)));
        var samples = new Samples(MostBatches);
        Over(bench, program, capture, mostPackets, samples);
        return samples;
    }

    /// <summary>Reads the trace and sends every packet through a device with the program on it, to its end; nobody watches.</summary>
    /// <param name="network">The one the program was loaded for; gets a device for the time of the run.</param>
    /// <param name="program">SCHED_CLS on ingress, or XDP.</param>
    /// <param name="capture">The trace.</param>
    /// <exception cref="HookRefusedException">It is of a type that no hook takes.</exception>
    public static Samples Replay(Network network, ExecutableProgram program, CaptureInput capture)
    {
        var device = network.AddDevice("replay");
        if (program.Type == ProgramType.Xdp) device.AttachXdp(program);
        else device.Ingress.Attach(program);
        WarmUp(() => Feed(network, device, capture, WarmPackets, new Samples(1)));
        var samples = new Samples(MostBatches);
        Feed(network, device, capture, long.MaxValue, samples);
        network.Remove(device);
        return samples;
    }

    // The runtime compiles hot methods anew in the background, a tenth of a second after they first were found hot, and once more.
    private static void WarmUp(Action pass)
    {
        long start = Stopwatch.GetTimestamp();
        do pass();
        while (Stopwatch.GetElapsedTime(start) < s_warmUp);
    }

    /// <summary>What is to be known of a trace, in sentences. Reads it to its end.</summary>
    public static IReadOnlyList<string> Notes(CaptureInput capture)
    {
        using var reader = capture.Open();
        while (reader.TryRead(out _))
        {
        }
        return reader.Notes;
    }

    private static void Feed(Network network, NetDevice device, CaptureInput capture, long most, Samples samples)
    {
        using var reader = capture.Open(device.Mac);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        bool more = true;
        while (more && samples.Packets < most)
        {
            Interrupt.Check();
            int n = 0;
            long start = Stopwatch.GetTimestamp();
            while (n < BatchPackets && (more = reader.TryRead(out var packet)))
            {
                network.Receive(device, packet.Data, packet.TimestampNs);
                n++;
            }
            if (n > 0) samples.Add(n, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }
        samples.AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
    }

    private static void Over(ProgramTestRun bench, ExecutableProgram program, CaptureInput capture, long most, Samples samples)
    {
        using var reader = capture.Open();
        var bytes = new byte[BatchPackets * 2048];
        var ends = new int[BatchPackets];
        bool more = true;
        while (more && samples.Packets < most)
        {
            Interrupt.Check();
            int n = 0, end = 0;
            while (n < BatchPackets && (more = reader.TryRead(out var packet)))
            {
                // Longer packets than the kernel's test run takes are cut, here as there they would be refused.
                var data = packet.Data[..Math.Min(packet.Data.Length, 2048)];
                data.CopyTo(bytes.AsSpan(end));
                ends[n++] = end += data.Length;
            }
            if (n == 0) break;
            long allocated = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            for (int i = 0, from = 0; i < n; from = ends[i++]) bench.Run(program, bytes.AsSpan(from, ends[i] - from));
            samples.Add(n, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            samples.AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
        }
    }
}
