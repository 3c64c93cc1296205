using Netdev.Skbs;
using Vm.Abi;
using Vm.Helpers;
using Vm.Memory;

namespace Netdev.Helpers;

/// <summary>Reading and writing packet bytes. Source: Linux 6.12 net/core/filter.c, bpf_skb_*_bytes, bpf_skb_pull_data.</summary>
/// <remarks>Packets here are linear and never shared, so everything in the packet is readable and writable at once.</remarks>
public static class SkbDataHelpers
{
    private const uint FromMac = 0, FromNetwork = 1;

    /// <summary>Stores bytes: 0; EINVAL for unknown flags; EFAULT when the range leaves the packet.</summary>
    [Helper(HelperId.SkbStoreBytes, Flags = CallFlags.ChangesPacket)]
    public static long StoreBytes(Skb skb, uint offset, ReadOnlySpan<byte> from, ulong flags) => PacketMoves.Store(skb, offset, from, flags);

    /// <summary>Loads bytes: 0; EFAULT with the buffer zeroed when the range leaves the packet.</summary>
    [Helper(HelperId.SkbLoadBytes)]
    public static long LoadBytes(Skb skb, uint offset, Span<byte> to) => PacketMoves.Load(skb, offset, to);

    /// <summary>Loads bytes from the Ethernet (0) or network header (1) on: 0; EFAULT with the buffer zeroed for anything else.</summary>
    [Helper(HelperId.SkbLoadBytesRelative)]
    public static long LoadBytesRelative(Skb skb, uint offset, Span<byte> to, uint startHeader)
    {
        ref var fields = ref skb.Fields;
        int start = startHeader switch { FromMac => fields.MacHeader, FromNetwork => fields.NetworkHeader, _ => SkBuff.Unset };
        ulong at = fields.Head + (ulong)start + offset;
        if (offset > 0xffff || start == SkBuff.Unset || at + (ulong)to.Length > fields.DataEnd)
        {
            to.Clear();
            return -(long)Errno.EFAULT;
        }
        Native.Bytes(at, to.Length).CopyTo(to);
        return 0;
    }

    /// <summary>Makes the first bytes readable and writable, which they are: 0; ENOMEM when the packet is shorter.</summary>
    [Helper(HelperId.SkbPullData, Flags = CallFlags.ChangesPacket)]
    public static long PullData(Skb skb, uint length) => length > skb.Fields.Length ? -(long)Errno.ENOMEM : 0;
}

/// <summary>Packet bytes as dynptrs. Source: Linux 6.12 net/core/filter.c, bpf_dynptr_from_skb and bpf_dynptr_from_xdp.</summary>
public static class SkbDynptr
{
    /// <summary>A dynptr over the whole packet: 0; EINVAL and a null dynptr for flags.</summary>
    [Kfunc("bpf_dynptr_from_skb")]
    public static int FromSkb(Skb skb, ulong flags, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit, Dynptr = DynptrKind.Skb)] DynptrRef dynptr) =>
        PacketDynptr.Make(skb.Address, skb.Fields.Length, DynptrKind.Skb, readOnly: false, flags, dynptr);
}

/// <summary>The same for program types that must not write packets.</summary>
public static class SkbReadOnlyDynptr
{
    /// <summary>A read-only dynptr over the whole packet: 0; EINVAL and a null dynptr for flags.</summary>
    [Kfunc("bpf_dynptr_from_skb")]
    public static int FromSkb(Skb skb, ulong flags, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit, Dynptr = DynptrKind.Skb)] DynptrRef dynptr) =>
        PacketDynptr.Make(skb.Address, skb.Fields.Length, DynptrKind.Skb, readOnly: true, flags, dynptr);
}

internal static class PacketDynptr
{
    public static int Make(ulong ctx, uint length, DynptrKind kind, bool readOnly, ulong flags, DynptrRef dynptr)
    {
        ref var target = ref Native.Ref<Dynptr>(dynptr.Address);
        target = flags != 0 ? default : new Dynptr(ctx, length, kind, readOnly);
        return flags != 0 ? -(int)Errno.EINVAL : 0;
    }
}

/// <summary>LD_ABS and LD_IND. Source: Linux 6.12 net/core/filter.c, bpf_skb_load_helper_*.</summary>
public static class LegacyLoads
{
    private const int NetworkOffset = -0x100000, LinkOffset = -0x200000;

    /// <summary>Loads 1, 2 or 4 bytes, big-endian; negative when they are not all in the packet.</summary>
    /// <param name="ctx">The packet.</param>
    /// <param name="offset">From the packet's start; from -0x100000 on relative to the network header, from -0x200000 on to the Ethernet header.</param>
    /// <param name="bytes">1, 2 or 4.</param>
    public static long Load(ulong ctx, int offset, int bytes)
    {
        ref var fields = ref new Skb(ctx).Fields;
        long at = (long)fields.Data + offset;
        if (offset < 0)
        {
            if (offset >= NetworkOffset) at = (long)fields.Head + fields.NetworkHeader + (offset - NetworkOffset);
            else if (offset >= LinkOffset && fields.MacHeader != SkBuff.Unset) at = (long)fields.Head + fields.MacHeader + (offset - LinkOffset);
            else return -(long)Errno.EFAULT;
        }
        if (at < (long)fields.Head || at + bytes > (long)fields.DataEnd) return -(long)Errno.EFAULT;
        long value = 0;
        foreach (byte part in Native.Bytes((ulong)at, bytes)) value = (value << 8) | part;
        return value;
    }
}
