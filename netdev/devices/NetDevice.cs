using System.Runtime.CompilerServices;
using Netdev.Skbs;
using Netdev.Tcx;
using Netdev.Wire;
using Vm.Abi;
using Vm.Runtime;

namespace Netdev.Devices;

/// <summary>An Ethernet device: the end of a wire, or one end of a veth pair.</summary>
/// <remarks>Source: Linux 6.12 include/linux/netdevice.h, struct net_device; drivers/net/veth.c.</remarks>
public sealed class NetDevice
{
    private readonly DeviceCounters[] _counters;
    private readonly List<(IpAddress Address, int PrefixLength)> _addresses = [];
    private MacAddress _mac;
    private XdpSlot? _xdp;

    internal NetDevice(Network network, int index, string name, int ifindex, NetNamespace space, MacAddress mac, int mtu)
    {
        Network = network;
        Index = index;
        Name = name;
        Ifindex = ifindex;
        Namespace = space;
        Mac = mac;
        Mtu = mtu;
        Ingress = new TcxHook(AttachType.TcxIngress, network.Kernel, () => Ifindex);
        Egress = new TcxHook(AttachType.TcxEgress, network.Kernel, () => Ifindex);
        XdpHook = new XdpHook(this);
        _counters = new DeviceCounters[network.CpuCount];
        for (int i = 0; i < _counters.Length; i++) _counters[i] = new DeviceCounters();
    }

    /// <summary>The testbed it belongs to.</summary>
    public Network Network { get; }

    /// <summary>Name, unique in its namespace.</summary>
    public string Name { get; }

    /// <summary>Interface number, unique in its namespace.</summary>
    public int Ifindex { get; internal set; }

    /// <summary>Its namespace.</summary>
    public NetNamespace Namespace { get; internal set; }

    /// <summary>Its address.</summary>
    public MacAddress Mac
    {
        get => _mac;
        set
        {
            _mac = value;
            WireAddress = EthernetReceive.WireAddress(value);
        }
    }

    /// <summary>Most bytes behind the Ethernet header it takes, 68 to 65535.</summary>
    public int Mtu { get; set; }

    /// <summary>True when IPv4 and IPv6 packets that come in are forwarded; off makes bpf_fib_lookup say FWD_DISABLED.</summary>
    public bool Forwarding { get; set; } = true;

    /// <summary>True when packets pass; programs stay attached either way.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>What is behind it: a wire, the other end of a pair, a tunnel.</summary>
    public DeviceKind Kind { get; internal set; } = WireEnd.Instance;

    /// <summary>The other end of a veth pair; null for any other kind.</summary>
    public NetDevice? Peer => (Kind as VethEnd)?.Peer;

    /// <summary>What it puts around its frames; null for a device that is no tunnel.</summary>
    public TunnelEndpoint? Tunnel => (Kind as TunnelEnd)?.Endpoint;

    /// <summary>True for the loopback of its namespace.</summary>
    public bool IsLoopback => Kind is LoopbackEnd;

    /// <summary>Its addresses, with the bits of their networks, in the order they were added.</summary>
    public IReadOnlyList<(IpAddress Address, int PrefixLength)> Addresses => _addresses;

    /// <summary>True after it was removed.</summary>
    public bool IsGone { get; internal set; }

    /// <summary>Programs on what comes in.</summary>
    public TcxHook Ingress { get; }

    /// <summary>Programs on what goes out.</summary>
    public TcxHook Egress { get; }

    /// <summary>The place for its XDP program.</summary>
    public XdpHook XdpHook { get; }

    /// <summary>The XDP program; null for none.</summary>
    public ExecutableProgram? Xdp => XdpProgram?.Program;

    /// <summary>The XDP program as packets run it: replaced whole by <see cref="XdpHook"/>, read without a lock.</summary>
    internal XdpSlot? XdpProgram
    {
        get => Volatile.Read(ref _xdp);
        set => Volatile.Write(ref _xdp, value);
    }

    /// <summary>Takes what leaves on the wire; null lets it vanish (counted).</summary>
    public IFrameSink? WireSink { get; set; }

    /// <summary>Takes what the stack gets from this device; null lets it vanish (counted).</summary>
    public IFrameSink? StackSink { get; set; }

    /// <summary>What is known of the checksums of frames that come in from the wire: the receive offload of the card.</summary>
    public ChecksumState ReceiveChecksum { get; set; } = ChecksumState.None;

    internal int Index { get; }

    internal ulong WireAddress { get; private set; }

    /// <summary>Longest frame, with room for a VLAN tag.</summary>
    internal int MaxFrameBytes => Mtu + EthernetView.HeaderBytes + VlanTagView.HeaderBytes;

    /// <summary>Gives it an address: the namespace then takes packets to it for its own, and reaches the network through this device.</summary>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">Bits of its network.</param>
    /// <remarks>Not to be called while packets run. Source: Linux 6.12 net/ipv4/fib_frontend.c, fib_add_ifaddr; net/ipv6/addrconf.c.</remarks>
    public void AddAddress(IpAddress address, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)prefixLength, (uint)address.Bits, nameof(prefixLength));
        _addresses.Add((address, prefixLength));
        Namespace.Fib.Add(new Route(address, address.Bits) { Type = RouteType.Local, Device = this, Table = Fib.LocalTable });
        var network = address.Network(prefixLength);
        if (address.IsV6) AddIpv6Network(network, prefixLength);
        else if (!SourceAddress.IsSecondary(this, _addresses.Count - 1)) AddIpv4Network(address, network, prefixLength);
    }

    private void AddIpv4Network(IpAddress address, IpAddress network, int prefixLength)
    {
        const int leastForBroadcast = 30, zeroNetBits = 24;
        if (prefixLength == network.Bits || network.Value >> zeroNetBits == 0) return;
        Namespace.Fib.Add(new Route(network, prefixLength) { Device = this, PreferredSource = address });
        if (prefixLength > leastForBroadcast) return;
        var everybody = IpAddress.V4((uint)network.Value | uint.MaxValue >> prefixLength);
        Namespace.Fib.Add(new Route(everybody, everybody.Bits) { Type = RouteType.Broadcast, Device = this, Table = Fib.LocalTable });
    }

    // The subnet-router anycast address is a router's own (RFC 4291, 2.6.1), but not on links of two (RFC 6164).
    private void AddIpv6Network(IpAddress network, int prefixLength)
    {
        const int leastForAnycast = 126;
        Namespace.Fib.Add(new Route(network, prefixLength) { Device = this, Metric = Fib.ConnectedIpv6Metric });
        if (prefixLength <= leastForAnycast && network.Value != 0)
            Namespace.Fib.Add(new Route(network, network.Bits) { Type = RouteType.Anycast, Device = this, Table = Fib.LocalTable });
    }

    /// <summary>Sets the XDP program, in place of the one there is.</summary>
    /// <exception cref="HookRefusedException">It is of another type, for device or CPU maps, or cannot take the device's frames; a link owns the place; or the device is gone.</exception>
    public void AttachXdp(ExecutableProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        var errno = TryAttachXdp(program);
        if (errno == Errno.None) return;
        string why = errno switch
        {
            Errno.EINVAL when program.Type != ProgramType.Xdp => $"its type is {program.Type}",
            Errno.EINVAL => "it is a program of a device or CPU map, not of a device",
            Errno.ERANGE => $"frames of an MTU of {XdpHook.Mtu} do not fit one page, and the program takes no others: SEC(\"xdp.frags\") says it does; else {XdpHook.LargestMtu} is the most",
            Errno.EBUSY => "a link owns its place",
            _ => "the device is gone",
        };
        throw new HookRefusedException($"'{program.Name}' cannot be the XDP program of {this}", errno, why);
    }

    /// <summary>Removes the XDP program, if there is one.</summary>
    /// <exception cref="HookRefusedException">A link owns the place (EBUSY).</exception>
    public void DetachXdp()
    {
        var errno = XdpHook.TryAttach(null);
        if (errno == Errno.EBUSY) throw new HookRefusedException($"The XDP program of {this} cannot be removed", errno, "a link owns its place");
    }

    /// <summary>Sets the XDP program, in place of the one there is; null removes it.</summary>
    /// <returns>What <see cref="XdpHook.TryAttach"/> says.</returns>
    public Errno TryAttachXdp(ExecutableProgram? program) => XdpHook.TryAttach(program);

    /// <summary>Counters summed over all CPUs. Allocates; exact while no packets run.</summary>
    public DeviceCounters Counters()
    {
        var sum = new DeviceCounters();
        foreach (var counters in _counters) sum.Add(counters);
        return sum;
    }

    /// <inheritdoc/>
    public override string ToString() => Namespace.Name.Length == 0 ? Name : $"{Namespace.Name}/{Name}";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal DeviceCounters CountersOf(NetContext x) => _counters[x.Cpu];
}
