using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;

namespace Netdev.Helpers;

/// <summary>Sending packets elsewhere. Source: Linux 6.12 net/core/filter.c, bpf_redirect* and bpf_clone_redirect.</summary>
public static class RedirectHelpers
{
    private const long Redirected = (long)TcxAction.TCX_REDIRECT, Shot = (long)TcxAction.TCX_DROP;
    private const ulong IngressFlag = 1;
    private const int NextHopBytes = 20;
    private const uint FamilyIpv4 = 2, FamilyIpv6 = 10;

    /// <summary>Notes a target for when the program returns 7: 7; 2 for flags other than BPF_F_INGRESS.</summary>
    [Helper(HelperId.Redirect)]
    public static long Redirect(NetContext x, uint ifindex, ulong flags)
    {
        if ((flags & ~IngressFlag) != 0) return Shot;
        x.Redirect.Flags = (RedirectFlags)flags;
        x.Redirect.Target = ifindex;
        return Redirected;
    }

    /// <summary>Notes the peer of a device in another namespace as target: 7; 2 for flags.</summary>
    [Helper(HelperId.RedirectPeer)]
    public static long RedirectPeer(NetContext x, uint ifindex, ulong flags)
    {
        if (flags != 0) return Shot;
        x.Redirect.Flags = RedirectFlags.Peer;
        x.Redirect.Target = ifindex;
        return Redirected;
    }

    /// <summary>Notes a device as target, the neighbour to be looked up by route or by the next hop given: 7; 2 for flags or a short struct.</summary>
    [Helper(HelperId.RedirectNeigh)]
    public static long RedirectNeigh(NetContext x, uint ifindex, [OrNull, OrZero] ReadOnlySpan<byte> nextHop, ulong flags)
    {
        if (nextHop.Length is > 0 and < NextHopBytes || flags != 0) return Shot;
        x.Redirect.Flags = RedirectFlags.Neighbour | (nextHop.Length > 0 ? RedirectFlags.NextHop : RedirectFlags.None);
        x.Redirect.Target = ifindex;
        if (nextHop.Length == 0) return Redirected;
        uint family = BinaryPrimitives.ReadUInt32LittleEndian(nextHop);
        x.Redirect.NextHopIsKnownFamily = family is FamilyIpv4 or FamilyIpv6;
        x.Redirect.NextHop = family == FamilyIpv6
            ? IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(nextHop[4..]))
            : IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(nextHop[4..]));
        return Redirected;
    }

    /// <summary>Sends a copy at once and lets the packet itself go on.</summary>
    /// <returns>0; EINVAL flags or no such device; EBADMSG super-packet without type; ENOMEM; else what sending said (1, ENETDOWN, ERANGE).</returns>
    [Helper(HelperId.CloneRedirect, Flags = CallFlags.ChangesPacket)]
    public static long CloneRedirect(NetContext x, Skb skb, uint ifindex, ulong flags)
    {
        if ((flags & ~IngressFlag) != 0) return -(long)Errno.EINVAL;
        ref var fields = ref skb.Fields;
        if (skb.IsGso && fields.GsoType == GsoTypes.None) return -(long)Errno.EBADMSG;
        var device = x.Network.DeviceAt(fields.Device);
        return device.Namespace.TryDevice(ifindex, out var target) ? Clones.Redirect(x, device, target, skb, (RedirectFlags)flags) : -(long)Errno.EINVAL;
    }
}
