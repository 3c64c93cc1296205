using Vm.Abi;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>Which maps a map of maps may hold: what its template may be, and what is put in later must share with the template.</summary>
/// <remarks>
/// The verifier knows an inner map by its template alone, and lets programs do with it what the template's type allows; so a map that differs,
/// and a template whose own contents need rules (programs, maps), must never get in.
/// Source: Linux 6.12 kernel/bpf/map_in_map.c, bpf_map_meta_alloc, bpf_map_meta_equal; kernel/bpf/arraymap.c, array_map_meta_equal.
/// </remarks>
public static class InnerMapRules
{
    /// <summary>Types without map_meta_equal: what they hold belongs to the programs that name them.</summary>
    private static readonly MapType[] s_never = [MapType.ProgArray, MapType.CgroupStorage, MapType.PerCpuCgroupStorage, MapType.StructOps];

    /// <summary>Whether a map like this can be the template of a map of maps.</summary>
    /// <returns>None; EINVAL for a map of maps; ENOTSUPP for types that are never inside another map.</returns>
    public static Errno Template(MapSpec inner)
    {
        if (inner.Type is MapType.ArrayOfMaps or MapType.HashOfMaps || inner.Inner is not null) return Errno.EINVAL;
        return Array.IndexOf(s_never, inner.Type) >= 0 ? Errno.ENOTSUPP : Errno.None;
    }

    /// <summary>Refuses a map of maps whose template is missing or not allowed.</summary>
    /// <exception cref="MapSpecException">With the kernel's errno.</exception>
    public static void Check(MapSpec outer)
    {
        if (outer.Inner is not { } inner)
            throw new MapSpecException("map", outer.Name, "a map of maps needs an inner map definition; declare it with __array(values, struct …)");
        var errno = Template(inner);
        if (errno == Errno.None) return;
        string why = errno == Errno.EINVAL ? "a map of maps cannot be inside another" : $"a map of type {inner.Type} is never inside another, because what it holds is checked against the programs that name it";
        throw new MapSpecException("map", outer.Name, $"its inner map definition is of type {inner.Type}: {why}", errno);
    }

    /// <summary>Whether a map can be put where the template stands for it; the kernel answers EINVAL where not.</summary>
    public static bool Matches(MapSpec template, MapSpec inner)
    {
        bool same = template.Type == inner.Type && template.KeySize == inner.KeySize && template.ValueSize == inner.ValueSize && template.Flags == inner.Flags;
        if (!same || Template(inner) != Errno.None || !SpecialFields.Same(template, inner)) return false;
        return inner.Type != MapType.Array || (template.Flags & MapFlags.InnerMap) != 0 || template.MaxEntries == inner.MaxEntries;
    }
}
