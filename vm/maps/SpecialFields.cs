using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>Finds the special fields of a map's values in its BTF.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, btf_parse_fields, btf_get_field_type, btf_find_nested_struct.</remarks>
public static class SpecialFields
{
    /// <summary>Most special fields a value may have. Source: Linux 6.12 include/linux/bpf.h, BTF_FIELDS_MAX.</summary>
    public const int MostFields = 11;

    private const int MaxDepth = 4;

    /// <summary>Members and array elements looked at before the value is called too complex: nested arrays multiply.</summary>
    private const int MostVisits = 1 << 16;

    private const uint PointerBytes = 8;

    private static readonly (string Name, SpecialFieldKind Kind, int Bytes)[] s_structs =
    [
        ("bpf_spin_lock", SpecialFieldKind.SpinLock, 4),
        ("bpf_timer", SpecialFieldKind.Timer, 16),
        ("bpf_wq", SpecialFieldKind.WorkQueue, 16),
        ("bpf_list_head", SpecialFieldKind.ListHead, 16),
        ("bpf_list_node", SpecialFieldKind.ListNode, 24),
        ("bpf_rb_root", SpecialFieldKind.RbRoot, 16),
        ("bpf_rb_node", SpecialFieldKind.RbNode, 32),
        ("bpf_refcount", SpecialFieldKind.RefCount, 4),
    ];

    /// <summary>Copy rules of a map's values.</summary>
    /// <exception cref="MapSpecException">E2BIG for more than 11 special fields, EINVAL for a second lock, timer or work queue.</exception>
    public static ValueLayout LayoutOf(MapSpec spec) => new((int)Math.Min(spec.ValueSize, int.MaxValue), Of(spec));

    /// <summary>The special fields, ascending; none without BTF or for data sections.</summary>
    public static IReadOnlyList<SpecialField> Of(MapSpec spec)
    {
        if (spec.Btf is null || spec.ValueTypeId == 0 || spec.DataSection) return [];
        if (!spec.Btf.TryType(spec.ValueTypeId, out _) || spec.Btf[spec.Btf.Resolve(spec.ValueTypeId).Id] is not BtfComposite { IsUnion: false } value) return [];
        var found = new List<SpecialField>();
        int visits = 0;
        Collect(spec, value, 0, 0, found, ref visits);
        found.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        foreach (var once in (SpecialFieldKind[])[SpecialFieldKind.SpinLock, SpecialFieldKind.Timer, SpecialFieldKind.WorkQueue])
        {
            if (found.Count(f => f.Kind == once) > 1) throw new MapSpecException("map", spec.Name, $"its value has more than one {once} field", Errno.E2BIG);
        }
        for (int i = 1; i < found.Count; i++)
        {
            if (found[i].Offset < found[i - 1].Offset + found[i - 1].Bytes)
                throw new MapSpecException("map", spec.Name, $"its special fields overlap at byte {found[i].Offset} of the value", Errno.EEXIST);
        }
        return found.TrueForAll(f => f.Offset >= 0 && (long)f.Offset + f.Bytes <= spec.ValueSize)
            ? found
            : throw new MapSpecException("map", spec.Name, "a special field lies outside the value");
    }

    private static void Collect(MapSpec spec, BtfComposite composite, uint at, int depth, List<SpecialField> found, ref int visits)
    {
        foreach (var member in composite.Members)
        {
            if (member.BitOffset % 8 == 0) CollectType(spec, member.TypeId, at + member.BitOffset / 8, depth, found, ref visits);
        }
    }

    private static void CollectType(MapSpec spec, uint typeId, uint at, int depth, List<SpecialField> found, ref int visits)
    {
        if (++visits > MostVisits) throw new MapSpecException("map", spec.Name, $"its value has more than {MostVisits} members and array elements", Errno.E2BIG);
        var btf = spec.Btf!;
        switch (btf.Resolve(typeId))
        {
            case BtfPointer pointer when KptrOf(btf, pointer) is { } kptr:
                Add(spec, found, new SpecialField(kptr.Kind, (int)at, (int)PointerBytes, kptr.TypeName));
                break;
            case BtfArray array when array.Count is > 0 and <= MostFields + 1 && btf.TrySizeOf(array.ElementId, out uint elementBytes):
                for (uint i = 0; i < array.Count; i++) CollectType(spec, array.ElementId, at + i * elementBytes, depth, found, ref visits);
                break;
            case BtfComposite { IsUnion: false } inner:
                int known = Array.FindIndex(s_structs, s => s.Name == inner.Name);
                if (known >= 0) Add(spec, found, new SpecialField(s_structs[known].Kind, (int)at, s_structs[known].Bytes));
                else if (depth < MaxDepth) Collect(spec, inner, at, depth + 1, found, ref visits);
                break;
        }
    }

    private static void Add(MapSpec spec, List<SpecialField> found, SpecialField field)
    {
        if (found.Count == MostFields) throw new MapSpecException("map", spec.Name, $"its value has more than {MostFields} special fields", Errno.E2BIG);
        found.Add(field);
    }

    private static (SpecialFieldKind Kind, string TypeName)? KptrOf(BtfSpec btf, BtfPointer pointer)
    {
        if (!btf.TryType(pointer.TargetId, out var target) || target is not BtfTypeTag tag) return null;
        SpecialFieldKind? kind = tag.Name switch
        {
            "kptr" => SpecialFieldKind.Kptr,
            "kptr_untrusted" => SpecialFieldKind.KptrUntrusted,
            "percpu_kptr" => SpecialFieldKind.KptrPerCpu,
            _ => null,
        };
        if (kind is not { } found) return null;
        return (found, BtfSpec.EssentialName(btf.Resolve(tag.TargetId).Name));
    }
}
