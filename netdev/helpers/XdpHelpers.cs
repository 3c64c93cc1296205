using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;
using Vm.Memory;

namespace Netdev.Helpers;

/// <summary>What only XDP programs may call. Source: Linux 6.12 net/core/filter.c, bpf_xdp_*; include/linux/filter.h, __bpf_xdp_redirect_map.</summary>
/// <remarks>
/// Frames are linear, also long ones, which in the kernel would lie in fragments. A frame of up to 3520 bytes has the limits of a
/// 4096-byte buffer with 256 bytes of headroom.
/// </remarks>
public static class XdpHelpers
{
    /// <summary>Bytes at the buffer's start that stay free. Source: Linux 6.12 include/net/xdp.h, struct xdp_frame.</summary>
    private const int FrameStructBytes = 40;

    private const int MaxMetaBytes = 255;
    private const uint ActionMask = 3;
    private const ulong Broadcast = 8, ExcludeIngress = 16;

    /// <summary>Moves the frame's start, metadata with it: 0; EINVAL when it would leave the headroom or less than 14 bytes remain.</summary>
    [Helper(HelperId.XdpAdjustHead, Flags = CallFlags.ChangesPacket)]
    public static long AdjustHead(XdpBuff xdp, int offset)
    {
        ref var fields = ref xdp.Fields;
        long data = (long)fields.Data + offset;
        if (data < (long)fields.Head + FrameStructBytes + fields.MetaLength || data > (long)fields.DataEnd - EthernetView.HeaderBytes) return -(long)Errno.EINVAL;
        ulong meta = fields.DataMeta;
        fields.Data = (ulong)data;
        fields.DataMeta = (ulong)(data - fields.MetaLength);
        fields.Length = (uint)(fields.DataEnd - fields.Data);
        Native.Copy(meta, fields.DataMeta, fields.MetaLength);
        return 0;
    }

    /// <summary>Moves the start of the metadata: 0; EINVAL outside the headroom or behind the data; EACCES no multiple of 4 or above 255 bytes.</summary>
    [Helper(HelperId.XdpAdjustMeta, Flags = CallFlags.ChangesPacket)]
    public static long AdjustMeta(XdpBuff xdp, int offset)
    {
        ref var fields = ref xdp.Fields;
        long meta = (long)fields.DataMeta + offset;
        if (meta < (long)fields.Head + FrameStructBytes || meta > (long)fields.Data) return -(long)Errno.EINVAL;
        long length = (long)fields.Data - meta;
        if ((length & 3) != 0 || length > MaxMetaBytes) return -(long)Errno.EACCES;
        fields.DataMeta = (ulong)meta;
        fields.MetaLength = (int)length;
        return 0;
    }

    /// <summary>Moves the frame's end; new bytes are zero: 0; EINVAL beyond the buffer or when less than 14 bytes remain.</summary>
    [Helper(HelperId.XdpAdjustTail, Flags = CallFlags.ChangesPacket)]
    public static long AdjustTail(XdpBuff xdp, int offset)
    {
        ref var fields = ref xdp.Fields;
        long end = (long)fields.DataEnd + offset;
        ulong hardEnd = Math.Min(fields.Limit, fields.Head + SkbPool.Headroom + SkbPool.MaxPacketBytes);
        if (end > (long)hardEnd || end < (long)fields.Data + EthernetView.HeaderBytes) return -(long)Errno.EINVAL;
        if (offset > 0) Native.Clear(fields.DataEnd, offset);
        fields.DataEnd = (ulong)end;
        fields.Length = (uint)(fields.DataEnd - fields.Data);
        return 0;
    }

    /// <summary>Length of the frame in bytes.</summary>
    [Helper(HelperId.XdpGetBuffLen)]
    public static ulong GetBuffLen(XdpBuff xdp) => xdp.Fields.Length;

    /// <summary>Loads bytes: 0; EFAULT for numbers above 65535; EINVAL when the range leaves the frame.</summary>
    [Helper(HelperId.XdpLoadBytes)]
    public static long LoadBytes(XdpBuff xdp, uint offset, Span<byte> to) => PacketMoves.XdpLoad(xdp, offset, to);

    /// <summary>Stores bytes; errors as for the load.</summary>
    [Helper(HelperId.XdpStoreBytes)]
    public static long StoreBytes(XdpBuff xdp, uint offset, ReadOnlySpan<byte> from) => PacketMoves.XdpStore(xdp, offset, from);

    /// <summary>Notes a target for XDP_REDIRECT: 4; 0 (XDP_ABORTED) for flags.</summary>
    [Helper(HelperId.Redirect)]
    public static long Redirect(NetContext x, uint ifindex, ulong flags)
    {
        if (flags != 0) return (long)XdpAction.XDP_ABORTED;
        ref var redirect = ref x.Redirect;
        redirect.Target = ifindex;
        redirect.XdpIfindex = ifindex;
        redirect.XdpArmed = true;
        redirect.XdpBroadcast = null;
        return (long)XdpAction.XDP_REDIRECT;
    }

    /// <summary>Notes a device of a map as target.</summary>
    /// <param name="x">The CPU.</param>
    /// <param name="map">Device map.</param>
    /// <param name="key">Its key.</param>
    /// <param name="flags">Low two bits: what to return on a miss; 8 to all devices of the map; 16 but not back.</param>
    /// <returns>4; on a miss the low bits of the flags; 0 for unknown flags.</returns>
    [Helper(HelperId.RedirectMap)]
    public static long RedirectMap(NetContext x, DevMap map, ulong key, ulong flags)
    {
        if ((flags & ~(ActionMask | Broadcast | ExcludeIngress)) != 0) return (long)XdpAction.XDP_ABORTED;
        ref var redirect = ref x.Redirect;
        int ifindex = map.IfindexAt(x, (uint)key);
        redirect.XdpArmed = true;
        if (ifindex == 0 && (flags & Broadcast) == 0)
        {
            // A miss forgets the map of an earlier call; what remains is its number, read as an interface's, as in the kernel.
            redirect.XdpIfindex = redirect.Target;
            redirect.XdpBroadcast = null;
            return (long)(flags & ActionMask);
        }
        redirect.Target = (uint)key;
        redirect.XdpIfindex = (uint)ifindex;
        redirect.XdpBroadcast = (flags & Broadcast) != 0 ? map : null;
        redirect.XdpExcludeIngress = (flags & ExcludeIngress) != 0;
        return (long)XdpAction.XDP_REDIRECT;
    }

    /// <summary>A dynptr over the whole frame: 0; EINVAL and a null dynptr for flags.</summary>
    [Kfunc("bpf_dynptr_from_xdp")]
    public static int DynptrFromXdp(XdpBuff xdp, ulong flags, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit, Dynptr = DynptrKind.Xdp)] DynptrRef dynptr) =>
        PacketDynptr.Make(xdp.Address, xdp.Fields.Length, DynptrKind.Xdp, readOnly: false, flags, dynptr);
}
