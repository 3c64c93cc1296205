using System.Runtime.CompilerServices;
using Netdev.Skbs;

namespace Netdev.Devices;

/// <summary>The three ways a packet ends. Every packet comes through here exactly once.</summary>
internal static class PacketEndings
{
    /// <summary>Hands a packet to the stack of the device's namespace.</summary>
    public static void Deliver(NetContext x, NetDevice device, Skb skb)
    {
        ref var fields = ref skb.Fields;
        var counters = device.CountersOf(x);
        counters.Delivered++;
        counters.DeliveredBytes += fields.Length;
        if (device.StackSink is not null || x.Network.Observer is not null) Show(x, device, skb, PacketEnd.Delivered, device.StackSink);
        x.Pool.Release(skb);
    }

    /// <summary>Lets a packet leave on the device's wire.</summary>
    public static void Transmit(NetContext x, NetDevice device, Skb skb)
    {
        ref var fields = ref skb.Fields;
        var counters = device.CountersOf(x);
        if (fields.Vlan != 0 && !VlanTags.TryInsert(x.Pool, skb))
        {
            counters.TxDropped++;
            Drop(x, device, skb, DropReason.NoBuffer);
            return;
        }
        if (fields.IpSummed == ChecksumState.Partial && fields.CsumStart > 0) skb.CompleteSum();
        counters.TxPackets++;
        counters.TxBytes += fields.Length;
        counters.Transmitted++;
        if (device.WireSink is not null || x.Network.Observer is not null) Show(x, device, skb, PacketEnd.Transmitted, device.WireSink);
        x.Pool.Release(skb);
    }

    /// <summary>Drops a packet.</summary>
    public static void Drop(NetContext x, NetDevice device, Skb skb, DropReason reason, HookPoint hook = HookPoint.None)
    {
        device.CountersOf(x).CountDrop(reason);
        if (x.Network.Observer is not null) ShowDrop(x, device, skb, reason, hook);
        x.Pool.Release(skb);
    }

    /// <summary>Refuses a frame that never became a packet.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Refuse(NetContext x, NetDevice device, ReadOnlySpan<byte> frame, DropReason reason)
    {
        var counters = device.CountersOf(x);
        counters.CountDrop(reason);
        counters.RxDropped++;
        x.Network.Observer?.Ended(x, new PacketOutcome(0, 0, device, PacketEnd.Dropped, reason, HookPoint.None, null, x.RealtimeNs), frame);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Show(NetContext x, NetDevice device, Skb skb, PacketEnd end, IFrameSink? sink)
    {
        ref var fields = ref skb.Fields;
        // Like packet sockets we show the frame with its tag; when there is no memory to put it back, without.
        if (fields.Vlan != 0) VlanTags.TryInsert(x.Pool, skb);
        sink?.Frame(x, device, x.RealtimeNs, skb.Bytes);
        x.Network.Observer?.Ended(
            x, new PacketOutcome(fields.Id, fields.ParentId, device, end, DropReason.None, HookPoint.None, null, x.RealtimeNs), skb.Bytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShowDrop(NetContext x, NetDevice device, Skb skb, DropReason reason, HookPoint hook)
    {
        ref var fields = ref skb.Fields;
        if (fields.Vlan != 0) VlanTags.TryInsert(x.Pool, skb);
        var program = hook == HookPoint.None ? null : x.LastProgram;
        x.Network.Observer!.Ended(x, new PacketOutcome(fields.Id, fields.ParentId, device, PacketEnd.Dropped, reason, hook, program, x.RealtimeNs), skb.Bytes);
    }
}
