using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;

namespace Netdev.Skbs;

/// <summary>Packet bytes for dynptrs over skbs and XDP buffers.</summary>
/// <remarks>Packets are linear, so every range inside one is contiguous. Source: Linux 6.12 net/core/filter.c, bpf_skb_*_bytes, bpf_xdp_*_bytes.</remarks>
public sealed class SkbBytes : PacketBytes
{
    /// <inheritdoc/>
    public override uint Length(ulong ctx) => new Skb(ctx).Fields.Length;

    /// <inheritdoc/>
    public override ulong Linear(ulong ctx, uint offset, uint bytes)
    {
        ref var fields = ref new Skb(ctx).Fields;
        return (ulong)offset + bytes <= fields.Length ? fields.Data + offset : 0;
    }

    /// <inheritdoc/>
    public override long Store(ulong ctx, uint offset, ReadOnlySpan<byte> from, ulong flags) => new Skb(ctx).Fields.IsXdp != 0
        ? PacketMoves.XdpStore(new XdpBuff(ctx), offset, from)
        : PacketMoves.Store(new Skb(ctx), offset, from, flags);

    /// <inheritdoc/>
    public override long Load(ulong ctx, uint offset, Span<byte> to) => new Skb(ctx).Fields.IsXdp != 0
        ? PacketMoves.XdpLoad(new XdpBuff(ctx), offset, to)
        : PacketMoves.Load(new Skb(ctx), offset, to);
}

/// <summary>Copies into and out of packets with the checks and errnos of the kernel's helpers.</summary>
public static class PacketMoves
{
    private const ulong RecomputeCsum = 1, InvalidateHash = 2;

    /// <summary>bpf_skb_store_bytes: 0; EINVAL for unknown flags; EFAULT when the range leaves the packet.</summary>
    public static long Store(Skb skb, uint offset, ReadOnlySpan<byte> from, ulong flags)
    {
        if ((flags & ~(RecomputeCsum | InvalidateHash)) != 0) return -(long)Errno.EINVAL;
        ref var fields = ref skb.Fields;
        if (offset > int.MaxValue || offset + (ulong)from.Length > fields.Length) return -(long)Errno.EFAULT;
        ulong at = fields.Data + offset;
        if ((flags & RecomputeCsum) != 0) skb.SubtractFromSum(at, from.Length, (int)offset);
        from.CopyTo(Native.Bytes(at, from.Length));
        if ((flags & RecomputeCsum) != 0) skb.AddToSum(at, from.Length, (int)offset);
        if ((flags & InvalidateHash) != 0) skb.ClearHash();
        return 0;
    }

    /// <summary>bpf_skb_load_bytes: 0; EFAULT with the buffer zeroed when the range leaves the packet.</summary>
    public static long Load(Skb skb, uint offset, Span<byte> to)
    {
        ref var fields = ref skb.Fields;
        if (offset > int.MaxValue || offset + (ulong)to.Length > fields.Length)
        {
            to.Clear();
            return -(long)Errno.EFAULT;
        }
        Native.Bytes(fields.Data + offset, to.Length).CopyTo(to);
        return 0;
    }

    /// <summary>bpf_xdp_store_bytes: 0; EFAULT for numbers above 65535; EINVAL when the range leaves the packet.</summary>
    public static long XdpStore(XdpBuff xdp, uint offset, ReadOnlySpan<byte> from)
    {
        long errno = XdpRange(xdp, offset, (uint)from.Length);
        if (errno == 0) from.CopyTo(Native.Bytes(xdp.Fields.Data + offset, from.Length));
        return errno;
    }

    /// <summary>bpf_xdp_load_bytes: as the store; the buffer is left alone on error.</summary>
    public static long XdpLoad(XdpBuff xdp, uint offset, Span<byte> to)
    {
        long errno = XdpRange(xdp, offset, (uint)to.Length);
        if (errno == 0) Native.Bytes(xdp.Fields.Data + offset, to.Length).CopyTo(to);
        return errno;
    }

    private static long XdpRange(XdpBuff xdp, uint offset, uint bytes)
    {
        if (offset > 0xffff || bytes > 0xffff) return -(long)Errno.EFAULT;
        return offset + bytes > xdp.Fields.Length ? -(long)Errno.EINVAL : 0;
    }
}
