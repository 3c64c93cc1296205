using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Netdev.Pcap;
using Sim.Output;
using Tests.Output;
using Tests.Verifier;

namespace Tests.Fuzz;

/// <summary>Damaged objects, captures, compressed captures, scenarios, scripts, packet texts and kept programs through the whole command: a sentence and the right exit code, whatever is in the file.</summary>
/// <remarks><c>FUZZ_ROUNDS</c> multiplies the rounds, <c>FUZZ_SEED</c> chooses others; <c>FUZZ_LOG=FILE</c> gets the longest run and the most memory (nothing is asserted about either).</remarks>
public sealed class HostileFileTests : IDisposable
{
    private static readonly int s_rounds = 60 * FuzzEffort.Rounds;

    // Words a number, length or name may be replaced by in texts; the greatest and least of every width in binary files.
    private static readonly string[] s_words =
    [
        "", "-1", "0", "4294967295", "18446744073709551615", "1e99", "0x", "~", "null", "[]", "{}", "!!x", "&a", "*a", "..", "0..99999", "\"\\u0000\"", "\u202e", "eth0", "ingress", "xdp", "-", "=>", "|", "#", "100000", "ALL",
    ];

    private static readonly ulong[] s_numbers = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, ulong.MaxValue];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sim-files");

    public static TheoryData<string, string> Kinds => new()
    {
        { "scenarios/02-firewall/firewall.bpf.o", "verify FILE" },
        { "tests/objects/rejections.o", "verify FILE --json" },
        { "tests/objects/datapath-v3.o", "inspect FILE" },
        { "tests/objects/core.o", "inspect FILE" },
        { "scenarios/07-policer/policer.bpf.o", "exec FILE --in CAPTURE --engine interpreter" },
        { "scenarios/17-idle-flows/idle.bpf.o", "replay CAPTURE --prog FILE" },
        { "tests/objects/tails-tagged.o", "replay CAPTURE --prog FILE:start" },
        { "tests/objects/legacy.o", "verify FILE --log" },
        { "tests/objects/core_target.o", "verify OBJECT --btf FILE" },
        { "web.pcap", "replay FILE --prog OBJECT" },
        { "web.pcap", "exec OBJECT --in FILE" },
        { "web.pcapng", "replay FILE --prog OBJECT --pcapng OUT.pcapng --out OUT.pcap" },
        { "web.pcap.gz", "replay FILE --prog OBJECT" },
        { "web.pcapng.gz", "exec OBJECT --in FILE" },
        { "web.pcap.zst", "replay FILE --prog OBJECT" },
        { "web.pcap.lz4", "replay FILE --prog OBJECT" },
        { "inside.pcapng.gz", "replay FILE --prog OBJECT" },
        { "firewall.yaml", "run FILE" },
        { "firewall.yaml", "run FILE --json" },
        { "misses.yaml", "run FILE --junit OUT.xml" },
        { "tunnels.yaml", "run FILE" },
        { "tunnels.yaml", "trace FILE" },
        { "tests/cases/controlplane/links-update.tcx", "control FILE" },
        { "tests/cases/controlplane/opts-arguments.tcx", "control FILE --json" },
        { "tests/cases/fuzz/adjust-room-past-the-end.case", "fuzz --no-kernel --replay FILE" },
        { "packets.txt", "exec OBJECT --hex FILE" },
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void DamagedFile_IsASentenceAndAnExitCode(string file, string command)
    {
        byte[] original = Original(file);
        var random = new Random(FuzzEffort.Seed * 7919 + command.Length * 31 + file.Length);
        string path = Path.Combine(_folder.FullName, "damaged" + Path.GetExtension(file));
        bool isText = Path.GetExtension(file) is ".yaml" or ".tcx" or ".case" or ".txt";
        string[] args = [.. command.Split(' ').Select(word => word
            .Replace("FILE", path, StringComparison.Ordinal).Replace("OBJECT", Repository.PathOf("scenarios/02-firewall/firewall.bpf.o"), StringComparison.Ordinal)
            .Replace("CAPTURE", Path.Combine(_folder.FullName, "short.pcap"), StringComparison.Ordinal).Replace("OUT", Path.Combine(_folder.FullName, "out"), StringComparison.Ordinal))];
        File.WriteAllBytes(Path.Combine(_folder.FullName, "short.pcap"), Original("short.pcap"));
        var codes = new SortedDictionary<int, int>();
        (double Seconds, int Round) longest = default;
        for (int round = 0; round < s_rounds; round++)
        {
            byte[] bytes = isText ? DamageText(original, random) : DamageBytes(original, random);
            if (file.StartsWith("inside.", StringComparison.Ordinal)) bytes = Gzip(bytes);
            File.WriteAllBytes(path, bytes);
            long start = Stopwatch.GetTimestamp();
            var ran = Invocation.Of(args);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (seconds > longest.Seconds) longest = (seconds, round);
            codes[ran.Code] = codes.GetValueOrDefault(ran.Code) + 1;
            if (ran.Code is < 0 or > 3 || (ran.Code >= 2 && ran.All.Length == 0) || !Visible.IsHarmless(ran.All.Replace("\n", "", StringComparison.Ordinal)))
                Assert.Fail($"round {round}: exit code {ran.Code}: {Visible.Lines(ran.All)}\nthe file: {Keep(bytes, path)}");
        }
        Log($"{file} {command}: {s_rounds} rounds, codes {string.Join(", ", codes.Select(pair => $"{pair.Key}: {pair.Value}"))}, longest {longest.Seconds:0.00} s (round {longest.Round}), process {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB");
    }

    private static void Log(string line)
    {
        if (Environment.GetEnvironmentVariable("FUZZ_LOG") is { Length: > 0 } log) File.AppendAllText(log, line + "\n");
    }

    private static string Keep(byte[] bytes, string path)
    {
        string kept = Path.Combine(Path.GetTempPath(), $"sim-hostile-{Guid.NewGuid():n}{Path.GetExtension(path)}");
        File.WriteAllBytes(kept, bytes);
        return kept;
    }

    private byte[] Original(string file)
    {
        if (file.Contains('/', StringComparison.Ordinal)) return File.ReadAllBytes(Repository.PathOf(file));
        return file switch
        {
            "web.pcap" => File.ReadAllBytes(Repository.PathOf("pcaps/web.pcap")),
            "short.pcap" => Short(),
            "web.pcapng" => Pcapng(),
            "web.pcap.gz" => Gzip(Original("web.pcap")),
            "web.pcapng.gz" => Gzip(Original("web.pcapng")),
            "web.pcap.zst" => Zstd(Original("web.pcap")),
            "web.pcap.lz4" => Lz4(Original("web.pcap")),
            "inside.pcapng.gz" => Original("web.pcapng"),
            "packets.txt" => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("# remark\nffffffffffff 02:00:00:00:00:01 0800 45000014000000004011000001010101 02020202\n", 4))),
            "firewall.yaml" => Scenario("scenarios/02-firewall/scenario.yaml", "scenarios/02-firewall"),
            "misses.yaml" => Scenario("tests/cases/output/misses/scenario.yaml", "tests/cases/output/misses"),
            "tunnels.yaml" => Scenario("scenarios/16-overlay/scenario.yaml", "scenarios/16-overlay"),
            _ => throw new ArgumentException(file),
        };
    }

    // Its files are named from the root, so that the damaged copy finds them.
    private static byte[] Scenario(string file, string folder)
    {
        string text = File.ReadAllText(Repository.PathOf(file));
        foreach (string end in (string[])[".o", ".pcap", ".pcapng"])
            text = System.Text.RegularExpressions.Regex.Replace(text, $@"(?<=[ \[])[\w./-]+\{end}\b", match => Path.GetFullPath(Path.Combine(Repository.PathOf(folder), match.Value)));
        return Encoding.UTF8.GetBytes(text);
    }

    // Its first packets, whole.
    private byte[] Short()
    {
        string path = Path.Combine(_folder.FullName, "few.pcap");
        using var all = CaptureReader.Open(Repository.PathOf("pcaps/web.pcap"));
        using (var few = new CaptureFile(path))
        {
            while (all.PacketsRead < 10 && all.TryRead(out var packet)) few.Write("eth0", packet.TimestampNs, packet.Data);
            few.Commit();
        }
        return File.ReadAllBytes(path);
    }

    private byte[] Pcapng()
    {
        string path = Path.Combine(_folder.FullName, "made.pcapng");
        Assert.Equal(0, Invocation.Of("replay", Repository.PathOf("pcaps/web.pcap"), "--prog", Repository.PathOf("scenarios/02-firewall/firewall.bpf.o"), "--pcapng", path).Code);
        return File.ReadAllBytes(path);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Zstd(byte[] bytes)
    {
        using var compressor = new ZstdSharp.Compressor();
        return compressor.Wrap(bytes).ToArray();
    }

    private static byte[] Lz4(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var lz4 = K4os.Compression.LZ4.Streams.LZ4Stream.Encode(packed, leaveOpen: true)) lz4.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] DamageBytes(byte[] original, Random random)
    {
        byte[] bytes = (byte[])original.Clone();
        for (int i = 1 + random.Next(4); i > 0; i--)
        {
            int at = random.Next(bytes.Length), width = 1 << random.Next(4);
            // Headers and tables decide more than what they describe.
            if (random.Next(3) == 0) at %= Math.Min(bytes.Length, 128);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2 when at + width <= bytes.Length: BitConverter.GetBytes(s_numbers[random.Next(s_numbers.Length)]).AsSpan(0, width).CopyTo(bytes.AsSpan(at)); break;
                case 3: bytes.AsSpan(random.Next(bytes.Length - at) is var from ? from : 0, Math.Min(16, bytes.Length - Math.Max(at, from))).CopyTo(bytes.AsSpan(at)); break;
                case 4 when random.Next(4) == 0: return bytes[..at];
                default: bytes.AsSpan(at, Math.Min(random.Next(32), bytes.Length - at)).Fill(random.Next(2) == 0 ? (byte)0 : (byte)0xff); break;
            }
        }
        return bytes;
    }

    private static byte[] DamageText(byte[] original, Random random)
    {
        if (random.Next(4) == 0) return DamageBytes(original, random);
        var lines = Encoding.UTF8.GetString(original).Split('\n').ToList();
        for (int i = 1 + random.Next(3); i > 0; i--)
        {
            int at = random.Next(lines.Count);
            string[] words = lines[at].Split(' ');
            switch (random.Next(6))
            {
                case 0: lines[at] = lines[random.Next(lines.Count)]; break;
                case 1 when lines.Count > 1: lines.RemoveAt(at); break;
                case 2: lines.Insert(at, lines[random.Next(lines.Count)]); break;
                case 3: lines[at] = new string(' ', random.Next(4)) + lines[at]; break;
                default:
                    int word = random.Next(words.Length);
                    words[word] = s_words[random.Next(s_words.Length)] + (words[word].EndsWith(',') ? "," : "");
                    lines[at] = string.Join(' ', words);
                    break;
            }
        }
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }
}
