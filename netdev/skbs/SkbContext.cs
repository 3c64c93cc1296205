using Vm.Abi;
using Vm.Runtime;

namespace Netdev.Skbs;

/// <summary>A packet as the context of programs that get a struct __sk_buff.</summary>
/// <param name="Skb">The packet.</param>
public readonly record struct SkbContext(Skb Skb) : IProgramContext
{
    /// <inheritdoc/>
    public ulong Address => Skb.Address;

    /// <inheritdoc/>
    public static bool Fits(ProgramType type) => type is ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.SocketFilter or ProgramType.CgroupSkb;
}

/// <summary>A packet as the context of programs that get a struct xdp_md.</summary>
/// <param name="Skb">The packet; its struct says that it is an XDP frame.</param>
public readonly record struct XdpContext(Skb Skb) : IProgramContext
{
    /// <inheritdoc/>
    public ulong Address => Skb.Address;

    /// <inheritdoc/>
    public static bool Fits(ProgramType type) => type == ProgramType.Xdp;
}
