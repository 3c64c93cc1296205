using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;

namespace Netdev.Helpers;

/// <summary>Routes and MTUs for skb programs. Source: Linux 6.12 net/core/filter.c, bpf_skb_fib_lookup and bpf_skb_check_mtu.</summary>
public static class SkbFib
{
    /// <summary>Asks where a packet would be forwarded; see <see cref="FibQuery"/> for the struct.</summary>
    /// <returns>A <see cref="FibResult"/>, or EINVAL, EAFNOSUPPORT, ENODEV.</returns>
    [Helper(HelperId.FibLookup, Flags = CallFlags.GplOnly)]
    public static long FibLookup(NetContext x, Skb skb, [Initialized] Span<byte> parameters, uint flags)
    {
        var space = x.Network.DeviceAt(skb.Fields.Device).Namespace;
        if (FibQuery.Refuses(parameters, flags)) return -(long)Errno.EINVAL;
        var query = new FibQuery(parameters);
        bool checkMtu = query.TotalLength != 0;
        long result = query.Run(space, flags, checkMtu);
        if (result != (long)FibResult.Success || checkMtu || !space.TryDevice(query.Ifindex, out var device)) return result;
        if (!device.IsUp || (skb.Fields.Length > (uint)device.MaxFrameBytes && !skb.IsGso)) result = (long)FibResult.FragmentationNeeded;
        query.TotalLength = (ushort)device.Mtu;
        return result;
    }

    /// <summary>Compares the packet, or the network length given, plus a difference with a device's MTU.</summary>
    /// <returns>0 fits, 1 too long, 2 a segment is too long (the MTU is then stored); EINVAL flags; ENODEV.</returns>
    [Helper(HelperId.CheckMtu, Flags = CallFlags.GplOnly)]
    public static long CheckMtu(NetContext x, Skb skb, uint ifindex, [Arg(Flags = ArgFlags.Aligned)] Int32Ref length, int difference, ulong flags)
    {
        const ulong Segments = 1;
        bool segments = (flags & Segments) != 0;
        if ((flags & ~Segments) != 0 || (segments && (difference != 0 || length.Value != 0))) return -(long)Errno.EINVAL;
        var device = x.Network.DeviceAt(skb.Fields.Device);
        if (ifindex != 0 && !device.Namespace.TryDevice(ifindex, out device)) return -(long)Errno.ENODEV;
        long result = MtuCheck.Compare(device, length.Value, (int)skb.Fields.Length, difference);
        if (result != 0 && skb.IsGso)
        {
            result = 0;
            if (segments)
            {
                if (skb.Fields.TransportHeader == SkBuff.Unset) return -(long)Errno.EINVAL;
                if (MtuCheck.SegmentBytes(skb) > device.Mtu) result = 2;
            }
        }
        length.Value = device.Mtu;
        return result;
    }
}

/// <summary>Routes and MTUs for XDP programs. Source: Linux 6.12 net/core/filter.c, bpf_xdp_fib_lookup and bpf_xdp_check_mtu.</summary>
public static class XdpFib
{
    /// <summary>As for skbs, but the length given is always checked.</summary>
    [Helper(HelperId.FibLookup, Flags = CallFlags.GplOnly)]
    public static long FibLookup(NetContext x, XdpBuff xdp, [Initialized] Span<byte> parameters, uint flags)
    {
        if (FibQuery.Refuses(parameters, flags)) return -(long)Errno.EINVAL;
        return new FibQuery(parameters).Run(x.Network.DeviceAt(xdp.Fields.Device).Namespace, flags, checkMtu: true);
    }

    /// <summary>As for skbs without flags: 0 fits, 1 too long; EINVAL flags; ENODEV.</summary>
    [Helper(HelperId.CheckMtu, Flags = CallFlags.GplOnly)]
    public static long CheckMtu(NetContext x, XdpBuff xdp, uint ifindex, [Arg(Flags = ArgFlags.Aligned)] Int32Ref length, int difference, ulong flags)
    {
        if (flags != 0) return -(long)Errno.EINVAL;
        var device = x.Network.DeviceAt(xdp.Fields.Device);
        if (ifindex != 0 && !device.Namespace.TryDevice(ifindex, out device)) return -(long)Errno.ENODEV;
        long result = MtuCheck.Compare(device, length.Value, (int)xdp.Fields.Length, difference);
        length.Value = device.Mtu;
        return result;
    }
}

internal static class MtuCheck
{
    /// <summary>0 when the frame fits, 1 when it does not. Sums wrap as the kernel's ints do.</summary>
    public static long Compare(NetDevice device, int networkBytes, int frameBytes, int difference)
    {
        int bytes = unchecked((networkBytes != 0 ? networkBytes + EthernetView.HeaderBytes : frameBytes) + difference);
        return bytes <= device.Mtu + EthernetView.HeaderBytes ? 0 : 1;
    }

    /// <summary>Network-layer bytes of one segment of a super-packet.</summary>
    public static int SegmentBytes(Skb skb)
    {
        ref var fields = ref skb.Fields;
        int headers = fields.TransportHeader - fields.NetworkHeader;
        ulong transport = fields.Head + (ulong)fields.TransportHeader;
        bool isTcp = (fields.GsoType & (GsoTypes.TcpV4 | GsoTypes.TcpV6)) != 0;
        int own = isTcp && transport + TcpView.MinHeaderBytes <= fields.DataEnd ? (Vm.Memory.Native.Ref<byte>(transport + 12) >> 4) * 4 : UdpView.HeaderBytes;
        return headers + own + fields.GsoSize;
    }
}
