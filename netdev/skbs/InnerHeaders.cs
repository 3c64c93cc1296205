using System.Buffers.Binary;
using Netdev.Wire;
using Vm.Memory;

namespace Netdev.Skbs;

/// <summary>The IP header of a frame that is about to go into a tunnel or has just come out of one.</summary>
/// <remarks>Source: Linux 6.12 include/net/ip_tunnels.h, skb_vlan_inet_prepare, pskb_inet_may_pull, ip_tunnel_get_dsfield.</remarks>
internal static class InnerHeaders
{
    private const int TypeAt = 12;

    /// <summary>Sets the network header behind Ethernet header and VLAN tags; false when that header, or an IP header there, is cut.</summary>
    public static bool TryFind(Skb skb)
    {
        var frame = skb.Bytes;
        int offset = EthernetView.HeaderBytes;
        if (frame.Length < offset) return false;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[TypeAt..]);
        while (type is EtherType.Vlan or EtherType.ServiceVlan)
        {
            if (frame.Length < offset + VlanTagView.HeaderBytes) return false;
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 2)..]);
            offset += VlanTagView.HeaderBytes;
        }
        if (frame.Length < offset + HeaderBytes(type)) return false;
        skb.Fields.NetworkHeader = (int)(skb.Fields.Data - skb.Fields.Head) + offset;
        return true;
    }

    /// <summary>The service byte of the packet's IP header; 0 for other protocols. The header is there.</summary>
    public static byte Service(Skb skb)
    {
        ulong network = skb.Fields.Head + (ulong)skb.Fields.NetworkHeader;
        return skb.EtherType switch
        {
            EtherType.Ipv4 => Native.Ref<byte>(network + 1),
            EtherType.Ipv6 => (byte)(BinaryPrimitives.ReverseEndianness(Native.Ref<ushort>(network)) >> 4),
            _ => 0,
        };
    }

    /// <summary>Turns ECT(0) of the packet's IP header into ECT(1). Source: Linux 6.12 include/net/inet_ecn.h, INET_ECN_set_ect1.</summary>
    public static void MarkCapable1(Skb skb)
    {
        ulong network = skb.Fields.Head + (ulong)skb.Fields.NetworkHeader;
        if (skb.EtherType == EtherType.Ipv4)
        {
            ref ushort word = ref Native.Ref<ushort>(network);
            ushort before = BinaryPrimitives.ReverseEndianness(word), after = (ushort)(before ^ Ecn.Mask);
            ref ushort sum = ref Native.Ref<ushort>(network + 10);
            sum = BinaryPrimitives.ReverseEndianness(InternetChecksum.Replace2(BinaryPrimitives.ReverseEndianness(sum), before, after));
            word = BinaryPrimitives.ReverseEndianness(after);
        }
        else if (skb.EtherType == EtherType.Ipv6)
        {
            Native.Ref<byte>(network + 1) ^= Ecn.Mask << 4;
        }
    }

    private static int HeaderBytes(ushort type) => type switch
    {
        EtherType.Ipv4 => Ipv4View.MinHeaderBytes,
        EtherType.Ipv6 => Ipv6View.HeaderBytes,
        _ => 0,
    };
}
