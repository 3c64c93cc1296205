using Sim.Live;
using Vm.Abi;
using Vm.Maps;
using Vm.Specs;

namespace Tests.Maps;

/// <summary>Which map a map of maps may hold; the running kernel is asked about every template too.</summary>
public sealed class InnerMapRulesTests
{
    private const MapFlags NoPrealloc = MapFlags.NoPrealloc;

    public static TheoryData<MapType, uint, uint, uint, MapFlags, Errno> Templates => new()
    {
        { MapType.Array, 4, 8, 2, 0, Errno.None },
        { MapType.PerCpuArray, 4, 8, 2, 0, Errno.None },
        { MapType.Hash, 4, 8, 2, 0, Errno.None },
        { MapType.PerCpuHash, 4, 8, 2, 0, Errno.None },
        { MapType.LruHash, 4, 8, 2, 0, Errno.None },
        { MapType.LruPerCpuHash, 4, 8, 2, 0, Errno.None },
        { MapType.LpmTrie, 8, 8, 2, NoPrealloc, Errno.None },
        { MapType.RingBuf, 0, 0, 4096, 0, Errno.None },
        { MapType.PerfEventArray, 4, 4, 2, 0, Errno.None },
        { MapType.Queue, 0, 8, 2, 0, Errno.None },
        { MapType.Stack, 0, 8, 2, 0, Errno.None },
        { MapType.DevMap, 4, 4, 2, 0, Errno.None },
        { MapType.DevMapHash, 4, 4, 2, 0, Errno.None },
        { MapType.ProgArray, 4, 4, 2, 0, Errno.ENOTSUPP },
        { MapType.CgroupStorage, 16, 8, 0, 0, Errno.ENOTSUPP },
        { MapType.PerCpuCgroupStorage, 16, 8, 0, 0, Errno.ENOTSUPP },
    };

    [Theory]
    [MemberData(nameof(Templates))]
    public void ATemplate_IsTakenOrRefused_AsTheKernelDoes(MapType type, uint key, uint value, uint entries, MapFlags flags, Errno expected)
    {
        var inner = new MapSpec { Name = "inner", Type = type, KeySize = key, ValueSize = value, MaxEntries = entries, Flags = flags };
        foreach (var outer in (MapSpec[])[Outer(MapType.ArrayOfMaps, inner), Outer(MapType.HashOfMaps, inner)])
        {
            Assert.Equal(expected, Ours(outer));
            if (KernelProbe.WhyNot() is null) Assert.Equal(expected, Kernels(outer));
        }
    }

    [Fact]
    public void AMapOfMaps_IsNeverInAnother()
    {
        var inner = Outer(MapType.ArrayOfMaps, new MapSpec { Name = "leaf", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        Assert.Equal(Errno.EINVAL, Ours(Outer(MapType.HashOfMaps, inner)));
        if (KernelProbe.WhyNot() is null) Assert.Equal(Errno.EINVAL, Kernels(Outer(MapType.HashOfMaps, inner)));
        // As libbpf writes it when the inner one says nothing of what it holds.
        Assert.Equal(Errno.EINVAL, Ours(Outer(MapType.ArrayOfMaps, inner with { Inner = null })));
    }

    [Theory]
    [InlineData(MapType.Array, 4, 8, 2, 0, true)]
    [InlineData(MapType.Array, 4, 8, 3, 0, false)]
    [InlineData(MapType.Array, 4, 16, 2, 0, false)]
    [InlineData(MapType.Hash, 4, 8, 2, 0, false)]
    [InlineData(MapType.Array, 4, 8, 2, (uint)MapFlags.Mmapable, false)]
    [InlineData(MapType.ProgArray, 4, 4, 2, 0, false)]
    public void WhatIsPutIn_MustBeLikeTheTemplate(MapType type, uint key, uint value, uint entries, uint flags, bool fits)
    {
        var template = new MapSpec { Name = "template", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 2 };
        Assert.Equal(fits, InnerMapRules.Matches(template, new MapSpec { Name = "one", Type = type, KeySize = key, ValueSize = value, MaxEntries = entries, Flags = (MapFlags)flags }));
        // A template that is not allowed lets nothing in, not even its like.
        var never = template with { Type = MapType.ProgArray, ValueSize = 4 };
        Assert.False(InnerMapRules.Matches(never, never));
    }

    private static MapSpec Outer(MapType type, MapSpec inner) => new() { Name = "outer", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 2, Inner = inner };

    private static Errno Ours(MapSpec outer)
    {
        try
        {
            MapFactory.Create(outer, 1, SpecialFields.LayoutOf(outer)).Dispose();
            return Errno.None;
        }
        catch (MapSpecException refused)
        {
            return refused.Errno;
        }
    }

    private static Errno Kernels(MapSpec outer)
    {
        try
        {
            KernelMap.Create(outer, null, "inner-rules").Dispose();
            return Errno.None;
        }
        catch (KernelRefusedException refused)
        {
            return refused.Errno;
        }
    }
}
