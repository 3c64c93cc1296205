using System.Diagnostics;
using Vm.Abi;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>Makes live maps from their specs.</summary>
public static class MapFactory
{
    /// <summary>True for map types there are here.</summary>
    public static bool Supports(MapType type) => type is MapType.Array or MapType.PerCpuArray or MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash
        or MapType.LpmTrie or MapType.ProgArray or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.RingBuf or MapType.PerfEventArray or MapType.Queue or MapType.Stack
        or MapType.DevMap or MapType.DevMapHash or MapType.CgroupStorage or MapType.PerCpuCgroupStorage or MapType.SkStorage;

    /// <summary>Checks a map's numbers as the kernel does before it makes one.</summary>
    /// <exception cref="MapSpecException">With the kernel's errno.</exception>
    public static void Check(MapSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        MapChecks.Check(spec);
    }

    /// <summary>Checks the spec as the kernel does and makes the map.</summary>
    /// <param name="spec">What it is to be. A perf event array without a size gets one slot a CPU, as libbpf gives it.</param>
    /// <param name="cpuCount">Simulated CPUs.</param>
    /// <param name="layout">Copy rules of the value: its special fields.</param>
    /// <exception cref="MapSpecException">The numbers are refused, or the memory cannot be had.</exception>
    public static Map Create(MapSpec spec, int cpuCount, ValueLayout layout)
    {
        if (spec.Type == MapType.PerfEventArray && spec.MaxEntries == 0) spec = spec with { MaxEntries = (uint)cpuCount };
        MapChecks.Check(spec);
        Map map = spec.Type switch
        {
            MapType.Array => new ArrayMap(spec, cpuCount, layout),
            MapType.PerCpuArray => new PerCpuArrayMap(spec, cpuCount, layout),
            MapType.Hash => new HashMap(spec, cpuCount, layout, perCpu: false),
            MapType.PerCpuHash => new HashMap(spec, cpuCount, layout, perCpu: true),
            MapType.LruHash => new LruHashMap(spec, cpuCount, layout, perCpu: false),
            MapType.LruPerCpuHash => new LruHashMap(spec, cpuCount, layout, perCpu: true),
            MapType.LpmTrie => new LpmTrieMap(spec, cpuCount, layout),
            MapType.ProgArray => new ProgArrayMap(spec, cpuCount),
            MapType.ArrayOfMaps or MapType.HashOfMaps => new MapOfMaps(spec, cpuCount),
            MapType.RingBuf => new RingBufMap(spec, cpuCount),
            MapType.PerfEventArray => new PerfEventArrayMap(spec, cpuCount),
            MapType.Queue or MapType.Stack => new QueueStackMap(spec, cpuCount),
            MapType.DevMap or MapType.DevMapHash => new DevMap(spec, cpuCount),
            MapType.CgroupStorage or MapType.PerCpuCgroupStorage => new CgroupStorageMap(spec, cpuCount),
            MapType.SkStorage => new SocketStorageMap(spec, cpuCount),
            _ => throw new NotSimulatedException("map", spec.Name, $"maps of type {spec.Type} ({(int)spec.Type}) are not simulated"),
        };
        if (spec.Contents is { } contents)
        {
            var errno = map.Update(stackalloc byte[4], contents);
            Debug.Assert(errno == Errno.None, "Entry 0 of a data section map always exists.");
        }
        return map;
    }
}
