using System.Globalization;
using System.Runtime.CompilerServices;
using Vm.Abi;
using Vm.Maps;

namespace Tests.Maps;

/// <summary>
/// Replays sequences that a live kernel was given and wants the same answers and the same surviving keys. A step is a letter and a key:
/// <c>u</c> update, <c>n</c> BPF_NOEXIST, <c>x</c> BPF_EXIST, <c>d</c> delete, <c>l</c> lookup by user space, <c>t</c> lookup by a program, then <c>=errno</c> unless 0.
/// </summary>
public class LruMapTests
{
    public static TheoryData<string> Cases => [.. Directory.GetFiles(Folder(), "*.case").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void CaseFolder_IsNotEmpty() => Assert.True(Cases.Count >= 12);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Survivors_AreThoseOfALiveKernel(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder(), file));
        string[] words = lines[Array.IndexOf(lines, "-- map") + 1].Split(' ');
        var type = words[0] == "lru_hash" ? MapType.LruHash : MapType.LruPerCpuHash;
        using var map = new TestMap(type, Number(words[2]), flags: (MapFlags)Number(words[4]), cpus: (int)Number(words[6]));
        string section = "";
        List<uint>? expected = null;
        int step = 0, checkpoints = 0;
        foreach (string line in lines.Append("-- end"))
        {
            if (line.StartsWith("-- ", StringComparison.Ordinal))
            {
                if (expected is not null) Assert.True(expected.SequenceEqual(map.NumberKeys()), $"after step {step}: kernel {string.Join(' ', expected)}; here {string.Join(' ', map.NumberKeys())}");
                checkpoints += expected is null ? 0 : 1;
                section = line[3..];
                expected = section == "keys" ? [] : null;
            }
            else if (section == "steps")
            {
                foreach (string word in line.Split(' ')) Step(map, word, ++step);
            }
            else if (section == "keys")
            {
                foreach (string range in line.Split(' '))
                {
                    string[] ends = range.Split('-');
                    for (uint key = Number(ends[0]); key <= Number(ends[^1]); key++) expected!.Add(key);
                }
            }
        }
        Assert.True(checkpoints > 0);
    }

    [Theory]
    [InlineData(MapFlags.None)]
    [InlineData(MapFlags.NoCommonLru)]
    public void FullMap_TakesEveryNewKey(MapFlags flags)
    {
        foreach (uint entries in (uint[])[1, 2, 5, 128, 1000])
        {
            using var map = new TestMap(MapType.LruHash, entries, flags: flags, cpus: 4);
            for (uint key = 0; key < 3 * entries + 10; key++)
            {
                Assert.Equal(Errno.None, map.ProgramUpdate(key, key, cpu: (int)(key % 4)));
                Assert.NotEqual(0ul, map.Address(key));
                Assert.InRange(((HashMapBase)map.Map).Count, 1, (int)(entries + 3) / 4 * 4);
            }
        }
    }

    private static void Step(TestMap map, string word, int step)
    {
        string[] parts = word[1..].Split('=');
        uint key = Number(parts[0]);
        var expected = parts.Length == 1 ? Errno.None : (Errno)Number(parts[1]);
        var got = word[0] switch
        {
            'u' => map.Update(key, (ulong)step),
            'n' => map.Update(key, (ulong)step, MapUpdateFlags.NoExist),
            'x' => map.Update(key, (ulong)step, MapUpdateFlags.Exist),
            'd' => map.Delete(key),
            'l' => map.Lookup(key).Errno,
            't' => Touch(map, key),
            _ => throw new FormatException($"'{word}' is no step"),
        };
        Assert.True(expected == got, $"step {step}, {word}: the kernel said {expected}, here {got}");
    }

    private static Errno Touch(TestMap map, uint key)
    {
        map.Address(key);
        return Errno.None;
    }

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "cases");
}
