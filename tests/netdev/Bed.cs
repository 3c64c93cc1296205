using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Tcx;
using Netdev.Wire;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.NetDev;

/// <summary>A small testbed and programs made of lambdas.</summary>
internal sealed class Bed : IPacketObserver, IFrameSink, IDisposable
{
    public const string HostMac = "02:00:00:00:00:01", OtherMac = "02:00:00:00:00:99";

    private readonly List<PacketOutcome> _outcomes = [];
    private readonly List<byte[]> _frames = [];
    private readonly List<string> _crossings = [];

    public Bed(int cpus = 1)
    {
        Network = new Network(cpus) { Observer = this };
        Eth0 = Network.AddDevice("eth0", mac: MacAddress.Parse(HostMac));
        Eth0.WireSink = this;
        Eth0.StackSink = this;
    }

    public Network Network { get; }

    public NetDevice Eth0 { get; }

    public NetContext Cpu => Network.Cpus[0];

    /// <summary>Ends in order.</summary>
    public IReadOnlyList<PacketOutcome> Outcomes => _outcomes;

    /// <summary>Frames the sinks of eth0 (and devices given this sink) got.</summary>
    public IReadOnlyList<byte[]> Frames => _frames;

    /// <summary><c>device/hook program=verdict</c> in order.</summary>
    public IReadOnlyList<string> Crossings => _crossings;

    public PacketOutcome Last => _outcomes[^1];

    public static byte[] Udp(string destination = HostMac, int payload = 20) =>
        PacketBuilder.Ethernet(OtherMac, destination).Ipv4("10.0.0.1", "10.0.0.2").Udp(1000, 2000).Payload(new byte[payload]).Build();

    public static ExecutableProgram Tc(string name, int verdict) => Tc(name, (_, _) => verdict);

    public static ExecutableProgram Tc(string name, Func<NetContext, Skb, long> body) =>
        new(name, ProgramType.SchedCls, AttachType.TcxIngress, (ctx, x) => (ulong)body((NetContext)x, new Skb(ctx)), "test");

    public static ExecutableProgram Xdp(string name, Func<NetContext, XdpBuff, long> body) =>
        new(name, ProgramType.Xdp, AttachType.Xdp, (ctx, x) => (ulong)body((NetContext)x, new XdpBuff(ctx)), "test");

    /// <summary>Runs a helper once at the ingress of eth0 and gives what it returned; the packet then goes to the stack.</summary>
    public T At<T>(byte[] frame, Func<NetContext, Skb, T> body) => At(Eth0.Ingress, frame, body);

    public T At<T>(TcxHook hook, byte[] frame, Func<NetContext, Skb, T> body)
    {
        T? result = default;
        var program = Tc("probe", (x, skb) =>
        {
            result = body(x, skb);
            return 0;
        });
        hook.Attach(program);
        if (hook == Eth0.Ingress) Network.Receive(Eth0, frame, 1);
        else Network.Transmit(Eth0, frame, 1);
        hook.Detach(program);
        return result!;
    }

    public T AtXdp<T>(byte[] frame, Func<NetContext, XdpBuff, T> body)
    {
        T? result = default;
        Eth0.AttachXdp(Xdp("probe", (x, xdp) =>
        {
            result = body(x, xdp);
            return 2;
        }));
        Network.Receive(Eth0, frame, 1);
        Eth0.DetachXdp();
        return result!;
    }

    public void Receive(byte[] frame) => Network.Receive(Eth0, frame, 1);

    public void Dispose()
    {
        Assert.All(Network.Cpus, cpu => Assert.Equal((0, 0, 0), (cpu.Pool.InUse, cpu.Pool.BigInUse, cpu.Backlog)));
        Network.Dispose();
    }

    void IPacketObserver.Entered(NetContext x, NetDevice device, Skb skb)
    {
    }

    void IPacketObserver.ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb)
    {
    }

    void IPacketObserver.ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict) =>
        _crossings.Add($"{device}/{hook} {program.Name}={verdict}");

    void IPacketObserver.Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame) => _outcomes.Add(outcome);

    void IFrameSink.Frame(NetContext x, NetDevice device, long timestampNs, ReadOnlySpan<byte> frame) => _frames.Add(frame.ToArray());
}
