using Vm.Abi;
using Vm.Maps;

namespace Tests.Maps;

public class MapFactoryTests
{
    private const MapType UnknownType = (MapType)77;

    /// <summary>Type, key size, value size, entries, flags, and what bpf(2) says.</summary>
    public static TheoryData<MapType, uint, uint, uint, MapFlags, Errno> Numbers => new()
    {
        { MapType.Array, 4, 1, 1, MapFlags.Mmapable, Errno.None },
        { MapType.Array, 8, 8, 1, MapFlags.None, Errno.EINVAL },
        { MapType.Array, 4, 0, 1, MapFlags.None, Errno.EINVAL },
        { MapType.Array, 4, 8, 0, MapFlags.None, Errno.EINVAL },
        { MapType.Array, 4, 8, 1, MapFlags.NoPrealloc, Errno.EINVAL },
        { MapType.Array, 4, 8, 1, MapFlags.RdOnlyProg | MapFlags.WrOnlyProg, Errno.EINVAL },
        { MapType.Array, 4, 8, 1, MapFlags.PreserveElems, Errno.EINVAL },
        { MapType.Array, 4, 0x7fffffff, 1, MapFlags.None, Errno.E2BIG },
        { MapType.Array, 4, 0x7ffffff0, uint.MaxValue, MapFlags.None, Errno.ENOMEM },
        { MapType.Array, 4, 8, uint.MaxValue, MapFlags.None, Errno.ENOMEM },
        { MapType.PerCpuArray, 4, 32769, 1, MapFlags.None, Errno.E2BIG },
        { MapType.PerCpuArray, 4, 32768, 1, MapFlags.None, Errno.None },
        { MapType.PerCpuArray, 4, 8, 1, MapFlags.Mmapable, Errno.EINVAL },
        { MapType.Hash, 0, 8, 1, MapFlags.None, Errno.EINVAL },
        { MapType.Hash, 4, 0, 1, MapFlags.None, Errno.EINVAL },
        { MapType.Hash, 4, 8, 0, MapFlags.None, Errno.EINVAL },
        { MapType.Hash, 4, 8, 1, MapFlags.NoCommonLru, Errno.EINVAL },
        { MapType.Hash, 4, 8, 1, MapFlags.Mmapable, Errno.EINVAL },
        { MapType.Hash, 4, 5u << 20, 1, MapFlags.None, Errno.E2BIG },
        { MapType.Hash, 4, 8, (1u << 31) + 1, MapFlags.None, Errno.E2BIG },
        { MapType.Hash, uint.MaxValue, uint.MaxValue, 1, MapFlags.None, Errno.E2BIG },
        { MapType.Hash, 4, 8, 1u << 31, MapFlags.None, Errno.ENOMEM },
        { MapType.PerCpuHash, 4, 32769, 1, MapFlags.None, Errno.E2BIG },
        { MapType.LruHash, 4, 8, 1, MapFlags.NoPrealloc, Errno.ENOTSUPP },
        { MapType.LruHash, 4, 8, uint.MaxValue, MapFlags.None, Errno.E2BIG },
        { MapType.LpmTrie, 8, 8, 1, MapFlags.None, Errno.EINVAL },
        { MapType.LpmTrie, 4, 8, 1, MapFlags.NoPrealloc, Errno.EINVAL },
        { MapType.LpmTrie, 5, 8, 1, MapFlags.NoPrealloc, Errno.None },
        { MapType.LpmTrie, 260, 8, 1, MapFlags.NoPrealloc, Errno.None },
        { MapType.LpmTrie, 261, 8, 1, MapFlags.NoPrealloc, Errno.EINVAL },
        { MapType.LpmTrie, 8, 8, uint.MaxValue, MapFlags.NoPrealloc, Errno.ENOMEM },
        { MapType.Queue, 4, 8, 1, MapFlags.None, Errno.EINVAL },
        { MapType.Queue, 0, 8, 0, MapFlags.None, Errno.EINVAL },
        { MapType.Stack, 0, 8, 1, MapFlags.NoPrealloc, Errno.EINVAL },
        { MapType.Queue, 0, 8, uint.MaxValue, MapFlags.None, Errno.ENOMEM },
        { MapType.RingBuf, 0, 0, 4095, MapFlags.None, Errno.EINVAL },
        { MapType.RingBuf, 0, 0, 12288, MapFlags.None, Errno.EINVAL },
        { MapType.RingBuf, 4, 0, 4096, MapFlags.None, Errno.EINVAL },
        { MapType.RingBuf, 0, 0, 1u << 31, MapFlags.None, Errno.None },
        { MapType.ProgArray, 4, 8, 1, MapFlags.None, Errno.EINVAL },
        { MapType.ProgArray, 4, 4, uint.MaxValue, MapFlags.None, Errno.ENOMEM },
        { MapType.ProgArray, 4, 4, 1, MapFlags.RdOnlyProg, Errno.EINVAL },
        { MapType.ArrayOfMaps, 4, 4, 1, MapFlags.None, Errno.EINVAL },
        { MapType.DevMap, 4, 5, 1, MapFlags.None, Errno.EINVAL },
        { MapType.DevMap, 4, 4, uint.MaxValue, MapFlags.None, Errno.ENOMEM },
        { MapType.DevMapHash, 4, 8, 1, MapFlags.NoPrealloc, Errno.EINVAL },
        { UnknownType, 4, 4, 1, MapFlags.None, Errno.EINVAL },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Create_AnswersAsTheKernelAndNeverOtherwise(MapType type, uint key, uint value, uint entries, MapFlags flags, Errno expected)
    {
        var spec = TestMap.Spec(type, entries, key, value, flags);
        var got = Errno.None;
        try
        {
            new TestMap(spec).Dispose();
        }
        catch (MapSpecException refused)
        {
            got = refused.Errno;
            Assert.Contains("m", refused.Where, StringComparison.Ordinal);
        }
        Assert.Equal(expected, got);
    }

    [Fact]
    public void RandomNumbers_MakeAMapOrAreRefused()
    {
        var random = new Random(11);
        uint[] corners = [0, 1, 3, 4, 5, 8, 255, 4096, 32768, 0x7fffffff, 0x80000000, 0xfffffff8, uint.MaxValue];
        uint Pick() => random.Next(2) == 0 ? (uint)random.Next(64) : corners[random.Next(corners.Length)];
        int made = 0;
        for (int round = 0; round < 4000; round++)
        {
            var type = (MapType)random.Next(34);
            uint entries = Pick();
            // The kernel fills the free lists of these when it makes them, and so do we: a large one is slow, not wrong.
            if (type is MapType.LruHash or MapType.LruPerCpuHash && entries is > 4096 and <= 1u << 31) continue;
            var spec = TestMap.Spec(type, entries, Pick(), Pick(), (MapFlags)(random.Next(3) == 0 ? random.Next(1 << 13) : random.Next(2)));
            try
            {
                using var map = new TestMap(spec with { Inner = TestMap.Spec(MapType.Array, 1) }, 2);
                Use(map.Map);
                made++;
            }
            catch (MapSpecException refused)
            {
                Assert.NotEqual(Errno.None, refused.Errno);
            }
            catch (NotSimulatedException lacking)
            {
                Assert.False(MapFactory.Supports(type), lacking.Message);
            }
        }
        Assert.InRange(made, 100, 3900);
    }

    [Fact]
    public void PerfEventArrayWithoutSize_GetsASlotForEveryCpu()
    {
        using var map = new TestMap(MapType.PerfEventArray, 0, value: 4, cpus: 3);
        Assert.Equal(3u, map.Map.Spec.MaxEntries);
    }

    private static void Use(Map map)
    {
        if (map is MapOfMaps or ProgArrayMap or PerfEventArrayMap or RingBufMap || map.UserValueBytes > 1 << 20) return;
        byte[] key = new byte[map.Spec.KeySize], value = new byte[map.UserValueBytes];
        map.Update(key, value);
        map.Lookup(key, value);
        map.NextKey([], key);
        map.Delete(key);
    }
}
