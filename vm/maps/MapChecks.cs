using Vm.Abi;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>What the kernel asks of a map's numbers before it makes one.</summary>
/// <remarks>
/// Source: Linux 6.12 kernel/bpf/arraymap.c array_map_alloc_check and fd_array_map_alloc_check, hashtab.c htab_map_alloc_check,
/// lpm_trie.c trie_alloc, queue_stack_maps.c queue_stack_map_alloc_check, ringbuf.c ringbuf_map_alloc, devmap.c dev_map_alloc_check.
/// </remarks>
internal static class MapChecks
{
    /// <summary>KMALLOC_MAX_SIZE on x86-64.</summary>
    private const long KmallocMax = 4L << 20;

    /// <summary>PCPU_MIN_UNIT_SIZE.</summary>
    private const long PerCpuMax = 32 << 10;

    /// <summary>BPF_LOCAL_STORAGE_MAX_VALUE_SIZE: what a u16 counts, less the element's header. Source: include/linux/bpf_local_storage.h.</summary>
    private const long LocalStorageMax = ushort.MaxValue - 128;

    private const MapFlags AccessFlags = MapFlags.RdOnly | MapFlags.WrOnly | MapFlags.RdOnlyProg | MapFlags.WrOnlyProg;
    private const int PageBytes = 4096;

    /// <summary>Refuses numbers the kernel refuses, with its errno and our words.</summary>
    public static void Check(MapSpec spec)
    {
        if (Has(spec, MapFlags.RdOnlyProg) && Has(spec, MapFlags.WrOnlyProg))
            throw Bad(spec, Errno.EINVAL, "BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other");
        if (Has(spec, MapFlags.RdOnly) && Has(spec, MapFlags.WrOnly)) throw Bad(spec, Errno.EINVAL, "BPF_F_RDONLY and BPF_F_WRONLY exclude each other");
        if (spec.Extra != 0 && spec.Type is not (MapType.BloomFilter or MapType.Arena)) throw Bad(spec, Errno.EINVAL, $"map_extra is {spec.Extra}; a map of type {spec.Type} has none");
        switch (spec.Type)
        {
            case MapType.Array or MapType.PerCpuArray: CheckArray(spec); break;
            case MapType.ProgArray or MapType.PerfEventArray or MapType.ArrayOfMaps: CheckFdArray(spec); break;
            case MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.HashOfMaps: CheckHash(spec); break;
            case MapType.LpmTrie: CheckTrie(spec); break;
            case MapType.Queue or MapType.Stack: CheckQueue(spec); break;
            case MapType.RingBuf: CheckRingBuf(spec); break;
            case MapType.DevMap or MapType.DevMapHash: CheckDevMap(spec); break;
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage: CheckCgroupStorage(spec); break;
            case MapType.SkStorage: CheckSocketStorage(spec); break;
            case MapType.CgroupArray: CheckFdArray(spec); break;
            case MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage: CheckSocketStorage(spec); break;
            case MapType.UserRingBuf: CheckRingBuf(spec); break;
            case > MapType.Arena or MapType.Unspec: throw Bad(spec, Errno.EINVAL, $"there is no map type {(int)spec.Type}");
            default: OtherMapChecks.Check(spec); break;
        }
    }

    private static void CheckArray(MapSpec spec)
    {
        const MapFlags allowed = MapFlags.NumaNode | MapFlags.Mmapable | AccessFlags | MapFlags.PreserveElems | MapFlags.InnerMap;
        KeyIs(spec, 4);
        NotZero(spec, spec.MaxEntries, "max_entries");
        NotZero(spec, spec.ValueSize, "value_size");
        OnlyFlags(spec, allowed);
        if (spec.Type == MapType.PerCpuArray && Has(spec, MapFlags.NumaNode | MapFlags.Mmapable | MapFlags.InnerMap))
            throw Bad(spec, Errno.EINVAL, "a per-CPU array takes no BPF_F_NUMA_NODE, BPF_F_MMAPABLE or BPF_F_INNER_MAP");
        if (Has(spec, MapFlags.PreserveElems)) throw Bad(spec, Errno.EINVAL, "BPF_F_PRESERVE_ELEMS is for perf event arrays");
        if (spec.ValueSize > int.MaxValue - 8) throw Bad(spec, Errno.E2BIG, $"value_size {spec.ValueSize} is too large");
        if (spec.Type == MapType.PerCpuArray && spec.ValueSize > PerCpuMax)
            throw Bad(spec, Errno.E2BIG, $"value_size {spec.ValueSize} is more than the {PerCpuMax} bytes a per-CPU value may have");
    }

    private static void CheckFdArray(MapSpec spec)
    {
        const MapFlags allowed = MapFlags.NumaNode | MapFlags.RdOnly | MapFlags.WrOnly;
        bool events = spec.Type == MapType.PerfEventArray;
        KeyIs(spec, 4);
        // libbpf gives a perf event array without a size a slot for every CPU.
        if (!events) NotZero(spec, spec.MaxEntries, "max_entries");
        if (spec.ValueSize != 4) throw Bad(spec, Errno.EINVAL, $"value_size is {spec.ValueSize}; maps that hold programs, events or maps need 4");
        OnlyFlags(spec, events ? allowed | MapFlags.PreserveElems : allowed);
    }

    private static void CheckHash(MapSpec spec)
    {
        const MapFlags allowed = MapFlags.NoPrealloc | MapFlags.NoCommonLru | MapFlags.NumaNode | AccessFlags | MapFlags.ZeroSeed;
        bool lru = spec.Type is MapType.LruHash or MapType.LruPerCpuHash;
        bool perCpu = spec.Type is MapType.PerCpuHash or MapType.LruPerCpuHash;
        OnlyFlags(spec, allowed);
        if (!lru && Has(spec, MapFlags.NoCommonLru)) throw Bad(spec, Errno.EINVAL, "BPF_F_NO_COMMON_LRU is for LRU maps");
        if (Has(spec, MapFlags.NumaNode) && (perCpu || Has(spec, MapFlags.NoCommonLru))) throw Bad(spec, Errno.EINVAL, "BPF_F_NUMA_NODE is not for maps with memory on every CPU");
        if (lru && Has(spec, MapFlags.NoPrealloc)) throw Bad(spec, Errno.ENOTSUPP, "an LRU map is always preallocated: BPF_F_NO_PREALLOC is refused");
        if (spec.Type == MapType.HashOfMaps && spec.ValueSize != 4)
            throw Bad(spec, Errno.EINVAL, $"value_size is {spec.ValueSize}; a hash of maps needs 4");
        NotZero(spec, spec.MaxEntries, "max_entries");
        NotZero(spec, spec.KeySize, "key_size");
        NotZero(spec, spec.ValueSize, "value_size");
        if ((long)spec.KeySize + spec.ValueSize >= KmallocMax - 64)
            throw Bad(spec, Errno.E2BIG, $"key and value together are {(long)spec.KeySize + spec.ValueSize} bytes; less than {KmallocMax - 64} are allowed");
        if (perCpu && spec.ValueSize > PerCpuMax)
            throw Bad(spec, Errno.E2BIG, $"value_size {spec.ValueSize} is more than the {PerCpuMax} bytes a per-CPU value may have");
        if (spec.MaxEntries > 1u << 31) throw Bad(spec, Errno.E2BIG, $"max_entries {spec.MaxEntries} is more than 2147483648");
    }

    private static void CheckTrie(MapSpec spec)
    {
        const MapFlags allowed = MapFlags.NoPrealloc | MapFlags.NumaNode | AccessFlags;
        if (!Has(spec, MapFlags.NoPrealloc)) throw Bad(spec, Errno.EINVAL, "an LPM trie must have BPF_F_NO_PREALLOC in map_flags");
        OnlyFlags(spec, allowed);
        NotZero(spec, spec.MaxEntries, "max_entries");
        if (spec.KeySize is < 5 or > 260) throw Bad(spec, Errno.EINVAL, $"key_size is {spec.KeySize}; an LPM key has 4 bytes of prefix length and 1-256 of data");
        if (spec.ValueSize < 1 || spec.ValueSize > KmallocMax - 512) throw Bad(spec, Errno.EINVAL, $"value_size {spec.ValueSize} is outside 1-{KmallocMax - 512}");
    }

    private static void CheckQueue(MapSpec spec)
    {
        NotZero(spec, spec.MaxEntries, "max_entries");
        NotZero(spec, spec.ValueSize, "value_size");
        KeyIs(spec, 0);
        OnlyFlags(spec, MapFlags.NumaNode | AccessFlags);
        if (spec.ValueSize > KmallocMax) throw Bad(spec, Errno.E2BIG, $"value_size {spec.ValueSize} is more than {KmallocMax}");
    }

    private static void CheckRingBuf(MapSpec spec)
    {
        OnlyFlags(spec, MapFlags.NumaNode);
        if (spec.KeySize != 0 || spec.ValueSize != 0) throw Bad(spec, Errno.EINVAL, "a ring buffer has key_size 0 and value_size 0");
        if (spec.MaxEntries == 0 || !uint.IsPow2(spec.MaxEntries) || spec.MaxEntries % PageBytes != 0)
            throw Bad(spec, Errno.EINVAL, $"max_entries is {spec.MaxEntries}; a ring buffer's size in bytes is a power of two of at least {PageBytes}");
    }

    private static void CheckDevMap(MapSpec spec)
    {
        NotZero(spec, spec.MaxEntries, "max_entries");
        KeyIs(spec, 4);
        if (spec.ValueSize is not (4 or 8)) throw Bad(spec, Errno.EINVAL, $"value_size is {spec.ValueSize}; a device map holds an ifindex (4) or an ifindex and a program (8)");
        OnlyFlags(spec, MapFlags.NumaNode | MapFlags.RdOnly | MapFlags.WrOnly);
        if (spec.Type == MapType.DevMapHash && spec.MaxEntries > 1u << 31) throw Bad(spec, Errno.EINVAL, $"max_entries {spec.MaxEntries} is more than 2147483648");
    }

    private static void CheckCgroupStorage(MapSpec spec)
    {
        if (spec.KeySize is not (8 or 16)) throw Bad(spec, Errno.EINVAL, $"key_size is {spec.KeySize}; cgroup storage has struct bpf_cgroup_storage_key (16) or a cgroup id (8)");
        NotZero(spec, spec.ValueSize, "value_size");
        long most = spec.Type == MapType.PerCpuCgroupStorage ? PerCpuMax : LocalStorageMax;
        if (spec.ValueSize > most) throw Bad(spec, Errno.E2BIG, $"value_size {spec.ValueSize} is more than {most}");
        OnlyFlags(spec, MapFlags.NumaNode | AccessFlags);
        if (spec.MaxEntries != 0) throw Bad(spec, Errno.EINVAL, $"max_entries is {spec.MaxEntries}; local storage grows with what it belongs to and needs 0");
    }

    private static void CheckSocketStorage(MapSpec spec)
    {
        OnlyFlags(spec, MapFlags.NoPrealloc | MapFlags.Clone);
        if (!Has(spec, MapFlags.NoPrealloc)) throw Bad(spec, Errno.EINVAL, "socket storage must have BPF_F_NO_PREALLOC in map_flags");
        if (spec.MaxEntries != 0) throw Bad(spec, Errno.EINVAL, $"max_entries is {spec.MaxEntries}; local storage grows with what it belongs to and needs 0");
        KeyIs(spec, 4);
        NotZero(spec, spec.ValueSize, "value_size");
        if (spec.ValueTypeId == 0 || spec.KeyTypeId == 0) throw Bad(spec, Errno.EINVAL, "socket storage needs BTF types of key and value");
        if (spec.ValueSize > LocalStorageMax) throw Bad(spec, Errno.E2BIG, $"value_size {spec.ValueSize} is more than {LocalStorageMax}");
    }

    internal static bool Has(MapSpec spec, MapFlags flags) => flags is MapFlags.None || (spec.Flags & flags) != 0;

    internal static void KeyIs(MapSpec spec, uint bytes)
    {
        if (spec.KeySize != bytes) throw Bad(spec, Errno.EINVAL, $"key_size is {spec.KeySize}; a map of type {spec.Type} needs {bytes}");
    }

    internal static void NotZero(MapSpec spec, uint value, string what)
    {
        if (value == 0) throw Bad(spec, Errno.EINVAL, $"{what} is 0");
    }

    internal static void OnlyFlags(MapSpec spec, MapFlags allowed)
    {
        var extra = spec.Flags & ~allowed;
        if (extra != 0) throw Bad(spec, Errno.EINVAL, $"map_flags 0x{(uint)extra:x} are not allowed for a map of type {spec.Type}");
    }

    internal static MapSpecException Bad(MapSpec spec, Errno errno, string what) => new("map", spec.Name, what, errno);
}
