using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;
using Vm.Memory;

namespace Netdev.Helpers;

/// <summary>Keeping checksums right. Source: Linux 6.12 net/core/filter.c, bpf_l3_csum_replace to bpf_csum_level; net/core/utils.c.</summary>
public static class ChecksumHelpers
{
    private const ulong SizeMask = 0xf, PseudoHeader = 0x10, MarkMangled0 = 0x20, MarkEnforce = 0x40, Ipv6 = 0x80;
    private const ushort Mangled0 = 0xffff;
    private const int MaxDiffBytes = 512;
    private const byte MaxLevel = 3;

    /// <summary>Replaces a field in an IP header's checksum.</summary>
    /// <returns>0; EINVAL for unknown flags, sizes, or a from with size 0; EFAULT for an odd, large or outside offset.</returns>
    [Helper(HelperId.L3CsumReplace, Flags = CallFlags.ChangesPacket)]
    public static long L3CsumReplace(Skb skb, uint offset, ulong from, ulong to, ulong flags)
    {
        if ((flags & ~SizeMask) != 0) return -(long)Errno.EINVAL;
        if (!TryField(skb, offset, out ulong at)) return -(long)Errno.EFAULT;
        ref ushort sum = ref Native.Ref<ushort>(at);
        switch (flags)
        {
            case 0:
                if (from != 0) return -(long)Errno.EINVAL;
                sum = ReplaceByDiff(sum, (uint)to);
                return 0;
            case 2:
                sum = Replace2(sum, (ushort)from, (ushort)to);
                return 0;
            case 4:
                sum = Replace4(sum, (uint)from, (uint)to);
                return 0;
            default:
                return -(long)Errno.EINVAL;
        }
    }

    /// <summary>Replaces a field in a TCP, UDP or ICMP checksum.</summary>
    /// <returns>As <see cref="L3CsumReplace"/>.</returns>
    [Helper(HelperId.L4CsumReplace, Flags = CallFlags.ChangesPacket)]
    public static long L4CsumReplace(Skb skb, uint offset, ulong from, ulong to, ulong flags)
    {
        if ((flags & ~(SizeMask | PseudoHeader | MarkMangled0 | MarkEnforce | Ipv6)) != 0) return -(long)Errno.EINVAL;
        if (!TryField(skb, offset, out ulong at)) return -(long)Errno.EFAULT;
        ref ushort sum = ref Native.Ref<ushort>(at);
        bool markZero = (flags & MarkMangled0) != 0;
        if (markZero && (flags & MarkEnforce) == 0 && sum == 0) return 0;
        bool pseudo = (flags & PseudoHeader) != 0;
        switch (flags & SizeMask)
        {
            case 0:
                if (from != 0) return -(long)Errno.EINVAL;
                TransportByDiff(ref sum, skb, (uint)to, pseudo, (flags & Ipv6) != 0);
                break;
            case 2:
                TransportReplace(ref sum, skb, (ushort)from, (ushort)to, pseudo);
                break;
            case 4:
                TransportReplace(ref sum, skb, (uint)from, (uint)to, pseudo);
                break;
            default:
                return -(long)Errno.EINVAL;
        }
        if (markZero && sum == 0) sum = Mangled0;
        return 0;
    }

    /// <summary>Sum of <paramref name="to"/> minus sum of <paramref name="from"/> plus a seed: 32 bits, unfolded, as 6.12 gives it.</summary>
    /// <returns>The sum; EINVAL when a size is no multiple of 4 or both exceed 512 together.</returns>
    [Helper(HelperId.CsumDiff, Flags = CallFlags.TakesPacket)]
    public static long CsumDiff([OrNull, OrZero] ReadOnlySpan<byte> from, [OrNull, OrZero] ReadOnlySpan<byte> to, uint seed)
    {
        int bytes = from.Length + to.Length;
        if (((from.Length | to.Length) & 3) != 0 || bytes > MaxDiffBytes) return -(long)Errno.EINVAL;
        // One buffer, as in the kernel: two partial sums would fold at another place.
        Span<byte> diff = stackalloc byte[MaxDiffBytes];
        var words = MemoryMarshal.Cast<byte, uint>(diff);
        var source = MemoryMarshal.Cast<byte, uint>(from);
        for (int i = 0; i < source.Length; i++) words[i] = ~source[i];
        to.CopyTo(diff[from.Length..]);
        return InternetChecksum.Partial(diff[..bytes], seed);
    }

    /// <summary>Adds to the packet's sum when hardware gave one: the new sum; ENOTSUPP otherwise.</summary>
    [Helper(HelperId.CsumUpdate)]
    public static long CsumUpdate(Skb skb, uint csum)
    {
        ref var fields = ref skb.Fields;
        if (fields.IpSummed != ChecksumState.Complete) return -(long)Errno.ENOTSUPP;
        return fields.Csum = InternetChecksum.Add(fields.Csum, csum);
    }

    /// <summary>Asks for (0), raises (1), lowers (2) or resets (3) how many checksums hardware verified.</summary>
    /// <returns>0, or for a query the level; EACCES when none is known; EINVAL for other numbers.</returns>
    [Helper(HelperId.CsumLevel)]
    public static long CsumLevel(Skb skb, ulong level)
    {
        ref var fields = ref skb.Fields;
        bool verified = fields.IpSummed == ChecksumState.Unnecessary;
        switch (level)
        {
            case 0:
                return verified ? fields.CsumLevel : -(long)Errno.EACCES;
            case 1:
                if (verified) fields.CsumLevel = Math.Min(MaxLevel, (byte)(fields.CsumLevel + 1));
                else if (fields.IpSummed == ChecksumState.None) (fields.IpSummed, fields.CsumLevel) = (ChecksumState.Unnecessary, 0);
                return 0;
            case 2:
                if (verified && fields.CsumLevel == 0) fields.IpSummed = ChecksumState.None;
                else if (verified) fields.CsumLevel--;
                return 0;
            case 3:
                ResetVerified(skb);
                return 0;
            default:
                return -(long)Errno.EINVAL;
        }
    }

    /// <summary>Forgets that hardware verified anything (__skb_reset_checksum_unnecessary).</summary>
    internal static void ResetVerified(Skb skb)
    {
        ref var fields = ref skb.Fields;
        if (fields.IpSummed != ChecksumState.Unnecessary) return;
        fields.IpSummed = ChecksumState.None;
        fields.CsumLevel = 0;
    }

    private static bool TryField(Skb skb, uint offset, out ulong at)
    {
        at = skb.Fields.Data + offset;
        return offset <= 0xffff && (offset & 1) == 0 && offset + 2 <= skb.Fields.Length;
    }

    private static void TransportReplace(ref ushort sum, Skb skb, uint from, uint to, bool pseudo)
    {
        ref var fields = ref skb.Fields;
        if (fields.IpSummed != ChecksumState.Partial)
        {
            sum = Replace4(sum, from, to);
            if (fields.IpSummed == ChecksumState.Complete && pseudo)
                fields.Csum = ~InternetChecksum.Add(InternetChecksum.Subtract(~fields.Csum, from), to);
        }
        else if (pseudo)
        {
            sum = (ushort)~Fold(InternetChecksum.Add(InternetChecksum.Subtract(sum, from), to));
        }
    }

    private static void TransportByDiff(ref ushort sum, Skb skb, uint diff, bool pseudo, bool ipv6)
    {
        ref var fields = ref skb.Fields;
        if (fields.IpSummed != ChecksumState.Partial)
        {
            sum = ReplaceByDiff(sum, diff);
            if (fields.IpSummed == ChecksumState.Complete && pseudo && !ipv6) fields.Csum = ~InternetChecksum.Subtract(diff, fields.Csum);
        }
        else if (pseudo)
        {
            sum = (ushort)~Fold(InternetChecksum.Add(diff, sum));
        }
    }

    // The sums below are of words as they lie in memory, so nothing is swapped.
    private static ushort Fold(uint sum) => BinaryPrimitives.ReverseEndianness(InternetChecksum.Fold(sum));

    private static ushort ReplaceByDiff(ushort sum, uint diff) => Fold(InternetChecksum.Add(diff, ~(uint)sum));

    private static ushort Replace2(ushort sum, ushort from, ushort to) => (ushort)~Add16(Add16((ushort)~sum, (ushort)~from), to);

    private static ushort Replace4(ushort sum, uint from, uint to) => Fold(InternetChecksum.Add(InternetChecksum.Subtract(~(uint)sum, from), to));

    private static ushort Add16(ushort a, ushort b)
    {
        uint sum = (uint)a + b;
        return (ushort)(sum + (sum >> 16));
    }
}
