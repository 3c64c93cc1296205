using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;

namespace Netdev.Helpers;

/// <summary>Metadata of tunnels: what a packet's outer headers said, and what those it is sent with are to say.</summary>
/// <remarks>
/// struct bpf_tunnel_key is 44 bytes, host order: id, remote address (16 bytes, or 4 of IPv4), tos, ttl, flags or extension, flow
/// label, local address. Programs built against older headers pass its first 8, 22, 24 or 28 bytes.
/// Source: Linux 6.12 net/core/filter.c, bpf_skb_get_tunnel_key, bpf_skb_set_tunnel_key and the two for options.
/// </remarks>
public static class TunnelHelpers
{
    private const ulong IsV6 = 1 << 0, ZeroChecksum = 1 << 1, DontFragment = 1 << 2, Sequence = 1 << 3, NoKey = 1 << 4;
    private const ulong WantsFlags = 1 << 4;
    private const int KeyBytes = 44;
    private const int RemoteAt = 4, RemoteEndOfV4 = 8, TosAt = 20, TtlAt = 21, ExtensionAt = 22, LabelAt = 24, LocalAt = 28;
    private const uint LabelMask = 0xfffff;

    /// <summary>Reads the metadata: 0; else the key is zeroed: EINVAL for none, unknown flags or a size no version had, EPROTO for the other family.</summary>
    [Helper(HelperId.SkbGetTunnelKey)]
    public static long GetTunnelKey(NetContext x, Skb skb, Span<byte> key, ulong flags)
    {
        long result = Get(x, skb, key, flags);
        if (result != 0) key.Clear();
        return result;
    }

    /// <summary>Sets what outer headers are to say: 0; EINVAL for unknown flags, a size no version had, an extension, or a flow label for IPv4.</summary>
    [Helper(HelperId.SkbSetTunnelKey)]
    public static long SetTunnelKey(NetContext x, Skb skb, ReadOnlySpan<byte> key, ulong flags)
    {
        if ((flags & ~(IsV6 | ZeroChecksum | DontFragment | Sequence | NoKey)) != 0 || !IsKnownSize(key.Length)) return -(long)Errno.EINVAL;
        Span<byte> whole = stackalloc byte[KeyBytes];
        whole.Clear();
        key.CopyTo(whole);
        bool isV6 = (flags & IsV6) != 0;
        uint label = BinaryPrimitives.ReadUInt32LittleEndian(whole[LabelAt..]);
        if ((!isV6 && label != 0) || BinaryPrimitives.ReadUInt16LittleEndian(whole[ExtensionAt..]) != 0) return -(long)Errno.EINVAL;
        ref var info = ref x.Pool.Tunnels.TakeOwn(skb);
        info.Transmit = true;
        info.Flags = TunnelFlags.NoCache
            | ((flags & DontFragment) != 0 ? TunnelFlags.DontFragment : 0)
            | ((flags & ZeroChecksum) == 0 ? TunnelFlags.Checksum : 0)
            | ((flags & Sequence) != 0 ? TunnelFlags.Sequence : 0)
            | ((flags & NoKey) == 0 ? TunnelFlags.Key : 0);
        info.Id = BinaryPrimitives.ReadUInt32LittleEndian(whole);
        info.Tos = whole[TosAt];
        info.Ttl = whole[TtlAt];
        info.Label = label & LabelMask;
        info.Destination = Address(whole[RemoteAt..], isV6);
        info.Source = Address(whole[LocalAt..], isV6);
        return 0;
    }

    /// <summary>Reads the options; the rest of the buffer is zeroed: their length; ENOENT for none, ENOMEM when they do not fit, the buffer zeroed.</summary>
    [Helper(HelperId.SkbGetTunnelOpt)]
    public static long GetTunnelOpt(NetContext x, Skb skb, Span<byte> options)
    {
        options.Clear();
        if (!TunnelTable.Has(skb)) return -(long)Errno.ENOENT;
        ref var info = ref x.Pool.Tunnels.Of(skb);
        if ((info.Flags & TunnelFlags.Options) == 0) return -(long)Errno.ENOENT;
        if (options.Length < info.OptionBytes) return -(long)Errno.ENOMEM;
        info.Options[..info.OptionBytes].CopyTo(options);
        return info.OptionBytes;
    }

    /// <summary>Sets the options, after the key: 0; EINVAL without a key set before or for a length that is no multiple of 4; ENOMEM above 255.</summary>
    [Helper(HelperId.SkbSetTunnelOpt)]
    public static long SetTunnelOpt(NetContext x, Skb skb, ReadOnlySpan<byte> options)
    {
        if (!TunnelTable.HasOwn(skb) || options.Length % 4 != 0) return -(long)Errno.EINVAL;
        if (options.Length > TunnelInfo.MaxOptionBytes) return -(long)Errno.ENOMEM;
        ref var info = ref x.Pool.Tunnels.Of(skb);
        options.CopyTo(info.Options);
        info.OptionBytes = (byte)options.Length;
        info.Flags |= TunnelFlags.Options;
        return 0;
    }

    private static long Get(NetContext x, Skb skb, Span<byte> key, ulong flags)
    {
        if (!TunnelTable.Has(skb) || (flags & ~(IsV6 | WantsFlags)) != 0) return -(long)Errno.EINVAL;
        ref var info = ref x.Pool.Tunnels.Of(skb);
        bool isV6 = (flags & IsV6) != 0;
        if (info.Destination.IsV6 != isV6) return -(long)Errno.EPROTO;
        if (!IsKnownSize(key.Length) || (key.Length == RemoteEndOfV4 && isV6)) return -(long)Errno.EINVAL;
        Span<byte> whole = stackalloc byte[KeyBytes];
        whole.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(whole, info.Id);
        whole[TosAt] = info.Tos;
        whole[TtlAt] = info.Ttl;
        if ((flags & WantsFlags) != 0) BinaryPrimitives.WriteUInt16BigEndian(whole[ExtensionAt..], (ushort)info.Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(whole[LabelAt..], info.Label);
        // Of a packet that came in the remote end is the source.
        WriteAddress(whole[RemoteAt..], info.Source);
        WriteAddress(whole[LocalAt..], info.Destination);
        whole[..key.Length].CopyTo(key);
        return 0;
    }

    private static bool IsKnownSize(int bytes) => bytes is KeyBytes or LocalAt or LabelAt or ExtensionAt or RemoteEndOfV4;

    // IPv4 addresses are numbers in host order, IPv6 addresses bytes as on the wire.
    private static IpAddress Address(ReadOnlySpan<byte> at, bool isV6) =>
        isV6 ? IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(at)) : IpAddress.V4(BinaryPrimitives.ReadUInt32LittleEndian(at));

    private static void WriteAddress(Span<byte> at, IpAddress address)
    {
        if (address.IsV6) BinaryPrimitives.WriteUInt128BigEndian(at, address.Value);
        else BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)address.Value);
    }
}
