using Vm.Abi;

namespace Vm.Btf;

/// <summary>Finds types that consist of themselves: structs and arrays that contain one another, pointers and names that only stand for one another.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, env_stack_push, env_type_is_resolve_sink.</remarks>
internal sealed class BtfCircles(BtfSpec spec)
{
    private enum Seen : byte
    {
        No,
        OnTheWay,
        Done,
    }

    private readonly Seen[] _pointing = new Seen[spec.Count], _containing = new Seen[spec.Count];

    /// <summary>Refuses a type that leads back to itself (EEXIST), and one that leads through more than 32 others (E2BIG).</summary>
    /// <exception cref="BtfFormatException">It does.</exception>
    public void Check(uint id)
    {
        Follow(id, _pointing, 1, type => type is BtfPointer or BtfWrapper);
        Follow(id, _containing, 1, type => type is BtfComposite or BtfArray or BtfWrapper);
    }

    private void Follow(uint id, Seen[] seen, int depth, Func<BtfType, bool> goesOn)
    {
        var type = spec[id];
        if (!goesOn(type) || seen[id] == Seen.Done) return;
        if (seen[id] == Seen.OnTheWay) throw Bad(id, "consists of itself", Errno.EEXIST);
        if (depth > BtfSpec.MaxDepth) throw Bad(id, $"is reached through more than {BtfSpec.MaxDepth} others", Errno.E2BIG);
        seen[id] = Seen.OnTheWay;
        foreach (uint next in TargetsOf(type)) Follow(next, seen, depth + 1, goesOn);
        seen[id] = Seen.Done;
    }

    private static IEnumerable<uint> TargetsOf(BtfType type) => type switch
    {
        BtfPointer pointer => [pointer.TargetId],
        BtfWrapper wrapper => [wrapper.TargetId],
        BtfArray array => [array.IndexId, array.ElementId],
        BtfComposite composite => composite.Members.Select(member => member.TypeId),
        _ => [],
    };

    private BtfFormatException Bad(uint id, string what, Errno errno) => BtfReader.Bad(spec.Source, spec.RecordOffset(id), $"type {id}, {spec[id].Describe()}, {what}", errno);
}
