using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;
using Vm.Memory;

namespace Netdev.Helpers;

/// <summary>Changing a packet's length and family. Source: Linux 6.12 net/core/filter.c, bpf_skb_change_*.</summary>
public static class ResizeHelpers
{
    private const int FamilyDifference = Ipv6View.HeaderBytes - Ipv4View.MinHeaderBytes;

    /// <summary>Makes room for the other IP family's header; the program fills it.</summary>
    /// <param name="x">The CPU.</param>
    /// <param name="skb">The packet.</param>
    /// <param name="protocol">EtherType wanted, wire order.</param>
    /// <param name="flags">0.</param>
    /// <returns>0; EINVAL flags; ENOTSUPP unless from IPv4 to IPv6 or back; ENOMEM.</returns>
    [Helper(HelperId.SkbChangeProto, Flags = CallFlags.ChangesPacket)]
    public static long ChangeProto(NetContext x, Skb skb, uint protocol, ulong flags)
    {
        if (flags != 0) return -(long)Errno.EINVAL;
        ref var fields = ref skb.Fields;
        int offset = fields.NetworkHeader - fields.MacHeader;
        var (from, to) = (skb.EtherType, BinaryPrimitives.ReverseEndianness((ushort)protocol));
        long errno;
        if (from == EtherType.Ipv4 && to == EtherType.Ipv6)
        {
            if (!x.Pool.TryReserve(skb, FamilyDifference, 0)) return -(long)Errno.ENOMEM;
            errno = HeaderRoom.Push(skb, offset, FamilyDifference);
            if (errno == 0) SwapGso(ref fields, GsoTypes.TcpV4, GsoTypes.TcpV6);
        }
        else if (from == EtherType.Ipv6 && to == EtherType.Ipv4)
        {
            errno = HeaderRoom.Pop(skb, offset, FamilyDifference);
            if (errno == 0) SwapGso(ref fields, GsoTypes.TcpV6, GsoTypes.TcpV4);
        }
        else
        {
            return -(long)Errno.ENOTSUPP;
        }
        if (errno != 0) return errno;
        HeaderRoom.SetProtocol(skb, to);
        skb.ClearHash();
        return 0;
    }

    /// <summary>Sets the packet's length by cutting or by zero bytes at the end.</summary>
    /// <returns>0; EINVAL flags, above 16064 or inside the headers; ENOTSUPP when encapsulated; ENOMEM.</returns>
    [Helper(HelperId.SkbChangeTail, Flags = CallFlags.ChangesPacket)]
    public static long ChangeTail(NetContext x, Skb skb, uint length, ulong flags)
    {
        ref var fields = ref skb.Fields;
        if (flags != 0 || length > AdjustRoom.MaxLength || length < SmallestLength(skb)) return -(long)Errno.EINVAL;
        if (fields.Encapsulation != 0) return -(long)Errno.ENOTSUPP;
        if (length > fields.Length)
        {
            uint old = fields.Length;
            if (!x.Pool.TryReserve(skb, 0, (int)(length - old))) return -(long)Errno.ENOMEM;
            if (fields.IpSummed == ChecksumState.Complete) fields.IpSummed = ChecksumState.None;
            skb.SetLength(length);
            Native.Clear(fields.Data + old, (int)(length - old));
        }
        else if (length < fields.Length)
        {
            long sumEnd = (long)fields.Head + fields.CsumStart + fields.CsumOffset + 2 - (long)fields.Data;
            if (fields.IpSummed == ChecksumState.Complete || (fields.IpSummed == ChecksumState.Partial && length < sumEnd)) fields.IpSummed = ChecksumState.None;
            skb.SetLength(length);
        }
        if (skb.IsGso) (fields.GsoSize, fields.GsoSegments, fields.GsoType) = (0, 0, GsoTypes.None);
        return 0;
    }

    /// <summary>Puts zero bytes in front of the packet, where a new Ethernet header begins.</summary>
    /// <returns>0; EINVAL flags or above 16064 in all; ENOMEM.</returns>
    [Helper(HelperId.SkbChangeHead, Flags = CallFlags.ChangesPacket)]
    public static long ChangeHead(NetContext x, Skb skb, uint room, ulong flags)
    {
        ref var fields = ref skb.Fields;
        uint length = unchecked(fields.Length + room);
        if (flags != 0 || (!skb.IsGso && length > AdjustRoom.MaxLength) || length < fields.Length) return -(long)Errno.EINVAL;
        if (room > SkbPool.BigBufferBytes || !x.Pool.TryReserve(skb, (int)room, 0)) return -(long)Errno.ENOMEM;
        skb.Push((int)room);
        Native.Clear(fields.Data, (int)room);
        skb.ResetMacHeader();
        skb.ResetMacLength();
        return 0;
    }

    private static uint SmallestLength(Skb skb)
    {
        ref var fields = ref skb.Fields;
        int smallest = Math.Max(0, skb.NetworkOffset);
        if (fields.TransportHeader == SkBuff.Unset) return (uint)smallest;
        int transport = (int)((long)fields.Head + fields.TransportHeader - (long)fields.Data);
        return (uint)(transport > 0 ? transport : smallest);
    }

    private static void SwapGso(ref SkBuff fields, GsoTypes from, GsoTypes to)
    {
        if (fields.GsoSize == 0) return;
        if ((fields.GsoType & from) != 0) fields.GsoType = (fields.GsoType & ~from) | to;
        fields.GsoType |= GsoTypes.Dodgy;
    }
}
