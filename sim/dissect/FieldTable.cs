namespace Sim.Dissect;

/// <summary>How a field's value is written for people.</summary>
internal enum FieldFormat
{
    /// <summary>Unsigned decimal.</summary>
    Decimal,

    /// <summary>0x and hexadecimal digits, as wide as the field.</summary>
    Hex,

    /// <summary>02:00:00:00:00:01.</summary>
    Mac,

    /// <summary>10.0.0.1.</summary>
    Ipv4,

    /// <summary>fd00::1.</summary>
    Ipv6,

    /// <summary>TCP flags as letters: SYN,ACK.</summary>
    TcpFlags,

    /// <summary>Hexadecimal bytes.</summary>
    Bytes,
}

/// <summary>One header field, named as Wireshark's display filters name it.</summary>
/// <param name="Name">Filter name: <c>ip.ttl</c>.</param>
/// <param name="Bit">First bit, counted from the start of the header, most significant first.</param>
/// <param name="Bits">Width in bits.</param>
/// <param name="Format">How it is shown.</param>
internal readonly record struct FieldRow(string Name, int Bit, int Bits, FieldFormat Format);

/// <summary>The fixed part of a protocol header as rows.</summary>
/// <param name="Name">Name for people: <c>IPv4</c>.</param>
/// <param name="Bytes">Length of the fixed part.</param>
/// <param name="Rows">Fields in order.</param>
internal sealed record LayerTable(string Name, int Bytes, IReadOnlyList<FieldRow> Rows);

/// <summary>Every protocol the diff can name fields of. Data only; <see cref="Dissector"/> decides what follows what.</summary>
internal static class FieldTables
{
    /// <summary>Ethernet II and 802.3.</summary>
    public static readonly LayerTable Ethernet = new("Ethernet", 14,
    [
        new("eth.dst", 0, 48, FieldFormat.Mac),
        new("eth.src", 48, 48, FieldFormat.Mac),
        new("eth.type", 96, 16, FieldFormat.Hex),
    ]);

    /// <summary>802.1Q and 802.1ad tag.</summary>
    public static readonly LayerTable Vlan = new("VLAN", 4,
    [
        new("vlan.priority", 0, 3, FieldFormat.Decimal),
        new("vlan.dei", 3, 1, FieldFormat.Decimal),
        new("vlan.id", 4, 12, FieldFormat.Decimal),
        new("vlan.etype", 16, 16, FieldFormat.Hex),
    ]);

    /// <summary>ARP for IPv4 over Ethernet.</summary>
    public static readonly LayerTable Arp = new("ARP", 28,
    [
        new("arp.hw.type", 0, 16, FieldFormat.Decimal),
        new("arp.proto.type", 16, 16, FieldFormat.Hex),
        new("arp.hw.size", 32, 8, FieldFormat.Decimal),
        new("arp.proto.size", 40, 8, FieldFormat.Decimal),
        new("arp.opcode", 48, 16, FieldFormat.Decimal),
        new("arp.src.hw_mac", 64, 48, FieldFormat.Mac),
        new("arp.src.proto_ipv4", 112, 32, FieldFormat.Ipv4),
        new("arp.dst.hw_mac", 144, 48, FieldFormat.Mac),
        new("arp.dst.proto_ipv4", 192, 32, FieldFormat.Ipv4),
    ]);

    /// <summary>IPv4 without options.</summary>
    public static readonly LayerTable Ipv4 = new("IPv4", 20,
    [
        new("ip.version", 0, 4, FieldFormat.Decimal),
        new("ip.hdr_len", 4, 4, FieldFormat.Decimal),
        new("ip.dsfield", 8, 8, FieldFormat.Hex),
        new("ip.len", 16, 16, FieldFormat.Decimal),
        new("ip.id", 32, 16, FieldFormat.Hex),
        new("ip.flags", 48, 3, FieldFormat.Hex),
        new("ip.frag_offset", 51, 13, FieldFormat.Decimal),
        new("ip.ttl", 64, 8, FieldFormat.Decimal),
        new("ip.proto", 72, 8, FieldFormat.Decimal),
        new("ip.checksum", 80, 16, FieldFormat.Hex),
        new("ip.src", 96, 32, FieldFormat.Ipv4),
        new("ip.dst", 128, 32, FieldFormat.Ipv4),
    ]);

    /// <summary>IPv6 without extension headers.</summary>
    public static readonly LayerTable Ipv6 = new("IPv6", 40,
    [
        new("ipv6.version", 0, 4, FieldFormat.Decimal),
        new("ipv6.tclass", 4, 8, FieldFormat.Hex),
        new("ipv6.flow", 12, 20, FieldFormat.Hex),
        new("ipv6.plen", 32, 16, FieldFormat.Decimal),
        new("ipv6.nxt", 48, 8, FieldFormat.Decimal),
        new("ipv6.hlim", 56, 8, FieldFormat.Decimal),
        new("ipv6.src", 64, 128, FieldFormat.Ipv6),
        new("ipv6.dst", 192, 128, FieldFormat.Ipv6),
    ]);

    /// <summary>TCP without options.</summary>
    public static readonly LayerTable Tcp = new("TCP", 20,
    [
        new("tcp.srcport", 0, 16, FieldFormat.Decimal),
        new("tcp.dstport", 16, 16, FieldFormat.Decimal),
        new("tcp.seq_raw", 32, 32, FieldFormat.Decimal),
        new("tcp.ack_raw", 64, 32, FieldFormat.Decimal),
        new("tcp.hdr_len", 96, 4, FieldFormat.Decimal),
        new("tcp.flags", 100, 12, FieldFormat.TcpFlags),
        new("tcp.window_size_value", 112, 16, FieldFormat.Decimal),
        new("tcp.checksum", 128, 16, FieldFormat.Hex),
        new("tcp.urgent_pointer", 144, 16, FieldFormat.Decimal),
    ]);

    /// <summary>UDP.</summary>
    public static readonly LayerTable Udp = new("UDP", 8,
    [
        new("udp.srcport", 0, 16, FieldFormat.Decimal),
        new("udp.dstport", 16, 16, FieldFormat.Decimal),
        new("udp.length", 32, 16, FieldFormat.Decimal),
        new("udp.checksum", 48, 16, FieldFormat.Hex),
    ]);

    /// <summary>ICMP; the last four bytes as echo uses them.</summary>
    public static readonly LayerTable Icmp = new("ICMP", 8,
    [
        new("icmp.type", 0, 8, FieldFormat.Decimal),
        new("icmp.code", 8, 8, FieldFormat.Decimal),
        new("icmp.checksum", 16, 16, FieldFormat.Hex),
        new("icmp.ident", 32, 16, FieldFormat.Decimal),
        new("icmp.seq", 48, 16, FieldFormat.Decimal),
    ]);

    /// <summary>ICMPv6.</summary>
    public static readonly LayerTable Icmpv6 = new("ICMPv6", 4,
    [
        new("icmpv6.type", 0, 8, FieldFormat.Decimal),
        new("icmpv6.code", 8, 8, FieldFormat.Decimal),
        new("icmpv6.checksum", 16, 16, FieldFormat.Hex),
    ]);

    /// <summary>VXLAN.</summary>
    public static readonly LayerTable Vxlan = new("VXLAN", 8,
    [
        new("vxlan.flags", 0, 16, FieldFormat.Hex),
        new("vxlan.gbp", 16, 16, FieldFormat.Decimal),
        new("vxlan.vni", 32, 24, FieldFormat.Decimal),
        new("vxlan.reserved8", 56, 8, FieldFormat.Hex),
    ]);

    /// <summary>Geneve without options.</summary>
    public static readonly LayerTable Geneve = new("Geneve", 8,
    [
        new("geneve.version", 0, 2, FieldFormat.Decimal),
        new("geneve.optlen", 2, 6, FieldFormat.Decimal),
        new("geneve.flags", 8, 8, FieldFormat.Hex),
        new("geneve.proto_type", 16, 16, FieldFormat.Hex),
        new("geneve.vni", 32, 24, FieldFormat.Decimal),
        new("geneve.reserved", 56, 8, FieldFormat.Hex),
    ]);

    /// <summary>GRE without optional words.</summary>
    public static readonly LayerTable Gre = new("GRE", 4,
    [
        new("gre.flags_and_version", 0, 16, FieldFormat.Hex),
        new("gre.proto", 16, 16, FieldFormat.Hex),
    ]);

    /// <summary>Names of options and payload fields, whose length the packet decides.</summary>
    public static readonly IReadOnlyList<string> VariableFields = ["ip.options", "tcp.options", "geneve.options", "gre.options", "data.data"];

    /// <summary>All layers.</summary>
    public static readonly IReadOnlyList<LayerTable> All = [Ethernet, Vlan, Arp, Ipv4, Ipv6, Tcp, Udp, Icmp, Icmpv6, Vxlan, Geneve, Gre];

    /// <summary>True when a field, or a whole layer prefix such as <c>tcp</c>, has this name.</summary>
    public static bool Knows(string name) =>
        VariableFields.Contains(name) || All.Any(layer => layer.Rows.Any(row => row.Name == name || row.Name.StartsWith(name + ".", StringComparison.Ordinal)));
}
