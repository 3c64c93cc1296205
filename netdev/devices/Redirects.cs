using System.Buffers.Binary;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Memory;

namespace Netdev.Devices;

/// <summary>Where redirected packets go. Source: Linux 6.12 net/core/filter.c, skb_do_redirect, __bpf_redirect and __bpf_redirect_neigh.</summary>
internal static class Redirects
{
    /// <summary>Does what the redirect helper noted, and clears it.</summary>
    /// <returns><see cref="ReceivePath.AnotherRound"/> when the packet is now on the peer; else the packet is gone.</returns>
    public static int Follow(NetContext x, NetDevice device, Skb skb, HookPoint hook)
    {
        var info = x.Redirect;
        x.Redirect.Target = 0;
        x.Redirect.Flags = RedirectFlags.None;
        if (!device.Namespace.TryDevice(info.Target, out var target)) return Fail(x, device, skb, DropReason.RedirectNoDevice, hook, Errno.EINVAL);
        if ((info.Flags & RedirectFlags.Peer) != 0) return ToPeer(x, device, target, skb, hook);
        return (info.Flags & RedirectFlags.Neighbour) != 0
            ? ThroughNeighbour(x, device, target, skb, info, hook)
            : To(x, device, target, skb, info.Flags, hook);
    }

    /// <summary>Sends a packet out of a device or lets it come in there.</summary>
    public static int To(NetContext x, NetDevice device, NetDevice target, Skb skb, RedirectFlags flags, HookPoint hook)
    {
        ref var fields = ref skb.Fields;
        if (fields.MacHeader >= fields.NetworkHeader || fields.Length == 0) return Fail(x, device, skb, DropReason.RedirectNoHeader, hook, Errno.ERANGE);
        if (fields.AtIngress != 0) skb.AddToSum(fields.Head + (ulong)fields.MacHeader, fields.MacLength);
        if ((flags & RedirectFlags.Ingress) != 0) return TransmitPath.Forward(x, device, target, skb, checkMtu: false);
        if (x.TransmitDepth > TransmitPath.RecursionLimit) return Fail(x, target, skb, DropReason.RecursionLimit, hook, Errno.ENETDOWN);
        TransmitPath.ClearSendTime(skb);
        return Send(x, target, skb);
    }

    private static int Send(NetContext x, NetDevice target, Skb skb)
    {
        x.TransmitDepth++;
        int result = TransmitPath.Queue(x, target, skb);
        x.TransmitDepth--;
        return result;
    }

    private static int ToPeer(NetContext x, NetDevice device, NetDevice target, Skb skb, HookPoint hook)
    {
        ref var fields = ref skb.Fields;
        if (fields.AtIngress == 0 || target.Kind is not VethEnd { Peer: { IsUp: true } peer } || peer.Namespace == device.Namespace)
            return Fail(x, device, skb, DropReason.RedirectNoPeer, hook, Errno.EINVAL);
        fields.Device = peer.Index;
        var counters = peer.CountersOf(x);
        counters.RxPackets++;
        counters.RxBytes += fields.Length;
        TransmitPath.Scrub(x, skb, toOtherNamespace: false);
        // The kernel loops here for ever when two programs send a packet to and fro; we count this as crossing a queue.
        if (++fields.Hops > x.Network.MaxHops) return Fail(x, peer, skb, DropReason.HopLimit, hook, Errno.EINVAL);
        return ReceivePath.AnotherRound;
    }

    private static int ThroughNeighbour(NetContext x, NetDevice device, NetDevice target, Skb skb, in RedirectInfo info, HookPoint hook)
    {
        ref var fields = ref skb.Fields;
        if (fields.MacHeader >= fields.NetworkHeader || fields.Length < EthernetView.HeaderBytes || MacAddress.Read(skb.Bytes).IsMulticast)
            return Fail(x, device, skb, DropReason.RedirectNoProtocol, hook, Errno.ENOTSUPP);
        if (fields.AtIngress != 0) skb.AddToSum(fields.Head + (ulong)fields.MacHeader, fields.MacLength);
        // The old Ethernet header goes; what the packet is follows from skb->protocol, not from its bytes.
        fields.NetworkHeader = (int)(fields.Data - fields.Head) + EthernetView.HeaderBytes;
        var reason = TryNextHop(target, skb, info, out var nextHop);
        if (reason == DropReason.None && x.TransmitDepth > TransmitPath.RecursionLimit) reason = DropReason.RecursionLimit;
        MacAddress neighbour = default;
        if (reason == DropReason.None && !TryNeighbour(target, nextHop, out neighbour)) reason = DropReason.NeighbourUnknown;
        if (reason != DropReason.None)
        {
            if (reason != DropReason.RedirectNoProtocol) target.CountersOf(x).TxDropped++;
            return Fail(x, target, skb, reason, hook, reason == DropReason.RedirectNoProtocol ? Errno.ENOTSUPP : Errno.ENETDOWN);
        }
        // A route of the kernel's own takes the place of tunnel metadata.
        if ((info.Flags & RedirectFlags.NextHop) == 0) x.Pool.Tunnels.Drop(skb);
        TransmitPath.ClearSendTime(skb);
        neighbour.Write(skb.Bytes);
        target.Mac.Write(skb.Bytes[MacAddress.Bytes..]);
        BinaryPrimitives.WriteUInt16BigEndian(skb.Bytes[(2 * MacAddress.Bytes)..], nextHop.IsV6 ? EtherType.Ipv6 : EtherType.Ipv4);
        if (skb.EtherType is EtherType.Ipv4 or EtherType.Ipv6) Native.Ref<ushort>(fields.Data + 12) = fields.Protocol;
        return Send(x, target, skb);
    }

    /// <summary>The next hop a program named, or the one the routes of the target's namespace name.</summary>
    private static DropReason TryNextHop(NetDevice target, Skb skb, in RedirectInfo info, out IpAddress nextHop)
    {
        nextHop = info.NextHop;
        bool isV6 = skb.EtherType == EtherType.Ipv6;
        if (!isV6 && skb.EtherType != EtherType.Ipv4) return DropReason.RedirectNoProtocol;
        if ((info.Flags & RedirectFlags.NextHop) != 0)
            return info.NextHopIsKnownFamily && (!isV6 || nextHop.IsV6) ? DropReason.None : DropReason.RedirectNoRoute;
        var network = skb.Bytes[EthernetView.HeaderBytes..];
        if (network.Length < (isV6 ? Ipv6View.HeaderBytes : Ipv4View.MinHeaderBytes)) return DropReason.RedirectNoRoute;
        var destination = isV6
            ? IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(network[24..]))
            : IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(network[16..]));
        // Every device with IPv6 has a route for multicast.
        if (destination is { IsV6: true, IsMulticast: true })
        {
            nextHop = destination;
            return DropReason.None;
        }
        bool strict = isV6 && (destination.NeedsOwnDevice || BinaryPrimitives.ReadUInt128BigEndian(network[8..]) == 0);
        var route = target.Namespace.Fib.Lookup(destination, skb.Fields.Mark, target, strict);
        if (route is not { Type: RouteType.Unicast or RouteType.Local or RouteType.Anycast }) return DropReason.RedirectNoRoute;
        nextHop = route.Gateway ?? destination;
        return DropReason.None;
    }

    // Groups and everybody have link addresses of their own; nobody is asked for them. Source: Linux 6.12 net/ipv4/arp.c, arp_constructor; net/ipv6/ndisc.c, ndisc_constructor.
    /// <summary>The hardware address of a next hop: a known neighbour's, or a group's.</summary>
    public static bool TryNeighbour(NetDevice target, IpAddress nextHop, out MacAddress mac)
    {
        if (target.Namespace.Fib.TryNeighbour(target, nextHop, out mac)) return true;
        if (nextHop.IsMulticast) mac = new MacAddress(nextHop.IsV6 ? 0x3333_0000_0000UL | (uint)nextHop.Value : 0x0100_5e00_0000UL | (uint)nextHop.Value & 0x7f_ffff);
        else if (!nextHop.IsV6 && (nextHop.Value == uint.MaxValue || target.Namespace.Fib.LookupIn(Fib.LocalTable, nextHop, target) is { Type: RouteType.Broadcast })) mac = MacAddress.Broadcast;
        else return false;
        return true;
    }

    private static int Fail(NetContext x, NetDevice device, Skb skb, DropReason reason, HookPoint hook, Errno errno)
    {
        PacketEndings.Drop(x, device, skb, reason, hook);
        return -(int)errno;
    }
}

/// <summary>Copies that programs send while the packet itself goes on.</summary>
internal static class Clones
{
    /// <summary>Copies a packet and sends the copy now; ENOMEM when there is no room for it or the budget of copies is used up.</summary>
    public static int Redirect(NetContext x, NetDevice device, NetDevice target, Skb skb, RedirectFlags flags)
    {
        if (x.ClonesLeft <= 0 || !x.Pool.TryClone(skb, out var clone)) return -(int)Errno.ENOMEM;
        x.ClonesLeft--;
        clone.Fields.ParentId = skb.Fields.Id;
        clone.Fields.Id = x.NextPacketId();
        x.Network.Observer?.Entered(x, device, clone);
        return Redirects.To(x, device, target, clone, flags, HookPoint.None);
    }
}
