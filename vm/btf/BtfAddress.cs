using System.Net;

namespace Vm.Btf;

/// <summary>Tells which values are addresses, and writes them as people do.</summary>
/// <remarks>
/// By type: <c>struct in_addr</c>, <c>struct in6_addr</c>, and a <c>__be32</c> without a name (a map key, most often). By name, where a name in a
/// struct says so: <c>__be32</c>, four of them, or 4, 6 or 16 bytes called <c>saddr</c>, <c>dst_ip</c>, <c>h_dest</c>, <c>mac</c> and the like.
/// A plain <c>__u32</c> stays a number whatever its name: nothing says which order it is in.
/// </remarks>
public static class BtfAddress
{
    private const int MacBytes = 6, Ipv4Bytes = 4, Ipv6Bytes = 16;

    private static readonly string[] s_ipWords = ["addr", "address", "ip", "ip4", "ip6", "ipv4", "ipv6", "saddr", "daddr", "src", "dst", "source", "dest", "vip", "rip", "sip", "dip", "peer", "gateway", "gw", "nexthop", "backend", "v4", "v6"];
    private static readonly string[] s_macWords = ["mac", "smac", "dmac", "eth", "ether", "lladdr", "hwaddr", "dest", "source", "src", "dst"];

    /// <summary>The value as an address; false when it is none.</summary>
    /// <param name="spec">The types.</param>
    /// <param name="typeId">The value's type, typedefs and all.</param>
    /// <param name="type">The same resolved.</param>
    /// <param name="name">What the value is called; may be empty.</param>
    /// <param name="bytes">As many as the type has.</param>
    /// <param name="text">The address.</param>
    internal static bool TryFormat(BtfSpec spec, uint typeId, BtfType type, string name, ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        bool isIp = type switch
        {
            BtfComposite { Name: "in_addr" } => bytes.Length == Ipv4Bytes,
            BtfComposite { Name: "in6_addr" } => bytes.Length == Ipv6Bytes,
            BtfInt { SizeBytes: 4 } => BtfBits.IsNetworkOrder(spec, typeId) && (name.Length == 0 || Says(name, s_ipWords)),
            BtfArray array when bytes.Length is Ipv4Bytes or Ipv6Bytes => Says(name, s_ipWords) && (IsByte(spec, array) || (array.Count == 4 && BtfBits.IsNetworkOrder(spec, array.ElementId))),
            _ => false,
        };
        if (isIp) text = new IPAddress(bytes).ToString();
        else if (type is BtfArray { Count: MacBytes } mac && IsByte(spec, mac) && Says(name, s_macWords)) text = string.Join(':', bytes.ToArray().Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
        return text.Length > 0;
    }

    private static bool IsByte(BtfSpec spec, BtfArray array) => spec.Resolve(array.ElementId) is BtfInt { SizeBytes: 1, IsBool: false };

    // A word of the name: dst_ip, ip_src, backend_addr2; not zip or recipe.
    private static bool Says(string name, string[] words)
    {
        foreach (string word in name.ToLowerInvariant().Split('_'))
        {
            if (words.Contains(word) || words.Contains(word.TrimEnd("0123456789".ToCharArray()))) return true;
        }
        return false;
    }
}
