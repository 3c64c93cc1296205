using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Wire;
using Vm.Abi;

namespace Netdev.Helpers;

/// <summary>What bpf_fib_lookup answers. Source: Linux 6.12 include/uapi/linux/bpf.h, BPF_FIB_LKUP_RET_*.</summary>
public enum FibResult
{
    /// <summary>Forward as the struct now says.</summary>
    Success = 0,

    /// <summary>Blackhole route.</summary>
    Blackhole = 1,

    /// <summary>Unreachable route.</summary>
    Unreachable = 2,

    /// <summary>Prohibit route.</summary>
    Prohibit = 3,

    /// <summary>No route, or one that does not forward.</summary>
    NotForwarded = 4,

    /// <summary>Forwarding is off.</summary>
    ForwardingDisabled = 5,

    /// <summary>The neighbour's address is not known.</summary>
    NoNeighbour = 7,

    /// <summary>Longer than the MTU.</summary>
    FragmentationNeeded = 8,

    /// <summary>No source address for the device.</summary>
    NoSourceAddress = 9,
}

/// <summary>struct bpf_fib_lookup over guest memory, and the lookup. Source: Linux 6.12 net/core/filter.c, bpf_ipv4_fib_lookup and bpf_ipv6_fib_lookup.</summary>
internal readonly ref struct FibQuery(Span<byte> bytes)
{
    private const int StructBytes = 64;
    private const uint Direct = 1, Output = 2, SkipNeighbour = 4, TableId = 8, Source = 16, Mark = 32, KnownFlags = 0x3f;
    private const byte FamilyIpv4 = 2, FamilyIpv6 = 10;
    private const int SourceOffset = 16, DestinationOffset = 32, VlanOffset = 48, SourceMac = 52, DestinationMac = 58;

    private readonly Span<byte> _bytes = bytes;

    /// <summary>tot_len, which after the lookup is mtu_result; host order.</summary>
    public ushort TotalLength
    {
        get => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[6..]);
        set => BinaryPrimitives.WriteUInt16LittleEndian(_bytes[6..], value);
    }

    /// <summary>ifindex: where from, then where to.</summary>
    public uint Ifindex
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[8..]);
        private set => BinaryPrimitives.WriteUInt32LittleEndian(_bytes[8..], value);
    }

    /// <summary>True when the call itself is wrong (EINVAL).</summary>
    public static bool Refuses(ReadOnlySpan<byte> parameters, uint flags) => parameters.Length < StructBytes || (flags & ~KnownFlags) != 0;

    /// <summary>Looks up and fills the struct.</summary>
    public long Run(NetNamespace space, uint flags, bool checkMtu)
    {
        bool isV6 = _bytes[0] == FamilyIpv6;
        if (!isV6 && _bytes[0] != FamilyIpv4) return -(long)Errno.EAFNOSUPPORT;
        var destination = ReadAddress(DestinationOffset, isV6);
        if (destination.NeedsOwnDevice || ReadAddress(SourceOffset, isV6).NeedsOwnDevice) return (long)FibResult.NotForwarded;
        if (!space.TryDevice(Ifindex, out var input)) return -(long)Errno.ENODEV;
        if (!input.Forwarding) return (long)FibResult.ForwardingDisabled;
        // IPv6 looks for routes out of the device first even when it is the one the packet came in on.
        var route = Find(space.Fib, destination, isV6 || (flags & Output) != 0 ? input : null, flags);
        if (route is null) return (long)FibResult.NotForwarded;
        switch (route.Type)
        {
            case RouteType.Blackhole: return (long)FibResult.Blackhole;
            case RouteType.Unreachable: return (long)FibResult.Unreachable;
            case RouteType.Prohibit: return (long)FibResult.Prohibit;
            case RouteType.Unicast when route.Device is not null: break;
            case RouteType.Local:
            default: return (long)FibResult.NotForwarded;
        }
        int mtu = Math.Min(route.LockedMtu != 0 ? route.LockedMtu : route.Device.Mtu, ushort.MaxValue);
        if (checkMtu && TotalLength > mtu)
        {
            TotalLength = (ushort)mtu;
            return (long)FibResult.FragmentationNeeded;
        }
        return Fill(space.Fib, route, route.Device, destination, flags, checkMtu ? mtu : 0);
    }

    private Route? Find(Fib fib, IpAddress destination, NetDevice? output, uint flags)
    {
        if ((flags & Direct) == 0)
        {
            uint mark = (flags & Mark) != 0 ? BinaryPrimitives.ReadUInt32LittleEndian(_bytes[SourceMac..]) : 0;
            return fib.Lookup(destination, mark, output);
        }
        uint table = Fib.MainTable;
        if ((flags & TableId) != 0)
        {
            table = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[VlanOffset..]);
            _bytes.Slice(VlanOffset, 4).Clear();
        }
        return fib.LookupIn(table, destination, output);
    }

    private long Fill(Fib fib, Route route, NetDevice device, IpAddress destination, uint flags, int mtu)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes[12..], route.Metric);
        Ifindex = (uint)device.Ifindex;
        if (route.Gateway is { IsV6: true })
        {
            _bytes[0] = FamilyIpv6;
        }
        // Also when there is no source address after all.
        if (route.Gateway is { } gateway) WriteAddress(DestinationOffset, gateway);
        if ((flags & Source) != 0)
        {
            if (!SourceAddress.TrySelect(route, destination, out var source)) return (long)FibResult.NoSourceAddress;
            WriteAddress(SourceOffset, source);
        }
        if ((flags & SkipNeighbour) == 0)
        {
            if (!fib.TryNeighbour(device, route.Gateway ?? destination, out var mac)) return (long)FibResult.NoNeighbour;
            mac.Write(_bytes[DestinationMac..]);
            device.Mac.Write(_bytes[SourceMac..]);
        }
        _bytes.Slice(VlanOffset, 4).Clear();
        if (mtu != 0) TotalLength = (ushort)mtu;
        return (long)FibResult.Success;
    }

    private IpAddress ReadAddress(int offset, bool isV6) => isV6
        ? IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(_bytes[offset..]))
        : IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(_bytes[offset..]));

    private void WriteAddress(int offset, IpAddress address)
    {
        if (address.IsV6) BinaryPrimitives.WriteUInt128BigEndian(_bytes[offset..], address.Value);
        else BinaryPrimitives.WriteUInt32BigEndian(_bytes[offset..], (uint)address.Value);
    }
}
