using System.Diagnostics;
using Vm.Abi;
using Vm.Allocations;
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

    private const string ContainsTag = "contains:";

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

    /// <summary>Structs of the kernel that programs keep pointers to: a program's own declaration of one is not the program's struct.</summary>
    private static readonly HashSet<string> s_kernelTypes =
    [
        "task_struct", "cgroup", "cpumask", "bpf_cpumask", "bpf_crypto_ctx", "sock", "file", "nf_conn", "xfrm_state", "css_set", "request",
        "prog_test_ref_kfunc", "prog_test_member", "prog_test_member1",
    ];

    /// <summary>Copy rules of a map's values, checked as the kernel checks a new map.</summary>
    /// <exception cref="MapSpecException">
    /// E2BIG for more than 11 special fields, or a second lock, timer or work queue; EEXIST when they overlap; EINVAL for a list or tree
    /// without a lock beside it, or that does not say what it holds; EOPNOTSUPP for a field maps of the type cannot have; EACCES in a map
    /// programs may not both read and write.
    /// </exception>
    public static ValueLayout LayoutOf(MapSpec spec)
    {
        if (spec.TypesRefused is not null) return new ValueLayout((int)Math.Min(spec.ValueSize, int.MaxValue), []);
        var found = Collect(spec.Btf, spec.ValueTypeId, spec.ValueSize, MostFields + 1);
        found.RemoveAll(IsNode);
        if (spec.DataSection && HasProblem(found, out _, out _)) found.Clear();
        if (HasProblem(found, out string problem, out var errno)) throw new MapSpecException("map", spec.Name, problem, errno);
        if (found.Count > 0 && (spec.Flags & (MapFlags.RdOnlyProg | MapFlags.WrOnlyProg)) != 0)
            throw new MapSpecException("map", spec.Name, $"its value has a {found[0].Kind} field, which programs must be able to read and write", Errno.EACCES);
        foreach (var field in found)
        {
            if (!MapTypes.MayHave(spec.Type, field.Kind))
                throw new MapSpecException("map", spec.Name, $"its value has a {field.Kind} field, which a map of type {spec.Type} cannot have", Errno.EOPNOTSUPP);
        }
        return new ValueLayout((int)Math.Min(spec.ValueSize, int.MaxValue), found);
    }

    /// <summary>The special fields of a map's values, ascending, at most 11; none without BTF or when the BTF is damaged. O(members).</summary>
    public static IReadOnlyList<SpecialField> Of(MapSpec spec)
    {
        if (spec.TypesRefused is not null) return [];
        var found = Collect(spec.Btf, spec.ValueTypeId, spec.ValueSize, MostFields + 1);
        found.RemoveAll(IsNode);
        // A data section the kernel cannot make sense of is loaded without its types.
        if (spec.DataSection && HasProblem(found, out _, out _)) found.Clear();
        return found.Count > MostFields ? found[..MostFields] : found;
    }

    /// <summary>True when values of both maps have the same special fields and hold the same types. Source: Linux 6.12 kernel/bpf/syscall.c, btf_record_equal.</summary>
    public static bool Same(MapSpec a, MapSpec b)
    {
        var (fields, others) = (Of(a), Of(b));
        bool ownTypes = fields.Any(field => field.TypeId != 0);
        return fields.SequenceEqual(others) && (!ownTypes || ReferenceEquals(a.Btf, b.Btf));
    }

    /// <summary>The special fields of a struct programs allocate; false when the kernel would refuse the types for it.</summary>
    /// <remarks>
    /// The kernel looks at structs of which some member is special itself; one that only contains such a struct is plain bytes to it.
    /// Source: Linux 6.12 kernel/bpf/btf.c, btf_parse_struct_metas, btf_parse_fields.
    /// </remarks>
    public static bool TryOfObject(BtfSpec btf, BtfComposite type, out IReadOnlyList<SpecialField> fields)
    {
        fields = [];
        if (!type.Members.Any(member => IsSpecial(btf, member.TypeId))) return true;
        var found = Collect(btf, type.Id, type.SizeBytes, MostFields + 1);
        found.RemoveAll(field => field.Kind is SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue);
        if (HasProblem(found, out _, out _)) return false;
        fields = found;
        return true;
    }

    /// <summary>What is wrong with the special fields of a program's own structs, for which BPF_BTF_LOAD refuses the types; null for nothing.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, btf_parse_struct_metas.</remarks>
    public static (Errno Errno, string Problem)? RefusalOf(BtfSpec btf)
    {
        ArgumentNullException.ThrowIfNull(btf);
        for (uint id = btf.FirstId; id < btf.Count; id++)
        {
            if (btf[id] is not BtfComposite { IsUnion: false } type || !type.Members.Any(member => IsSpecial(btf, member.TypeId))) continue;
            var found = Collect(btf, type.Id, type.SizeBytes, MostFields + 1);
            found.RemoveAll(field => field.Kind is SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue);
            if (HasProblem(found, out string problem, out var errno)) return (errno, $"struct {type.Name}: {problem}");
        }
        return null;
    }

    /// <summary>A struct programs allocate, as memory for it needs to know it.</summary>
    public static AllocationType ObjectTypeOf(AllocationHeap heap, BtfSpec btf, uint typeId)
    {
        var type = (BtfComposite)btf[typeId];
        if (!TryOfObject(btf, type, out var fields)) throw new UnreachableException($"struct {type.Name} has fields no verifier lets pass.");
        int refcount = fields.Any(f => f.Kind == SpecialFieldKind.RefCount) ? fields.First(f => f.Kind == SpecialFieldKind.RefCount).Offset : -1;
        var layout = new ValueLayout((int)type.SizeBytes, fields);
        return new AllocationType(heap, typeId, type.SizeBytes, refcount, fields.Any(f => f.Owns) ? layout.ReleaseSpecial : null);
    }

    private static bool IsNode(SpecialField field) => field.Kind is SpecialFieldKind.ListNode or SpecialFieldKind.RbNode;

    private static bool IsSpecial(BtfSpec btf, uint typeId) => btf.TryType(typeId, out var type) && type switch
    {
        BtfComposite composite => s_structs.ContainsKey(composite.Name),
        BtfPointer pointer => btf.TypeTagsOf(pointer.TargetId).Any(tag => KptrKind(tag) is not null),
        _ => false,
    };

    private static bool HasProblem(List<SpecialField> found, out string problem, out Errno errno)
    {
        bool Has(SpecialFieldKind kind) => found.Exists(f => f.Kind == kind);
        (problem, errno) = ("", Errno.E2BIG);
        if (found.Count > MostFields) problem = $"its value has more than {MostFields} special fields";
        foreach (var once in (SpecialFieldKind[])[SpecialFieldKind.SpinLock, SpecialFieldKind.Timer, SpecialFieldKind.WorkQueue, SpecialFieldKind.RefCount])
            if (found.Count(f => f.Kind == once) > 1) problem = $"its value has more than one {once} field";
        if (problem.Length > 0) return true;
        errno = Errno.EEXIST;
        for (int i = 1; i < found.Count; i++)
            if (found[i].Offset < found[i - 1].Offset + found[i - 1].Bytes) problem = $"its special fields overlap at byte {found[i].Offset} of the value";
        if (problem.Length > 0) return true;
        errno = Errno.EINVAL;
        bool graph = Has(SpecialFieldKind.ListHead) || Has(SpecialFieldKind.RbRoot);
        if (found.Exists(f => f.Kind is SpecialFieldKind.ListHead or SpecialFieldKind.RbRoot && f.TypeId == 0))
            problem = "a list or tree in its value does not say which node of which struct it holds; write __contains(struct, node)";
        else if (graph && !Has(SpecialFieldKind.SpinLock)) problem = "a list or tree in its value needs a bpf_spin_lock beside it";
        else if (!Has(SpecialFieldKind.RefCount) && Has(SpecialFieldKind.ListNode) && Has(SpecialFieldKind.RbNode))
            problem = "an object that can be on a list and in a tree needs a bpf_refcount";
        return problem.Length > 0;
    }

    private static List<SpecialField> Collect(BtfSpec? types, uint typeId, uint bytes, int most)
    {
        var found = new List<SpecialField>();
        if (types is not { } btf || typeId == 0) return found;
        try
        {
            int visits = 0;
            Collect(btf, typeId, 0, 0, most, found, ref visits, []);
        }
        catch (BtfFormatException)
        {
            // Types that cannot be read have no fields anyone could name; the value is plain bytes.
            return [];
        }
        found.RemoveAll(field => field.Offset < 0 || field.Offset + (long)field.Bytes > bytes);
        found.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        return found;
    }

    /// <param name="btf">The types.</param>
    /// <param name="typeId">Type of the bytes at <paramref name="offset"/>.</param>
    /// <param name="offset">Where in the value.</param>
    /// <param name="depth">Structs around it.</param>
    /// <param name="most">Most fields to find.</param>
    /// <param name="found">Fields found.</param>
    /// <param name="visits">Types looked at.</param>
    /// <param name="tags">Declaration tags of the member or variable.</param>
    private static void Collect(BtfSpec btf, uint typeId, long offset, int depth, int most, List<SpecialField> found, ref int visits, IEnumerable<string> tags)
    {
        if (depth > MaxDepth || found.Count >= most || ++visits > MostVisits) return;
        switch (btf.Resolve(typeId))
        {
            case BtfComposite composite when s_structs.TryGetValue(composite.Name, out var special):
                found.Add(special.Kind is SpecialFieldKind.ListHead or SpecialFieldKind.RbRoot
                    ? GraphRoot(btf, special.Kind, (int)offset, special.Bytes, tags)
                    : new SpecialField(special.Kind, (int)offset, special.Bytes));
                break;
            case BtfComposite { IsUnion: false } composite:
                for (int i = 0; i < composite.Members.Count; i++)
                {
                    var member = composite.Members[i];
                    if (member.BitfieldBits == 0)
                        Collect(btf, member.TypeId, offset + member.BitOffset / 8, depth + 1, most, found, ref visits, btf.DeclTagsOf(composite.Id, i));
                }
                break;
            case BtfArray array when btf.TrySizeOf(array.ElementId, out uint bytes):
                for (uint i = 0; i < array.Count && found.Count < most; i++)
                {
                    int before = found.Count;
                    Collect(btf, array.ElementId, offset + i * (long)bytes, depth + 1, most, found, ref visits, tags);
                    if (found.Count == before) break;
                }
                break;
            case BtfPointer pointer:
                CollectKptr(btf, pointer, offset, found);
                break;
            case BtfDataSection section:
                foreach (var placement in section.Variables)
                {
                    if (btf[placement.TypeId] is BtfVariable variable)
                        Collect(btf, variable.TypeId, offset + placement.Offset, depth + 1, most, found, ref visits, btf.DeclTagsOf(variable.Id));
                }
                break;
        }
    }

    /// <summary>A list or tree, and which node of which struct it holds. Source: Linux 6.12 kernel/bpf/btf.c, btf_find_graph_root, btf_parse_graph_root.</summary>
    private static SpecialField GraphRoot(BtfSpec btf, SpecialFieldKind kind, int offset, int bytes, IEnumerable<string> tags)
    {
        var unknown = new SpecialField(kind, offset, bytes);
        string nodeType = kind == SpecialFieldKind.ListHead ? "bpf_list_node" : "bpf_rb_node";
        string[] named = [.. tags.Where(tag => tag.StartsWith(ContainsTag, StringComparison.Ordinal)).Select(tag => tag[ContainsTag.Length..])];
        if (named.Length != 1 || named[0].Split(':', 2) is not [var typeName, { Length: > 0 } nodeName]) return unknown;
        if (btf.Named(typeName).OfType<BtfComposite>().FirstOrDefault(t => !t.IsUnion) is not { } type) return unknown;
        BtfMember[] nodes = [.. type.Members.Where(member => member.Name == nodeName)];
        if (nodes.Length != 1 || nodes[0].BitOffset % 64 != 0 || btf[nodes[0].TypeId] is not BtfComposite { IsUnion: false } node || node.Name != nodeType) return unknown;
        return unknown with { TypeName = typeName, TypeId = type.Id, NodeOffset = (int)(nodes[0].BitOffset / 8) };
    }

    private static void CollectKptr(BtfSpec btf, BtfPointer pointer, long offset, List<SpecialField> found)
    {
        foreach (string tag in btf.TypeTagsOf(pointer.TargetId))
        {
            if (KptrKind(tag) is not { } kind) continue;
            var target = btf.Resolve(pointer.TargetId);
            bool own = target is BtfComposite { IsUnion: false } && !s_kernelTypes.Contains(BtfSpec.EssentialName(target.Name));
            found.Add(new SpecialField(kind, (int)offset, 8, BtfSpec.EssentialName(target.Name), own ? target.Id : 0));
            return;
        }
    }

    private static SpecialFieldKind? KptrKind(string tag) => tag switch
    {
        "kptr_untrusted" => SpecialFieldKind.KptrUntrusted,
        "kptr" => SpecialFieldKind.Kptr,
        "percpu_kptr" => SpecialFieldKind.KptrPerCpu,
        _ => null,
    };
}
