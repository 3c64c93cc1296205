using Netdev.Skbs;
using Netdev.Wire;

namespace Netdev.Devices;

/// <summary>One end of a veth pair: what it sends its peer receives.</summary>
/// <remarks>Source: Linux 6.12 drivers/net/veth.c, veth_xmit, veth_xdp_xmit.</remarks>
/// <param name="peer">The other end.</param>
public sealed class VethEnd(NetDevice peer) : DeviceKind
{
    /// <summary>The other end.</summary>
    public NetDevice Peer { get; } = peer;

    internal override bool HasCarrier => Peer.IsUp;

    // A veth takes frames when its peer runs XDP: only then there is somebody to receive them as such.
    internal override bool TakesFrames => Peer.Xdp is not null;

    internal override int XdpMtu(NetDevice device) => Peer.Mtu;

    internal override int Send(NetContext x, NetDevice device, Skb skb)
    {
        uint length = skb.Fields.Length;
        skb.Fields.IsXdp = Peer.Xdp is null ? (byte)0 : (byte)1;
        int result = TransmitPath.Forward(x, device, Peer, skb, checkMtu: true);
        Count(x, device, length, result);
        return result;
    }

    internal override void SendFrame(NetContext x, NetDevice device, Skb skb)
    {
        uint length = skb.Fields.Length;
        int result = ReceivePath.Dropped;
        if (!Peer.IsUp) Lose(x, skb, DropReason.DeviceDown);
        else if (length > (uint)Peer.MaxFrameBytes) Lose(x, skb, DropReason.MtuExceeded);
        else
        {
            EthernetReceive.TypeTrans(skb, Peer.WireAddress);
            skb.Fields.IsXdp = 1;
            result = ReceivePath.Enqueue(x, Peer, skb);
        }
        Count(x, device, length, result);
    }

    internal override void OnRemoved(Network network) => network.Remove(Peer);

    private void Lose(NetContext x, Skb skb, DropReason reason)
    {
        Peer.CountersOf(x).RxDropped++;
        PacketEndings.Drop(x, Peer, skb, reason);
    }

    private void Count(NetContext x, NetDevice device, uint length, int result)
    {
        var counters = device.CountersOf(x);
        if (result != 0)
        {
            counters.TxDropped++;
            return;
        }
        counters.TxPackets++;
        counters.TxBytes += length;
        var received = Peer.CountersOf(x);
        received.RxPackets++;
        received.RxBytes += length;
    }
}
