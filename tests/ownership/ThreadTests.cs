using Netdev;
using Netdev.Devices;
using Tests.NetDev;
using Tests.Verifier;
using Vm;

namespace Tests.Ownership;

/// <summary>Several threads at one network: those who may not are told so, and those who may lose nothing.</summary>
public sealed class ThreadTests
{
    private const long Second = 1_000_000_000;
    private const int Packets = 20_000;

    [Fact]
    public void ACpuFedFromTwoThreads_RefusesOneOfThem_AndStaysWhole()
    {
        using var network = new Network();
        using var opened = Bpf.Open(Repository.PathOf("tests/objects/ownership.o"), network);
        var eth0 = network.AddDevice("eth0");
        eth0.Ingress.Attach(opened.Program("count").Compile());
        long taken = 0;
        var frame = Bed.Udp();
        Run(4, _ =>
        {
            for (int i = 0; i < Packets; i++)
            {
                try
                {
                    network.Receive(eth0, frame, Second);
                    Interlocked.Increment(ref taken);
                }
                catch (InvalidOperationException refused)
                {
                    Assert.Contains("at a packet already", refused.Message, StringComparison.Ordinal);
                }
            }
        });
        Assert.Equal(taken, eth0.Counters().RxPackets);
        Assert.Equal(taken, eth0.Counters().Delivered);
        Assert.Equal((ulong)taken, opened.Map<uint, ulong>("counts")[0]);
        network.Receive(eth0, frame, Second);
    }

    [Fact]
    public void ACpu_GoesFromThreadToThread_BetweenPackets()
    {
        using var network = new Network();
        var eth0 = network.AddDevice("eth0");
        for (int i = 0; i < 50; i++) Run(1, _ => network.Receive(eth0, Bed.Udp(), Second));
        Assert.Equal(50, eth0.Counters().Delivered);
    }

    /// <summary>Two CPUs run packets while two threads load, attach, detach and dispose: no program is freed under a packet, and none stays.</summary>
    [Fact]
    public void ProgramsComeAndGo_UnderPackets()
    {
        using var network = new Network(2);
        var eth0 = network.AddDevice("eth0");
        bool done = false;
        var packets = new Thread[2];
        var failures = new List<Exception>();
        for (int cpu = 0; cpu < 2; cpu++)
        {
            var x = network.Cpus[cpu];
            packets[cpu] = Start(failures, () =>
            {
                for (long i = 0; !Volatile.Read(ref done); i++)
                {
                    x.Receive(eth0, Bed.Udp(), Second + i);
                    if (i % 16 == 0) x.Transmit(eth0, Bed.Udp(), Second + i);
                }
            });
        }
        var control = Enumerable.Range(0, 2).Select(id => Start(failures, () =>
        {
            for (int round = 0; round < 150; round++)
            {
                using var opened = Bpf.Open(Repository.PathOf("tests/objects/ownership.o"), network, round % 8 == 0 ? Engine.Jit : Engine.Interpreter);
                var count = opened.Program("count").Compile();
                var nested = opened.Program("nested").Compile();
                eth0.Ingress.Attach(nested);
                eth0.Egress.Attach(count);
                var link = eth0.Ingress.CreateLink(count);
                if (round % 3 == 0) opened.Dispose();
                eth0.Ingress.Detach(nested);
                eth0.Egress.Detach(count);
                link.Close();
            }
        })).ToArray();
        foreach (var thread in control) thread.Join();
        Volatile.Write(ref done, true);
        foreach (var thread in packets) thread.Join();
        Assert.Empty(failures);
        Assert.Equal((0, 0), (network.Kernel.Memory.Count, network.Kernel.Readers.Pending));
    }

    private static Thread Start(List<Exception> failures, Action act)
    {
        var thread = new Thread(() =>
        {
            var failure = Record.Exception(act);
            if (failure is null) return;
            lock (failures) failures.Add(failure);
        });
        thread.Start();
        return thread;
    }

    private static void Run(int threads, Action<int> act)
    {
        var failures = new List<Exception>();
        foreach (var thread in Enumerable.Range(0, threads).Select(id => Start(failures, () => act(id))).ToArray()) thread.Join();
        Assert.Empty(failures);
    }
}
