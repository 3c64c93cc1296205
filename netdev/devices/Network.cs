using System.Diagnostics.CodeAnalysis;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Kernel;

namespace Netdev.Devices;

/// <summary>The testbed: namespaces with devices, simulated CPUs, ids, a virtual clock.</summary>
/// <remarks>
/// Built first, then fed. Feeding is single-threaded through <see cref="Receive"/>, or one thread a CPU through
/// <see cref="NetContext.Receive"/>, with whoever feeds keeping flows on their CPU. Topology must not change while packets run;
/// programs may.
/// </remarks>
public sealed class Network : IDisposable
{
    /// <summary>MTU of a loopback device. Source: Linux 6.12 drivers/net/loopback.c, gen_lo_setup.</summary>
    public const int LoopbackMtu = 64 * 1024;

    private const int LoopbackIfindex = 1;

    private readonly NetContext[] _cpus;
    private readonly List<NetNamespace> _namespaces = [];
    private readonly HashSet<string> _namespaceNames = [];
    private NetDevice[] _devices = new NetDevice[8];
    private int _deviceCount;
    private readonly bool _ownsKernel;
    private bool _clockStarted;

    /// <summary>Makes an empty testbed with a root namespace.</summary>
    /// <param name="cpus">Simulated CPUs, 1 to 256.</param>
    /// <param name="seed">Seed of everything random: bpf_get_prandom_u32 and flow hashes.</param>
    /// <param name="kernel">A kernel others use too, which stays theirs; null for one of its own.</param>
    public Network(int cpus = 1, ulong seed = 1, BpfKernel? kernel = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cpus, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cpus, 256);
        Seed = seed;
        _ownsKernel = kernel is null;
        Kernel = kernel ?? new BpfKernel();
        Root = AddNamespace("");
        _cpus = new NetContext[cpus];
        for (int cpu = 0; cpu < cpus; cpu++) _cpus[cpu] = new NetContext(this, cpu, cpus, seed + (ulong)cpu);
    }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>Simulated CPUs.</summary>
    public int CpuCount => _cpus?.Length ?? 0;

    /// <summary>The CPUs.</summary>
    public IReadOnlyList<NetContext> Cpus => _cpus;

    /// <summary>The first namespace; its name is empty.</summary>
    public NetNamespace Root { get; }

    /// <summary>All namespaces, in order of creation.</summary>
    public IReadOnlyList<NetNamespace> Namespaces => _namespaces;

    /// <summary>All devices that were ever added, in that order.</summary>
    public IReadOnlyList<NetDevice> Devices => new ArraySegment<NetDevice>(_devices, 0, _deviceCount);

    /// <summary>What owns maps and pins: objects whose programs run here are loaded into it.</summary>
    public BpfKernel Kernel { get; }

    /// <summary>Told of every packet; null (the default) costs nothing.</summary>
    public IPacketObserver? Observer { get; set; }

    /// <summary>Time since the epoch at which the monotonic clock reads 0; one second before the first packet unless set.</summary>
    public long BootTimeNs
    {
        get;
        set
        {
            field = value;
            _clockStarted = true;
        }
    }

    /// <summary>True puts the time of reception into skb-&gt;tstamp, as on a machine where somebody listens with time stamps; false leaves 0.</summary>
    public bool StampPackets { get; set; }

    /// <summary>Receive queues a packet may cross before it is given up with <see cref="DropReason.HopLimit"/>.</summary>
    public int MaxHops { get; set; } = 64;

    /// <summary>Adds a namespace.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public NetNamespace AddNamespace(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_namespaceNames.Add(name)) throw new ArgumentException($"There is a namespace '{name}' already.", nameof(name));
        var added = new NetNamespace(name);
        _namespaces.Add(added);
        return added;
    }

    /// <summary>Adds a device at the end of a wire.</summary>
    /// <param name="name">Name.</param>
    /// <param name="space">Namespace; the root one when null.</param>
    /// <param name="mac">Address; 02:00:00:00:00:NN in order of creation when null.</param>
    /// <param name="mtu">68 to 65535; loopback has 65536.</param>
    /// <param name="ifindex">Interface number, or 0 for the next free one (the first is 2).</param>
    /// <exception cref="ArgumentException">Name or number are taken.</exception>
    public NetDevice AddDevice(string name, NetNamespace? space = null, MacAddress? mac = null, int mtu = 1500, int ifindex = 0) =>
        Place(name, space, mac, mtu, ifindex, WireEnd.Instance);

    /// <summary>Adds a tunnel device: programs say with each packet where it goes. Other parameters as for <see cref="AddDevice"/>.</summary>
    /// <param name="name">Name.</param>
    /// <param name="tunnel">What it puts around its frames.</param>
    /// <param name="space">Namespace of device and datagrams; the root one when null.</param>
    /// <param name="mac">Address of the device inside the tunnel.</param>
    /// <param name="mtu">Most bytes behind the inner Ethernet header.</param>
    /// <param name="ifindex">Interface number, or 0 for the next free one.</param>
    /// <exception cref="ArgumentException">Name or number are taken, or another tunnel of the namespace has the port.</exception>
    public NetDevice AddTunnel(string name, TunnelEndpoint tunnel, NetNamespace? space = null, MacAddress? mac = null, int mtu = 1500, int ifindex = 0)
    {
        ArgumentNullException.ThrowIfNull(tunnel);
        if ((space ?? Root).TunnelAt(tunnel.Port) is { } other) throw new ArgumentException($"'{other.Name}' has UDP port {tunnel.Port} already.", nameof(tunnel));
        return Place(name, space, mac, mtu, ifindex, new TunnelEnd(tunnel));
    }

    /// <summary>The device with an interface number. Every namespace has a loopback, number 1, which is made when it is first asked for.</summary>
    public bool TryInterface(NetNamespace space, uint ifindex, [NotNullWhen(true)] out NetDevice? device)
    {
        ArgumentNullException.ThrowIfNull(space);
        if (space.TryDevice(ifindex, out device)) return true;
        if (ifindex != LoopbackIfindex) return false;
        device = Loopback(space);
        return true;
    }

    /// <summary>The loopback of a namespace.</summary>
    public NetDevice Loopback(NetNamespace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        lock (_namespaceNames)
            return space.TryDevice(LoopbackIfindex, out var there) || space.TryDevice("lo", out there) ? there : Place("lo", space, new MacAddress(0), LoopbackMtu, LoopbackIfindex, LoopbackEnd.Instance);
    }

    private NetDevice Place(string name, NetNamespace? space, MacAddress? mac, int mtu, int ifindex, DeviceKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, 68);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mtu, LoopbackMtu);
        ArgumentOutOfRangeException.ThrowIfNegative(ifindex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ifindex, 65535);
        space ??= Root;
        if (space.TryDevice(name, out _)) throw new ArgumentException($"There is a device '{name}' in the namespace already.", nameof(name));
        if (space.TryDevice((uint)ifindex, out var owner)) throw new ArgumentException($"Interface number {ifindex} belongs to '{owner.Name}'.", nameof(ifindex));
        var device = new NetDevice(
            this, _deviceCount, name, ifindex == 0 ? space.NextIfindex() : ifindex, space, mac ?? new MacAddress(0x0200_0000_0001 + (ulong)_deviceCount), mtu) { Kind = kind };
        var devices = _devices;
        if (_deviceCount == devices.Length) Array.Resize(ref devices, 2 * _deviceCount);
        devices[_deviceCount++] = device;
        // CPUs may be looking at devices that are there already.
        Volatile.Write(ref _devices, devices);
        space.Add(device);
        return device;
    }

    /// <summary>Adds two devices joined to each other; what one sends the other receives. Parameters as for <see cref="AddDevice"/>.</summary>
    public (NetDevice First, NetDevice Second) AddVethPair(string first, string second, NetNamespace? firstSpace = null, NetNamespace? secondSpace = null, int mtu = 1500)
    {
        var one = AddDevice(first, firstSpace, mtu: mtu);
        var other = AddDevice(second, secondSpace, mtu: mtu);
        Join(one, other);
        return (one, other);
    }

    /// <summary>Makes two devices the ends of a veth pair.</summary>
    /// <exception cref="ArgumentException">One of them is on no wire of its own, or both are the same.</exception>
    public static void Join(NetDevice one, NetDevice other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (one == other || one.Kind is not WireEnd || other.Kind is not WireEnd) throw new ArgumentException($"'{one.Name}' and '{other.Name}' cannot be peers.", nameof(other));
        (one.Kind, other.Kind) = (new VethEnd(other), new VethEnd(one));
    }

    /// <summary>Removes a device, and with a veth its peer: programs leave, links stay as objects without a place.</summary>
    public void Remove(NetDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        ThrowIfForeign(device);
        if (device.IsGone) return;
        device.IsGone = true;
        device.IsUp = false;
        device.Namespace.Remove(device);
        device.Ingress.Uninstall();
        device.Egress.Uninstall();
        device.XdpHook.Uninstall();
        device.Kind.OnRemoved(this);
    }

    /// <summary>Moves a device to another namespace with its programs; it keeps its interface number if that is free there.</summary>
    /// <exception cref="ArgumentException">The name is taken there.</exception>
    public void Move(NetDevice device, NetNamespace space)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(space);
        ThrowIfForeign(device);
        if (device.Namespace == space) return;
        if (space.TryDevice(device.Name, out _)) throw new ArgumentException($"There is a device '{device.Name}' in the namespace already.", nameof(space));
        device.Namespace.Remove(device);
        if (space.TryDevice((uint)device.Ifindex, out _)) device.Ifindex = space.NextIfindex();
        device.Namespace = space;
        space.Add(device);
    }

    /// <summary>Takes a frame from a device's wire on the CPU its flow belongs to; see <see cref="NetContext.Receive"/>.</summary>
    public void Receive(NetDevice device, ReadOnlySpan<byte> frame, long timestampNs)
    {
        if (_cpus.Length > 1) AdvanceTo(timestampNs);
        CpuFor(frame).Receive(device, frame, timestampNs);
    }

    /// <summary>Takes a frame from the stack on the CPU its flow belongs to; see <see cref="NetContext.Transmit"/>.</summary>
    public void Transmit(NetDevice device, ReadOnlySpan<byte> frame, long timestampNs)
    {
        if (_cpus.Length > 1) AdvanceTo(timestampNs);
        CpuFor(frame).Transmit(device, frame, timestampNs);
    }

    /// <summary>
    /// Lets time pass without a packet: timers of all CPUs that are due run, one CPU after the other. No CPU may be at a packet. Costs a
    /// few nanoseconds a CPU when none is due. Before the first packet there is no time to advance.
    /// </summary>
    /// <param name="timestampNs">Virtual time, ns since 1970.</param>
    public void AdvanceTo(long timestampNs)
    {
        if (!_clockStarted) return;
        foreach (var cpu in _cpus)
        {
            cpu.Reader.Enter();
            try
            {
                SetClock(cpu, timestampNs);
            }
            catch
            {
                cpu.Abandon();
                throw;
            }
            cpu.Reader.Exit();
        }
    }

    /// <summary>The CPU a frame's flow belongs to.</summary>
    public NetContext CpuFor(ReadOnlySpan<byte> frame) =>
        _cpus.Length == 1 ? _cpus[0] : _cpus[FlowHash.OfFrame(Seed, frame) % (uint)_cpus.Length];

    /// <summary>Takes all programs off their hooks, closes links and pins, and frees the native memory of all CPUs.</summary>
    /// <exception cref="InvalidOperationException">A CPU is at a packet.</exception>
    public void Dispose()
    {
        foreach (var cpu in _cpus) cpu.Reader.Dispose();
        foreach (var device in Devices)
        {
            device.XdpHook.Uninstall();
            device.Ingress.Uninstall();
            device.Egress.Uninstall();
        }
        foreach (var link in Kernel.Links.All) link.Dispose();
        if (_ownsKernel) Kernel.Dispose();
        foreach (var cpu in _cpus) cpu.Dispose();
    }

    internal NetDevice DeviceAt(int index) => _devices[index];

    private void ThrowIfForeign(NetDevice device)
    {
        if (device.Network != this) throw new ArgumentException($"'{device}' belongs to another testbed.", nameof(device));
    }

    /// <summary>
    /// Sets a CPU's clocks; the first packet of all starts the monotonic one, which never goes back. Timers due by then run first, each at
    /// its own time.
    /// </summary>
    internal void SetClock(NetContext x, long timestampNs)
    {
        if (!_clockStarted) BootTimeNs = timestampNs - 1_000_000_000;
        long monotonicNs = timestampNs - BootTimeNs;
        x.RunTimers(monotonicNs);
        x.RealtimeNs = timestampNs;
        x.MonotonicNs = Math.Max(x.MonotonicNs, monotonicNs);
    }
}
