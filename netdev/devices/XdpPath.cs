using System.Buffers.Binary;
using Netdev.Skbs;
using Vm.Abi;
using Vm.Maps;

namespace Netdev.Devices;

/// <summary>What becomes of a frame in front of an XDP program.</summary>
/// <remarks>
/// XDP frames sent on skip tcx egress and carry nothing but their bytes. A veth takes them only while its other end runs XDP itself.
/// Source: Linux 6.12 drivers/net/veth.c, veth_xdp_rcv_skb and veth_xdp_xmit; kernel/bpf/devmap.c; net/core/filter.c, xdp_do_redirect.
/// </remarks>
internal static class XdpPath
{
    /// <summary>Runs the device's program over a frame; true when it goes on as an skb, else it is gone.</summary>
    public static bool TryPass(NetContext x, NetDevice device, Skb skb)
    {
        ref var fields = ref skb.Fields;
        // The program may have been taken off while the frame waited.
        if (device.XdpProgram is not { } slot)
        {
            fields.IsXdp = 0;
            return true;
        }
        return TryPass(x, device, slot, skb, isLive: false);
    }

    /// <summary>The same for a frame of a live test run: the program need not be the device's, and XDP_TX is a redirect to the same device.</summary>
    /// <remarks>Source: Linux 6.12 net/bpf/test_run.c, xdp_test_run_batch.</remarks>
    public static bool TryPassLive(NetContext x, NetDevice device, XdpSlot slot, Skb skb) => TryPass(x, device, slot, skb, isLive: true);

    private static bool TryPass(NetContext x, NetDevice device, XdpSlot slot, Skb skb, bool isLive)
    {
        ref var fields = ref skb.Fields;
        fields.IngressIfindex = (uint)device.Ifindex;
        var reason = DropReason.XdpDrop;
        var action = HookRunner.RunXdp(x, slot, device, skb, ref reason);
        fields.IsXdp = 0;
        switch (action)
        {
            case XdpAction.XDP_PASS:
                fields.PacketType = PacketType.Host;
                EthernetReceive.TypeTrans(skb, device.WireAddress);
                if (fields.IpSummed == ChecksumState.Complete) fields.IpSummed = ChecksumState.None;
                return true;
            case XdpAction.XDP_TX:
                if (isLive ? Fits(device, skb) : device.Kind.TakesFrames) SendFrame(x, device, skb);
                else PacketEndings.Drop(x, device, skb, DropReason.XdpTransmit, HookPoint.Xdp);
                return false;
            case XdpAction.XDP_REDIRECT:
                Redirect(x, device, skb);
                return false;
            case XdpAction.XDP_ABORTED:
                reason = DropReason.XdpAborted;
                break;
            case XdpAction.XDP_DROP:
            default:
                break;
        }
        PacketEndings.Drop(x, device, skb, reason, HookPoint.Xdp);
        return false;
    }

    private static void Redirect(NetContext x, NetDevice device, Skb skb)
    {
        var info = x.Redirect;
        x.Redirect = default;
        if (info.XdpBroadcast is { } map)
        {
            Broadcast(x, device, skb, map, info.XdpExcludeIngress);
            return;
        }
        if (info.XdpArmed && device.Namespace.TryDevice(info.XdpIfindex, out var target) && Fits(target, skb)) SendFrame(x, target, skb);
        else PacketEndings.Drop(x, device, skb, DropReason.XdpRedirect, HookPoint.Xdp);
    }

    private static void Broadcast(NetContext x, NetDevice device, Skb skb, DevMap map, bool excludeIngress)
    {
        NetDevice? last = null;
        Span<byte> key = stackalloc byte[4], next = stackalloc byte[4];
        var errno = map.NextKey([], next);
        while (errno == Errno.None)
        {
            next.CopyTo(key);
            uint ifindex = (uint)map.IfindexAt(x, BinaryPrimitives.ReadUInt32LittleEndian(key));
            if (device.Namespace.TryDevice(ifindex, out var target) && Fits(target, skb) && !(excludeIngress && target == device))
            {
                // The last one gets the frame itself; those before it get copies.
                if (last is not null && TryCopy(x, device, skb, out var copy)) SendFrame(x, last, copy);
                last = target;
            }
            errno = map.NextKey(key, next);
        }
        if (last is not null) SendFrame(x, last, skb);
        else PacketEndings.Drop(x, device, skb, DropReason.XdpRedirect, HookPoint.Xdp);
    }

    private static bool TryCopy(NetContext x, NetDevice device, Skb skb, out Skb copy)
    {
        copy = default;
        if (x.ClonesLeft <= 0 || !x.Pool.TryClone(skb, out copy)) return false;
        x.ClonesLeft--;
        copy.Fields.ParentId = skb.Fields.Id;
        copy.Fields.Id = x.NextPacketId();
        x.Network.Observer?.Entered(x, device, copy);
        return true;
    }

    private static bool Fits(NetDevice target, Skb skb) => target.Kind.TakesFrames && target.IsUp && skb.Fields.Length <= (uint)target.MaxFrameBytes;

    /// <summary>Sends a bare frame (ndo_xdp_xmit): no egress hook, nothing of the skb survives.</summary>
    private static void SendFrame(NetContext x, NetDevice device, Skb skb)
    {
        Strip(skb);
        device.Kind.SendFrame(x, device, skb);
    }

    private static void Strip(Skb skb)
    {
        ref var fields = ref skb.Fields;
        var bare = new SkBuff
        {
            Data = fields.Data,
            DataEnd = fields.DataEnd,
            DataMeta = fields.DataMeta,
            MetaLength = fields.MetaLength,
            Head = fields.Head,
            Limit = fields.Limit,
            Length = fields.Length,
            MacHeader = (int)(fields.Data - fields.Head),
            TransportHeader = SkBuff.Unset,
            KernelHead = fields.KernelHead,
            BigBuffer = fields.BigBuffer,
            Id = fields.Id,
            ParentId = fields.ParentId,
            Hops = fields.Hops,
            Device = fields.Device,
        };
        fields = bare;
    }
}
