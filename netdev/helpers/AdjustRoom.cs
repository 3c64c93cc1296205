using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;
using Vm.Memory;

namespace Netdev.Helpers;

/// <summary>Flags of bpf_skb_adjust_room. Source: Linux 6.12 include/uapi/linux/bpf.h, BPF_F_ADJ_ROOM_*.</summary>
[Flags]
public enum RoomFlags : ulong
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Leave the segment size of super-packets.</summary>
    FixedGso = 1,

    /// <summary>An IPv4 header goes in front.</summary>
    EncapIpv4 = 2,

    /// <summary>An IPv6 header goes in front.</summary>
    EncapIpv6 = 4,

    /// <summary>With GRE.</summary>
    EncapGre = 8,

    /// <summary>With UDP.</summary>
    EncapUdp = 16,

    /// <summary>Leave the checksum level.</summary>
    NoCsumReset = 32,

    /// <summary>The inner frame has an Ethernet header.</summary>
    EncapEthernet = 64,

    /// <summary>IPv4 is what remains.</summary>
    DecapIpv4 = 128,

    /// <summary>IPv6 is what remains.</summary>
    DecapIpv6 = 256,
}

/// <summary>Room for headers after the Ethernet or the network header. Source: Linux 6.12 net/core/filter.c, bpf_skb_adjust_room.</summary>
public static class AdjustRoom
{
    /// <summary>SKB_MAX_ALLOC: longest packet these helpers make.</summary>
    internal const uint MaxLength = 16064;

    private const int InnerLengthShift = 56;
    private const RoomFlags EncapL3 = RoomFlags.EncapIpv4 | RoomFlags.EncapIpv6;
    private const RoomFlags DecapL3 = RoomFlags.DecapIpv4 | RoomFlags.DecapIpv6;
    private const RoomFlags Known = (RoomFlags)0x1ff | (RoomFlags)(0xffUL << InnerLengthShift);
    private const RoomFlags ShrinkKnown = RoomFlags.FixedGso | DecapL3 | RoomFlags.NoCsumReset;

    /// <summary>Inserts or removes bytes.</summary>
    /// <param name="x">The CPU.</param>
    /// <param name="skb">The packet.</param>
    /// <param name="difference">Bytes, -4095 to 4095.</param>
    /// <param name="mode">0 behind the basic network header, 1 behind the Ethernet header.</param>
    /// <param name="flags">See <see cref="RoomFlags"/>; bits 56-63 are the inner Ethernet header's length.</param>
    /// <returns>
    /// 0; EINVAL flags; EFAULT more than 4095 bytes; ENOTSUPP neither IPv4 nor IPv6, unknown mode, nothing left or too long;
    /// EALREADY encapsulated before; ENOMEM.
    /// </returns>
    [Helper(HelperId.SkbAdjustRoom, Flags = CallFlags.ChangesPacket)]
    public static long Adjust(NetContext x, Skb skb, int difference, uint mode, ulong flags)
    {
        var room = (RoomFlags)flags;
        if ((room & ~Known) != 0) return -(long)Errno.EINVAL;
        uint bytes = (uint)Math.Abs((long)difference);
        if (bytes > 0xfff) return -(long)Errno.EFAULT;
        ref var fields = ref skb.Fields;
        uint smallest = skb.EtherType switch { EtherType.Ipv4 => Ipv4View.MinHeaderBytes, EtherType.Ipv6 => (uint)Ipv6View.HeaderBytes, _ => 0 };
        if (smallest == 0 || mode > 1) return -(long)Errno.ENOTSUPP;
        int offset = fields.NetworkHeader - fields.MacHeader + (mode == 0 ? (int)smallest : 0);
        bool shrink = difference < 0;
        if ((room & DecapL3) != 0)
        {
            if (!shrink || (room & DecapL3) == DecapL3) return -(long)Errno.EINVAL;
            smallest = (room & DecapL3) == RoomFlags.DecapIpv4 ? Ipv4View.MinHeaderBytes : (uint)Ipv6View.HeaderBytes;
        }
        uint left = fields.Length - (uint)skb.NetworkOffset;
        if (shrink ? bytes >= left || left - bytes < smallest : fields.Length + bytes > MaxLength && !skb.IsGso) return -(long)Errno.ENOTSUPP;
        long errno = shrink ? Shrink(skb, offset, (int)bytes, room) : Grow(x, skb, offset, (int)bytes, room);
        if (errno == 0 && (room & RoomFlags.NoCsumReset) == 0) ChecksumHelpers.ResetVerified(skb);
        return errno;
    }

    private static long Grow(NetContext x, Skb skb, int offset, int bytes, RoomFlags flags)
    {
        ref var fields = ref skb.Fields;
        if (!GsoAllows(skb, flags)) return -(long)Errno.ENOTSUPP;
        if (!x.Pool.TryReserve(skb, bytes, 0)) return -(long)Errno.ENOMEM;
        bool encap = (flags & EncapL3) != 0;
        int macLength = fields.NetworkHeader - fields.MacHeader;
        if (encap)
        {
            uint innerLength = (byte)((ulong)flags >> InnerLengthShift);
            if ((flags & EncapL3) == EncapL3) return -(long)Errno.EINVAL;
            if ((flags & (RoomFlags.EncapGre | RoomFlags.EncapUdp)) == (RoomFlags.EncapGre | RoomFlags.EncapUdp)) return -(long)Errno.EINVAL;
            if ((flags & RoomFlags.EncapEthernet) != 0 && innerLength < EthernetView.HeaderBytes) return -(long)Errno.EINVAL;
            if (fields.Encapsulation != 0) return -(long)Errno.EALREADY;
            if (innerLength > bytes) return -(long)Errno.EINVAL;
        }
        long errno = HeaderRoom.Push(skb, offset, bytes);
        if (errno != 0) return errno;
        if (encap)
        {
            fields.Encapsulation = 1;
            fields.NetworkHeader = (int)(fields.Data - fields.Head) + macLength;
            bool toIpv6 = (flags & RoomFlags.EncapIpv6) != 0;
            if ((flags & (RoomFlags.EncapGre | RoomFlags.EncapUdp)) != 0)
                fields.TransportHeader = fields.NetworkHeader + (toIpv6 ? Ipv6View.HeaderBytes : Ipv4View.MinHeaderBytes);
            HeaderRoom.SetProtocol(skb, toIpv6 ? EtherType.Ipv6 : EtherType.Ipv4);
        }
        if (skb.IsGso)
        {
            fields.GsoType |= GsoTypes.Dodgy | TunnelType(flags);
            fields.GsoSegments = 0;
            if ((flags & RoomFlags.FixedGso) == 0) fields.GsoSize -= (ushort)bytes;
        }
        return 0;
    }

    private static long Shrink(Skb skb, int offset, int bytes, RoomFlags flags)
    {
        if ((flags & ~ShrinkKnown) != 0) return -(long)Errno.EINVAL;
        if (!GsoAllows(skb, flags)) return -(long)Errno.ENOTSUPP;
        long errno = HeaderRoom.Pop(skb, offset, bytes);
        if (errno != 0) return errno;
        if ((flags & RoomFlags.DecapIpv6) != 0) HeaderRoom.SetProtocol(skb, EtherType.Ipv6);
        else if ((flags & RoomFlags.DecapIpv4) != 0) HeaderRoom.SetProtocol(skb, EtherType.Ipv4);
        ref var fields = ref skb.Fields;
        if (skb.IsGso)
        {
            if ((flags & RoomFlags.FixedGso) == 0) fields.GsoSize += (ushort)bytes;
            fields.GsoType |= GsoTypes.Dodgy;
            fields.GsoSegments = 0;
        }
        return 0;
    }

    private static bool GsoAllows(Skb skb, RoomFlags flags)
    {
        var type = skb.Fields.GsoType;
        return !skb.IsGso || (type & (GsoTypes.TcpV4 | GsoTypes.TcpV6)) != 0
            || ((type & GsoTypes.UdpL4) != 0 && (flags & RoomFlags.FixedGso) != 0);
    }

    private static GsoTypes TunnelType(RoomFlags flags) =>
        (flags & EncapL3) == 0 ? GsoTypes.None
        : (flags & RoomFlags.EncapUdp) != 0 ? GsoTypes.UdpTunnel
        : (flags & RoomFlags.EncapGre) != 0 ? GsoTypes.Gre
        : (flags & RoomFlags.EncapIpv6) != 0 ? GsoTypes.IpXIp6
        : GsoTypes.IpXIp4;
}

/// <summary>Opening and closing room behind the first header bytes. Source: Linux 6.12 net/core/filter.c, bpf_skb_net_hdr_push and _pop.</summary>
internal static class HeaderRoom
{
    /// <summary>Opens zeroed room after <paramref name="offset"/> bytes; the headroom is there already. ENOMEM when the buffer ends before.</summary>
    /// <remarks>A packet may be shorter than that: what lay behind its end moves, too, as in the kernel, which asks for no length here.</remarks>
    public static long Push(Skb skb, int offset, int bytes)
    {
        ref var fields = ref skb.Fields;
        if (fields.Data + (uint)offset > fields.Limit) return -(long)Errno.ENOMEM;
        skb.Push(bytes);
        Native.Copy(fields.Data + (ulong)bytes, fields.Data, offset);
        Native.Clear(fields.Data + (ulong)offset, bytes);
        Shift(skb, -bytes);
        return 0;
    }

    /// <summary>Closes room after <paramref name="offset"/> bytes; ENOMEM when the packet has not that many.</summary>
    public static long Pop(Skb skb, int offset, int bytes)
    {
        ref var fields = ref skb.Fields;
        if ((uint)(offset + bytes) > fields.Length) return -(long)Errno.ENOMEM;
        ulong old = fields.Data;
        skb.Pull(bytes);
        skb.SubtractFromSum(old + (ulong)offset, bytes);
        Native.Copy(old, fields.Data, offset);
        Shift(skb, bytes);
        return 0;
    }

    /// <summary>Changes skb-&gt;protocol; <paramref name="type"/> in host order.</summary>
    public static void SetProtocol(Skb skb, ushort type) => skb.Fields.Protocol = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(type);

    private static void Shift(Skb skb, int bytes)
    {
        ref var fields = ref skb.Fields;
        bool together = fields.TransportHeader == fields.NetworkHeader;
        fields.MacHeader += bytes;
        fields.NetworkHeader += bytes;
        if (together) fields.TransportHeader = fields.NetworkHeader;
    }
}
