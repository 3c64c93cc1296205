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

    /// <summary>Checks the types of keys and values a new map is given, in the kernel's order.</summary>
    /// <param name="spec">The map, with BTF and at least one type id.</param>
    /// <param name="mayHaveFields">False for a caller without CAP_BPF: special fields are refused.</param>
    /// <exception cref="MapSpecException">
    /// EINVAL for a type of another size than key or value, or of a kind the map type does not take; ENOTSUPP of map types that take none; EPERM
    /// for special fields without CAP_BPF; and what <see cref="SpecialFields.LayoutOf"/> refuses.
    /// </exception>
    public static void Check(MapSpec spec, bool mayHaveFields)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.KeyTypeId == 0 && AsksNothing(spec.Type)) throw Wrong("its keys have no type");
        if (spec.KeyTypeId != 0 && BytesOf(spec, spec.KeyTypeId) != spec.KeySize) throw Wrong($"the type of its keys has not {spec.KeySize} bytes");
        // libbpf writes the size of a section into its type; here it stays as the compiler left it.
        if (!spec.DataSection && BytesOf(spec, spec.ValueTypeId) != spec.ValueSize) throw Wrong($"the type of its values has not {spec.ValueSize} bytes");
        if (!mayHaveFields && SpecialFields.Of(spec).Count > 0) throw Wrong("special fields in values need CAP_BPF", Errno.EPERM);
        SpecialFields.LayoutOf(spec);
        if (TakesNone(spec.Type)) throw Wrong($"a map of type {spec.Type} takes no types", Errno.ENOTSUPP);
        var key = spec.KeyTypeId == 0 ? null : Named(spec, spec.KeyTypeId);
        if (Complaint(spec, key) is { } complaint) throw Wrong(complaint);

        MapSpecException Wrong(string what, Errno errno = Errno.EINVAL) => new("map", spec.Name, what, errno);
    }

    // Map types without a callback for types.
    private static bool AsksNothing(MapType type) => type is MapType.ProgArray or MapType.Queue or MapType.Stack or MapType.RingBuf or MapType.UserRingBuf or MapType.ReusePortSockArray;

    private static bool TakesNone(MapType type) => type is MapType.PerfEventArray or MapType.CgroupArray or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.StackTrace
        or MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap or MapType.SockMap or MapType.SockHash;

    private static string? Complaint(MapSpec spec, BtfType? key)
    {
        switch (spec.Type)
        {
            case MapType.Array or MapType.PerCpuArray when key is null:
                bool section = spec.Type == MapType.Array && spec.MaxEntries == 1 && (spec.DataSection || Named(spec, spec.ValueTypeId) is BtfDataSection);
                return section ? null : "its keys have no type, and it is no data section";
            case MapType.Array or MapType.PerCpuArray or MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage:
                return key is BtfInt { Bits: 32, BitOffset: 0 } ? null : "its keys are no 32-bit integer";
            case MapType.LpmTrie:
                return key is BtfComposite { IsUnion: false } ? null : "its keys are no struct";
            case MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash:
                return key is null ? "its keys have no type" : null;
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage when spec.KeySize == sizeof(ulong):
                return key is BtfInt { Bits: 64, BitOffset: 0 } ? null : "its keys are no 64-bit integer";
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage:
                bool named = key is BtfComposite { IsUnion: false, Members: [var group, var type] } && IsInteger(spec, group, 0, 64) && IsInteger(spec, type, 64, 32);
                return named ? null : "its keys are no struct bpf_cgroup_storage_key";
            default:
                return null;
        }
    }

    private static bool IsInteger(MapSpec spec, BtfMember member, uint offset, uint bits) =>
        member.BitOffset == offset && member.BitfieldBits == 0 && Named(spec, member.TypeId) is BtfInt { BitOffset: 0 } type && type.Bits == bits;

    // What is left of a type when typedefs, qualifiers and the variable it may be of are gone.
    private static BtfType Named(MapSpec spec, uint id) => spec.Btf!.Resolve(id) is BtfVariable variable ? spec.Btf.Resolve(variable.TypeId) : spec.Btf.Resolve(id);

    private static uint? BytesOf(MapSpec spec, uint id) => spec.Btf!.TryType(id, out _) && spec.Btf.TrySizeOf(id, out uint bytes) ? bytes : null;

    private static string? Refusal(MapSpec spec)
    {
        try
        {
            Check(spec with { TypesRefused = null }, mayHaveFields: true);
            return null;
        }
        catch (MapSpecException problem)
        {
            return problem.What;
        }
    }
}
