using System.Runtime.CompilerServices;
using Netdev.Wire;

namespace Netdev.Skbs;

/// <summary>What a tunnel header carries or is to carry. The bits are the kernel's, as BPF_F_TUNINFO_FLAGS shows them.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/if_tunnel.h, IP_TUNNEL_*_BIT.</remarks>
[Flags]
public enum TunnelFlags : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A checksum over the packet inside.</summary>
    Checksum = 1 << 0,

    /// <summary>A tunnel id.</summary>
    Key = 1 << 2,

    /// <summary>A sequence number.</summary>
    Sequence = 1 << 3,

    /// <summary>The outer header says do not fragment.</summary>
    DontFragment = 1 << 8,

    /// <summary>Geneve: control packet.</summary>
    Oam = 1 << 9,

    /// <summary>Geneve: options a receiver must understand.</summary>
    CriticalOptions = 1 << 10,

    /// <summary>Geneve options.</summary>
    GeneveOptions = 1 << 11,

    /// <summary>VXLAN group policy.</summary>
    VxlanOptions = 1 << 12,

    /// <summary>No cached route is to be used.</summary>
    NoCache = 1 << 13,

    /// <summary>ERSPAN metadata.</summary>
    ErspanOptions = 1 << 14,

    /// <summary>GTP metadata.</summary>
    GtpOptions = 1 << 15,

    /// <summary>Options of any kind: what a program sets counts as all of them.</summary>
    Options = GeneveOptions | VxlanOptions | ErspanOptions | GtpOptions,
}

/// <summary>Tunnel metadata of a packet: what its outer headers said, or are to say.</summary>
/// <remarks>Source: Linux 6.12 include/net/ip_tunnels.h, struct ip_tunnel_info.</remarks>
public struct TunnelInfo
{
    /// <summary>Most bytes of options.</summary>
    public const int MaxOptionBytes = 255;

    /// <summary>True for headers to be made, false for headers that came in.</summary>
    public bool Transmit;

    /// <summary>What is there.</summary>
    public TunnelFlags Flags;

    /// <summary>Tunnel id: VNI of VXLAN and Geneve, key of GRE.</summary>
    public uint Id;

    /// <summary>Type of service or traffic class of the outer header.</summary>
    public byte Tos;

    /// <summary>Time to live or hop limit of the outer header; 0 leaves it to the route when transmitting.</summary>
    public byte Ttl;

    /// <summary>Flow label, 20 bits; IPv6 only.</summary>
    public uint Label;

    /// <summary>Outer source address; any (0) leaves it to the route when transmitting. Its family is the tunnel's.</summary>
    public IpAddress Source;

    /// <summary>Outer destination address.</summary>
    public IpAddress Destination;

    /// <summary>Bytes of <see cref="Options"/> in use, 0 to 255.</summary>
    public byte OptionBytes;

    /// <summary>Options as they lie in the header.</summary>
    public TunnelOptions Options;
}

/// <summary>Room for the options of a tunnel header.</summary>
[InlineArray(TunnelInfo.MaxOptionBytes)]
public struct TunnelOptions
{
    private byte _first;
}
