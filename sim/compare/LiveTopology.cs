using System.Net.Sockets;
using Netdev.Control;
using Netdev.Devices;
using Netdev.Tcx;
using Netdev.Wire;
using Sim.Live;
using Sim.Live.Net;
using Sim.Run;
using Sim.Scenarios;
using Vm.Abi;

namespace Sim.Compare;

/// <summary>The devices of a scenario, made for real: namespaces, veth pairs, addresses, programs on hooks. Disposing removes it all.</summary>
/// <remarks>
/// A device on a wire is one end of a veth pair whose other end is in a namespace of ours; what is sent there arrives, what arrives there
/// was transmitted. Joined devices are the ends of one pair. The kernel is kept from sending anything itself: no IPv6 unless there are
/// IPv6 routes or addresses, no addresses but the scenario's, no questions for neighbours.
/// </remarks>
internal sealed class LiveTopology : IDisposable
{
    private const int LargestMtu = 65535;

    private static readonly TimeSpan s_firstReport = TimeSpan.FromMilliseconds(50), s_latestReport = TimeSpan.FromSeconds(5);

    private readonly Testbed _testbed;
    private readonly Dictionary<NetNamespace, NetworkNamespace> _spaces = [];
    private readonly Dictionary<string, string> _wires = [];
    private readonly LiveCalls _live = new();
    private readonly TcxCalls _calls;

    /// <summary>Makes namespaces and devices; nothing passes yet.</summary>
    /// <param name="testbed">The scenario, built in the simulator.</param>
    /// <exception cref="KernelRefusedException">The kernel refuses something, or the scenario has something no real device can do.</exception>
    public LiveTopology(Testbed testbed)
    {
        _testbed = testbed;
        _calls = new TcxCalls(_live);
        try
        {
            Wires = NetworkNamespace.Create("wires");
            Silence(Wires, withIpv6: false);
            foreach (var space in testbed.Network.Namespaces) _spaces.Add(space, NetworkNamespace.Create(space == testbed.Network.Root ? "host" : space.Name));
            foreach (var (space, live) in _spaces) Silence(live, HasIpv6(space));
            foreach (var device in testbed.Network.Devices) AddDevice(device);
            foreach (var device in testbed.Network.Devices) BringUp(device);
            AddAddresses();
            AddRoutes();
            SetForwarding();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The namespace with the far ends of all wires.</summary>
    public NetworkNamespace Wires { get; private set; } = null!;

    /// <summary>The live namespace of the scenario's own.</summary>
    public NetworkNamespace Host => _spaces[_testbed.Network.Root];

    /// <summary>The live namespace a device is in.</summary>
    public NetworkNamespace SpaceOf(NetDevice device) => _spaces[device.Namespace];

    /// <summary>Name of the far end of a device's wire, in <see cref="Wires"/>; false for one end of a pair.</summary>
    public bool TryWire(NetDevice device, out string wire) => _wires.TryGetValue(device.Name, out wire!);

    /// <summary>Puts the scenario's programs on their hooks, in its order and at its places.</summary>
    public void Attach(KernelScenario kernel)
    {
        if (_testbed.Network.Devices.Any(device => device.Xdp is not null)) PassXdpOnWires();
        foreach (var use in _testbed.Scenario.Devices.Where(use => use.Xdp is not null))
        {
            var device = _testbed.Devices[use.Name];
            var program = kernel.Program(_testbed.Program(use.Xdp!, use.Where));
            AttachXdp(SpaceOf(device), device.Ifindex, program.Number, $"XDP program '{use.Xdp}' of '{use.Name}'");
        }
        foreach (var attachment in _testbed.Scenario.Attachments) Attach(kernel, attachment);
    }

    /// <summary>Waits until every device that is up lets packets through, and groups of IPv6 addresses have been reported.</summary>
    public void AwaitRunning()
    {
        foreach (var device in _testbed.Network.Devices)
        {
            if (!device.IsUp || device.Peer is { IsUp: false } || device.Tunnel is not null) continue;
            SpaceOf(device).Links.AwaitRunning(device.Name);
            if (TryWire(device, out string wire)) Wires.Links.AwaitRunning(wire);
        }
        // Two ticks after the address was given. Source: Linux 6.12 net/ipv6/mcast.c, mld_ifc_event.
        if (!_testbed.Network.Devices.Any(device => device.Addresses.Any(own => own.Address.IsV6))) return;
        Thread.Sleep(s_firstReport);
        foreach (var device in _testbed.Network.Devices.Where(device => device.IsUp && device.Addresses.Any(own => own.Address.IsV6))) AwaitReport(SpaceOf(device), device.Name);
    }

    /// <summary>On a busy machine the report of an address's group is late, and would be counted as a packet of the scenario.</summary>
    private static void AwaitReport(NetworkNamespace space, string device)
    {
        var until = DateTime.UtcNow + s_latestReport;
        while (DateTime.UtcNow < until && !space.HasReportedGroups(device)) Thread.Sleep(s_firstReport / 10);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _live.Dispose();
        foreach (var space in _spaces.Values) space.Dispose();
        Wires?.Dispose();
    }

    // Source: Linux 6.12 Documentation/networking/ip-sysctl.rst.
    private static void Silence(NetworkNamespace space, bool withIpv6)
    {
        space.Set("ipv6/conf/all/disable_ipv6", withIpv6 ? "0" : "1");
        space.Set("ipv6/conf/default/disable_ipv6", withIpv6 ? "0" : "1");
        // 1: no link-local address is made, so there is nothing to announce.
        foreach (var (name, value) in ((string, string)[])[("addr_gen_mode", "1"), ("accept_ra", "0"), ("autoconf", "0"), ("router_solicitations", "0"), ("dad_transmits", "0"),
            // The group of an address is reported at once, and again after this time.
            ("mldv2_unsolicited_report_interval", "3600000")])
            space.Set($"ipv6/conf/default/{name}", value);
        // Loopback would have an address, and packets would be sent from it.
        space.Set("ipv6/conf/lo/disable_ipv6", "1");
    }

    private bool HasIpv6(NetNamespace space) =>
        _testbed.Scenario.Routes.Any(route => route.Prefix.AddressFamily == AddressFamily.InterNetworkV6 && _testbed.Devices[route.Device].Namespace == space)
        || _testbed.Scenario.Devices.Any(use => _testbed.Devices[use.Name].Namespace == space && use.Addresses.Any(own => own.Address.AddressFamily == AddressFamily.InterNetworkV6));

    private void AddDevice(NetDevice device)
    {
        if (device.Tunnel is { } tunnel)
        {
            SpaceOf(device).Links.AddTunnel(SpecOf(device), tunnel);
            return;
        }
        if (device.Peer is { } peer)
        {
            // The pair is made with its second end.
            if (_testbed.Network.Devices.TakeWhile(one => one != device).Contains(peer))
                SpaceOf(peer).Links.AddVethPair(SpecOf(peer), SpecOf(device), SpaceOf(device));
            return;
        }
        string wire = $"wire{_wires.Count}";
        _wires.Add(device.Name, wire);
        // XDP wants the other end's frames to fit a page; else the wire takes whatever programs make. Either way all the device takes, tag included.
        int wireMtu = _testbed.Network.Devices.Any(one => one.Xdp is not null) ? device.Mtu + VlanTagView.HeaderBytes : LargestMtu;
        SpaceOf(device).Links.AddVethPair(SpecOf(device), new LinkSpec(wire, Mtu: wireMtu), Wires);
        Wires.Links.BringUp(wire, arp: false);
    }

    // Neighbours are looked up, but nobody is asked for them: one nobody has told of is unreachable at once.
    // Source: Linux 6.12 net/core/neighbour.c, __neigh_event_send.
    private void BringUp(NetDevice device)
    {
        var space = SpaceOf(device);
        foreach (string family in (string[])["ipv4", "ipv6"]) space.Set($"{family}/neigh/{device.Name}/mcast_solicit", "0");
        if (device.IsUp) space.Links.BringUp(device.Name);
    }

    private static LinkSpec SpecOf(NetDevice device)
    {
        var mac = new byte[6];
        device.Mac.Write(mac);
        return new LinkSpec(device.Name, device.Ifindex, mac, device.Mtu);
    }

    private void AddAddresses()
    {
        foreach (var use in _testbed.Scenario.Devices.Where(use => use.Addresses.Count > 0))
        {
            var space = SpaceOf(_testbed.Devices[use.Name]);
            // Loopback brings the table of local addresses.
            space.Links.BringUp("lo");
            foreach (var own in use.Addresses) space.Links.AddAddress(use.Name, own.Address, own.PrefixLength);
        }
    }

    private void AddRoutes()
    {
        foreach (var neighbour in _testbed.Scenario.Neighbours)
        {
            var device = _testbed.Devices[neighbour.Device];
            SpaceOf(device).Links.SetNeighbour(device.Name, neighbour.Address, neighbour.Mac);
        }
        foreach (var route in _testbed.Scenario.Routes)
        {
            var device = _testbed.Devices[route.Device];
            // Loopback brings the table of local addresses, without which no gateway is believed.
            SpaceOf(device).Links.BringUp("lo");
            SpaceOf(device).Links.AddRoute(device.Name, route.Prefix, route.PrefixLength, route.Gateway);
        }
    }

    // bpf_fib_lookup asks whether the device a packet came by forwards, with routes or without. The stack itself shall not, so where nobody asks
    // nothing is switched on; else IPv6 asks for "all" as well, and IPv4 takes nothing whose sender it would not reach by the same device.
    private void SetForwarding()
    {
        if (!_testbed.Objects.Values.SelectMany(loaded => loaded.Programs).Any(program => program.Spec.Calls(HelperId.FibLookup))) return;
        foreach (var device in _testbed.Network.Devices)
        {
            var space = SpaceOf(device);
            space.Set("ipv4/conf/all/rp_filter", "1");
            foreach (string family in (string[])["ipv4", "ipv6"]) space.Set($"{family}/conf/{device.Name}/forwarding", device.Forwarding ? "1" : "0");
        }
    }

    private void PassXdpOnWires()
    {
        using var pass = XdpPass.Load();
        foreach (string wire in _wires.Values) AttachXdp(Wires, Wires.Links.Ifindex(wire), pass.Number, "an XDP program for the far end of a wire");
    }

    private void AttachXdp(NetworkNamespace space, int ifindex, uint program, string what)
    {
        // The link is kept by whoever made it, and with it the program on the device.
        var errno = space.Run(() => _calls.CreateLink(new LinkCreateCall((uint)ifindex, program, AttachType.Xdp), out _));
        if (errno != Errno.None) throw new KernelRefusedException(_testbed.Scenario.File, "", $"the kernel refuses {what} ({errno})", errno);
    }

    private void Attach(KernelScenario kernel, Attachment attachment)
    {
        var device = _testbed.Devices[attachment.Hook.Device];
        var program = kernel.Program(_testbed.Program(attachment.Program, attachment.Where));
        var flags = (attachment.Before is null ? MprogFlags.None : MprogFlags.Before) | (attachment.After is null ? MprogFlags.None : MprogFlags.After);
        string? neighbour = attachment.Before is { Length: > 0 } before ? before : attachment.After is { Length: > 0 } after ? after : null;
        var relative = neighbour is null ? null : kernel.Program(_testbed.Program(neighbour, attachment.Where));
        var hook = attachment.Hook.Hook == Hook.Ingress ? AttachType.TcxIngress : AttachType.TcxEgress;
        var errno = SpaceOf(device).Run(() => _calls.Attach(new ProgAttachCall((uint)device.Ifindex, program.Number, hook, flags, Relative: relative?.Number ?? 0)));
        if (errno != Errno.None) throw new KernelRefusedException(_testbed.Scenario.File, attachment.Where, $"the kernel refuses '{attachment.Program}' on {attachment.Hook} ({errno})", errno);
    }
}
