using Netdev.Skbs;

namespace Netdev.Devices;

/// <summary>What is behind a device: where frames go that it sends, and what comes with it.</summary>
/// <remarks>To add a kind: a class here, a method of <see cref="Network"/> that makes such devices. Source of the cut: Linux 6.12 struct net_device_ops.</remarks>
public abstract class DeviceKind
{
    private protected DeviceKind()
    {
    }

    /// <summary>True when somebody is at the other end: else its queue swallows everything (noop_enqueue).</summary>
    internal virtual bool HasCarrier => true;

    /// <summary>True when its driver runs XDP itself (ndo_bpf).</summary>
    internal virtual bool IsNative => true;

    /// <summary>Looks whether it takes bare frames now (ndo_xdp_xmit).</summary>
    internal virtual bool TakesFrames => true;

    /// <summary>The MTU that decides whether XDP frames fit a page: of the device whose frames they are.</summary>
    internal virtual int XdpMtu(NetDevice device) => device.Mtu;

    /// <summary>Sends a packet that has passed the egress hook (ndo_start_xmit); it is gone afterwards.</summary>
    /// <returns>0, or NET_XMIT_DROP.</returns>
    internal abstract int Send(NetContext x, NetDevice device, Skb skb);

    /// <summary>Sends a bare frame (ndo_xdp_xmit); it is gone afterwards.</summary>
    internal abstract void SendFrame(NetContext x, NetDevice device, Skb skb);

    /// <summary>The device is being removed: what goes with it.</summary>
    internal virtual void OnRemoved(Network network)
    {
    }
}

/// <summary>A wire: what is sent leaves the testbed.</summary>
public sealed class WireEnd : DeviceKind
{
    private WireEnd()
    {
    }

    /// <summary>The one there is.</summary>
    public static WireEnd Instance { get; } = new();

    internal override int Send(NetContext x, NetDevice device, Skb skb)
    {
        PacketEndings.Transmit(x, device, skb);
        return 0;
    }

    internal override void SendFrame(NetContext x, NetDevice device, Skb skb) => PacketEndings.Transmit(x, device, skb);
}
