using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Netdev.Wire;
using Vm.Memory;

namespace Netdev.Skbs;

/// <summary>What happens to a frame between the driver and the ingress hook.</summary>
public static class EthernetReceive
{
    /// <summary>ETH_P_802_3 and ETH_P_802_2 as they lie on the wire.</summary>
    private const ushort Novell = 0x0100, Llc = 0x0400;

    private const ushort VlanWire = 0x0081, ServiceVlanWire = 0xa888;

    /// <summary>Address of a frame: a device's own as the six bytes lie on the wire, read as one little-endian number.</summary>
    public static ulong WireAddress(MacAddress mac) => BinaryPrimitives.ReverseEndianness(mac.Value) >> 16;

    /// <summary>Sets packet type and protocol from the Ethernet header at the packet's start; the data pointer stays there.</summary>
    /// <param name="skb">A packet of at least 14 bytes.</param>
    /// <param name="deviceAddress"><see cref="WireAddress"/> of the receiving device.</param>
    /// <remarks>
    /// The kernel moves the data pointer behind the header here and back for tc; we leave it, as nobody looks in between.
    /// Source: Linux 6.12 net/ethernet/eth.c, eth_type_trans.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TypeTrans(Skb skb, ulong deviceAddress)
    {
        ref var fields = ref skb.Fields;
        ulong data = fields.Data;
        fields.MacHeader = (int)(data - fields.Head);
        ulong first = Native.Ref<ulong>(data);
        ulong destination = first & 0xffff_ffff_ffff;
        if (destination != deviceAddress)
        {
            fields.PacketType = (destination & 1) == 0 ? PacketType.OtherHost
                : destination == 0xffff_ffff_ffff ? PacketType.Broadcast : PacketType.Multicast;
        }
        ushort type = Native.Ref<ushort>(data + 12);
        fields.Protocol = (byte)type >= 0x06 ? type : Protocol802(data + 14, fields.DataEnd);
    }

    /// <summary>Sets network header and its kin as the receive path does, before anything looks at the packet.</summary>
    /// <remarks>Source: Linux 6.12 net/core/dev.c, __netif_receive_skb_core.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResetHeaders(Skb skb)
    {
        ref var fields = ref skb.Fields;
        int network = fields.MacHeader + EthernetView.HeaderBytes;
        fields.NetworkHeader = network;
        if (fields.TransportHeader == SkBuff.Unset) fields.TransportHeader = network;
        fields.MacLength = EthernetView.HeaderBytes;
    }

    /// <summary>Takes the outer VLAN tag out of the frame and keeps it beside it, unless there is one beside it already.</summary>
    /// <returns>False when the frame is cut inside the tag; it is then to be dropped.</returns>
    /// <remarks>Source: Linux 6.12 net/core/skbuff.c, skb_vlan_untag.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryUntag(Skb skb) => !IsVlan(skb.Fields.Protocol) || TryUntagSlow(skb);

    /// <summary>True for the wire form of the two VLAN EtherTypes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsVlan(ushort wireType) => wireType is VlanWire or ServiceVlanWire;

    /// <summary>Protocol of what follows a VLAN tag, from the tag's last two bytes on (vlan_set_encap_proto).</summary>
    /// <param name="at">Address of the encapsulated type.</param>
    /// <param name="end">End of the packet.</param>
    internal static ushort EncapsulatedProtocol(ulong at, ulong end)
    {
        ushort type = Native.Ref<ushort>(at);
        return (byte)type >= 0x06 ? type : Protocol802(at + 2, end);
    }

    /// <summary>A type below 1536 is a length: Novell's raw 802.3 begins with two 0xff bytes, everything else is 802.2.</summary>
    private static ushort Protocol802(ulong at, ulong end) => at + 2 <= end && Native.Ref<ushort>(at) == 0xffff ? Novell : Llc;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryUntagSlow(Skb skb)
    {
        ref var fields = ref skb.Fields;
        if (fields.Vlan != 0) return true;
        if (fields.Length < EthernetView.HeaderBytes + VlanTagView.HeaderBytes + 2) return false;
        ulong tag = fields.Data + EthernetView.HeaderBytes;
        fields.VlanProtocol = fields.Protocol;
        fields.VlanTci = BinaryPrimitives.ReverseEndianness(Native.Ref<ushort>(tag));
        skb.SubtractFromSum(tag, VlanTagView.HeaderBytes);
        fields.Protocol = EncapsulatedProtocol(tag + 2, fields.DataEnd);
        // Addresses and metadata move up over the tag; the type behind it takes the old one's place.
        Native.Copy(fields.DataMeta, fields.DataMeta + 4, fields.MetaLength + 2 * MacAddress.Bytes);
        skb.Pull(VlanTagView.HeaderBytes);
        fields.MacHeader += VlanTagView.HeaderBytes;
        fields.NetworkHeader = fields.MacHeader + EthernetView.HeaderBytes;
        if (fields.TransportHeader == SkBuff.Unset) fields.TransportHeader = fields.NetworkHeader;
        fields.MacLength = EthernetView.HeaderBytes;
        return true;
    }
}
