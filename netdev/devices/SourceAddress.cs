using Netdev.Wire;

namespace Netdev.Devices;

/// <summary>Which of its addresses a namespace sends from.</summary>
/// <remarks>
/// Source: Linux 6.12 net/ipv4/fib_semantics.c, fib_result_prefsrc; net/ipv4/devinet.c, inet_select_addr; net/ipv6/addrconf.c, ipv6_dev_get_saddr;
/// net/ipv6/addrlabel.c; RFC 6724.
/// </remarks>
public static class SourceAddress
{
    /// <summary>Networks with a label of their own, longest prefix first; everything else has label 1.</summary>
    private static readonly (UInt128 Network, int PrefixLength, int Label)[] s_labels =
    [
        (1, 128, 0), // ::1
        ((UInt128)0xffff << 32, 96, 4), // ::ffff:0:0
        (0, 96, 3),
        ((UInt128)0x20010010 << 96, 28, 7),
        ((UInt128)0x20010000 << 96, 32, 6),
        ((UInt128)0x2002 << 112, 16, 2),
        ((UInt128)0xfc << 120, 7, 5),
    ];

    /// <summary>The address packets over a route come from.</summary>
    /// <param name="route">A route out of a device.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="source">The address; for IPv4 0.0.0.0 when the namespace has none.</param>
    /// <returns>False when there is no IPv6 address at all.</returns>
    public static bool TrySelect(Route route, IpAddress destination, out IpAddress source)
    {
        ArgumentNullException.ThrowIfNull(route);
        var device = route.Device ?? throw new ArgumentException("The route leads out of no device.", nameof(route));
        if (route.PreferredSource is { } preferred)
        {
            source = preferred;
            return true;
        }
        if (destination.IsV6) return TryIpv6(device, destination, out source);
        source = Ipv4(device, route.Gateway);
        return true;
    }

    /// <summary>True for an IPv4 address whose network the device has from an address before it: it is no choice for a source.</summary>
    internal static bool IsSecondary(NetDevice device, int index)
    {
        var (address, prefixLength) = device.Addresses[index];
        if (address.IsV6) return false;
        for (int i = 0; i < index; i++)
        {
            if (device.Addresses[i].PrefixLength == prefixLength && address.SharesPrefix(device.Addresses[i].Address, prefixLength)) return true;
        }
        return false;
    }

    // The device's address in the gateway's network, else its first, else the first of any device.
    private static IpAddress Ipv4(NetDevice device, IpAddress? gateway)
    {
        IpAddress? first = null;
        for (int i = 0; i < device.Addresses.Count; i++)
        {
            var (address, prefixLength) = device.Addresses[i];
            if (address.IsV6 || IsSecondary(device, i)) continue;
            if (gateway is not { IsV6: false } next || next.SharesPrefix(address, prefixLength)) return address;
            first ??= address;
        }
        if (first is { } own) return own;
        foreach (var other in device.Network.Devices)
        {
            if (other.Namespace != device.Namespace || other.IsGone) continue;
            foreach (var (address, _) in other.Addresses)
            {
                if (!address.IsV6) return address;
            }
        }
        return IpAddress.V4(0);
    }

    private static bool TryIpv6(NetDevice device, IpAddress destination, out IpAddress source)
    {
        source = default;
        bool found = false;
        var best = default(Rank);
        foreach (var other in device.Network.Devices)
        {
            if (other.Namespace != device.Namespace || other.IsGone) continue;
            // The youngest first, and it keeps its place among equals.
            for (int i = other.Addresses.Count - 1; i >= 0; i--)
            {
                var (address, prefixLength) = other.Addresses[i];
                if (!address.IsV6) continue;
                var rank = new Rank(
                    address == destination, Scope(address, destination), other == device, Label(address) == Label(destination),
                    Math.Min(prefixLength, (int)UInt128.LeadingZeroCount(address.Value ^ destination.Value)));
                if (found && rank.CompareTo(best) <= 0) continue;
                (source, best, found) = (address, rank, true);
            }
        }
        return found;
    }

    // Among scopes as wide as the destination's the narrowest, then among narrower ones the widest.
    private static int Scope(IpAddress address, IpAddress destination)
    {
        int own = ScopeOf(address), wanted = ScopeOf(destination);
        return own >= wanted ? -own : own - 128;
    }

    private static int ScopeOf(IpAddress address) => address.NeedsOwnDevice ? 2 : address.Value >> 118 == 0x3fb ? 5 : 14;

    private static int Label(IpAddress address)
    {
        foreach (var (network, prefixLength, label) in s_labels)
        {
            if ((address.Value ^ network) >> (128 - prefixLength) == 0) return label;
        }
        return 1;
    }

    /// <summary>How good a source is: the rules of RFC 6724 that apply here, the first that differs decides.</summary>
    private readonly record struct Rank(bool IsDestination, int Scope, bool OnDevice, bool SameLabel, int CommonBits) : IComparable<Rank>
    {
        public int CompareTo(Rank other) =>
            (IsDestination, Scope, OnDevice, SameLabel, CommonBits).CompareTo((other.IsDestination, other.Scope, other.OnDevice, other.SameLabel, other.CommonBits));
    }
}
