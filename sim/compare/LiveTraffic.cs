using Netdev.Devices;
using Netdev.Wire;
using Sim.Live;
using Sim.Live.Net;
using Vm.Abi;

namespace Sim.Compare;

/// <summary>Where a frame was seen.</summary>
/// <param name="Device">Device of the scenario.</param>
/// <param name="Delivered">True: its stack got it. False: it left on its wire.</param>
internal readonly record struct OutputPlace(string Device, bool Delivered);

/// <summary>Puts packets into a live topology one at a time and collects what comes of each.</summary>
/// <remarks>
/// All of it happens on one CPU, whose softirq has usually done everything when the send returns. To be sure, frames are then sent over a
/// pair of devices of their own: receive queues are first in, first out, so when one arrives all that was queued before it was handled.
/// That is repeated for every device a packet can go on through. Source: Linux 6.12 net/core/dev.c, netif_rx, process_backlog.
/// </remarks>
internal sealed class LiveTraffic : IDisposable
{
    private const int BarrierFrameBytes = 60, BarrierWaitMs = 2000, LateWaitMs = 250;

    private static readonly ushort[] s_usual = [EtherType.Ipv4, EtherType.Ipv6, EtherType.Arp, EtherType.Vlan, EtherType.ServiceVlan];

    private readonly LiveTopology _topology;
    private readonly Network _network;
    private readonly List<(OutputPlace Place, PacketSocket Socket)> _listeners = [];
    private readonly HashSet<(NetDevice Device, ushort Protocol)> _protocols = [];
    private readonly Dictionary<(NetDevice Device, bool Egress), PacketSocket> _senders = [];
    private readonly PacketSocket _barrierIn, _barrierOut;

    /// <summary>Listens on every wire and stack.</summary>
    public LiveTraffic(LiveTopology topology, Network network)
    {
        _topology = topology;
        _network = network;
        var wires = topology.Wires;
        wires.Links.AddVethPair(new LinkSpec("barrier0"), new LinkSpec("barrier1"));
        wires.Links.BringUp("barrier1", arp: false);
        wires.Links.BringUp("barrier0", arp: false);
        wires.Links.AwaitRunning("barrier0");
        _barrierIn = Open(wires, "barrier0", 0);
        _barrierOut = Open(wires, "barrier1", PacketSocket.AllProtocols);
        foreach (var device in network.Devices)
        {
            if (topology.TryWire(device, out string wire)) _listeners.Add((new OutputPlace(device.Name, false), Open(wires, wire, PacketSocket.AllProtocols)));
            foreach (ushort protocol in s_usual) Expect(device, protocol);
        }
        wires.StayOnOneCpu();
    }

    /// <summary>Listens for deliveries of a protocol on a device, if that is not done yet.</summary>
    public void Expect(NetDevice device, ushort protocol)
    {
        if (_protocols.Add((device, protocol))) _listeners.Add((new OutputPlace(device.Name, true), Open(_topology.SpaceOf(device), device.Name, protocol)));
    }

    /// <summary>Puts a frame in and waits until nothing more comes of it.</summary>
    /// <param name="device">Device.</param>
    /// <param name="egress">True: its host sends it. False: it arrives on its wire.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="expected">Outputs the simulator had; when fewer are there, late ones are waited for.</param>
    /// <param name="outputs">Gets what came out, in order at each place.</param>
    /// <returns>None, or why the kernel did not take the frame or told that it was dropped.</returns>
    public Errno Exchange(NetDevice device, bool egress, byte[] frame, int expected, List<(OutputPlace Place, SeenFrame Frame)> outputs)
    {
        var sender = Sender(device, egress);
        var errno = _topology.Wires.Run(() =>
        {
            var sent = sender.Send(frame);
            for (int hop = 0; hop < _network.Devices.Count + 2; hop++) Barrier();
            return sent;
        });
        Collect(outputs);
        for (long until = Environment.TickCount64 + LateWaitMs; outputs.Count < expected && Environment.TickCount64 < until; Collect(outputs)) Thread.Sleep(1);
        return errno;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, socket) in _listeners) socket.Dispose();
        foreach (var socket in _senders.Values) socket.Dispose();
        _barrierIn.Dispose();
        _barrierOut.Dispose();
    }

    private static PacketSocket Open(NetworkNamespace space, string device, ushort protocol) => space.Run(() =>
    {
        int ifindex = space.Links.Ifindex(device);
        return protocol == 0 ? PacketSocket.Sender(ifindex, device) : PacketSocket.Listener(ifindex, protocol, device);
    });

    private PacketSocket Sender(NetDevice device, bool egress)
    {
        if (_senders.TryGetValue((device, egress), out var known)) return known;
        var made = egress ? Open(_topology.SpaceOf(device), device.Name, 0)
            : _topology.TryWire(device, out string wire) ? Open(_topology.Wires, wire, 0)
            : Open(_topology.SpaceOf(device.Peer!), device.Peer!.Name, 0);
        _senders.Add((device, egress), made);
        return made;
    }

    private void Barrier()
    {
        var errno = _barrierIn.Send(new byte[BarrierFrameBytes]);
        for (long until = Environment.TickCount64 + BarrierWaitMs; errno == Errno.None; Thread.Yield())
        {
            if (_barrierOut.TryReceive(out _)) return;
            if (Environment.TickCount64 > until) errno = Errno.ETIMEDOUT;
        }
        throw new KernelRefusedException("kernel", "the barrier devices", $"a frame between them did not arrive ({errno})", errno);
    }

    private void Collect(List<(OutputPlace, SeenFrame)> outputs)
    {
        foreach (var (place, socket) in _listeners)
        {
            while (socket.TryReceive(out var frame)) outputs.Add((place, frame));
        }
    }
}
