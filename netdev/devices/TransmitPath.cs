using System.Runtime.CompilerServices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;

namespace Netdev.Devices;

/// <summary>From the stack or a redirect through egress to the wire or to the other end of a veth.</summary>
/// <remarks>Source: Linux 6.12 net/core/dev.c, __dev_queue_xmit; drivers/net/veth.c, veth_xmit; include/linux/netdevice.h, ____dev_forward_skb.</remarks>
internal static class TransmitPath
{
    /// <summary>Source: Linux 6.12 include/linux/netdevice.h, XMIT_RECURSION_LIMIT.</summary>
    public const int RecursionLimit = 8;

    private const int Congested = 2;

    /// <summary>A frame comes from the stack of the device's namespace.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FromStack(NetContext x, NetDevice device, ReadOnlySpan<byte> frame, long timestampNs)
    {
        if (!ReceivePath.TryEnter(x, device, frame, timestampNs, out var skb)) return;
        if (frame.Length < EthernetView.HeaderBytes)
        {
            device.CountersOf(x).TxDropped++;
            PacketEndings.Drop(x, device, skb, DropReason.TooShort);
            return;
        }
        // A host sends nothing out of a device that is down: no hook sees it. Source: Linux 6.12 net/packet/af_packet.c, packet_snd.
        if (!device.IsUp)
        {
            device.CountersOf(x).TxDropped++;
            PacketEndings.Drop(x, device, skb, DropReason.DeviceDown);
            return;
        }
        ref var fields = ref skb.Fields;
        EthernetReceive.TypeTrans(skb, device.WireAddress);
        EthernetReceive.ResetHeaders(skb);
        fields.PacketType = PacketType.Host;
        Queue(x, device, skb);
        ReceivePath.Drain(x);
    }

    /// <summary>Sends a packet whose data is at its Ethernet header (dev_queue_xmit).</summary>
    /// <returns>0, 1 (NET_XMIT_DROP), 2 (NET_XMIT_CN) or a negative errno; the packet is gone in any case.</returns>
    public static int Queue(NetContext x, NetDevice device, Skb skb)
    {
        ref var fields = ref skb.Fields;
        skb.ResetMacHeader();
        fields.Device = device.Index;
        fields.Ifindex = (uint)device.Ifindex;
        fields.WireLength = fields.Length;
        fields.AtIngress = 0;
        if (device.Egress.IsActive)
        {
            var reason = DropReason.TcEgress;
            var action = HookRunner.Run(x, device.Egress, HookPoint.Egress, device, skb, ref reason);
            if (action == TcxAction.TCX_DROP)
            {
                PacketEndings.Drop(x, device, skb, reason, HookPoint.Egress);
                return ReceivePath.Dropped;
            }
            if (action == TcxAction.TCX_REDIRECT)
            {
                Redirects.Follow(x, device, skb, HookPoint.Egress);
                return 0;
            }
        }
        // One transmit queue: whatever a program chose is overruled (netdev_core_pick_tx).
        fields.QueueMapping = 0;
        // A device that is down, or whose other end is, has a queue that swallows everything (sch_generic.c, noop_enqueue).
        if (!device.IsUp || !device.Kind.HasCarrier) return Fail(x, device, skb, DropReason.DeviceDown, Congested);
        if (x.TransmitDepth > RecursionLimit) return Fail(x, device, skb, DropReason.RecursionLimit, -(int)Errno.ENETDOWN);
        return device.Kind.Send(x, device, skb);
    }

    /// <summary>What a packet loses when it is handed to another device as received (skb_scrub_packet).</summary>
    public static void Scrub(NetContext x, Skb skb, bool toOtherNamespace)
    {
        ref var fields = ref skb.Fields;
        fields.PacketType = PacketType.Host;
        fields.IngressIfindex = 0;
        if (fields.Tunnel != 0) x.Pool.Tunnels.Drop(skb);
        if (!toOtherNamespace) return;
        fields.Mark = 0;
        ClearSendTime(skb);
    }

    /// <summary>Forgets a time stamp that is no delivery time (skb_clear_tstamp).</summary>
    public static void ClearSendTime(Skb skb)
    {
        if (skb.Fields.TimestampType == 0) skb.Fields.Timestamp = 0;
    }

    /// <summary>Hands a packet to a device as if it had come in there: scrubbed, typed anew, queued.</summary>
    /// <returns>0, or 1 (NET_RX_DROP) after dropping it.</returns>
    public static int Forward(NetContext x, NetDevice from, NetDevice to, Skb skb, bool checkMtu)
    {
        ref var fields = ref skb.Fields;
        var reason = !to.IsUp ? DropReason.DeviceDown
            : checkMtu && fields.Length > (uint)to.MaxFrameBytes && !skb.IsGso ? DropReason.MtuExceeded
            : fields.Length < EthernetView.HeaderBytes ? DropReason.TooShort
            : DropReason.None;
        if (reason != DropReason.None)
        {
            to.CountersOf(x).RxDropped++;
            PacketEndings.Drop(x, to, skb, reason);
            return ReceivePath.Dropped;
        }
        Scrub(x, skb, from.Namespace != to.Namespace);
        fields.Priority = 0;
        EthernetReceive.TypeTrans(skb, to.WireAddress);
        skb.SubtractFromSum(fields.Data, EthernetView.HeaderBytes);
        return ReceivePath.Enqueue(x, to, skb);
    }

    private static int Fail(NetContext x, NetDevice device, Skb skb, DropReason reason, int result)
    {
        device.CountersOf(x).TxDropped++;
        PacketEndings.Drop(x, device, skb, reason);
        return result;
    }
}
