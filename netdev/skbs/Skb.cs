using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Netdev.Wire;
using Vm.Helpers;
using Vm.Memory;

namespace Netdev.Skbs;

/// <summary>A packet: a thin handle around the address of its <see cref="SkBuff"/>. What skb helpers take as context.</summary>
/// <param name="Address">Address of the native struct; 0 for none.</param>
[GuestArgument(ArgKind.Context)]
public readonly record struct Skb(ulong Address)
{
    /// <summary>Zeroes the bytes in front of the packet.</summary>
    public void ClearHeadroom() => Native.Clear(Fields.Head, (int)(Fields.Data - Fields.Head));

    /// <summary>The packet's state, in place.</summary>
    public ref SkBuff Fields
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Native.Ref<SkBuff>(Address);
    }

    /// <summary>The packet's bytes, in place.</summary>
    public Span<byte> Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Native.Bytes(Fields.Data, (int)Fields.Length);
    }

    /// <summary>The packet's bytes with the metadata in front of them, in place.</summary>
    public Span<byte> BytesWithMetadata => Native.Bytes(Fields.DataMeta, Fields.MetaLength + (int)Fields.Length);

    /// <summary>Bytes from the packet's start to its network header; negative when the header lies before it.</summary>
    public int NetworkOffset => (int)(long)(Fields.Head + (ulong)Fields.NetworkHeader - Fields.Data);

    /// <summary>Puts metadata in front of a packet that has none. The caller made sure that the headroom takes it.</summary>
    public void TakeMetadata(ReadOnlySpan<byte> metadata)
    {
        ref var skb = ref Fields;
        skb.MetaLength = metadata.Length;
        skb.DataMeta = skb.Data - (ulong)metadata.Length;
        metadata.CopyTo(Native.Bytes(skb.DataMeta, metadata.Length));
    }

    /// <summary>True for a super-packet.</summary>
    public bool IsGso => Fields.GsoSize != 0;

    /// <summary>Takes <paramref name="bytes"/> bytes of headroom into the packet. The caller made sure they are there.</summary>
    public void Push(int bytes)
    {
        ref var skb = ref Fields;
        skb.Data -= (ulong)bytes;
        skb.Length += (uint)bytes;
        skb.DataMeta = skb.Data - (ulong)skb.MetaLength;
    }

    /// <summary>Takes <paramref name="bytes"/> bytes off the packet's front. The caller made sure the packet has them.</summary>
    public void Pull(int bytes)
    {
        ref var skb = ref Fields;
        skb.Data += (ulong)bytes;
        skb.Length -= (uint)bytes;
        skb.DataMeta = skb.Data - (ulong)skb.MetaLength;
    }

    /// <summary>Sets the length by moving the end. The caller made sure the buffer has the room.</summary>
    public void SetLength(uint length)
    {
        ref var skb = ref Fields;
        skb.Length = length;
        skb.DataEnd = skb.Data + length;
    }

    /// <summary>The Ethernet header is where the packet starts.</summary>
    public void ResetMacHeader() => Fields.MacHeader = (int)(Fields.Data - Fields.Head);

    /// <summary>The link layer header is what lies between Ethernet and network header (skb_reset_mac_len).</summary>
    public void ResetMacLength() => Fields.MacLength = Fields.NetworkHeader - Fields.MacHeader;

    /// <summary>Forgets the flow hash.</summary>
    public void ClearHash()
    {
        Fields.Hash = 0;
        Fields.HasHash = 0;
    }

    /// <summary>Forgets the time stamp.</summary>
    public void ClearTimestamp()
    {
        Fields.Timestamp = 0;
        Fields.TimestampType = 0;
    }

    /// <summary>Takes bytes that left the packet's sum out of it, if there is a sum (skb_postpull_rcsum).</summary>
    /// <param name="address">First of them.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="offset">Their offset in what the sum covers; only odd or even matters.</param>
    public void SubtractFromSum(ulong address, int bytes, int offset = 0)
    {
        ref var skb = ref Fields;
        if (skb.IpSummed == ChecksumState.Complete)
            skb.Csum = InternetChecksum.AddBlock(skb.Csum, ~InternetChecksum.Partial(Native.Bytes(address, bytes), 0), offset);
        else if (skb.IpSummed == ChecksumState.Partial && skb.Head + (ulong)skb.CsumStart < skb.Data)
            skb.IpSummed = ChecksumState.None;
    }

    /// <summary>Takes bytes that joined the packet into its sum, if there is one (skb_postpush_rcsum).</summary>
    public void AddToSum(ulong address, int bytes, int offset = 0)
    {
        ref var skb = ref Fields;
        if (skb.IpSummed == ChecksumState.Complete)
            skb.Csum = InternetChecksum.AddBlock(skb.Csum, InternetChecksum.Partial(Native.Bytes(address, bytes), 0), offset);
    }

    /// <summary>Makes the sum that was left to the device, if it lies in the packet (skb_checksum_help).</summary>
    /// <remarks>Source: Linux 6.12 net/core/dev.c, skb_checksum_help.</remarks>
    public void CompleteSum()
    {
        ref var skb = ref Fields;
        int start = (int)((long)(skb.Head - skb.Data) + skb.CsumStart), at = start + skb.CsumOffset;
        if (start < 0 || skb.CsumOffset < 0 || at + sizeof(ushort) > (int)skb.Length) return;
        ushort sum = InternetChecksum.Compute(Bytes[start..]);
        BinaryPrimitives.WriteUInt16BigEndian(Bytes[at..], sum == 0 ? (ushort)0xffff : sum);
        skb.IpSummed = ChecksumState.None;
    }

    /// <summary>EtherType in host order.</summary>
    public ushort EtherType => BinaryPrimitives.ReverseEndianness(Fields.Protocol);
}

/// <summary>The same packet as an XDP program sees it. What xdp helpers take as context.</summary>
/// <param name="Address">Address of the native struct.</param>
[GuestArgument(ArgKind.Context)]
public readonly record struct XdpBuff(ulong Address)
{
    /// <summary>The packet's state, in place.</summary>
    public ref SkBuff Fields => ref Native.Ref<SkBuff>(Address);

    /// <summary>The packet's bytes, in place.</summary>
    public Span<byte> Bytes => Native.Bytes(Fields.Data, (int)Fields.Length);
}
