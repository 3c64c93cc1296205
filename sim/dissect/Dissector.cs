using System.Buffers.Binary;

namespace Sim.Dissect;

/// <summary>A header found in a packet.</summary>
/// <param name="Table">Its fields.</param>
/// <param name="Offset">Byte offset of the header.</param>
internal readonly record struct Layer(LayerTable Table, int Offset);

/// <summary>One field with its place and value.</summary>
/// <param name="LayerName">Layer it belongs to, with a number from the second of its kind on: <c>IPv4</c>, <c>IPv4 #2</c>.</param>
/// <param name="Name">Filter name.</param>
/// <param name="Bit">First bit in the packet.</param>
/// <param name="Bits">Width in bits.</param>
/// <param name="Value">Text for people.</param>
internal sealed record PacketField(string LayerName, string Name, int Bit, int Bits, string Value);

/// <summary>Finds the headers of an Ethernet frame and reads their fields. Never fails: what it does not know is payload.</summary>
internal static class Dissector
{
    /// <summary>Name of the bytes no table claims.</summary>
    internal const string PayloadField = "data.data";

    private const int MaxLayers = 24;
    private const ushort VxlanPort = 4789, GenevePort = 6081;

    /// <summary>All fields in packet order; bytes no header claims end up in <c>data.data</c>.</summary>
    public static IReadOnlyList<PacketField> Dissect(ReadOnlySpan<byte> packet)
    {
        var fields = new List<PacketField>();
        var seen = new Dictionary<string, int>();
        int at = 0;
        var next = packet.Length >= 14 ? FieldTables.Ethernet : null;
        while (next is not null && seen.Values.Sum() < MaxLayers)
        {
            var table = next;
            int count = seen[table.Name] = seen.GetValueOrDefault(table.Name) + 1;
            string name = count == 1 ? table.Name : $"{table.Name} #{count}";
            foreach (var row in table.Rows) fields.Add(new(name, row.Name, at * 8 + row.Bit, row.Bits, FieldText.Of(packet, at * 8 + row.Bit, row)));
            int header = HeaderBytes(packet, at, table);
            if (header > table.Bytes)
            {
                string prefix = table.Rows[0].Name[..table.Rows[0].Name.IndexOf('.')];
                AddBytes(fields, packet, name, prefix + ".options", at + table.Bytes, header - table.Bytes);
            }
            int end = at + header;
            next = NextLayer(packet, at, table, end);
            at = end;
        }
        if (at < packet.Length) AddBytes(fields, packet, "Payload", PayloadField, at, packet.Length - at);
        return fields;
    }

    private static void AddBytes(List<PacketField> fields, ReadOnlySpan<byte> packet, string layer, string name, int at, int count)
    {
        count = Math.Min(count, packet.Length - at);
        if (count > 0) fields.Add(new(layer, name, at * 8, count * 8, Convert.ToHexStringLower(packet.Slice(at, count))));
    }

    private static int HeaderBytes(ReadOnlySpan<byte> packet, int at, LayerTable table)
    {
        int bytes = table.Bytes;
        if (table == FieldTables.Ipv4) bytes = Math.Max(bytes, (packet[at] & 0xf) * 4);
        else if (table == FieldTables.Tcp) bytes = Math.Max(bytes, (packet[at + 12] >> 4) * 4);
        else if (table == FieldTables.Geneve) bytes += (packet[at] & 0x3f) * 4;
        else if (table == FieldTables.Gre) bytes += System.Numerics.BitOperations.PopCount((uint)packet[at] & 0xb0) * 4;
        return Math.Min(bytes, packet.Length - at);
    }

    private static LayerTable? NextLayer(ReadOnlySpan<byte> packet, int at, LayerTable table, int end)
    {
        LayerTable? next = null;
        if (table == FieldTables.Ethernet) next = ByEtherType(Word(packet, at + 12));
        else if (table == FieldTables.Vlan) next = ByEtherType(Word(packet, at + 2));
        else if (table == FieldTables.Gre) next = Word(packet, at + 2) == 0x6558 ? FieldTables.Ethernet : ByEtherType(Word(packet, at + 2));
        else if (table == FieldTables.Geneve) next = Word(packet, at + 2) == 0x6558 ? FieldTables.Ethernet : ByEtherType(Word(packet, at + 2));
        else if (table == FieldTables.Vxlan) next = FieldTables.Ethernet;
        else if (table == FieldTables.Ipv4) next = (Word(packet, at + 6) & 0x1fff) == 0 ? ByProtocol(packet[at + 9]) : null;
        else if (table == FieldTables.Ipv6) next = ByProtocol(packet[at + 6]);
        else if (table == FieldTables.Udp) next = ByPort(Word(packet, at + 2));
        return next is not null && end + next.Bytes <= packet.Length ? next : null;
    }

    private static LayerTable? ByEtherType(int type) => type switch
    {
        0x0800 => FieldTables.Ipv4,
        0x86dd => FieldTables.Ipv6,
        0x0806 => FieldTables.Arp,
        0x8100 or 0x88a8 => FieldTables.Vlan,
        _ => null,
    };

    private static LayerTable? ByProtocol(int protocol) => protocol switch
    {
        1 => FieldTables.Icmp,
        4 => FieldTables.Ipv4,
        6 => FieldTables.Tcp,
        17 => FieldTables.Udp,
        41 => FieldTables.Ipv6,
        47 => FieldTables.Gre,
        58 => FieldTables.Icmpv6,
        _ => null,
    };

    private static LayerTable? ByPort(int port) => port switch
    {
        VxlanPort => FieldTables.Vxlan,
        GenevePort => FieldTables.Geneve,
        _ => null,
    };

    private static int Word(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
}
