using System.Runtime.CompilerServices;
using Netdev;
using Netdev.Devices;
using Netdev.Tcx;
using Tests.NetDev;
using Tests.Objects;
using Tests.Verifier;
using Vm;
using Vm.Kernel;
using Vm.Maps;

namespace Tests.Ownership;

/// <summary>Who keeps what alive: programs, maps and timers after their object, hooks and links after their program's maker.</summary>
public sealed class OwnershipTests
{
    private const long Second = 1_000_000_000;

    private static readonly string s_object = Repository.PathOf("tests/objects/ownership.o");

    public static TheoryData<Engine> Engines => [Engine.Jit, Engine.Interpreter];

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnAttachedProgram_LivesOnAfterItsObject_WithItsMapsAndCallbacks(Engine engine)
    {
        using var network = new Network();
        var eth0 = network.AddDevice("eth0");
        var opened = Bpf.Open(s_object, network, engine);
        var map = opened.Map("counts");
        eth0.Ingress.Attach(opened.Program("count").Compile());
        opened.Dispose();
        for (int i = 0; i < 3; i++) network.Receive(eth0, Bed.Udp(), Second + i);
        Assert.Equal(3, eth0.Counters().Delivered);
        Assert.Equal(12ul, Read(map, 3));

        eth0.Ingress.Detach(eth0.Ingress.Programs[0]);
        Assert.Throws<ObjectDisposedException>(() => Read(map, 3));
        Assert.Equal(0, network.Kernel.Memory.Count);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnXdpProgram_AndALink_HoldTheirPrograms(Engine engine)
    {
        using var network = new Network();
        var eth0 = network.AddDevice("eth0");
        var opened = Bpf.Open(s_object, network, engine);
        var shared = Bpf.Open(Repository.PathOf("tests/objects/pinned.o"), network, engine);
        var link = eth0.Egress.CreateLink(opened.Program("nested").Compile());
        eth0.AttachXdp(shared.Program("by_xdp").Compile());
        opened.Dispose();
        shared.Dispose();
        network.Transmit(eth0, Bed.Udp(), Second);
        network.Receive(eth0, Bed.Udp(), Second);
        Assert.Equal((1, 1), (eth0.Counters().TxPackets, eth0.Counters().Delivered));
        link.Detach();
        network.Transmit(eth0, Bed.Udp(), Second);
        Assert.Equal(2, eth0.Counters().TxPackets);
        Assert.True(link.Program.References > 0, "a detached link keeps its program");
        link.Close();
        Assert.Equal(0, link.Program.References);
        eth0.DetachXdp();
        Assert.Equal(1, network.Kernel.Memory.Count); // the pinned map
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WithoutAUser_AProgArrayForgets_AndTimersStop_AsInTheKernel(Engine engine)
    {
        using var network = new Network();
        var eth0 = network.AddDevice("eth0");
        var opened = Bpf.Open(s_object, network, engine);
        eth0.Ingress.Attach(opened.Program("arm").Compile());
        eth0.Egress.Attach(opened.Program("jump").Compile());
        var counts = opened.Map("counts");
        network.Receive(eth0, Bed.Udp(), Second);
        network.Transmit(eth0, Bed.Udp(), Second);
        network.AdvanceTo(Second + 5_500_000);
        Assert.Equal((5ul, 1), (Read(counts, 0), eth0.Counters().TxPackets));

        opened.Dispose();
        network.AdvanceTo(2 * Second);
        network.Transmit(eth0, Bed.Udp(), 2 * Second);
        Assert.Equal((5ul, 1), (Read(counts, 0), eth0.Counters().TxPackets));
        // EPERM: nobody in user space holds the map the timer would be in.
        network.Receive(eth0, Bed.Udp(), 2 * Second);
        Assert.Equal(-1, (long)Read(counts, 2));
    }

    [Fact]
    public void ADisposedObject_SaysSo()
    {
        using var network = new Network();
        var opened = Bpf.Open(s_object, network);
        var program = opened.Program("count");
        var compiled = program.Compile();
        var map = opened.Map("counts");
        opened.Dispose();
        opened.Dispose();
        Assert.Throws<ObjectDisposedException>(() => opened.Program("count"));
        Assert.Throws<ObjectDisposedException>(() => opened.Map("counts"));
        Assert.Throws<ObjectDisposedException>(() => program.Compile());
        Assert.Throws<ObjectDisposedException>(() => map.Lookup(new byte[4], new byte[8]));
        Assert.Throws<ObjectDisposedException>(() => map.Update(new byte[4], new byte[8]));
        Assert.Throws<ObjectDisposedException>(() => map.Delete(new byte[4]));
        Assert.Throws<ObjectDisposedException>(() => map.NextKey([], new byte[4]));
        Assert.Throws<ObjectDisposedException>(() => network.AddDevice("eth0").Ingress.Attach(compiled));
        Assert.Throws<ObjectDisposedException>(() => network.AddDevice("eth1").Ingress.CreateLink(compiled));
    }

    [Fact]
    public void AMap_RefusesKeysAndValuesThatAreTooShort()
    {
        using var network = new Network();
        using var opened = Bpf.Open(s_object, network);
        var map = opened.Map("counts");
        Assert.Throws<ArgumentException>(() => map.Lookup(new byte[3], new byte[8]));
        Assert.Throws<ArgumentException>(() => map.Lookup(new byte[4], new byte[7]));
        Assert.Throws<ArgumentException>(() => map.Update(new byte[4], new byte[7]));
        Assert.Throws<ArgumentException>(() => map.Delete(new byte[2]));
        Assert.Throws<ArgumentException>(() => map.NextKey(new byte[4], new byte[3]));
    }

    [Fact]
    public void ADisposedNetwork_SaysSo_AndObjectsMayOutliveIt()
    {
        var network = new Network();
        var eth0 = network.AddDevice("eth0");
        var opened = Bpf.Open(s_object, network);
        eth0.Ingress.Attach(opened.Program("count").Compile());
        var link = eth0.Egress.CreateLink(opened.Program("jump").Compile());
        network.Dispose();
        network.Dispose();
        Assert.Throws<ObjectDisposedException>(() => network.Receive(eth0, Bed.Udp(), Second));
        Assert.Null(link.Hook);
        Assert.Equal(0ul, Read(opened.Map("counts"), 0));
        opened.Dispose();
        Assert.Equal(0, network.Kernel.Memory.Count);
    }

    [Fact]
    public void AnObserverThatCallsBack_IsToldSo()
    {
        using var bed = new Bed();
        InvalidOperationException? refused = null;
        var eth0 = bed.Eth0;
        eth0.StackSink = new CallingSink(() => refused = Record.Exception(() => bed.Network.Receive(eth0, Bed.Udp(), Second)) as InvalidOperationException);
        bed.Network.Receive(eth0, Bed.Udp(), Second);
        Assert.Contains("CPU 0 is at a packet already", refused!.Message, StringComparison.Ordinal);
        eth0.StackSink = null;
        bed.Network.Receive(eth0, Bed.Udp(), Second);
        Assert.Equal(2, eth0.Counters().Delivered);
    }

    [Fact]
    public void WhatALeavingReaderMaySee_IsFreedAfterIt()
    {
        using var bed = new Bed();
        var opened = Bpf.Open(s_object, bed.Network);
        var program = opened.Program("count").Compile();
        bed.Eth0.Ingress.Attach(program);
        int live = -1, pending = -1;
        bed.Eth0.StackSink = new CallingSink(() =>
        {
            bed.Eth0.Ingress.Detach(program);
            opened.Dispose();
            (live, pending) = (bed.Network.Kernel.Memory.Count, bed.Network.Kernel.Readers.Pending);
        });
        bed.Network.Receive(bed.Eth0, Bed.Udp(), Second);
        Assert.True(live > 0 && pending > 0, $"{live} regions and {pending} waiting while the packet was there");
        Assert.Equal((0, 0), (bed.Network.Kernel.Memory.Count, bed.Network.Kernel.Readers.Pending));
    }

    /// <summary>Rounds of a whole life of which nothing may be left, neither memory of programs nor objects of ours: a few hundred here, SLOW_CASES of them when it is set.</summary>
    [Theory]
    [InlineData(Engine.Jit)]
    [InlineData(Engine.Interpreter)]
    public void ManyLives_LeaveNothingBehind(Engine engine)
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("SLOW_CASES"), out int times) ? times : engine == Engine.Jit ? 200 : 1000;
        using var network = new Network();
        var eth0 = network.AddDevice("eth0");
        var lives = new List<WeakReference>();
        for (int round = 0; round < rounds; round++) lives.AddRange(Live(round));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.Equal((0, 0), (network.Kernel.Memory.Count, network.Kernel.Readers.Pending));
        // The last round may still be in a register or on the stack.
        Assert.Empty(lives.SkipLast(8).Where(life => life.IsAlive).Select(life => life.Target!.ToString()));

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference[] Live(int round)
        {
            using var opened = Bpf.Open(s_object, network, engine);
            var count = opened.Program("count").Compile();
            eth0.Ingress.Attach(count);
            using var link = new Closing(eth0.Ingress.CreateLink(opened.Program("jump").Compile()));
            eth0.Egress.Attach(opened.Program("arm").Compile());
            network.Receive(eth0, Bed.Udp(), Second + round * 1000);
            network.Transmit(eth0, Bed.Udp(), Second + round * 1000);
            if (round % 2 == 0) eth0.Ingress.Detach(count);
            else eth0.Ingress.Detach(Place.First);
            eth0.Egress.Detach(Place.Last);
            return [new(opened), new(count), .. opened.Maps.Values.Select(map => new WeakReference(map))];
        }
    }

    private static ulong Read(Map map, uint index)
    {
        var value = new byte[8];
        Assert.Equal(Vm.Abi.Errno.None, map.Lookup(BitConverter.GetBytes(index), value));
        return BitConverter.ToUInt64(value);
    }

    private sealed class Closing(TcxLink link) : IDisposable
    {
        public void Dispose() => link.Close();
    }

    private sealed class CallingSink(Action act) : IFrameSink
    {
        public void Frame(NetContext x, NetDevice device, long timestampNs, ReadOnlySpan<byte> frame) => act();
    }

    [Fact]
    public void AMapThatMayHoldAllocations_KeepsTheirHeap_WhoeverMakesThem()
    {
        using var kernel = new BpfKernel();
        var spec = MapTypes.AsMade(TestObjects.Read("objects.o"));
        using var types = new BpfBtf(spec.Btf!, spec.Btf!.Raw);
        kernel.Adopt(types);
        var holder = spec.Maps.First(map => SpecialFields.Of(map).Any(field => field.Kind == SpecialFieldKind.ListHead));
        var map = MapFactory.Create(holder, 1, SpecialFields.LayoutOf(holder));
        kernel.Adopt(map, types);
        var heap = types.AcquireHeap(kernel);
        heap.Release();
        Assert.True(heap.References > 0, "a program that has come and gone is not the only one that may put objects there");
        map.Dispose();
        Assert.Equal(0, heap.References);
    }
}
