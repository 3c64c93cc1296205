using Netdev.Skbs;

namespace Netdev.Devices;

/// <summary>The loopback of a namespace: what is sent comes in again at the same device.</summary>
/// <remarks>Source: Linux 6.12 drivers/net/loopback.c, loopback_xmit.</remarks>
public sealed class LoopbackEnd : DeviceKind
{
    private LoopbackEnd()
    {
    }

    /// <summary>The one there is.</summary>
    public static LoopbackEnd Instance { get; } = new();

    internal override bool IsNative => false;

    internal override bool TakesFrames => false;

    internal override int Send(NetContext x, NetDevice device, Skb skb)
    {
        uint length = skb.Fields.Length;
        TransmitPath.ClearSendTime(skb);
        EthernetReceive.TypeTrans(skb, device.WireAddress);
        int result = ReceivePath.Enqueue(x, device, skb);
        if (result != 0) return result;
        var counters = device.CountersOf(x);
        counters.TxPackets++;
        counters.TxBytes += length;
        counters.RxPackets++;
        counters.RxBytes += length;
        return 0;
    }

    internal override void SendFrame(NetContext x, NetDevice device, Skb skb) => throw new System.Diagnostics.UnreachableException("Nothing is sent to what takes no frames.");
}
