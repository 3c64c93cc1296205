using System.Buffers.Binary;
using Sim.Run;
using Sim.Scenarios;
using Vm;
using Vm.Abi;
using Vm.Btf;
using Vm.Maps;
using Vm.Specs;

namespace Sim.Scores;

/// <summary>Compares map entries and global variables with what was expected, member by member.</summary>
/// <remarks>
/// A value that names members is compared in those members only. A value of a per-CPU map is compared with the sum over all CPUs, unless it is a
/// list, which states one value a CPU.
/// </remarks>
internal static class MapScore
{
    private const int ShownEntries = 4, MostCounted = 1000;

    public static IEnumerable<Check> Check(Testbed testbed, MapContents expected)
    {
        var (_, map) = testbed.Map(expected.Map, expected.Where);
        foreach (var entry in expected.Entries) yield return Check(testbed, map, entry);
    }

    public static Check Check(Testbed testbed, GlobalExpectation expected)
    {
        string statement = $"{expected.Variable} = {Words(expected.Value)}";
        var (owner, name) = testbed.Resolve(expected.Variable, "variable", expected.Where, HasVariable);
        var live = Snapshot(owner);
        try
        {
            var differences = new List<Difference>();
            foreach (var (path, value) in StatedMembers.Of(name, expected.Value))
            {
                string want = Globals.Get(Globals.Set(live, path, value), path), got = Globals.Get(live, path);
                if (want != got) differences.Add(new(name, "", path == name ? "value" : path, want, got));
            }
            return differences.Count == 0 ? Scores.Check.Passed(statement, expected.Where) : new Check(statement, false, expected.Where, Globals.Get(live, name), differences);
        }
        catch (BtfValueException refused)
        {
            throw new ScenarioFormatException(testbed.Scenario.File, expected.Where, refused.What);
        }
    }

    private static Check Check(Testbed testbed, Map map, MapEntry entry)
    {
        string file = testbed.Scenario.File;
        byte[] key = MapEntries.Key(map, entry, file);
        string keyText = key.Length == 0 ? "" : $"[{MapEntries.Format(map.Spec.Btf, map.Spec.KeyTypeId, key)}]";
        string subject = $"{map.Name}{keyText}";
        var all = new byte[map.UserValueBytes];
        var errno = map.Lookup(key, all);
        if (entry.Absent)
        {
            string absent = $"{subject} is absent";
            return errno == Errno.ENOENT ? Scores.Check.Passed(absent, entry.Where) : new Check(absent, false, entry.Where, Shown(map, all));
        }
        string statement = $"{subject} = {Words(entry.Value!)}";
        if (errno != Errno.None) return new Check(statement, false, entry.Where, $"no such entry ({errno}); {Contents(map)}");
        bool perCpuList = MapEntries.IsPerCpu(map) && entry.Value is WrittenList;
        byte[] got = MapEntries.IsPerCpu(map) && !perCpuList ? Sum(map, all) : all;
        var differences = new List<Difference>();
        if (!perCpuList && entry.Value is WrittenMapping or WrittenList && map.Spec.Btf is { } btf && map.Spec.ValueTypeId != 0)
        {
            ValueComparison.Compare(btf, map.Spec.ValueTypeId, entry.Value, got, subject, file, differences);
        }
        else
        {
            byte[] want = perCpuList ? MapEntries.Value(map, entry.Value!, file) : MapEntries.Encode(map.Spec.Btf, map.Spec.ValueTypeId, (int)map.Spec.ValueSize, entry.Value!, file);
            if (!want.AsSpan().SequenceEqual(got)) differences.Add(new(subject, "", "value", Shown(map, want), Shown(map, got)));
        }
        return differences.Count == 0 ? Scores.Check.Passed(statement, entry.Where) : new Check(statement, false, entry.Where, Shown(map, got), differences);
    }

    // What is there instead: a misspelt or byte-swapped key is seen at once beside the right one.
    private static string Contents(Map map)
    {
        var entries = new List<string>();
        byte[] key = new byte[map.Spec.KeySize], value = new byte[map.UserValueBytes];
        long count = 0;
        for (var errno = map.NextKey([], key); errno == Errno.None && count < MostCounted; errno = map.NextKey(key.ToArray(), key), count++)
        {
            if (entries.Count < ShownEntries && map.Lookup(key, value) == Errno.None)
                entries.Add($"[{MapEntries.Format(map.Spec.Btf, map.Spec.KeyTypeId, key)}] = {Shown(map, value)}");
        }
        return count == 0 ? "the map is empty"
            : $"the map has {(count == MostCounted ? "at least " : "")}{count} {(count == 1 ? "entry" : "entries")}: {string.Join(", ", entries)}{(count > entries.Count ? ", …" : "")}";
    }

    private static byte[] Sum(Map map, byte[] all)
    {
        int size = (int)map.Spec.ValueSize, stride = all.Length / map.CpuCount, word = size % 8 == 0 ? 8 : size % 4 == 0 ? 4 : 1;
        var sum = new byte[size];
        for (int at = 0; at < size; at += word)
        {
            ulong total = 0;
            for (int cpu = 0; cpu < map.CpuCount; cpu++) total += Read(all.AsSpan(cpu * stride + at), word);
            for (int i = 0; i < word; i++) sum[at + i] = (byte)(total >> (8 * i));
        }
        return sum;
    }

    private static ulong Read(ReadOnlySpan<byte> bytes, int word) => word switch
    {
        8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => bytes[0],
    };

    private static string Shown(Map map, byte[] bytes) => bytes.Length == map.Spec.ValueSize
        ? MapEntries.Format(map.Spec.Btf, map.Spec.ValueTypeId, bytes)
        : string.Join(", ", Enumerable.Range(0, map.CpuCount).Select(cpu => $"cpu{cpu}: {MapEntries.Format(map.Spec.Btf, map.Spec.ValueTypeId, bytes.AsSpan(cpu * (bytes.Length / map.CpuCount), (int)map.Spec.ValueSize))}"));

    private static bool HasVariable(BpfObject owner, string path)
    {
        string name = path.Split('.', '[')[0];
        return owner.Spec.Maps.Any(map => map.Variables.Any(variable => variable.Name == name));
    }

    // The object as it is now: data sections with their live contents.
    private static ObjectSpec Snapshot(BpfObject owner) => owner.Spec with
    {
        Maps = [.. owner.Spec.Maps.Select(spec =>
        {
            if (!spec.DataSection) return spec;
            var contents = new byte[spec.ValueSize];
            owner.Map(spec.Name).Lookup(stackalloc byte[4], contents);
            return spec with { Contents = contents };
        })],
    };

    private static string Words(WrittenValue node) => node switch
    {
        WrittenScalar scalar => scalar.Text,
        WrittenList list => $"[{string.Join(", ", list.Items.Select(Words))}]",
        WrittenMapping mapping => $"{{{string.Join(", ", mapping.Entries.Select(e => $"{e.Key}: {Words(e.Value)}"))}}}",
        _ => "",
    };
}
