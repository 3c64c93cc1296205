using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;

namespace Netdev.Helpers;

/// <summary>What is noted beside a packet: type, hash, time, ECN. Source: Linux 6.12 net/core/filter.c.</summary>
public static class SkbStateHelpers
{
    /// <summary>Changes whom the packet counts as addressed to, among host, broadcast, multicast, other host: 0; EINVAL.</summary>
    [Helper(HelperId.SkbChangeType)]
    public static long ChangeType(Skb skb, uint type)
    {
        ref var fields = ref skb.Fields;
        if (fields.PacketType > PacketType.OtherHost || type > (uint)PacketType.OtherHost) return -(long)Errno.EINVAL;
        fields.PacketType = (PacketType)type;
        return 0;
    }

    /// <summary>The flow hash, computed if it is not known. Ours, seeded; the kernel's is keyed at boot.</summary>
    [Helper(HelperId.GetHashRecalc)]
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
    [Helper(HelperId.SetHashInvalid)]
    public static long SetHashInvalid(Skb skb)
    {
        skb.ClearHash();
        return 0;
    }

    /// <summary>Sets the flow hash: 0.</summary>
    [Helper(HelperId.SetHash)]
    public static long SetHash(Skb skb, uint hash)
    {
        skb.Fields.Hash = hash;
        skb.Fields.HasHash = 1;
        return 0;
    }

    /// <summary>Sets the delivery time: 0; EOPNOTSUPP unless IP; EINVAL unknown clock, or zero on another clock than realtime.</summary>
    [Helper(HelperId.SkbSetTstamp)]
    public static long SetTimestamp(Skb skb, ulong timestamp, uint clock)
    {
        if (skb.EtherType is not (EtherType.Ipv4 or EtherType.Ipv6)) return -(long)Errno.EOPNOTSUPP;
        if (clock > 2 || (clock > 0 && timestamp == 0)) return -(long)Errno.EINVAL;
        skb.Fields.Timestamp = (long)timestamp;
        skb.Fields.TimestampType = (byte)clock;
        return 0;
    }

    /// <summary>Marks congestion: 1 when marked (or already was), 0 when the packet does not take part in ECN or is no IP.</summary>
    [Helper(HelperId.SkbEcnSetCe)]
    public static long EcnSetCe(Skb skb) => CongestionMark.Set(skb);

    /// <summary>0: no socket here belongs to a cgroup class.</summary>
    [Helper(HelperId.GetCgroupClassid)]
    public static ulong GetCgroupClassid(Skb skb) => 0;

    /// <summary>0: packets carry no route.</summary>
    [Helper(HelperId.GetRouteRealm)]
    public static ulong GetRouteRealm(Skb skb) => 0;

    /// <summary>0: no packet has a socket.</summary>
    [Helper(HelperId.SkbCgroupClassid)]
    public static ulong SkbCgroupClassid(Skb skb) => 0;

    /// <summary>0: no packet has a socket.</summary>
    [Helper(HelperId.GetSocketCookie)]
    public static ulong GetSocketCookie(Skb skb) => 0;

    /// <summary>65534, the overflow id: no packet has a socket.</summary>
    [Helper(HelperId.GetSocketUid)]
    public static ulong GetSocketUid(Skb skb) => 65534;

    /// <summary>0: no packet has a socket.</summary>
    [Helper(HelperId.SkbCgroupId)]
    public static ulong SkbCgroupId(Skb skb) => 0;

    /// <summary>0: no packet has a socket.</summary>
    [Helper(HelperId.SkbAncestorCgroupId)]
    public static ulong SkbAncestorCgroupId(Skb skb, int level) => 0;
}

/// <summary>Records for user space that carry packet bytes. Source: Linux 6.12 net/core/filter.c, bpf_skb_event_output.</summary>
public static class SkbEvents
{
    /// <summary>Sends data, and the packet's first bytes when bits 32-51 of the flags say how many.</summary>
    /// <returns>0; EINVAL unknown flags; EFAULT more than the packet has; else what the map says.</returns>
    [Helper(HelperId.PerfEventOutput, Flags = CallFlags.GplOnly)]
    public static long Output(NetContext x, Skb skb, PerfEventArrayMap map, ulong flags, [OrZero] ReadOnlySpan<byte> data) =>
        PacketEvents.Output(x, skb.Bytes, map, flags, data);
}

/// <summary>The same from XDP.</summary>
public static class XdpEvents
{
    /// <summary>As for skbs.</summary>
    [Helper(HelperId.PerfEventOutput, Flags = CallFlags.GplOnly)]
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
