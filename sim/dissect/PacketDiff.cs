namespace Sim.Dissect;

/// <summary>One difference between two packets.</summary>
/// <param name="Layer">Layer name.</param>
/// <param name="Field">Field name as in Wireshark.</param>
/// <param name="Expected">Expected value as text.</param>
/// <param name="Got">What came instead.</param>
internal sealed record FieldDifference(string Layer, string Field, string Expected, string Got);

/// <summary>Compares packets field by field, leaving out fields by name.</summary>
internal static class PacketDiff
{
    private const int ShownBytes = 24;

    /// <summary>True when the packets are the same bytes after ignored fields are masked in both.</summary>
    public static bool Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> got, IReadOnlyCollection<string> ignored)
    {
        if (expected.Length != got.Length) return false;
        if (expected.SequenceEqual(got)) return true;
        return ignored.Count > 0 && Masked(expected, ignored).AsSpan().SequenceEqual(Masked(got, ignored));
    }

    /// <summary>The differences in packet order; empty when <see cref="Same"/>.</summary>
    public static IReadOnlyList<FieldDifference> Compare(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> got, IReadOnlyCollection<string> ignored)
    {
        var differences = new List<FieldDifference>();
        if (Same(expected, got, ignored)) return differences;
        var wanted = Dissector.Dissect(expected);
        var found = Dissector.Dissect(got).ToLookup(f => (f.LayerName, f.Name));
        foreach (var field in wanted.Where(f => !IsIgnored(f.Name, ignored)))
        {
            var other = found[(field.LayerName, field.Name)].FirstOrDefault();
            if (other is null) differences.Add(new(field.LayerName, field.Name, Short(field.Value), "(absent)"));
            else if (other.Value != field.Value)
            {
                // What our tables take for payload may be a protocol that others know; the bytes follow all the same.
                if (field.Name == Dissector.PayloadField) differences.AddRange(ForeignLayers.Compare(expected, got));
                differences.Add(Difference(field, other));
            }
        }
        var known = wanted.ToLookup(f => (f.LayerName, f.Name));
        foreach (var field in found.SelectMany(group => group).OrderBy(f => f.Bit))
        {
            if (!IsIgnored(field.Name, ignored) && !known.Contains((field.LayerName, field.Name)))
                differences.Add(new(field.LayerName, field.Name, "(absent)", Short(field.Value)));
        }
        if (expected.Length != got.Length) differences.Add(new("Frame", "frame.len", $"{expected.Length}", $"{got.Length}"));
        return differences;
    }

    /// <summary>True when the name itself or its layer is in the list.</summary>
    public static bool IsIgnored(string field, IReadOnlyCollection<string> ignored) =>
        ignored.Any(name => field == name || (field.StartsWith(name, StringComparison.Ordinal) && field[name.Length] == '.'));

    private static byte[] Masked(ReadOnlySpan<byte> packet, IReadOnlyCollection<string> ignored)
    {
        var copy = packet.ToArray();
        foreach (var field in Dissector.Dissect(packet).Where(f => IsIgnored(f.Name, ignored)))
        {
            int end = Math.Min(field.Bit + field.Bits, copy.Length * 8);
            for (int bit = field.Bit; bit < end; bit++) copy[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }
        return copy;
    }

    // Long byte strings are shown from the first byte that differs.
    private static FieldDifference Difference(PacketField expected, PacketField got)
    {
        if (expected.Bits <= 8 * ShownBytes && got.Bits <= 8 * ShownBytes) return new(expected.LayerName, expected.Name, expected.Value, got.Value);
        int digit = 0, most = Math.Min(expected.Value.Length, got.Value.Length);
        while (digit < most && expected.Value[digit] == got.Value[digit]) digit++;
        int at = digit / 2;
        return new(expected.LayerName, $"{expected.Name}[{at}]", Short(expected.Value[(2 * at)..]), Short(got.Value[(2 * at)..]));
    }

    private static string Short(string value) => value.Length <= 2 * ShownBytes ? (value.Length == 0 ? "(end)" : value) : value[..(2 * ShownBytes)] + "…";
}
