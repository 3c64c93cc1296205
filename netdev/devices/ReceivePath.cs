using System.Runtime.CompilerServices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;

namespace Netdev.Devices;

/// <summary>From the wire or a receive queue through XDP and ingress to the stack.</summary>
/// <remarks>
/// What would recurse in the kernel through softirqs goes through the CPU's receive queue here too, so a frame and everything that
/// came of it is done when the outermost call returns. Source: Linux 6.12 net/core/dev.c, __netif_receive_skb_core, netif_rx.
/// </remarks>
internal static class ReceivePath
{
    /// <summary>EAGAIN of skb_do_redirect: look again, on the peer.</summary>
    public const int AnotherRound = -(int)Errno.EAGAIN;

    /// <summary>NET_RX_DROP and NET_XMIT_DROP.</summary>
    public const int Dropped = 1;

    /// <summary>A frame comes in from a device's wire.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FromWire(NetContext x, NetDevice device, ReadOnlySpan<byte> frame, long timestampNs)
    {
        if (!TryEnter(x, device, frame, timestampNs, out var skb)) return;
        if (!device.IsUp)
        {
            PacketEndings.Drop(x, device, skb, DropReason.DeviceDown);
            return;
        }
        ref var fields = ref skb.Fields;
        var counters = device.CountersOf(x);
        if (frame.Length < EthernetView.HeaderBytes)
        {
            counters.RxDropped++;
            PacketEndings.Drop(x, device, skb, DropReason.TooShort);
            return;
        }
        counters.RxPackets++;
        counters.RxBytes += frame.Length;
        EthernetReceive.TypeTrans(skb, device.WireAddress);
        var summed = device.ReceiveChecksum;
        fields.IpSummed = summed;
        if (summed == ChecksumState.Complete) fields.Csum = InternetChecksum.Partial(frame[EthernetView.HeaderBytes..], 0);
        if (device.Xdp is not null) fields.IsXdp = 1;
        Process(x, device, skb);
        Drain(x);
    }

    /// <summary>Makes a packet of a frame and starts its accounting; false when it was refused.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEnter(NetContext x, NetDevice device, ReadOnlySpan<byte> frame, long timestampNs, out Skb skb)
    {
        ArgumentNullException.ThrowIfNull(device);
        x.Network.SetClock(x, timestampNs);
        return TryMake(x, device, frame, timestampNs, out skb);
    }

    /// <summary>The same at the time it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMake(NetContext x, NetDevice device, ReadOnlySpan<byte> frame, long timestampNs, out Skb skb)
    {
        x.LoopBudget = ExecContext.DefaultLoopBudget;
        x.ClonesLeft = NetContext.MaxClones;
        if (!x.Pool.TryTake(frame.Length, out skb))
        {
            PacketEndings.Refuse(x, device, frame, frame.Length > SkbPool.MaxPacketBytes ? DropReason.TooLong : DropReason.NoBuffer);
            return false;
        }
        frame.CopyTo(Native.Bytes(skb.Fields.Data, frame.Length));
        ref var fields = ref skb.Fields;
        fields.Id = x.NextPacketId();
        fields.Device = device.Index;
        fields.Ifindex = (uint)device.Ifindex;
        if (x.Network.StampPackets) fields.Timestamp = timestampNs;
        x.Network.Observer?.Entered(x, device, skb);
        return true;
    }

    /// <summary>Puts a packet into the receive queue (netif_rx); its device is set.</summary>
    /// <returns>0, or <see cref="Dropped"/> after dropping it.</returns>
    public static int Enqueue(NetContext x, NetDevice device, Skb skb)
    {
        ref var fields = ref skb.Fields;
        fields.Device = device.Index;
        fields.Ifindex = (uint)device.Ifindex;
        var reason = ++fields.Hops > x.Network.MaxHops ? DropReason.HopLimit : x.TryEnqueue(skb) ? DropReason.None : DropReason.BacklogFull;
        if (reason == DropReason.None) return 0;
        device.CountersOf(x).RxDropped++;
        PacketEndings.Drop(x, device, skb, reason);
        return Dropped;
    }

    /// <summary>Works off the receive queue, then does what programs queued as work: nobody holds a packet any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Drain(NetContext x)
    {
        if (x.Backlog > 0) DrainBacklog(x);
        x.RunWork();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DrainBacklog(NetContext x)
    {
        while (x.Backlog > 0)
        {
            var skb = x.Dequeue();
            Process(x, x.Network.DeviceAt(skb.Fields.Device), skb);
        }
    }

    /// <summary>A frame that came in on a device: its XDP program if the frame is one for it, then the stack's way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Process(NetContext x, NetDevice device, Skb skb)
    {
        ref var fields = ref skb.Fields;
        if (fields.IsXdp != 0 && !XdpPath.TryPass(x, device, skb)) return;
        EthernetReceive.ResetHeaders(skb);
        while (true)
        {
            uint ifindex = (uint)device.Ifindex;
            fields.IngressIfindex = ifindex;
            fields.Ifindex = ifindex;
            fields.Device = device.Index;
            if (!EthernetReceive.TryUntag(skb))
            {
                device.CountersOf(x).RxDropped++;
                PacketEndings.Drop(x, device, skb, DropReason.VlanCut);
                return;
            }
            if (!device.Ingress.IsActive) break;
            fields.WireLength = fields.Length - (uint)fields.MacLength;
            fields.AtIngress = 1;
            var reason = DropReason.TcIngress;
            var action = HookRunner.Run(x, device.Ingress, HookPoint.Ingress, device, skb, ref reason);
            if (action == TcxAction.TCX_DROP)
            {
                PacketEndings.Drop(x, device, skb, reason, HookPoint.Ingress);
                return;
            }
            if (action != TcxAction.TCX_REDIRECT) break;
            if (Redirects.Follow(x, device, skb, HookPoint.Ingress) != AnotherRound) return;
            device = x.Network.DeviceAt(fields.Device);
        }
        if (device.Namespace.HasTunnels && TunnelReceive.TryTake(x, device, skb)) return;
        PacketEndings.Deliver(x, device, skb);
    }
}
