namespace Vm.Runtime;

/// <summary>Packet bytes as dynptrs see them. The networking side implements it; the vm only knows there are bytes.</summary>
public abstract class PacketBytes
{
    /// <summary>Length in bytes of the packet behind a native context.</summary>
    public abstract uint Length(ulong ctx);

    /// <summary>Address of a contiguous range of the packet; 0 when it leaves the packet or is not contiguous.</summary>
    public abstract ulong Linear(ulong ctx, uint offset, uint bytes);

    /// <summary>Stores into the packet as bpf_skb_store_bytes or bpf_xdp_store_bytes do: 0 or a negative errno.</summary>
    public abstract long Store(ulong ctx, uint offset, ReadOnlySpan<byte> from, ulong flags);

    /// <summary>Loads from the packet: 0 or a negative errno.</summary>
    public abstract long Load(ulong ctx, uint offset, Span<byte> to);
}
