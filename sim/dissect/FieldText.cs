using System.Globalization;
using System.Net;

namespace Sim.Dissect;

/// <summary>Writes field values for people.</summary>
internal static class FieldText
{
    private static readonly (int Bit, string Name)[] s_tcpFlags =
        [(0x02, "SYN"), (0x10, "ACK"), (0x01, "FIN"), (0x04, "RST"), (0x08, "PSH"), (0x20, "URG"), (0x40, "ECE"), (0x80, "CWR")];

    /// <summary>The value of the row whose first bit lies at <paramref name="bit"/> of the packet. Missing bytes read as nothing.</summary>
    public static string Of(ReadOnlySpan<byte> packet, int bit, FieldRow row)
    {
        if (bit + row.Bits > packet.Length * 8) return "(cut off)";
        var bytes = packet.Slice(bit / 8, (row.Bits + 7) / 8);
        return row.Format switch
        {
            FieldFormat.Mac => string.Join(':', bytes.ToArray().Select(b => b.ToString("x2", CultureInfo.InvariantCulture))),
            FieldFormat.Ipv4 or FieldFormat.Ipv6 => new IPAddress(bytes).ToString(),
            FieldFormat.Bytes => Convert.ToHexStringLower(bytes),
            FieldFormat.Hex => "0x" + Number(packet, bit, row.Bits).ToString("x" + ((row.Bits + 3) / 4), CultureInfo.InvariantCulture),
            FieldFormat.TcpFlags => TcpFlags((int)Number(packet, bit, row.Bits)),
            _ => Number(packet, bit, row.Bits).ToString(CultureInfo.InvariantCulture),
        };
    }

    private static ulong Number(ReadOnlySpan<byte> packet, int bit, int bits)
    {
        ulong value = 0;
        for (int i = bit; i < bit + bits; i++) value = (value << 1) | (uint)((packet[i / 8] >> (7 - i % 8)) & 1);
        return value;
    }

    private static string TcpFlags(int flags)
    {
        var names = s_tcpFlags.Where(f => (flags & f.Bit) != 0).Select(f => f.Name);
        // Reserved bits have no name but must show.
        int unnamed = flags & ~0xff;
        string text = string.Join(',', unnamed == 0 ? names : names.Append("0x" + unnamed.ToString("x", CultureInfo.InvariantCulture)));
        return text.Length == 0 ? "none" : text;
    }
}
