using Netdev.Skbs;

namespace Netdev.Devices;

/// <summary>A tunnel: what is sent goes on inside a datagram, by the routes of the device's namespace.</summary>
/// <param name="endpoint">Which tunnel, and where it listens.</param>
public sealed class TunnelEnd(TunnelEndpoint endpoint) : DeviceKind
{
    /// <summary>Which tunnel, and where it listens.</summary>
    public TunnelEndpoint Endpoint { get; } = endpoint;

    internal override bool IsNative => false;

    // Tunnels have no such call: a frame for one is lost. Source: Linux 6.12 kernel/bpf/devmap.c, __xdp_enqueue.
    internal override bool TakesFrames => false;

    internal override int Send(NetContext x, NetDevice device, Skb skb) => TunnelTransmit.Send(x, device, Endpoint, skb);

    internal override void SendFrame(NetContext x, NetDevice device, Skb skb) => throw new System.Diagnostics.UnreachableException("Nothing is sent to what takes no frames.");
}
