using CsCheck;
using Vm.Abi;
using Vm.Maps;
using Vm.Memory;

namespace Tests.Maps;

public class LpmTrieMapTests
{
    private static readonly Gen<(int Act, uint Prefix, byte[] Data, ulong Flags)> s_step =
        Gen.Select(Gen.Int[0, 9], Gen.UInt[0, 200], Gen.Byte[0, 3].Array[32], Gen.ULong[0, 2]);

    /// <summary>Data bytes: IPv4, IPv6, and sizes that exercise every tail of the comparison.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(32)]
    public void AnySequence_FindsWhatASearchOfAllPrefixesFinds(int dataBytes)
    {
        const int capacity = 12;
        s_step.Array[0, 80].Sample(steps =>
        {
            using var map = Trie(capacity, dataBytes);
            var model = new Dictionary<(uint Prefix, string Bits), (ulong Value, byte[] Key)>();
            ulong number = 0;
            foreach (var (act, anyPrefix, anyData, flags) in steps)
            {
                uint prefix = anyPrefix % ((uint)dataBytes * 8 + 1);
                byte[] data = Spread(anyData, dataBytes), key = Key(prefix, data);
                var id = (prefix, Bits(data, prefix));
                bool present = model.TryGetValue(id, out var held);
                if (act < 5)
                {
                    var expected = flags == MapUpdateFlags.NoExist && present ? Errno.EEXIST
                        : flags == MapUpdateFlags.Exist && !present ? Errno.ENOENT
                        : !present && model.Count == capacity ? Errno.ENOSPC : Errno.None;
                    Assert.Equal(expected, map.ProgramUpdate(key, BitConverter.GetBytes(++number), flags));
                    if (expected == Errno.None) model[id] = (number, key);
                }
                else if (act < 7)
                {
                    Assert.Equal(present ? Errno.None : Errno.ENOENT, map.Map.Delete(key));
                    model.Remove(id);
                }
                else
                {
                    var best = model.Where(e => e.Key.Prefix <= prefix && Bits(data, e.Key.Prefix) == e.Key.Bits).OrderByDescending(e => e.Key.Prefix).FirstOrDefault();
                    ulong found = map.Address(key);
                    Assert.Equal(best.Value.Value, found == 0 ? 0 : Native.Ref<ulong>(found));
                    if (found != 0) Assert.True(map.Map.Allows(found, 8, MemoryAccess.Write));
                }
                Assert.Equal((uint)model.Count, ((LpmTrieMap)map.Map).Count);
            }
            CheckWalk(map, model.Values.Select(held => held.Key));
        }, iter: 150, seed: "0000KOIPe6a5");
    }

    [Fact]
    public void PrefixThatIsTooLong_IsRefusedOrNotFound()
    {
        using var map = Trie(4, 4);
        byte[] key = Key(33, [1, 2, 3, 4]);
        Assert.Equal(Errno.EINVAL, map.ProgramUpdate(key, new byte[8]));
        Assert.Equal(Errno.EINVAL, map.ProgramDelete(key));
        Assert.Equal(0ul, map.Address(key));
        Assert.Equal(Errno.ENOENT, map.Map.Lookup(key, new byte[8]));
        Assert.Equal(Errno.EINVAL, map.Map.Lookup(Key(32, [1, 2, 3, 4]), new byte[8], 1));
        Assert.Equal(Errno.EINVAL, map.ProgramUpdate(Key(32, [1, 2, 3, 4]), new byte[8], 3));
        Assert.Equal(Errno.ENOENT, map.Map.NextKey([], new byte[8]));
    }

    [Fact]
    public void DefaultRoute_IsTheAnswerWhenNothingElseIs()
    {
        using var map = Trie(4, 4);
        map.ProgramUpdate(Key(0, [9, 9, 9, 9]), BitConverter.GetBytes(1ul));
        map.ProgramUpdate(Key(8, [10, 0, 0, 0]), BitConverter.GetBytes(2ul));
        map.ProgramUpdate(Key(32, [10, 1, 2, 3]), BitConverter.GetBytes(3ul));
        Assert.Equal(3ul, Native.Ref<ulong>(map.Address(Key(32, [10, 1, 2, 3]))));
        Assert.Equal(2ul, Native.Ref<ulong>(map.Address(Key(32, [10, 1, 2, 4]))));
        Assert.Equal(1ul, Native.Ref<ulong>(map.Address(Key(32, [11, 1, 2, 4]))));
        Assert.Equal(2ul, Native.Ref<ulong>(map.Address(Key(31, [10, 1, 2, 3]))));
        Assert.Equal([Key(32, [10, 1, 2, 3]), Key(8, [10, 0, 0, 0]), Key(0, [9, 9, 9, 9])], map.Keys());
    }

    [Fact]
    public void Churn_NeverRunsOutOfNodes()
    {
        using var map = Trie(16, 4);
        var random = new Random(7);
        var held = new HashSet<uint>();
        for (int round = 0; round < 50_000; round++)
        {
            uint address = (uint)random.Next(64);
            byte[] key = Key(32, [0, 0, 0, (byte)(address << 2)]);
            if (random.Next(2) == 0)
            {
                Assert.Equal(held.Remove(address) ? Errno.None : Errno.ENOENT, map.ProgramDelete(key));
            }
            else
            {
                bool fits = held.Contains(address) || held.Count < 16;
                Assert.Equal(fits ? Errno.None : Errno.ENOSPC, map.ProgramUpdate(key, new byte[8]));
                if (fits) held.Add(address);
            }
        }
        Assert.Equal(held.Count, map.Keys().Count);
    }

    [Fact]
    public void Readers_AlwaysFindAPrefixThatStaysWhileOthersComeAndGo()
    {
        using var map = new TestMap(MapType.LpmTrie, 64, key: 8, flags: MapFlags.NoPrealloc, cpus: 3);
        map.ProgramUpdate(Key(0, new byte[4]), BitConverter.GetBytes(1ul));
        bool done = false;
        long read = 0;
        Parallel.Invoke(
            () =>
            {
                var random = new Random(1);
                for (int round = 0; round < 30_000; round++)
                {
                    byte[] key = Key((uint)random.Next(1, 33), [(byte)random.Next(4), (byte)random.Next(4), 0, (byte)random.Next(4)]);
                    if (random.Next(2) == 0) map.ProgramUpdate(key, BitConverter.GetBytes(1ul));
                    else map.ProgramDelete(key);
                }
                Volatile.Write(ref done, true);
            },
            () =>
            {
                var random = new Random(2);
                while (!Volatile.Read(ref done) || read == 0)
                {
                    ulong found = map.Address(Key(32, [(byte)random.Next(4), (byte)random.Next(4), 0, (byte)random.Next(4)]), 1);
                    Assert.True(found == 0 || map.Map.Allows(found, 8, MemoryAccess.Read));
                    read++;
                }
            });
        Assert.True(read > 0);
        Assert.Equal(1ul, Native.Ref<ulong>(map.Address(Key(32, [200, 0, 0, 0]))));
    }

    // More specific prefixes come before those that contain them, left before right: postorder.
    private static void CheckWalk(TestMap map, IEnumerable<byte[]> stored)
    {
        var walked = map.Keys(1000);
        Assert.Equal(stored.Select(Convert.ToHexString).Order(StringComparer.Ordinal), walked.Select(Convert.ToHexString).Order(StringComparer.Ordinal));
        for (int i = 0; i < walked.Count; i++)
        {
            for (int j = i + 1; j < walked.Count; j++)
            {
                uint earlier = BitConverter.ToUInt32(walked[i]), later = BitConverter.ToUInt32(walked[j]), shared = Math.Min(earlier, later);
                int order = string.CompareOrdinal(Bits(walked[i][4..], shared), Bits(walked[j][4..], shared));
                Assert.True(order < 0 || (order == 0 && earlier > later), $"/{earlier} before /{later}");
            }
        }
    }

    private static TestMap Trie(uint entries, int dataBytes) => new(MapType.LpmTrie, entries, (uint)dataBytes + 4, flags: MapFlags.NoPrealloc);

    private static byte[] Spread(byte[] two, int bytes) => [.. Enumerable.Range(0, bytes).Select(i => (byte)(two[i] << (i % 3 * 3)))];

    private static byte[] Key(uint prefix, byte[] data) => [.. BitConverter.GetBytes(prefix), .. data];

    private static string Bits(byte[] data, uint prefix) => string.Concat(data.Select(b => b.ToString("b8", System.Globalization.CultureInfo.InvariantCulture)))[..(int)prefix];
}
