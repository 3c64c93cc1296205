using Vm.Abi;

namespace Vm.Btf;

/// <summary>The three ways CO-RE compares a local type with a target's: as field, by existence, by structure.</summary>
/// <remarks>
/// Source: Linux 6.12 tools/lib/bpf/relo_core.c, bpf_core_fields_are_compat, __bpf_core_types_are_compat,
/// __bpf_core_types_match. Recursion is limited as there; a budget on top keeps hostile types from doubling the work.
/// </remarks>
internal sealed class CoreTypeComparison(BtfSpec local, BtfSpec target)
{
    private const int MaxLevel = 32;
    private const int Budget = 1_000_000;

    private int _compared;

    /// <summary>True when a field of the one type may be read as the other: sizes may differ, kinds may not.</summary>
    public bool AreFieldsCompatible(uint localId, uint targetId)
    {
        for (int depth = 0; depth < MaxLevel; depth++)
        {
            var mine = local.Resolve(localId);
            var theirs = target.Resolve(targetId);
            switch (mine, theirs)
            {
                case (BtfComposite, BtfComposite) or (BtfPointer, BtfPointer) or (BtfFloat, BtfFloat):
                    return true;
                case (BtfInt a, BtfInt b):
                    return a.BitOffset == 0 && b.BitOffset == 0;
                case (BtfEnum, BtfEnum) or (BtfForward, BtfForward):
                    string name = BtfSpec.EssentialName(mine.Name), other = BtfSpec.EssentialName(theirs.Name);
                    return name.Length == 0 || other.Length == 0 || name == other;
                case (BtfArray a, BtfArray b):
                    localId = a.ElementId;
                    targetId = b.ElementId;
                    continue;
                default:
                    return false;
            }
        }
        throw TooDeep(localId);
    }

    /// <summary>True when the target's type is of the same kind, followed through pointers, arrays and prototypes.</summary>
    public bool AreCompatible(uint localId, uint targetId) => AreCompatible(localId, targetId, MaxLevel);

    /// <summary>True when everything the local type has is in the target's type too, by name and type.</summary>
    public bool Match(uint localId, uint targetId) => Match(localId, targetId, behindPointer: false, MaxLevel);

    private bool AreCompatible(uint localId, uint targetId, int level)
    {
        // Roots are compared before typedefs are skipped: a typedef is a candidate only for a typedef.
        if (level == MaxLevel && !SameKind(local[localId], target[targetId])) return false;
        for (int depth = 0; depth < MaxLevel; depth++)
        {
            Count(localId);
            var mine = local.Resolve(localId);
            var theirs = target.Resolve(targetId);
            if (!SameKind(mine, theirs)) return false;
            switch (mine, theirs)
            {
                case (BtfVoid or BtfComposite or BtfEnum or BtfForward, _):
                    return true;
                case (BtfInt a, BtfInt b):
                    return a.BitOffset == 0 && b.BitOffset == 0;
                case (BtfPointer a, BtfPointer b):
                    (localId, targetId) = (a.TargetId, b.TargetId);
                    break;
                case (BtfArray a, BtfArray b):
                    (localId, targetId) = (a.ElementId, b.ElementId);
                    break;
                case (BtfPrototype a, BtfPrototype b):
                    if (a.Parameters.Count != b.Parameters.Count) return false;
                    if (level <= 0 && a.Parameters.Count > 0) throw TooDeep(localId);
                    for (int i = 0; i < a.Parameters.Count; i++)
                    {
                        if (!AreCompatible(a.Parameters[i].TypeId, b.Parameters[i].TypeId, level - 1)) return false;
                    }
                    (localId, targetId) = (a.ReturnId, b.ReturnId);
                    break;
                default:
                    return false;
            }
        }
        throw TooDeep(localId);
    }

    private bool Match(uint localId, uint targetId, bool behindPointer, int level)
    {
        if (level <= 0) throw TooDeep(localId);
        for (int depth = 0; depth < MaxLevel; depth++)
        {
            Count(localId);
            var mine = local.Resolve(localId);
            var theirs = target.Resolve(targetId);
            if (!NamesMatch(mine, theirs)) return false;
            switch (mine, theirs)
            {
                case (BtfVoid, BtfVoid):
                    return true;
                case (BtfForward a, BtfForward b):
                    return a.IsUnion == b.IsUnion;
                case (BtfForward a, BtfComposite b):
                    return behindPointer && a.IsUnion == b.IsUnion;
                case (BtfComposite a, BtfForward b):
                    return behindPointer && a.IsUnion == b.IsUnion;
                case (BtfComposite a, BtfComposite b):
                    return a.IsUnion == b.IsUnion && (behindPointer || MembersMatch(a, b, level));
                case (BtfEnum a, BtfEnum b):
                    return EnumsMatch(a, b);
                case (BtfInt a, BtfInt b):
                    return a.SizeBytes == b.SizeBytes && a.Signed == b.Signed;
                case (BtfPointer a, BtfPointer b):
                    behindPointer = true;
                    (localId, targetId) = (a.TargetId, b.TargetId);
                    break;
                case (BtfArray a, BtfArray b) when a.Count == b.Count:
                    (localId, targetId) = (a.ElementId, b.ElementId);
                    break;
                case (BtfPrototype a, BtfPrototype b) when a.Parameters.Count == b.Parameters.Count:
                    for (int i = 0; i < a.Parameters.Count; i++)
                    {
                        if (!Match(a.Parameters[i].TypeId, b.Parameters[i].TypeId, behindPointer, level - 1)) return false;
                    }
                    (localId, targetId) = (a.ReturnId, b.ReturnId);
                    break;
                default:
                    return false;
            }
        }
        throw TooDeep(localId);
    }

    private bool MembersMatch(BtfComposite mine, BtfComposite theirs, int level)
    {
        if (mine.Members.Count > theirs.Members.Count) return false;
        foreach (var member in mine.Members)
        {
            bool found = false;
            foreach (var other in theirs.Members)
            {
                Count(mine.Id);
                if (!NamesMatch(member.Name, other.Name)) continue;
                if (found = Match(member.TypeId, other.TypeId, behindPointer: false, level - 1)) break;
            }
            if (!found) return false;
        }
        return true;
    }

    private static bool EnumsMatch(BtfEnum mine, BtfEnum theirs)
    {
        if (mine.SizeBytes != theirs.SizeBytes || mine.Values.Count > theirs.Values.Count) return false;
        var names = theirs.Values.Select(value => BtfSpec.EssentialName(value.Name)).ToHashSet();
        return mine.Values.All(value => names.Contains(BtfSpec.EssentialName(value.Name)));
    }

    private static bool NamesMatch(BtfType mine, BtfType theirs) =>
        NamesMatch(mine is BtfVoid ? "" : mine.Name, theirs is BtfVoid ? "" : theirs.Name);

    private static bool NamesMatch(string mine, string theirs) => BtfSpec.EssentialName(mine) == BtfSpec.EssentialName(theirs);

    /// <summary>Same kind; the two widths of enum count as one.</summary>
    internal static bool SameKind(BtfType mine, BtfType theirs) => (mine, theirs) switch
    {
        (BtfComposite a, BtfComposite b) => a.IsUnion == b.IsUnion,
        (BtfQualified a, BtfQualified b) => a.Qualifier == b.Qualifier,
        _ => mine.GetType() == theirs.GetType(),
    };

    private void Count(uint localId)
    {
        if (++_compared > Budget) throw TooDeep(localId);
    }

    private BtfFormatException TooDeep(uint id) =>
        new(local.Source, $"BTF type {id}", $"comparing {local[id].Describe()} with {target.Source} goes too deep", Errno.EINVAL);
}
