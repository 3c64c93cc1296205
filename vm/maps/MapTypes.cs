using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>Whether the kernel takes the types of a map's keys and values. If not, libbpf makes the map once more without them.</summary>
/// <remarks>
/// Source: Linux 6.12 kernel/bpf/syscall.c, map_check_btf; arraymap.c, array_map_check_btf; lpm_trie.c, trie_check_btf; hashtab.c;
/// tools/lib/bpf/libbpf.c, bpf_object__create_map.
/// </remarks>
public static class MapTypes
{
    /// <summary>The map as it comes to be: with its types, or without and the reason why. Inner maps too. O(members of the value).</summary>
    public static MapSpec AsMade(MapSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var inner = spec.Inner is { } template ? AsMade(template) : null;
        string? refused = !Concerns(spec) ? null : Refusal(spec);
        return ReferenceEquals(inner, spec.Inner) && refused == spec.TypesRefused ? spec : spec with { Inner = inner, TypesRefused = refused };
    }

    /// <summary>An object with all its maps as they come to be.</summary>
    public static ObjectSpec AsMade(ObjectSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec with { Maps = [.. spec.Maps.Select(AsMade)] };
    }

    /// <summary>True when a map of a type may have a special field in its values.</summary>
    public static bool MayHave(MapType type, SpecialFieldKind field) => field switch
    {
        SpecialFieldKind.SpinLock => type is MapType.Hash or MapType.Array or MapType.CgroupStorage || IsLocalStorage(type),
        SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue or SpecialFieldKind.ListHead or SpecialFieldKind.RbRoot => type is MapType.Hash or MapType.LruHash or MapType.Array,
        SpecialFieldKind.Kptr or SpecialFieldKind.KptrUntrusted or SpecialFieldKind.KptrPerCpu or SpecialFieldKind.RefCount =>
            type is MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.Array or MapType.PerCpuArray || IsLocalStorage(type),
        _ => true,
    };

    // libbpf gives these no types to begin with.
    private static bool Concerns(MapSpec spec) => spec.Btf is not null && spec.ValueTypeId != 0 && spec.Type is not (MapType.PerfEventArray or MapType.CgroupArray or MapType.StackTrace
        or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap or MapType.SockMap or MapType.SockHash);

    private static bool IsLocalStorage(MapType type) => type is MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage;

    private static string? Refusal(MapSpec spec)
    {
        try
        {
            SpecialFields.LayoutOf(spec with { TypesRefused = null });
        }
        catch (MapSpecException problem)
        {
            return problem.What;
        }
        bool hashed = spec.Type is MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie;
        if (hashed && spec.KeyTypeId == 0) return "its keys have no type";
        var key = spec.KeyTypeId == 0 ? null : spec.Btf!.Resolve(spec.KeyTypeId);
        if (spec.Type == MapType.LpmTrie && key is not BtfComposite { IsUnion: false }) return "its keys are no struct";
        bool indexed = spec.Type is MapType.Array or MapType.PerCpuArray && !spec.DataSection;
        if (indexed && key is not BtfInt { SizeBytes: 4 }) return "its keys are no 32-bit integer";
        return null;
    }
}
