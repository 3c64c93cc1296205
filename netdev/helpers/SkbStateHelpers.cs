using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;
using Vm.Memory;

namespace Netdev.Helpers;

/// <summary>What is noted beside a packet: type, hash, time, ECN. Source: Linux 6.12 net/core/filter.c.</summary>
public static class SkbStateHelpers
{
    /// <summary>Changes whom the packet counts as addressed to, among host, broadcast, multicast, other host: 0; EINVAL.</summary>
    [Helper(32, "bpf_skb_change_type")]
    public static long ChangeType(Skb skb, uint type)
    {
        ref var fields = ref skb.Fields;
        if (fields.PacketType > PacketType.OtherHost || type > (uint)PacketType.OtherHost) return -(long)Errno.EINVAL;
        fields.PacketType = (PacketType)type;
        return 0;
    }

    /// <summary>The flow hash, computed if it is not known. Ours, seeded; the kernel's is keyed at boot.</summary>
    [Helper(34, "bpf_get_hash_recalc")]
    public static ulong GetHashRecalc(NetContext x, Skb skb)
    {
        ref var fields = ref skb.Fields;
        if (fields.HasHash == 0)
        {
            fields.Hash = FlowHash.OfFrame(x.Network.Seed, skb.Bytes);
            fields.HasHash = 1;
        }
        return fields.Hash;
    }

    /// <summary>Forgets the flow hash: 0.</summary>
    [Helper(41, "bpf_set_hash_invalid")]
    public static long SetHashInvalid(Skb skb)
    {
        skb.ClearHash();
        return 0;
    }

    /// <summary>Sets the flow hash: 0.</summary>
    [Helper(48, "bpf_set_hash")]
    public static long SetHash(Skb skb, uint hash)
    {
        skb.Fields.Hash = hash;
        skb.Fields.HasHash = 1;
        return 0;
    }

    /// <summary>Sets the delivery time: 0; EOPNOTSUPP unless IP; EINVAL unknown clock, or zero on another clock than realtime.</summary>
    [Helper(192, "bpf_skb_set_tstamp")]
    public static long SetTimestamp(Skb skb, ulong timestamp, uint clock)
    {
        if (skb.EtherType is not (EtherType.Ipv4 or EtherType.Ipv6)) return -(long)Errno.EOPNOTSUPP;
        if (clock > 2 || (clock > 0 && timestamp == 0)) return -(long)Errno.EINVAL;
        skb.Fields.Timestamp = (long)timestamp;
        skb.Fields.TimestampType = (byte)clock;
        return 0;
    }

    /// <summary>Marks congestion: 1 when marked (or already was), 0 when the packet does not take part in ECN or is no IP.</summary>
    [Helper(97, "bpf_skb_ecn_set_ce")]
    public static long EcnSetCe(Skb skb)
    {
        ref var fields = ref skb.Fields;
        ulong network = fields.Head + (ulong)fields.NetworkHeader;
        switch (InnerProtocol(skb))
        {
            case EtherType.Ipv4 when network + Ipv4View.MinHeaderBytes <= fields.DataEnd:
                return MarkIpv4(network);
            case EtherType.Ipv6 when network + Ipv6View.HeaderBytes <= fields.DataEnd:
                return MarkIpv6(ref fields, network);
            default:
                return 0;
        }
    }

    /// <summary>0: no socket here belongs to a cgroup class.</summary>
    [Helper(17, "bpf_get_cgroup_classid")]
    public static ulong GetCgroupClassid(Skb skb) => 0;

    /// <summary>0: packets carry no route.</summary>
    [Helper(24, "bpf_get_route_realm")]
    public static ulong GetRouteRealm(Skb skb) => 0;

    /// <summary>0: no packet has a socket.</summary>
    [Helper(151, "bpf_skb_cgroup_classid")]
    public static ulong SkbCgroupClassid(Skb skb) => 0;

    /// <summary>0: no packet has a socket.</summary>
    [Helper(46, "bpf_get_socket_cookie")]
    public static ulong GetSocketCookie(Skb skb) => 0;

    /// <summary>65534, the overflow id: no packet has a socket.</summary>
    [Helper(47, "bpf_get_socket_uid")]
    public static ulong GetSocketUid(Skb skb) => 65534;

    /// <summary>0: no packet has a socket.</summary>
    [Helper(79, "bpf_skb_cgroup_id")]
    public static ulong SkbCgroupId(Skb skb) => 0;

    /// <summary>0: no packet has a socket.</summary>
    [Helper(83, "bpf_skb_ancestor_cgroup_id")]
    public static ulong SkbAncestorCgroupId(Skb skb, int level) => 0;

    // The walk starts one tag before the end of the link layer header, so that the frame's own EtherType is read again: a program may have changed it.
    // Source: Linux 6.12 include/linux/if_vlan.h, __vlan_get_protocol_offset.
    private static ushort InnerProtocol(Skb skb)
    {
        const int mostTags = 7;
        ref var fields = ref skb.Fields;
        if (!EthernetReceive.IsVlan(fields.Protocol)) return skb.EtherType;
        if (fields.MacLength is > 0 and < VlanTagView.HeaderBytes) return 0;
        int offset = fields.MacLength > 0 ? fields.MacLength - VlanTagView.HeaderBytes : EthernetView.HeaderBytes;
        var frame = skb.Bytes;
        for (int tags = 0; tags < mostTags; tags++, offset += VlanTagView.HeaderBytes)
        {
            if (offset + VlanTagView.HeaderBytes > frame.Length) return 0;
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 2)..]);
            if (type is not (EtherType.Vlan or EtherType.ServiceVlan)) return type;
        }
        return 0;
    }

    private static long MarkIpv4(ulong network)
    {
        ref byte service = ref Native.Ref<byte>(network + 1);
        int ecn = (service + 1) & 3;
        if ((ecn & 2) == 0) return ecn == 0 ? 1 : 0;
        // ECT(1) becomes CE by 2, ECT(0) by 1; the sum of the words shrinks by as much in its low byte on the wire.
        ref ushort sum = ref Native.Ref<ushort>(network + 10);
        uint added = (uint)sum + (ushort)(0xfbff + (ecn << 8));
        sum = (ushort)(added + (added >> 16));
        service |= 3;
        return 1;
    }

    private static long MarkIpv6(ref SkBuff fields, ulong network)
    {
        ref uint first = ref Native.Ref<uint>(network);
        uint old = first, ecn = BinaryPrimitives.ReverseEndianness(3u << 20);
        if ((old & ecn) == 0) return 0;
        first = old | ecn;
        if (fields.IpSummed == ChecksumState.Complete) fields.Csum = InternetChecksum.Add(InternetChecksum.Subtract(fields.Csum, old), first);
        return 1;
    }
}

/// <summary>Records for user space that carry packet bytes. Source: Linux 6.12 net/core/filter.c, bpf_skb_event_output.</summary>
public static class SkbEvents
{
    /// <summary>Sends data, and the packet's first bytes when bits 32-51 of the flags say how many.</summary>
    /// <returns>0; EINVAL unknown flags; EFAULT more than the packet has; else what the map says.</returns>
    [Helper(25, "bpf_perf_event_output", Flags = CallFlags.GplOnly)]
    public static long Output(NetContext x, Skb skb, PerfEventArrayMap map, ulong flags, [OrZero] ReadOnlySpan<byte> data) =>
        PacketEvents.Output(x, skb.Bytes, map, flags, data);
}

/// <summary>The same from XDP.</summary>
public static class XdpEvents
{
    /// <summary>As for skbs.</summary>
    [Helper(25, "bpf_perf_event_output", Flags = CallFlags.GplOnly)]
    public static long Output(NetContext x, XdpBuff xdp, PerfEventArrayMap map, ulong flags, [OrZero] ReadOnlySpan<byte> data) =>
        PacketEvents.Output(x, xdp.Bytes, map, flags, data);
}

internal static class PacketEvents
{
    private const ulong IndexMask = 0xffffffff, LengthMask = 0xfffffUL << 32;

    public static long Output(NetContext x, ReadOnlySpan<byte> packet, PerfEventArrayMap map, ulong flags, ReadOnlySpan<byte> data)
    {
        if ((flags & ~(IndexMask | LengthMask)) != 0) return -(long)Errno.EINVAL;
        ulong wanted = (flags & LengthMask) >> 32;
        if (wanted > (ulong)packet.Length) return -(long)Errno.EFAULT;
        return map.Output(x.Cpu, flags & IndexMask, data, packet[..(int)wanted]);
    }
}
