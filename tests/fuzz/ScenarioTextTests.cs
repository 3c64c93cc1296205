using System.Text;
using Sim.Scenarios;
using Tests.Sim;
using Vm.Abi;

namespace Tests.Fuzz;

/// <summary>Damaged scenario files are read or refused with a place and a reason, and nothing else.</summary>
public class ScenarioTextTests
{
    /// <summary>Texts per shipped scenario, half damaged byte by byte, half line by line. <c>FUZZ_ROUNDS</c> multiplies them.</summary>
    private static readonly int s_rounds = 2_200 * FuzzEffort.Rounds;

    private static readonly string[] s_values =
    [
        "", "~", "null", "-1", "0", "1e9", "0x", "0xffffffffffffffff", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "true", "[]", "{}", "[1, 2", "{a: b}", "!!binary x", "&a 1", "*a",
        "'", "\"\\u0000\"", "1..", "..", "0..4294967295", "5..1", "a..b", "10.0.0.0/33", "::/129", "1.2.3", "::ffff:1.2.3.4", "02:00:00:00:00", "zz", "dead bee", "79228162514264337593543950335s", "1ns", ".s", "eth0 ingress", "eth0 99",
        "eth0 xdp", "|", "> x", "# c", "ip.checksum", "a/b", "..", "/", "\u202e", "🙂", "- 1", "? x",
    ];

    public static TheoryData<string> Names => [.. ShippedScenarios.Files.Where(File.Exists).Select(file => Path.GetFileName(Path.GetDirectoryName(file)!))];

    [Theory]
    [MemberData(nameof(Names))]
    public void DamagedText_IsReadOrRefusedAndNothingElse(string name)
    {
        var file = ShippedScenarios.Files.Single(f => Path.GetFileName(Path.GetDirectoryName(f)) == name);
        string original = File.ReadAllText(file);
        var random = new Random(name.Length * 31 + name[1]);
        int read = 0;
        for (int round = 0; round < s_rounds; round++)
        {
            string text = round % 2 == 0 ? DamageBytes(original, random) : DamageLines(original, random);
            try
            {
                ScenarioReader.Read(text, file);
                read++;
            }
            catch (BadInputException problem)
            {
                Assert.False(string.IsNullOrWhiteSpace(problem.What));
            }
            catch (Exception surprise) when (surprise is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{surprise.GetType().Name}: {surprise.Message}\n{surprise.StackTrace}\n---\n{text}");
            }
        }
        Assert.InRange(read, 1, s_rounds - 1);
    }

    private static string DamageBytes(string original, Random random)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(original);
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(bytes.Length);
            bytes[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)":-[]{}'\"#&*!|>%@, \n\t0"[random.Next(21)];
        }
        string text = Encoding.Latin1.GetString(bytes);
        return random.Next(12) == 0 ? text[..random.Next(text.Length)] : text;
    }

    private static string DamageLines(string original, Random random)
    {
        var lines = original.Split('\n').ToList();
        for (int i = random.Next(1, 4); i > 0 && lines.Count > 1; i--)
        {
            int at = random.Next(lines.Count), other = random.Next(lines.Count);
            string line = lines[at], value = s_values[random.Next(s_values.Length)];
            int colon = line.IndexOf(':', StringComparison.Ordinal), word = line.LastIndexOf(' ');
            switch (random.Next(7))
            {
                case 0 when colon >= 0: lines[at] = $"{line[..colon]}: {value}"; break;
                case 1: lines[at] = lines[other]; break;
                case 2: lines.RemoveAt(at); break;
                case 3: lines.Insert(at, lines[other]); break;
                case 4: lines[at] = (random.Next(2) == 0 ? "  " : "- ") + line; break;
                case 5 when colon >= 0: lines[at] = line[..colon] + "x" + line[colon..]; break;
                default: lines[at] = word < 0 ? value : line[..(word + 1)] + value; break;
            }
        }
        return string.Join('\n', lines);
    }
}
