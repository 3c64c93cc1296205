using BenchmarkDotNet.Attributes;
using Netdev.Devices;
using Netdev.Wire;
using Vm.Abi;
using Vm.Runtime;

namespace Bench;

/// <summary>What does the way of a packet through a device and its ingress programs cost, apart from the programs themselves?</summary>
[MemoryDiagnoser]
public class TcxHookBench : IDisposable
{
    private const int Packets = 256;
    private const ulong Next = ulong.MaxValue;

    private readonly Network _network = new();
    private readonly byte[] _frame = PacketBuilder.Ethernet("02:00:00:00:00:aa", "02:00:00:00:00:02").Ipv4("10.0.0.1", "10.0.0.2").Udp(1000, 2000).Payload(new byte[22]).Build();
    private NetDevice? _device;
    private long _now;

    /// <summary>Programs attached; all answer TCX_NEXT.</summary>
    [Params(1, 3, 63)]
    public int Programs { get; set; }

    /// <summary>Makes the device and attaches the programs.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _device = _network.AddDevice("eth0", mac: MacAddress.Parse("02:00:00:00:00:02"));
        for (int i = 0; i < Programs; i++)
            _device.Ingress.Attach(new ExecutableProgram($"next{i}", ProgramType.SchedCls, AttachType.TcxIngress, static (_, _) => Next, "bench"));
    }

    /// <summary>256 packets.</summary>
    [Benchmark(OperationsPerInvoke = Packets)]
    public void Receive()
    {
        for (int i = 0; i < Packets; i++) _network.Receive(_device!, _frame, _now += 1000);
    }

    /// <summary>Takes the network down.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _network.Dispose();
        GC.SuppressFinalize(this);
    }
}
