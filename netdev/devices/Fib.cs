using Netdev.Wire;

namespace Netdev.Devices;

/// <summary>What a route does with a packet. Source: Linux 6.12 include/uapi/linux/rtnetlink.h, RTN_*.</summary>
public enum RouteType
{
    /// <summary>Forward.</summary>
    Unicast = 1,

    /// <summary>Deliver here.</summary>
    Local = 2,

    /// <summary>To everybody on the link.</summary>
    Broadcast = 3,

    /// <summary>Deliver here, as any router may: counts while the device forwards.</summary>
    Anycast = 4,

    /// <summary>Drop silently.</summary>
    Blackhole = 6,

    /// <summary>Say it cannot be reached.</summary>
    Unreachable = 7,

    /// <summary>Say it is forbidden.</summary>
    Prohibit = 8,
}

/// <summary>A route.</summary>
/// <param name="Destination">Network address.</param>
/// <param name="PrefixLength">Its prefix, 0-32 or 0-128 bits.</param>
public sealed record Route(IpAddress Destination, int PrefixLength)
{
    /// <summary>What it does.</summary>
    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>Device it leads out of; null for those that lead nowhere.</summary>
    public NetDevice? Device { get; init; }

    /// <summary>Next hop; null when the destination is on the link.</summary>
    public IpAddress? Gateway { get; init; }

    /// <summary>Metric: lower wins.</summary>
    public uint Metric { get; init; }

    /// <summary>Locked MTU in bytes; 0 for the device's.</summary>
    public int LockedMtu { get; init; }

    /// <summary>Preferred source address; null for none.</summary>
    public IpAddress? PreferredSource { get; init; }

    /// <summary>Table it is in; 254 is main, 255 local.</summary>
    public uint Table { get; init; } = Fib.MainTable;
}

/// <summary>A policy rule: packets with a mark look in a table of their own first.</summary>
/// <param name="Priority">Lower is asked first.</param>
/// <param name="Mark">Value of the masked mark.</param>
/// <param name="Mask">Bits that count; 0 matches every packet.</param>
/// <param name="Table">Table to ask.</param>
public sealed record RoutingRule(int Priority, uint Mark, uint Mask, uint Table);

/// <summary>Routes, rules and neighbours of a namespace, set up by whoever builds the testbed.</summary>
/// <remarks>
/// Lookups walk the list of a family's routes, longest prefix first, and allocate nothing. Not to be changed while packets run.
/// Source: Linux 6.12 net/ipv4/fib_rules.c, fib_trie.c; net/ipv6/ip6_fib.c.
/// </remarks>
public sealed class Fib
{
    /// <summary>RT_TABLE_MAIN.</summary>
    public const uint MainTable = 254;

    /// <summary>RT_TABLE_LOCAL.</summary>
    public const uint LocalTable = 255;

    /// <summary>Metric of the route to the network of an IPv6 address. Source: Linux 6.12 include/net/ip6_route.h, IP6_RT_PRIO_ADDRCONF.</summary>
    public const uint ConnectedIpv6Metric = 256;

    private const uint DefaultIpv6Metric = 1024;
    private const int BuiltInRules = 2;

    private readonly List<Route> _routes = [];
    private readonly List<RoutingRule> _rules = [new(0, 0, 0, LocalTable), new(32766, 0, 0, MainTable)];
    private readonly Dictionary<(int Device, IpAddress Address), MacAddress> _neighbours = [];

    /// <summary>Adds a route; among equals the first stays in front. An IPv6 route without a metric gets 1024.</summary>
    /// <remarks>Source: Linux 6.12 net/ipv4/fib_trie.c, fib_find_alias (order); net/ipv6/route.c, ip6_route_info_create and IP6_RT_PRIO_USER.</remarks>
    public void Add(Route route)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(route.PrefixLength, route.Destination.Bits, nameof(route));
        if (route is { Destination.IsV6: true, Metric: 0 }) route = route with { Metric = DefaultIpv6Metric };
        int at = _routes.FindIndex(other => other.PrefixLength != route.PrefixLength ? other.PrefixLength < route.PrefixLength
            : other.Table != route.Table ? other.Table < route.Table : other.Metric > route.Metric);
        _routes.Insert(at < 0 ? _routes.Count : at, route);
    }

    /// <summary>Adds a policy rule; among equals the first stays in front.</summary>
    public void Add(RoutingRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        int at = _rules.FindIndex(other => other.Priority > rule.Priority);
        _rules.Insert(at < 0 ? _rules.Count : at, rule);
    }

    /// <summary>Sets a neighbour's address.</summary>
    public void SetNeighbour(NetDevice device, IpAddress address, MacAddress mac)
    {
        ArgumentNullException.ThrowIfNull(device);
        _neighbours[(device.Index, address)] = mac;
    }

    /// <summary>The address of a neighbour, when it is known.</summary>
    public bool TryNeighbour(NetDevice device, IpAddress address, out MacAddress mac)
    {
        ArgumentNullException.ThrowIfNull(device);
        return _neighbours.TryGetValue((device.Index, address), out mac);
    }

    /// <summary>The route the rules lead to.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="mark">Mark of the packet.</param>
    /// <param name="output">IPv4: only routes out of this device. IPv6: those first. Null for any.</param>
    /// <param name="strict">True for routes out of that device only, for IPv6 too.</param>
    /// <returns>Null when no table has one.</returns>
    public Route? Lookup(IpAddress destination, uint mark, NetDevice? output = null, bool strict = false)
    {
        foreach (var rule in _rules)
        {
            if ((mark & rule.Mask) == rule.Mark && LookupIn(rule.Table, destination, output, strict) is { } route) return route;
        }
        return null;
    }

    /// <summary>The best route of one table; null when it has none. Parameters as for <see cref="Lookup"/>.</summary>
    /// <remarks>Source: Linux 6.12 net/ipv4/fib_trie.c, fib_table_lookup; net/ipv6/route.c, rt6_score_route.</remarks>
    public Route? LookupIn(uint table, IpAddress destination, NetDevice? output = null, bool strict = false)
    {
        Route? elsewhere = null;
        foreach (var route in _routes)
        {
            if (route is { Type: RouteType.Anycast, Device.Forwarding: false }) continue;
            if (!IsIn(table, route) || !destination.SharesPrefix(route.Destination, route.PrefixLength)) continue;
            // Another device is only second choice to a route as good; a worse one has no say.
            if (elsewhere is not null && (elsewhere.PrefixLength != route.PrefixLength || elsewhere.Metric != route.Metric)) break;
            if (output is null || route.Device is null || route.Device == output) return route;
            if (destination.IsV6 && !strict) elsewhere ??= route;
        }
        return elsewhere;
    }

    /// <summary>True when a table holds anything.</summary>
    public bool HasTable(uint table) => table is MainTable or LocalTable || _routes.Exists(route => route.Table == table);

    // Until somebody adds a rule, IPv4 keeps its local and main tables in one trie, and asking for either finds both.
    // Source: Linux 6.12 net/ipv4/fib_frontend.c, fib_new_table.
    private bool IsIn(uint table, Route route) => route.Table == table
        || (_rules.Count == BuiltInRules && !route.Destination.IsV6 && table is MainTable or LocalTable && route.Table is MainTable or LocalTable);
}
