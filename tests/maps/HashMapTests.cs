using System.Runtime.CompilerServices;
using CsCheck;
using Vm.Abi;
using Vm.Maps;
using Vm.Memory;

namespace Tests.Maps;

public class HashMapTests
{
    private enum Act
    {
        Any,
        NoExist,
        Exist,
        Delete,
        Lookup,
    }

    [Theory]
    [InlineData(MapType.Hash, 4)]
    [InlineData(MapType.Hash, 3)]
    [InlineData(MapType.Hash, 8)]
    [InlineData(MapType.Hash, 21)]
    [InlineData(MapType.PerCpuHash, 4)]
    public void AnySequence_BehavesAsADictionaryWithACapacity(MapType type, int keyBytes)
    {
        var step = Gen.Select(Gen.Enum<Act>(), Gen.UInt[0, 12], Gen.ULong, Gen.Bool);
        step.Array[0, 120].Sample(steps =>
        {
            using var map = new TestMap(type, 8, (uint)keyBytes, flags: steps.Length % 2 == 0 ? MapFlags.NoPrealloc : MapFlags.None);
            var model = new Dictionary<uint, ulong>();
            foreach (var (act, number, value, fromProgram) in steps)
            {
                byte[] key = Key(number, keyBytes);
                bool present = model.TryGetValue(number, out ulong held);
                if (act == Act.Lookup)
                {
                    var copy = new byte[8];
                    Assert.Equal(present ? Errno.None : Errno.ENOENT, map.Map.Lookup(key, copy));
                    if (present) Assert.Equal(held, BitConverter.ToUInt64(copy));
                    Assert.Equal(present, map.Address(key) != 0);
                }
                else if (act == Act.Delete)
                {
                    Assert.Equal(present ? Errno.None : Errno.ENOENT, fromProgram ? map.ProgramDelete(key) : map.Map.Delete(key));
                    model.Remove(number);
                }
                else
                {
                    ulong flags = (ulong)act;
                    var expected = act == Act.NoExist && present ? Errno.EEXIST
                        : act == Act.Exist && !present ? Errno.ENOENT
                        : !present && model.Count == 8 ? Errno.E2BIG : Errno.None;
                    byte[] bytes = BitConverter.GetBytes(value);
                    Assert.Equal(expected, fromProgram ? map.ProgramUpdate(key, bytes, flags) : map.Map.Update(key, bytes, flags));
                    if (expected == Errno.None) model[number] = value;
                }
                Assert.Equal(model.Count, ((HashMapBase)map.Map).Count);
            }
            var keys = map.Keys().Select(Convert.ToHexString).ToArray();
            Assert.Equal(keys.Length, keys.Distinct().Count());
            Assert.Equal(model.Keys.Select(k => Convert.ToHexString(Key(k, keyBytes))).Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
        }, iter: 400, seed: "0000KOIPe6a5");
    }

    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void FlagsTheMapDoesNotKnow_AreEINVAL(MapType type)
    {
        using var map = new TestMap(type, 4);
        foreach (ulong flags in (ulong[])[3, MapUpdateFlags.Lock, MapUpdateFlags.Lock | 1, 8, ulong.MaxValue])
        {
            Assert.Equal(Errno.EINVAL, map.Update(1, 1, flags));
            Assert.Equal(Errno.EINVAL, map.ProgramUpdate(1, 1, flags));
            Assert.Equal(Errno.EINVAL, map.Lookup(1, flags).Errno);
        }
        Assert.Empty(map.Keys());
    }

    [Fact]
    public void PointerFromBeforeAReplacement_KeepsShowingTheOldValue()
    {
        using var map = new TestMap(MapType.Hash, 2);
        map.ProgramUpdate(1, 100);
        ulong before = map.Address(1);
        map.ProgramUpdate(1, 200);
        ulong after = map.Address(1);
        Assert.NotEqual(before, after);
        Assert.Equal((100ul, 200ul), (Native.Ref<ulong>(before), Native.Ref<ulong>(after)));
        Assert.True(map.Map.Allows(before, 8, MemoryAccess.Read));
        map.ProgramUpdate(1, 300);
        Assert.Equal(before, map.Address(1));
    }

    [Fact]
    public void FullMap_StillReplaces()
    {
        using var map = new TestMap(MapType.Hash, 3);
        for (uint key = 0; key < 3; key++) Assert.Equal(Errno.None, map.Update(key, key));
        Assert.Equal(Errno.E2BIG, map.Update(3, 3));
        for (int round = 0; round < 10; round++)
        {
            for (uint key = 0; key < 3; key++) Assert.Equal(Errno.None, map.Update(key, (ulong)round, MapUpdateFlags.Exist));
        }
        Assert.Equal(Errno.None, map.Delete(1));
        Assert.Equal(Errno.None, map.Update(3, 3));
        Assert.Equal([0u, 2, 3], map.NumberKeys());
    }

    [Fact]
    public void PerCpuValue_OfANewElement_IsZeroOnOtherCpus()
    {
        using var map = new TestMap(MapType.PerCpuHash, 1, cpus: 3);
        map.Update(1, ulong.MaxValue);
        map.Delete(1);
        Assert.Equal(Errno.None, map.ProgramUpdate(2, 7, cpu: 1));
        Assert.Equal([0ul, 7, 0], Enumerable.Range(0, 3).Select(cpu => Native.Ref<ulong>(map.Address(2, cpu))));
        ulong before = map.Address(2, 1);
        Assert.Equal(Errno.None, map.ProgramUpdate(2, 8, cpu: 1));
        Assert.Equal(before, map.Address(2, 1));
    }

    [Theory]
    [InlineData(MapType.Hash, 1)]
    [InlineData(MapType.PerCpuHash, 3)]
    [InlineData(MapType.LruHash, 1)]
    public void Allows_ExactlyTheBytesOfValuesForWriting(MapType type, int copies)
    {
        const int valueBytes = 11;
        using var map = new TestMap(type, 16, key: 6, value: valueBytes, cpus: 3);
        var live = new HashSet<ulong>();
        for (uint i = 0; i < 16 && live.Count < 8 * copies * valueBytes; i++)
        {
            byte[] key = Key(i, 6);
            if (map.ProgramUpdate(key, new byte[valueBytes]) != Errno.None || map.Address(key) == 0) continue;
            for (int cpu = 0; cpu < copies; cpu++)
            {
                for (ulong at = 0; at < valueBytes; at++) live.Add(map.Address(key, cpu) + at);
            }
        }
        // Elements not in use count as live: a pointer from before a deletion stays usable. So only look between values.
        foreach (ulong at in live)
        {
            Assert.True(map.Map.Allows(at, 1, MemoryAccess.Write));
            Assert.Equal(Enumerable.Range(0, 8).All(i => live.Contains(at + (ulong)i)), map.Map.Allows(at, 8, MemoryAccess.Write));
        }
        ulong first = live.Min();
        for (ulong at = first - 14; at < first; at++) Assert.False(map.Map.Allows(at, 1, MemoryAccess.Write));
        for (ulong at = first - 8; at < first - 2; at++) Assert.True(map.Map.Allows(at, 1, MemoryAccess.Read), "keys are readable in callbacks");
        Assert.False(map.Map.Allows(first - 8, 7, MemoryAccess.Read));
    }

    [Theory]
    [InlineData(MapType.Hash, MapFlags.None)]
    [InlineData(MapType.LruHash, MapFlags.None)]
    [InlineData(MapType.LruHash, MapFlags.NoCommonLru)]
    public void ManyThreads_NeverLoseCapacityOrMixUpValues(MapType type, MapFlags flags)
    {
        const int threads = 4, rounds = 20_000;
        const uint entries = 128;
        using var map = new TestMap(type, entries, value: 8, flags: flags, cpus: threads);
        int full = 0;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, cpu =>
        {
            var random = new Random(cpu);
            for (int round = 0; round < rounds; round++)
            {
                uint key = (uint)random.Next(200);
                switch (random.Next(4))
                {
                    case 0:
                        Assert.True(map.ProgramDelete(key) is Errno.None or Errno.ENOENT);
                        break;
                    case 1:
                        ulong at = map.Address(key, cpu);
                        // Reused for another key meanwhile, the value is that key's: still one somebody wrote whole.
                        if (at != 0) CheckWhole(Native.Ref<ulong>(at));
                        break;
                    default:
                        var errno = map.ProgramUpdate(key, key | ((ulong)~key << 32), cpu: cpu);
                        if (errno == Errno.E2BIG) Interlocked.Increment(ref full);
                        else Assert.Equal(Errno.None, errno);
                        break;
                }
            }
        });
        Assert.True(type != MapType.Hash || full > 0, "the map was never full");
        var keys = map.NumberKeys();
        Assert.Equal(keys.Length, ((HashMapBase)map.Map).Count);
        Assert.All(keys, key => Assert.Equal(key | ((ulong)~key << 32), map.Lookup(key).Value));
        foreach (uint key in keys) Assert.Equal(Errno.None, map.Delete(key));
        int fits = 0;
        for (uint key = 1000; key < 1000 + entries; key++) fits += map.ProgramUpdate(key, key) == Errno.None && map.Address(key) != 0 ? 1 : 0;
        Assert.Equal((int)entries, fits);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CheckWhole(ulong value) => Assert.Equal((uint)value, ~(uint)(value >> 32));

    private static byte[] Key(uint number, int bytes)
    {
        var key = new byte[bytes];
        for (int i = 0; i < bytes; i++) key[i] = (byte)(number * 7 + i * number);
        key[bytes - 1] = (byte)number;
        return key;
    }
}
