using System.Buffers.Binary;
using Sim.Dissect;
using Sim.Live;
using Sim.Run;
using Vm.Abi;
using Vm.Maps;

namespace Sim.Compare;

/// <summary>Compares what maps hold at the end, entry by entry.</summary>
/// <remarks>
/// Of per-CPU values the copies of the CPU the programs ran on are compared; where they ran on several, their sums: which one the kernel chose is its own
/// affair. Locks, timers and kernel pointers inside
/// values have no contents of their own and are masked on both sides.
/// </remarks>
internal static class MapComparison
{
    private const int MostDifferences = 20;

    /// <summary>Compares one map.</summary>
    /// <param name="ours">The simulator's.</param>
    /// <param name="theirs">The kernel's.</param>
    /// <param name="into">Gets the difference, or why the map is not compared.</param>
    /// <param name="sameDevices">True when both sides have devices of the same numbers.</param>
    /// <param name="kernelCpu">The processor all programs ran on there, where ours ran on CPU 0 alone; null when they ran on several.</param>
    /// <param name="events">What reads a perf event array on the kernel's side; null for none.</param>
    public static void Compare(Map ours, KernelMap theirs, Comparison into, bool sameDevices = false, int? kernelCpu = null, KernelPerfBuffer? events = null)
    {
        string? why = ours.Type switch
        {
            MapType.ProgArray or MapType.ArrayOfMaps or MapType.HashOfMaps => "holds programs or maps, whose ids differ",
            MapType.DevMap or MapType.DevMapHash when !sameDevices => "holds devices; the kernel's side has loopback in every slot",
            MapType.PerfEventArray when events is null => "has no buffers attached on the kernel's side",
            _ => null,
        };
        if (why is not null)
        {
            into.NotCompared.Add($"map {ours.Name}: {why}");
            return;
        }
        var fields = new List<FieldDifference>();
        if (ours is RingBufMap ring) CompareRecords(ring, theirs, fields);
        else if (ours is PerfEventArrayMap array) CompareEvents(array, events!, fields);
        else if (ours is QueueStackMap queue) CompareQueue(queue, theirs, fields);
        else CompareEntries(ours, theirs, fields, kernelCpu);
        into.Maps++;
        if (fields.Count > 0) into.Differences.Add(new Difference("", 0, fields) { Map = ours.Name });
    }

    private static void CompareEntries(Map ours, KernelMap theirs, List<FieldDifference> fields, int? kernelCpu)
    {
        var keys = ours is ArrayMap array && ArrayContents.Suspects(array, theirs) is { } suspects
            ? suspects.Select(BitConverter.GetBytes)
            : Keys(ours).Concat(theirs.Keys()).DistinctBy(Convert.ToHexString).OrderBy(Convert.ToHexString, StringComparer.Ordinal);
        var mine = new byte[ours.UserValueBytes];
        var other = new byte[theirs.UserValueBytes];
        var special = SpecialFields.Of(ours.Spec);
        foreach (byte[] key in keys)
        {
            if (fields.Count >= MostDifferences) return;
            bool here = ours.Lookup(key, mine) == Errno.None, there = theirs.Lookup(key, other) == Errno.None;
            string name = $"{ours.Name}[{MapEntries.Format(ours.Spec.Btf, ours.Spec.KeyTypeId, key)}]";
            byte[] got = !MapEntries.IsPerCpu(ours) ? [.. mine] : kernelCpu is null ? Sum(mine, ours.CpuCount, (int)ours.Spec.ValueSize) : mine[..(int)ours.Spec.ValueSize];
            byte[] want = !theirs.IsPerCpu ? [.. other] : kernelCpu is { } cpu ? other.AsSpan(cpu * theirs.Stride, (int)ours.Spec.ValueSize).ToArray() : Sum(other, KernelTarget.PossibleCpus, (int)ours.Spec.ValueSize);
            foreach (var field in special)
            {
                got.AsSpan(field.Offset, field.Bytes).Clear();
                want.AsSpan(field.Offset, field.Bytes).Clear();
            }
            if (here == there && (!here || got.AsSpan().SequenceEqual(want))) continue;
            fields.Add(new("map", name, there ? Shown(ours, want) : "(absent)", here ? Shown(ours, got) : "(absent)"));
        }
    }

    private static void CompareQueue(QueueStackMap ours, KernelMap theirs, List<FieldDifference> fields)
    {
        var mine = new byte[ours.Spec.ValueSize];
        var other = new byte[ours.Spec.ValueSize];
        for (int i = 0; fields.Count < MostDifferences; i++)
        {
            bool here = ours.LookupAndDelete([], mine) == Errno.None, there = theirs.Pop(other) == Errno.None;
            if (!here && !there) return;
            if (here != there || !mine.AsSpan().SequenceEqual(other))
                fields.Add(new("map", $"{ours.Name}, element {i}", there ? Shown(ours, other) : "(absent)", here ? Shown(ours, mine) : "(absent)"));
        }
    }

    private static void CompareRecords(RingBufMap ours, KernelMap theirs, List<FieldDifference> fields)
    {
        var mine = new List<byte[]>();
        ours.Consume(record =>
        {
            mine.Add(record.ToArray());
            return 0;
        });
        var other = KernelRingBuffer.Read(theirs);
        CompareRecords(ours, mine, other, fields);
    }

    private static void CompareEvents(PerfEventArrayMap ours, KernelPerfBuffer theirs, List<FieldDifference> fields)
    {
        var mine = new List<byte[]>();
        ours.Consume(0, record =>
        {
            mine.Add(record.ToArray());
            return 0;
        });
        var other = theirs.Read();
        // The kernel's records are as long as it takes to end on a multiple of 8 with their own length in front; what fills them up is whatever lay there.
        for (int i = 0; i < Math.Min(mine.Count, other.Count); i++)
        {
            if (other[i].Length == ((mine[i].Length + 4 + 7) & ~7) - 4) other[i] = other[i][..mine[i].Length];
        }
        CompareRecords(ours, mine, other, fields);
    }

    private static void CompareRecords(Map ours, List<byte[]> mine, List<byte[]> other, List<FieldDifference> fields)
    {
        for (int i = 0; i < Math.Max(mine.Count, other.Count) && fields.Count < MostDifferences; i++)
        {
            string want = i < other.Count ? Convert.ToHexStringLower(other[i]) : "(absent)", got = i < mine.Count ? Convert.ToHexStringLower(mine[i]) : "(absent)";
            if (want != got) fields.Add(new("map", $"{ours.Name}, record {i + 1}", want, got));
        }
    }

    private static List<byte[]> Keys(Map map)
    {
        var keys = new List<byte[]>();
        var next = new byte[map.Spec.KeySize];
        for (byte[] key = []; map.NextKey(key, next) == Errno.None; key = keys[^1]) keys.Add([.. next]);
        return keys;
    }

    private static string Shown(Map map, byte[] value) => MapEntries.Format(map.Spec.Btf, map.Spec.ValueTypeId, value);

    private static byte[] Sum(byte[] all, int cpus, int size)
    {
        int stride = (size + 7) & ~7, word = size % 8 == 0 ? 8 : size % 4 == 0 ? 4 : 1;
        var sum = new byte[size];
        for (int at = 0; at < size; at += word)
        {
            ulong total = 0;
            for (int cpu = 0; cpu < cpus; cpu++) total += Word(all.AsSpan(cpu * stride + at), word);
            for (int i = 0; i < word; i++) sum[at + i] = (byte)(total >> (8 * i));
        }
        return sum;
    }

    private static ulong Word(ReadOnlySpan<byte> bytes, int word) => word switch
    {
        8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => bytes[0],
    };
}
