using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;

namespace Netdev.Helpers;

/// <summary>VLAN tags on and off. Source: Linux 6.12 net/core/filter.c, bpf_skb_vlan_push, bpf_skb_vlan_pop.</summary>
public static class VlanHelpers
{
    /// <summary>Tags the packet; protocols other than 802.1Q and 802.1ad (wire order) count as 802.1Q.</summary>
    /// <returns>0, EINVAL, ENOMEM.</returns>
    [Helper(HelperId.SkbVlanPush, Flags = CallFlags.ChangesPacket)]
    public static long Push(NetContext x, Skb skb, uint protocol, uint tci)
    {
        ushort wire = EthernetReceive.IsVlan((ushort)protocol) ? (ushort)protocol : BinaryPrimitives.ReverseEndianness(EtherType.Vlan);
        WithEthernetInSum(skb, joins: true);
        long errno = VlanTags.Push(x.Pool, skb, wire, (ushort)tci);
        WithEthernetInSum(skb, joins: false);
        skb.ResetMacLength();
        return errno;
    }

    /// <summary>Takes the outer tag off: 0, also without a tag; ENOMEM for a cut frame.</summary>
    [Helper(HelperId.SkbVlanPop, Flags = CallFlags.ChangesPacket)]
    public static long Pop(Skb skb)
    {
        WithEthernetInSum(skb, joins: true);
        long errno = VlanTags.Pop(skb);
        WithEthernetInSum(skb, joins: false);
        return errno;
    }

    /// <summary>At ingress the packet's sum leaves the Ethernet header out; while a tag moves it has to be in.</summary>
    private static void WithEthernetInSum(Skb skb, bool joins)
    {
        ref var fields = ref skb.Fields;
        if (fields.AtIngress == 0 || fields.IpSummed != ChecksumState.Complete) return;
        ulong at = fields.Head + (ulong)fields.MacHeader;
        if (joins) skb.AddToSum(at, fields.MacLength);
        else skb.SubtractFromSum(at, fields.MacLength);
    }
}
