using Vm.Abi;
using Vm.Btf;
using Vm.Maps;
using Vm.Specs;

namespace Vm.Verifier;

/// <summary>Finds the special fields of a map's values in its BTF.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, btf_parse_fields, btf_find_field.</remarks>
public static class MapFields
{
    private const int MaxFields = 11, MaxDepth = 8;

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

    /// <summary>Special fields of the values, ascending; none without BTF or when the BTF is damaged.</summary>
    /// <remarks>O(members). A value may have at most 11; more than that are left out from the end.</remarks>
    public static IReadOnlyList<SpecialField> Find(MapSpec map)
    {
        var found = new List<SpecialField>();
        if (map.Btf is not { } btf || map.ValueTypeId == 0) return found;
        try
        {
            Collect(btf, map.ValueTypeId, 0, 0, found);
        }
        catch (BtfFormatException)
        {
            // Types that cannot be read have no fields anyone could name; the value is plain bytes.
            return [];
        }
        found.RemoveAll(field => field.Offset < 0 || field.Offset + (long)field.Bytes > map.ValueSize);
        found.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        return found;
    }

    private static void Collect(BtfSpec btf, uint typeId, long offset, int depth, List<SpecialField> found)
    {
        if (depth > MaxDepth || found.Count >= MaxFields) return;
        switch (btf.Resolve(typeId))
        {
            case BtfComposite composite when s_structs.TryGetValue(composite.Name, out var special):
                found.Add(new SpecialField(special.Kind, (int)offset, special.Bytes));
                break;
            case BtfComposite { IsUnion: false } composite:
                foreach (var member in composite.Members)
                    if (member.BitfieldBits == 0) Collect(btf, member.TypeId, offset + member.BitOffset / 8, depth + 1, found);
                break;
            case BtfArray array when btf.TrySizeOf(array.ElementId, out uint bytes):
                for (uint i = 0; i < array.Count && found.Count < MaxFields; i++)
                {
                    int before = found.Count;
                    Collect(btf, array.ElementId, offset + i * (long)bytes, depth + 1, found);
                    if (found.Count == before) break;
                }
                break;
            case BtfPointer pointer:
                CollectKptr(btf, pointer, offset, found);
                break;
            case BtfDataSection section:
                foreach (var placement in section.Variables)
                    if (btf[placement.TypeId] is BtfVariable variable) Collect(btf, variable.TypeId, offset + placement.Offset, depth + 1, found);
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
            found.Add(new SpecialField(known, (int)offset, 8, btf.Resolve(pointer.TargetId).Name));
            return;
        }
    }
}
