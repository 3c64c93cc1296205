using Vm.Abi;
using Vm.Btf;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>Finds the special fields of a map's values in its BTF: one answer for the verifier and for the maps themselves.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, btf_parse_fields, btf_find_field, btf_get_field_type.</remarks>
public static class SpecialFields
{
    /// <summary>Most special fields a value may have. Source: Linux 6.12 include/linux/bpf.h, BTF_FIELDS_MAX.</summary>
    public const int MostFields = 11;

    private const int MaxDepth = 8;

    /// <summary>Members looked at before the rest of a value is taken for plain bytes: nested structs multiply.</summary>
    private const int MostVisits = 1 << 16;

    private static readonly Dictionary<string, (SpecialFieldKind Kind, int Bytes)> s_structs = new()
    {
        ["bpf_spin_lock"] = (SpecialFieldKind.SpinLock, 4),
        ["bpf_timer"] = (SpecialFieldKind.Timer, 16),
        ["bpf_wq"] = (SpecialFieldKind.WorkQueue, 16),
        ["bpf_list_head"] = (SpecialFieldKind.ListHead, 16),
        ["bpf_list_node"] = (SpecialFieldKind.ListNode, 24),
        ["bpf_rb_root"] = (SpecialFieldKind.RbRoot, 16),
        ["bpf_rb_node"] = (SpecialFieldKind.RbNode, 32),
        ["bpf_refcount"] = (SpecialFieldKind.RefCount, 4),
    };

    /// <summary>Copy rules of a map's values, checked as the kernel checks a new map.</summary>
    /// <exception cref="MapSpecException">E2BIG for more than 11 special fields, or a second lock, timer or work queue; EEXIST when they overlap.</exception>
    public static ValueLayout LayoutOf(MapSpec spec)
    {
        var found = Collect(spec, MostFields + 1);
        if (found.Count > MostFields) throw new MapSpecException("map", spec.Name, $"its value has more than {MostFields} special fields", Errno.E2BIG);
        foreach (var once in (SpecialFieldKind[])[SpecialFieldKind.SpinLock, SpecialFieldKind.Timer, SpecialFieldKind.WorkQueue])
        {
            if (!spec.DataSection && found.Count(f => f.Kind == once) > 1) throw new MapSpecException("map", spec.Name, $"its value has more than one {once} field", Errno.E2BIG);
        }
        for (int i = 1; i < found.Count; i++)
        {
            if (found[i].Offset < found[i - 1].Offset + found[i - 1].Bytes)
                throw new MapSpecException("map", spec.Name, $"its special fields overlap at byte {found[i].Offset} of the value", Errno.EEXIST);
        }
        return new ValueLayout((int)Math.Min(spec.ValueSize, int.MaxValue), found);
    }

    /// <summary>The special fields, ascending, at most 11; none without BTF or when the BTF is damaged. O(members).</summary>
    public static IReadOnlyList<SpecialField> Of(MapSpec spec) => Collect(spec, MostFields);

    private static List<SpecialField> Collect(MapSpec spec, int most)
    {
        var found = new List<SpecialField>();
        if (spec.Btf is not { } btf || spec.ValueTypeId == 0) return found;
        try
        {
            int visits = 0;
            Collect(btf, spec.ValueTypeId, 0, 0, most, found, ref visits);
        }
        catch (BtfFormatException)
        {
            // Types that cannot be read have no fields anyone could name; the value is plain bytes.
            return [];
        }
        found.RemoveAll(field => field.Offset < 0 || field.Offset + (long)field.Bytes > spec.ValueSize);
        found.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        return found;
    }

    private static void Collect(BtfSpec btf, uint typeId, long offset, int depth, int most, List<SpecialField> found, ref int visits)
    {
        if (depth > MaxDepth || found.Count >= most || ++visits > MostVisits) return;
        switch (btf.Resolve(typeId))
        {
            case BtfComposite composite when s_structs.TryGetValue(composite.Name, out var special):
                found.Add(new SpecialField(special.Kind, (int)offset, special.Bytes));
                break;
            case BtfComposite { IsUnion: false } composite:
                foreach (var member in composite.Members)
                    if (member.BitfieldBits == 0) Collect(btf, member.TypeId, offset + member.BitOffset / 8, depth + 1, most, found, ref visits);
                break;
            case BtfArray array when btf.TrySizeOf(array.ElementId, out uint bytes):
                for (uint i = 0; i < array.Count && found.Count < most; i++)
                {
                    int before = found.Count;
                    Collect(btf, array.ElementId, offset + i * (long)bytes, depth + 1, most, found, ref visits);
                    if (found.Count == before) break;
                }
                break;
            case BtfPointer pointer:
                CollectKptr(btf, pointer, offset, found);
                break;
            case BtfDataSection section:
                foreach (var placement in section.Variables)
                    if (btf[placement.TypeId] is BtfVariable variable) Collect(btf, variable.TypeId, offset + placement.Offset, depth + 1, most, found, ref visits);
                break;
        }
    }

    private static void CollectKptr(BtfSpec btf, BtfPointer pointer, long offset, List<SpecialField> found)
    {
        foreach (string tag in btf.TypeTagsOf(pointer.TargetId))
        {
            SpecialFieldKind? kind = tag switch
            {
                "kptr_untrusted" => SpecialFieldKind.KptrUntrusted,
                "kptr" => SpecialFieldKind.Kptr,
                "percpu_kptr" => SpecialFieldKind.KptrPerCpu,
                _ => null,
            };
            if (kind is not { } known) continue;
            found.Add(new SpecialField(known, (int)offset, 8, BtfSpec.EssentialName(btf.Resolve(pointer.TargetId).Name)));
            return;
        }
    }
}
