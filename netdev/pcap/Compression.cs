using K4os.Compression.LZ4.Streams;
using ZstdSharp;

namespace Netdev.Pcap;

/// <summary>A way captures are compressed.</summary>
/// <param name="Name">For people.</param>
/// <param name="Magic">The first bytes of such a file.</param>
/// <param name="Open">Makes a stream of what was compressed; it throws <see cref="InvalidDataException"/> where the data is damaged, after everything before.</param>
internal sealed record Compression(string Name, byte[] Magic, Func<Stream, Stream> Open)
{
    private static readonly Compression[] s_table =
    [
        new("gzip", [0x1f, 0x8b], source => new GzipInput(source)),
        new("zstd", [0x28, 0xb5, 0x2f, 0xfd], source => new DecodedInput("zstd", new DecompressionStream(source, leaveOpen: false))),
        new("LZ4", [0x04, 0x22, 0x4d, 0x18], source => new DecodedInput("LZ4", LZ4Stream.Decode(source, leaveOpen: false))),
    ];

    private static readonly (string Name, string Program, byte[] Magic)[] s_notRead =
        [("xz", "xz -d", [0xfd, 0x37, 0x7a, 0x58]), ("bzip2", "bzip2 -d", [0x42, 0x5a, 0x68]), ("old LZ4", "lz4 -d", [0x02, 0x21, 0x4c, 0x18]), ("ZIP", "unzip", [0x50, 0x4b, 0x03, 0x04])];

    /// <summary>Names of all, for messages.</summary>
    public static string Known { get; } = string.Join(", ", s_table.Select(row => row.Name));

    /// <summary>What a file beginning like this is compressed with; null for nothing we read.</summary>
    public static Compression? Find(ReadOnlySpan<byte> first)
    {
        foreach (var row in s_table)
        {
            if (first.StartsWith(row.Magic)) return row;
        }
        return null;
    }

    /// <summary>Advice for a file in a compression we do not read; empty for anything else.</summary>
    public static string Hint(ReadOnlySpan<byte> first)
    {
        foreach (var (name, program, magic) in s_notRead)
        {
            if (first.StartsWith(magic)) return $" (this is {name}: '{program}' makes a plain one of it)";
        }
        return "";
    }
}
