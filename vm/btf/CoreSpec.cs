using Vm.Abi;

namespace Vm.Btf;

/// <summary>One step of a field access that means something to a person: a named member or an array index.</summary>
/// <param name="TypeId">The composite that has the member, or the element type.</param>
/// <param name="Index">Member number or array index.</param>
/// <param name="Name">Member name; null for an array index.</param>
internal readonly record struct CoreStep(uint TypeId, uint Index, string? Name);

/// <summary>A CO-RE access string followed through one BTF: where it ends and by which steps.</summary>
/// <remarks>
/// The same record describes the access in the object's own types (<see cref="Parse"/>) and, found again by name, in a
/// candidate of the target (<see cref="TryMatch"/>). Anonymous members leave no step: only names and indexes must agree.
/// Source: Linux 6.12 tools/lib/bpf/relo_core.c, struct bpf_core_spec, bpf_core_parse_spec, bpf_core_spec_match.
/// </remarks>
internal sealed class CoreSpec(BtfSpec btf, uint rootTypeId, CoreKind kind)
{
    /// <summary>Deepest access string. Source: relo_core.h, BPF_CORE_SPEC_MAX_LEN.</summary>
    private const int MaxSteps = 64;

    // Anonymous unions nest, and a hostile target could make the search double at each level.
    private const int SearchBudget = 100_000;

    private int _searched;
    private int _rawSteps;

    public BtfSpec Btf { get; } = btf;

    public uint RootTypeId { get; } = rootTypeId;

    public CoreKind Kind { get; } = kind;

    public List<CoreStep> Steps { get; } = [];

    public ulong BitOffset { get; private set; }

    /// <summary>Follows an access string through the object's own types.</summary>
    /// <exception cref="BtfFormatException">The string does not fit the types.</exception>
    public static CoreSpec Parse(BtfSpec btf, uint typeId, string access, CoreKind kind)
    {
        var spec = new CoreSpec(btf, typeId, kind);
        if (!kind.IsField() && !kind.IsEnumValue())
        {
            if (access != "0") throw spec.Bad(access, "a question about a type has access string 0");
            return spec;
        }
        uint[] indexes = spec.ParseIndexes(access);
        var root = btf.Resolve(typeId);
        if (kind.IsEnumValue())
        {
            if (root is not BtfEnum enumeration || indexes.Length != 1 || indexes[0] >= enumeration.Values.Count)
                throw spec.Bad(access, "it names no value of an enum");
            spec.Steps.Add(new CoreStep(root.Id, indexes[0], enumeration.Values[(int)indexes[0]].Name));
            return spec;
        }
        spec.Steps.Add(new CoreStep(root.Id, indexes[0], null));
        spec.BitOffset = (ulong)indexes[0] * btf.SizeOf(root.Id) * 8;
        uint id = root.Id;
        foreach (uint index in indexes.AsSpan(1)) id = spec.Follow(btf.Resolve(id), index, access);
        return spec;
    }

    /// <summary>Finds the same access in a candidate type of the target; false when it has none that fits.</summary>
    /// <exception cref="BtfFormatException">The target's types are damaged or too deep.</exception>
    public bool TryMatch(BtfSpec target, uint targetId, out CoreSpec match)
    {
        match = new CoreSpec(target, targetId, Kind);
        if (Kind == CoreKind.TypeMatches) return new CoreTypeComparison(Btf, target).Match(RootTypeId, targetId);
        if (Kind.IsEnumValue()) return match.FindEnumValue(Steps[0].Name!);
        if (!Kind.IsField()) return new CoreTypeComparison(Btf, target).AreCompatible(RootTypeId, targetId);
        uint id = targetId;
        for (int i = 0; i < Steps.Count; i++)
        {
            var step = Steps[i];
            bool found = step.Name is null
                ? match.FollowIndex(step.Index, first: i == 0, ref id)
                : match.FindMember(step.Name, ((BtfComposite)Btf[step.TypeId]).Members[(int)step.Index].TypeId, Btf, ref id);
            if (!found) return false;
        }
        return true;
    }

    private uint[] ParseIndexes(string access)
    {
        string[] parts = access.Split(':');
        if (parts.Length > MaxSteps) throw Bad(access, $"more than {MaxSteps} steps", Errno.E2BIG);
        uint[] indexes = new uint[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!uint.TryParse(parts[i], System.Globalization.NumberStyles.None, null, out indexes[i]) || indexes[i] > int.MaxValue)
                throw Bad(access, "not numbers with colons between them");
        }
        return indexes;
    }

    private uint Follow(BtfType type, uint index, string access)
    {
        switch (type)
        {
            case BtfComposite composite when index < composite.Members.Count:
                var member = composite.Members[(int)index];
                BitOffset += member.BitOffset;
                if (member.Name.Length > 0) Steps.Add(new CoreStep(composite.Id, index, member.Name));
                return member.TypeId;
            case BtfArray array when index < array.Count || IsFlexible(array):
                var element = Btf.Resolve(array.ElementId);
                BitOffset += (ulong)index * Btf.SizeOf(element.Id) * 8;
                Steps.Add(new CoreStep(element.Id, index, null));
                return element.Id;
            default:
                throw Bad(access, $"step {index} leads nowhere in {type.Describe()}");
        }
    }

    private bool FollowIndex(uint index, bool first, ref uint id)
    {
        var type = Btf.Resolve(id);
        if (!first)
        {
            if (type is not BtfArray array) return false;
            if (index >= array.Count && !IsFlexible(array)) return false;
            type = Btf.Resolve(array.ElementId);
        }
        CountStep();
        id = type.Id;
        Steps.Add(new CoreStep(id, index, null));
        BitOffset += (ulong)index * Btf.SizeOf(id) * 8;
        return true;
    }

    /// <summary>An array without a length that is the last member of its struct takes any index.</summary>
    private bool IsFlexible(BtfArray array)
    {
        if (array.Count > 0 || Steps.Count == 0 || Steps[^1] is not { Name: not null } last) return false;
        return last.Index == ((BtfComposite)Btf[last.TypeId]).Members.Count - 1;
    }

    private bool FindMember(string name, uint localTypeId, BtfSpec local, ref uint id)
    {
        if (Btf.Resolve(id) is not BtfComposite composite) return false;
        for (int i = 0; i < composite.Members.Count; i++)
        {
            if (++_searched > SearchBudget)
                throw new BtfFormatException(Btf.Source, $"BTF type {RootTypeId}", "its anonymous members nest too deeply to search", Errno.E2BIG);
            var member = composite.Members[i];
            ulong before = BitOffset;
            CountStep();
            BitOffset += member.BitOffset;
            if (member.Name.Length == 0)
            {
                uint inner = member.TypeId;
                if (FindMember(name, localTypeId, local, ref inner))
                {
                    id = inner;
                    return true;
                }
            }
            else if (member.Name == name)
            {
                Steps.Add(new CoreStep(composite.Id, (uint)i, name));
                id = member.TypeId;
                if (new CoreTypeComparison(local, Btf).AreFieldsCompatible(localTypeId, member.TypeId)) return true;
                Steps.RemoveAt(Steps.Count - 1);
                return false;
            }
            BitOffset = before;
            _rawSteps--;
        }
        return false;
    }

    private bool FindEnumValue(string name)
    {
        if (Btf.Resolve(RootTypeId) is not BtfEnum enumeration) return false;
        string wanted = BtfSpec.EssentialName(name);
        for (int i = 0; i < enumeration.Values.Count; i++)
        {
            string candidate = enumeration.Values[i].Name;
            if (BtfSpec.EssentialName(candidate) != wanted) continue;
            Steps.Add(new CoreStep(enumeration.Id, (uint)i, candidate));
            return true;
        }
        return false;
    }

    private void CountStep()
    {
        if (++_rawSteps > MaxSteps)
            throw new BtfFormatException(Btf.Source, $"BTF type {RootTypeId}", $"the access needs more than {MaxSteps} steps", Errno.E2BIG);
    }

    private BtfFormatException Bad(string access, string what, Errno errno = Errno.EINVAL) =>
        new(Btf.Source, $"BTF type {RootTypeId}", $"CO-RE access string '{access}' of {Btf[RootTypeId].Describe()}: {what}", errno);
}
