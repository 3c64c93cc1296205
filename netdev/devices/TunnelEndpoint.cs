using Netdev.Wire;

namespace Netdev.Devices;

/// <summary>What a tunnel device puts around its frames.</summary>
public enum TunnelKind : byte
{
    /// <summary>VXLAN: RFC 7348.</summary>
    Vxlan,

    /// <summary>Geneve: RFC 8926.</summary>
    Geneve,
}

/// <summary>What makes a device a tunnel: frames it sends leave in UDP datagrams of its namespace, and such datagrams come in on it.</summary>
/// <remarks>
/// The device has no remote end of its own: programs say with each packet where it goes (bpf_skb_set_tunnel_key) and read where it
/// came from, as on a device made with <c>external</c>.
/// Source: Linux 6.12 drivers/net/vxlan/vxlan_core.c and drivers/net/geneve.c, collect_md.
/// </remarks>
/// <param name="Kind">Encapsulation.</param>
/// <param name="Port">UDP port it sends to and listens on.</param>
public sealed record TunnelEndpoint(TunnelKind Kind, ushort Port)
{
    /// <summary>The port the encapsulation has by convention.</summary>
    public static ushort DefaultPort(TunnelKind kind) => kind == TunnelKind.Vxlan ? VxlanView.Port : GeneveView.Port;
}
