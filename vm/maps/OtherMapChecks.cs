using Vm.Abi;
using Vm.Specs;
using static Vm.Maps.MapChecks;

namespace Vm.Maps;

/// <summary>The numbers of maps there are none of here: an object that has one is refused for them as the kernel refuses it.</summary>
/// <remarks>
/// Source: Linux 6.12 kernel/bpf/cpumap.c cpu_map_alloc, net/xdp/xskmap.c xsk_map_alloc, net/core/sock_map.c sock_map_alloc and
/// sock_hash_alloc, kernel/bpf/stackmap.c stack_map_alloc, kernel/bpf/bloom_filter.c bloom_map_alloc, kernel/bpf/reuseport_array.c.
/// </remarks>
internal static class OtherMapChecks
{
    /// <summary>CONFIG_NR_CPUS of distribution kernels for x86-64.</summary>
    private const uint MostCpus = 8192;

    /// <summary>PERF_MAX_STACK_DEPTH.</summary>
    private const uint MostFrames = 127;

    private const MapFlags AccessFlags = MapFlags.RdOnly | MapFlags.WrOnly | MapFlags.RdOnlyProg | MapFlags.WrOnlyProg;

    public static void Check(MapSpec spec)
    {
        switch (spec.Type)
        {
            case MapType.CpuMap:
                Fixed(spec, [4, 8], MapFlags.NumaNode);
                if (spec.MaxEntries > MostCpus) throw Bad(spec, Errno.E2BIG, $"max_entries is {spec.MaxEntries}; a CPU map has at most a slot for each of {MostCpus} CPUs");
                break;
            case MapType.XskMap:
                Fixed(spec, [4], MapFlags.NumaNode | MapFlags.RdOnly | MapFlags.WrOnly);
                break;
            case MapType.SockMap:
                Fixed(spec, [4, 8], MapFlags.NumaNode | MapFlags.RdOnly | MapFlags.WrOnly);
                break;
            case MapType.SockHash:
                NotZero(spec, spec.MaxEntries, "max_entries");
                NotZero(spec, spec.KeySize, "key_size");
                Value(spec, [4, 8]);
                OnlyFlags(spec, MapFlags.NumaNode | MapFlags.RdOnly | MapFlags.WrOnly);
                if (spec.KeySize > 512) throw Bad(spec, Errno.E2BIG, $"key_size is {spec.KeySize}; a key has at most 512 bytes");
                break;
            case MapType.StackTrace:
                CheckStacks(spec);
                break;
            case MapType.BloomFilter:
                CheckBloom(spec);
                break;
            case MapType.ReusePortSockArray:
                Fixed(spec, [4, 8], MapFlags.NumaNode | AccessFlags);
                break;
        }
    }

    private static void Fixed(MapSpec spec, uint[] values, MapFlags flags)
    {
        NotZero(spec, spec.MaxEntries, "max_entries");
        KeyIs(spec, 4);
        Value(spec, values);
        OnlyFlags(spec, flags);
    }

    private static void Value(MapSpec spec, uint[] bytes)
    {
        if (Array.IndexOf(bytes, spec.ValueSize) < 0) throw Bad(spec, Errno.EINVAL, $"value_size is {spec.ValueSize}; a map of type {spec.Type} has {string.Join(" or ", bytes)}");
    }

    private static void CheckStacks(MapSpec spec)
    {
        NotZero(spec, spec.MaxEntries, "max_entries");
        KeyIs(spec, 4);
        OnlyFlags(spec, MapFlags.NumaNode | MapFlags.RdOnly | MapFlags.WrOnly | MapFlags.StackBuildId);
        uint frame = Has(spec, MapFlags.StackBuildId) ? 32u : 8u;
        if (spec.ValueSize < 8 || spec.ValueSize % frame != 0 || spec.ValueSize / frame > MostFrames)
            throw Bad(spec, Errno.EINVAL, $"value_size is {spec.ValueSize}; a stack is 1 to {MostFrames} frames of {frame} bytes");
    }

    private static void CheckBloom(MapSpec spec)
    {
        KeyIs(spec, 0);
        NotZero(spec, spec.ValueSize, "value_size");
        NotZero(spec, spec.MaxEntries, "max_entries");
        OnlyFlags(spec, MapFlags.NumaNode | MapFlags.ZeroSeed | AccessFlags);
        if (spec.Extra > 15) throw Bad(spec, Errno.EINVAL, $"map_extra is {spec.Extra}; a bloom filter has at most 15 hashes");
    }
}
