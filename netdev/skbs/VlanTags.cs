using System.Buffers.Binary;
using Netdev.Wire;
using Vm.Abi;
using Vm.Memory;

namespace Netdev.Skbs;

/// <summary>VLAN tags beside and inside frames. Source: Linux 6.12 net/core/skbuff.c, skb_vlan_push and skb_vlan_pop.</summary>
public static class VlanTags
{
    private const int TagBytes = VlanTagView.HeaderBytes;
    private const int TaggedHeaderBytes = EthernetView.HeaderBytes + TagBytes;

    /// <summary>Writes the tag beside the frame into it and forgets it beside; the protocol stays (__vlan_hwaccel_push_inside).</summary>
    /// <returns>False when there is no memory for four more bytes or the frame has no Ethernet header.</returns>
    public static bool TryInsert(SkbPool pool, Skb skb)
    {
        ref var fields = ref skb.Fields;
        if (!TryInsert(pool, skb, fields.VlanProtocol, fields.VlanTci)) return false;
        fields.Vlan = 0;
        return true;
    }

    /// <summary>Tags a packet: a tag already beside it goes into the frame first.</summary>
    /// <param name="pool">Where more room comes from.</param>
    /// <param name="skb">The packet, data at the Ethernet header.</param>
    /// <param name="wireProtocol">Tag protocol, wire order.</param>
    /// <param name="tci">Tag control word, host order.</param>
    /// <returns>0, EINVAL without an Ethernet header, ENOMEM.</returns>
    public static long Push(SkbPool pool, Skb skb, ushort wireProtocol, ushort tci)
    {
        ref var fields = ref skb.Fields;
        if (fields.Vlan != 0)
        {
            if (fields.Length < EthernetView.HeaderBytes) return -(long)Errno.EINVAL;
            if (!TryInsert(pool, skb, fields.VlanProtocol, fields.VlanTci)) return -(long)Errno.ENOMEM;
            fields.Protocol = fields.VlanProtocol;
            fields.NetworkHeader -= TagBytes;
            skb.AddToSum(fields.Data + 2 * MacAddress.Bytes, TagBytes);
        }
        fields.VlanProtocol = wireProtocol;
        fields.VlanTci = tci;
        return 0;
    }

    /// <summary>Takes the outer tag off, wherever it is; the next one in the frame then comes to lie beside it.</summary>
    /// <returns>0, also when there is no tag; ENOMEM for a cut frame.</returns>
    public static long Pop(Skb skb)
    {
        ref var fields = ref skb.Fields;
        if (fields.Vlan != 0)
        {
            fields.Vlan = 0;
        }
        else
        {
            if (!EthernetReceive.IsVlan(fields.Protocol)) return 0;
            long errno = PopInside(skb, out _);
            if (errno != 0) return errno;
        }
        if (!EthernetReceive.IsVlan(fields.Protocol)) return 0;
        ushort protocol = fields.Protocol;
        long result = PopInside(skb, out ushort tci);
        if (result != 0) return result;
        fields.VlanProtocol = protocol;
        fields.VlanTci = tci;
        return 0;
    }

    private static bool TryInsert(SkbPool pool, Skb skb, ushort wireProtocol, ushort tci)
    {
        if (skb.Fields.Length < EthernetView.HeaderBytes || !pool.TryReserve(skb, TagBytes, 0)) return false;
        ref var fields = ref skb.Fields;
        skb.Push(TagBytes);
        Native.Copy(fields.Data + TagBytes, fields.Data, 2 * MacAddress.Bytes);
        if (fields.MacHeader != SkBuff.Unset) fields.MacHeader -= TagBytes;
        Native.Ref<ushort>(fields.Data + 2 * MacAddress.Bytes) = wireProtocol;
        Native.Ref<ushort>(fields.Data + 2 * MacAddress.Bytes + 2) = BinaryPrimitives.ReverseEndianness(tci);
        return true;
    }

    private static long PopInside(Skb skb, out ushort tci)
    {
        tci = 0;
        ref var fields = ref skb.Fields;
        if (fields.Length < TaggedHeaderBytes) return -(long)Errno.ENOMEM;
        skb.SubtractFromSum(fields.Data + 2 * MacAddress.Bytes, TagBytes);
        ulong tag = fields.Data + EthernetView.HeaderBytes;
        tci = BinaryPrimitives.ReverseEndianness(Native.Ref<ushort>(tag));
        Native.Copy(fields.Data, fields.Data + TagBytes, 2 * MacAddress.Bytes);
        fields.Protocol = EthernetReceive.EncapsulatedProtocol(tag + 2, fields.DataEnd);
        skb.Pull(TagBytes);
        fields.MacHeader += TagBytes;
        if (skb.NetworkOffset < EthernetView.HeaderBytes) fields.NetworkHeader = (int)(fields.Data - fields.Head) + EthernetView.HeaderBytes;
        skb.ResetMacLength();
        return 0;
    }
}
