using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Netdev.Devices;
using Vm.Abi;

namespace Sim.Live.Net;

/// <summary>What a device to be made is like.</summary>
/// <param name="Name">Name, at most 15 characters.</param>
/// <param name="Ifindex">Interface number; 0 lets the kernel choose.</param>
/// <param name="Mac">Six bytes; null lets the kernel choose.</param>
/// <param name="Mtu">Most bytes behind the Ethernet header.</param>
internal sealed record LinkSpec(string Name, int Ifindex = 0, byte[]? Mac = null, int Mtu = 1500);

/// <summary>Makes and configures the devices of one network namespace through rtnetlink.</summary>
/// <remarks>Source: Linux 6.12 net/core/rtnetlink.c, rtnl_newlink; drivers/net/veth.c, veth_newlink; include/uapi/linux/if_link.h.</remarks>
internal sealed class LinkControl : IDisposable
{
    private const ushort NewLink = 16, DelLink = 17, GetLink = 18, NewAddress = 20, NewRoute = 24, NewNeighbour = 28;
    private const ushort Exclusive = 0x200, Replace = 0x100, CreateFlag = 0x400;
    private const ushort LinkAddress = 1, LinkName = 3, LinkMtu = 4, LinkInfo = 18, InfoKind = 1, InfoData = 2, VethPeer = 1, NamespaceFd = 28;
    private const uint Up = 1, NoArp = 0x80, Multicast = 0x1000;

    private readonly NetlinkSocket _socket = new();
    private readonly string _name;

    /// <summary>Opens the socket in the namespace of the calling thread.</summary>
    public LinkControl(string name) => _name = name;

    /// <summary>Makes a veth pair.</summary>
    /// <param name="end">The end in this namespace.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="peerSpace">Where the other end goes; null keeps it here.</param>
    public void AddVethPair(LinkSpec end, LinkSpec peer, NetworkNamespace? peerSpace = null)
    {
        var request = new NetlinkMessage(NewLink, CreateFlag | Exclusive, Header(end.Ifindex));
        Describe(request, end);
        request.Nest(LinkInfo, info => info.Put(InfoKind, "veth").Nest(InfoData, data => data.Nest(VethPeer, other =>
        {
            other.PutStruct(Header(peer.Ifindex));
            Describe(other, peer);
            if (peerSpace is not null) other.Put(NamespaceFd, peerSpace.Number);
        })));
        Demand(_socket.Ask(request), $"devices '{end.Name}' and '{peer.Name}'", "make them");
    }

    /// <summary>Makes a tunnel device that is told with each packet where it goes.</summary>
    /// <remarks>Source: Linux 6.12 drivers/net/vxlan/vxlan_core.c, vxlan_nl2conf; drivers/net/geneve.c, geneve_nl2info.</remarks>
    public void AddTunnel(LinkSpec link, TunnelEndpoint tunnel)
    {
        const ushort vxlanLearning = 7, vxlanPort = 15, vxlanMetadata = 25, genevePort = 5, geneveMetadata = 6;
        byte[] port = [(byte)(tunnel.Port >> 8), (byte)tunnel.Port];
        var request = new NetlinkMessage(NewLink, CreateFlag | Exclusive, Header(link.Ifindex));
        Describe(request, link);
        if (tunnel.Kind == TunnelKind.Vxlan)
            request.Nest(LinkInfo, info => info.Put(InfoKind, "vxlan").Nest(InfoData, data => data.Put(vxlanMetadata, [1]).Put(vxlanLearning, [0]).Put(vxlanPort, port)));
        else
            request.Nest(LinkInfo, info => info.Put(InfoKind, "geneve").Nest(InfoData, data => data.Put(geneveMetadata, []).Put(genevePort, port)));
        Demand(_socket.Ask(request), $"device '{link.Name}'", "make it");
    }

    /// <summary>Removes a device; a veth takes its peer along.</summary>
    public void Remove(string name) => Demand(_socket.Ask(new NetlinkMessage(DelLink, 0, Header(Ifindex(name)))), $"device '{name}'", "remove it");

    /// <summary>Lets packets through. The device is told it has no multicast, so that the kernel does not report groups on it.</summary>
    /// <param name="name">Device; <c>lo</c> is always there.</param>
    /// <param name="arp">False: the kernel never asks for or answers an address on it.</param>
    public void BringUp(string name, bool arp = true) =>
        Demand(_socket.Ask(new NetlinkMessage(NewLink, 0, Header(Ifindex(name), Up | (arp ? 0 : NoArp), Up | NoArp | Multicast))), $"device '{name}'", "bring it up");

    /// <summary>Waits until a device that is up, with its other end, really lets packets through.</summary>
    /// <remarks>The kernel starts its queue a moment after both ends are up. Source: Linux 6.12 net/core/link_watch.c, linkwatch_do_dev.</remarks>
    public void AwaitRunning(string name)
    {
        const ushort operatingState = 16;
        const byte up = 6;
        const int infoBytes = 16, attempts = 5000;
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            byte state = 0;
            var request = new NetlinkMessage(GetLink, 0, Header(0)).Put(LinkName, name);
            Demand(_socket.Ask(request, answer => state = NetlinkMessage.TryFind(answer.AsSpan(infoBytes), operatingState, out var value) ? value[0] : (byte)0), $"device '{name}'", "find it");
            if (state == up) return;
            Thread.Sleep(1);
        }
        Demand(Errno.ETIMEDOUT, $"device '{name}'", "let packets through");
    }

    /// <summary>Lets no packets through any more.</summary>
    public void TakeDown(string name) => Demand(_socket.Ask(new NetlinkMessage(NewLink, 0, Header(Ifindex(name), 0, Up))), $"device '{name}'", "take it down");

    /// <summary>Moves a device to another namespace; it is down there.</summary>
    public void Move(string name, NetworkNamespace space) =>
        Demand(_socket.Ask(new NetlinkMessage(NewLink, 0, Header(Ifindex(name))).Put(NamespaceFd, space.Number)), $"device '{name}'", "move it to another namespace");

    /// <summary>The interface number of a device.</summary>
    /// <exception cref="KernelRefusedException">ENODEV: there is none.</exception>
    public int Ifindex(string name)
    {
        int found = 0;
        var request = new NetlinkMessage(GetLink, 0, Header(0)).Put(LinkName, name);
        Demand(_socket.Ask(request, answer => found = BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(4))), $"device '{name}'", "find it");
        return found;
    }

    /// <summary>Gives a device an address.</summary>
    public void AddAddress(string device, IPAddress address, int prefixLength)
    {
        const ushort addressAttribute = 1, localAttribute = 2, flagsAttribute = 8;
        const uint noDuplicateDetection = 2;
        byte[] bytes = address.GetAddressBytes();
        var request = new NetlinkMessage(NewAddress, CreateFlag | Exclusive, [Family(address), (byte)prefixLength, 0, 0, .. BitConverter.GetBytes(Ifindex(device))])
            .Put(localAttribute, bytes).Put(addressAttribute, bytes).Put(flagsAttribute, noDuplicateDetection);
        Demand(_socket.Ask(request), $"device '{device}'", $"give it the address {address}/{prefixLength}");
    }

    /// <summary>Adds a route to the main table.</summary>
    public void AddRoute(string device, IPAddress prefix, int prefixLength, IPAddress? gateway)
    {
        const byte mainTable = 254, staticProtocol = 4, universe = 0, link = 253, unicast = 1;
        const ushort destinationAttribute = 1, outAttribute = 4, gatewayAttribute = 5;
        const uint onLink = 4;
        byte scope = gateway is null && prefix.AddressFamily == AddressFamily.InterNetwork ? link : universe;
        var request = new NetlinkMessage(NewRoute, CreateFlag | Exclusive,
            [Family(prefix), (byte)prefixLength, 0, 0, mainTable, staticProtocol, scope, unicast, .. BitConverter.GetBytes(gateway is null ? 0 : onLink)])
            .Put(outAttribute, (uint)Ifindex(device));
        if (prefixLength > 0) request.Put(destinationAttribute, prefix.GetAddressBytes());
        if (gateway is not null) request.Put(gatewayAttribute, gateway.GetAddressBytes());
        Demand(_socket.Ask(request), $"device '{device}'", $"add the route {prefix}/{prefixLength}");
    }

    /// <summary>Tells the link address of a neighbour, for good.</summary>
    public void SetNeighbour(string device, IPAddress address, byte[] mac)
    {
        const ushort destinationAttribute = 1, macAttribute = 2;
        const byte permanent = 0x80;
        var request = new NetlinkMessage(NewNeighbour, CreateFlag | Replace, [Family(address), 0, 0, 0, .. BitConverter.GetBytes(Ifindex(device)), permanent, 0, 0, 0])
            .Put(destinationAttribute, address.GetAddressBytes()).Put(macAttribute, mac);
        Demand(_socket.Ask(request), $"device '{device}'", $"set the neighbour {address}");
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static void Describe(NetlinkMessage into, LinkSpec link)
    {
        into.Put(LinkName, link.Name).Put(LinkMtu, (uint)link.Mtu);
        if (link.Mac is { } mac) into.Put(LinkAddress, mac);
    }

    // struct ifinfomsg: family, padding, type, index, flags, which flags to change.
    private static byte[] Header(int ifindex, uint flags = 0, uint change = 0)
    {
        var header = new byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), ifindex);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), change);
        return header;
    }

    private static byte Family(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? (byte)2 : (byte)10;

    private void Demand(Errno errno, string where, string what)
    {
        if (errno != Errno.None) throw new KernelRefusedException("kernel", $"namespace '{_name}', {where}", $"the kernel refuses to {what} ({errno})", errno);
    }
}
