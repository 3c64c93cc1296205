using System.Runtime.CompilerServices;
using Netdev;
using Netdev.Devices;
using Netdev.Skbs;
using Tests.NetDev;
using Vm;
using Vm.Abi;
using Vm.Kernel;
using Vm.Runtime;

namespace Tests.Ownership;

/// <summary>
/// Four processes change what is attached to two devices while two CPUs run packets through them: nobody sees half a change, nothing is freed
/// while it is used, nothing is left. <c>CROWD_OPERATIONS=1000000</c> for the long run.
/// </summary>
public sealed class CrowdTests
{
    private const int Workers = 4, Cpus = 2;
    private const long Second = 1_000_000_000;

    private static readonly long s_operations = long.TryParse(Environment.GetEnvironmentVariable("CROWD_OPERATIONS"), out long many) ? many : 40_000;

    [Fact]
    public void EverythingChanges_UnderPackets()
    {
        using var network = new Network(Cpus);
        network.Kernel.Files.Mount(Worker.Pins, new BpfMountOptions(), UserNamespace.Initial);
        var (first, second) = network.AddVethPair("first", "second");
        var watch = new Watch();
        network.Observer = watch;
        bool done = false;
        var failures = new List<Exception>();
        var packets = Enumerable.Range(0, Cpus).Select(cpu => Start(failures, () =>
        {
            for (long i = 0; !Volatile.Read(ref done); i++)
            {
                network.Cpus[cpu].Receive(first, Bed.Udp(), Second + i);
                network.Cpus[cpu].Transmit(first, Bed.Udp(), Second + i);
            }
        })).ToArray();
        var workers = Enumerable.Range(0, Workers).Select(id =>
            new Worker(network.Syscalls(id % 2 == 0 ? Engine.Interpreter : Engine.Jit), network.StartProcess(), id < 3 ? first : second, (ulong)id + 1)).ToArray();
        var threads = workers.Select(worker => Start(failures, () =>
        {
            while (worker.Asked < s_operations / Workers && failures.Count == 0) worker.Step();
        })).ToArray();
        foreach (var thread in threads) thread.Join();
        Volatile.Write(ref done, true);
        foreach (var thread in packets) thread.Join();
        Assert.Empty(failures);
        TestContext.Current.TestOutputHelper?.WriteLine($"{workers.Sum(worker => worker.Asked)} calls, {workers.Sum(worker => worker.Done)} of them done, {watch.Runs} runs of programs");
        Assert.True(workers.Sum(worker => worker.Asked) >= s_operations);
        Assert.True(workers.All(worker => worker.Done > worker.Asked / 4) && watch.Runs > 0);
        foreach (var worker in workers) worker.Dispose();
        foreach (var (path, _) in network.Kernel.Files.Pins) network.Kernel.Files.Unpin(path);
        network.Remove(first);
        Assert.Equal((0, 0, 0), (network.Kernel.Maps.Count, network.Kernel.Progs.Count, network.Kernel.Links.Count));
        Assert.Equal((0, 0), (network.Kernel.Memory.Count, network.Kernel.Readers.Pending));
        Assert.All(network.Cpus, cpu => Assert.Equal((0, 0), (cpu.Pool.InUse, cpu.Backlog)));
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

    /// <summary>Looks at every program that runs: it is freed neither before nor while a packet is in it.</summary>
    private sealed class Watch : IPacketObserver
    {
        private readonly ConditionalWeakTable<ExecutableProgram, StrongBox<bool>> _freed = [];
        private long _runs;

        public long Runs => Interlocked.Read(ref _runs);

        public void Entered(NetContext x, NetDevice device, Skb skb)
        {
        }

        public void ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb) => Assert.False(FreedOf(program).Value);

        public void ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict)
        {
            Assert.False(FreedOf(program).Value);
            Assert.Equal(program.Type == ProgramType.Xdp ? 2 : -1, verdict);
            Interlocked.Increment(ref _runs);
        }

        public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
        {
        }

        private StrongBox<bool> FreedOf(ExecutableProgram program) => _freed.GetValue(program, seen =>
        {
            var freed = new StrongBox<bool>();
            seen.Freed += _ => Volatile.Write(ref freed.Value, true);
            return freed;
        });
    }
}
