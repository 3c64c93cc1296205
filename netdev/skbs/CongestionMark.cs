using System.Buffers.Binary;
using Netdev.Wire;
using Vm.Memory;

namespace Netdev.Skbs;

/// <summary>Notes congestion in a packet's IP header. Source: Linux 6.12 include/net/inet_ecn.h, INET_ECN_set_ce.</summary>
public static class CongestionMark
{
    /// <summary>Marks the packet: 1 when it is marked now (or was before), 0 when it takes no part in ECN or is no IP.</summary>
    public static long Set(Skb skb)
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
