namespace Netdev.Skbs;

/// <summary>Why a packet ended without being delivered or transmitted.</summary>
/// <remarks>
/// Where the kernel has a reason of its own (include/net/dropreason-core.h, SKB_DROP_REASON_*) the member says which; the others
/// name places where the kernel frees a packet without saying why, and our own limits.
/// </remarks>
public enum DropReason : byte
{
    /// <summary>Not dropped.</summary>
    None,

    /// <summary>A tcx program at ingress said TCX_DROP (SKB_DROP_REASON_TC_INGRESS).</summary>
    TcIngress,

    /// <summary>A tcx program at egress said TCX_DROP (SKB_DROP_REASON_TC_EGRESS).</summary>
    TcEgress,

    /// <summary>XDP_DROP (SKB_DROP_REASON_XDP where a generic XDP program says so).</summary>
    XdpDrop,

    /// <summary>XDP_ABORTED, or a number that is no XDP verdict.</summary>
    XdpAborted,

    /// <summary>XDP_REDIRECT to a device that is not there, down, too small for the frame or takes no XDP frames.</summary>
    XdpRedirect,

    /// <summary>XDP_TX on a veth whose other end has no XDP program.</summary>
    XdpTransmit,

    /// <summary>Shorter than an Ethernet header (SKB_DROP_REASON_PKT_TOO_SMALL).</summary>
    TooShort,

    /// <summary>Longer than 65535 bytes (SKB_DROP_REASON_PKT_TOO_BIG).</summary>
    TooLong,

    /// <summary>A VLAN tag that the frame does not hold whole.</summary>
    VlanCut,

    /// <summary>The device is down.</summary>
    DeviceDown,

    /// <summary>The frame is longer than the device behind a veth takes, or a tunnel's datagram than its route does.</summary>
    MtuExceeded,

    /// <summary>Redirected to an interface that is not in the namespace; also TCX_REDIRECT without a redirect call (EINVAL).</summary>
    RedirectNoDevice,

    /// <summary>bpf_redirect_peer: not at ingress, no peer, peer down or in the same namespace (EINVAL).</summary>
    RedirectNoPeer,

    /// <summary>Redirected without a link layer header in front of the network header (ERANGE).</summary>
    RedirectNoHeader,

    /// <summary>bpf_redirect_neigh: multicast, or neither IPv4 nor IPv6 (ENOTSUPP).</summary>
    RedirectNoProtocol,

    /// <summary>bpf_redirect_neigh: no route, or one that does not lead out.</summary>
    RedirectNoRoute,

    /// <summary>The neighbour's address is not known (SKB_DROP_REASON_NEIGH_FAILED).</summary>
    NeighbourUnknown,

    /// <summary>A tunnel device was not told where to: no metadata, metadata of a packet that came in, or options too short (SKB_DROP_REASON_TUNNEL_TXINFO).</summary>
    TunnelNoMetadata,

    /// <summary>No route to the tunnel's other end that leads out of another device, or no address to send from.</summary>
    TunnelNoRoute,

    /// <summary>The header of a tunnel is cut or has bits that must be zero (SKB_DROP_REASON_VXLAN_INVALID_HDR).</summary>
    TunnelHeader,

    /// <summary>The IP header inside a tunnel's frame is cut (SKB_DROP_REASON_PKT_TOO_SMALL).</summary>
    TunnelInnerCut,

    /// <summary>Congestion was noted outside a packet that takes no part in it (SKB_DROP_REASON_IP_TUNNEL_ECN).</summary>
    TunnelEcn,

    /// <summary>A frame out of a tunnel comes from the tunnel device's own address (SKB_DROP_REASON_LOCAL_MAC).</summary>
    TunnelLoop,

    /// <summary>A datagram for a tunnel with a wrong checksum, or over IPv6 with none (SKB_DROP_REASON_UDP_CSUM).</summary>
    UdpChecksum,

    /// <summary>More than eight transmissions inside each other (SKB_DROP_REASON_RECURSION_LIMIT, ENETDOWN).</summary>
    RecursionLimit,

    /// <summary>The receive queue is full (SKB_DROP_REASON_CPU_BACKLOG): 1000 packets wait on this CPU.</summary>
    BacklogFull,

    /// <summary>The packet crossed more receive queues than it may. Ours: the kernel would forward it in circles for ever.</summary>
    HopLimit,

    /// <summary>The packet pool is empty (SKB_DROP_REASON_NOMEM).</summary>
    NoBuffer,

    /// <summary>A program used up its loop budget. Ours: in the kernel it would still be running.</summary>
    LoopBudget,
}
