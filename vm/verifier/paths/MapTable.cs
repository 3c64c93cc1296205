using Vm.Abi;
using Vm.Maps;
using Vm.Specs;

namespace Vm.Verifier.Paths;

/// <summary>A map as the rules see it.</summary>
/// <param name="Index">Place in the table; the program's own maps come first, in the program's order.</param>
/// <param name="Spec">Its description.</param>
/// <param name="Inner">Place of the template of its inner maps; -1 for none.</param>
/// <param name="Fields">Special fields of its values, ascending.</param>
internal sealed record VerifierMap(int Index, MapSpec Spec, int Inner, IReadOnlyList<SpecialField> Fields)
{
    public bool ProgramMayRead => (Spec.Flags & MapFlags.WrOnlyProg) == 0;

    /// <summary>Device maps give out addresses of their values, which nobody checks when they are used. Source: Linux 6.12 kernel/bpf/devmap.c, dev_map_init_map.</summary>
    public bool ProgramMayWrite => (Spec.Flags & MapFlags.RdOnlyProg) == 0 && Spec.Type is not (MapType.DevMap or MapType.DevMapHash);

    /// <summary>True when no one can change the contents any more, so that loads are constants.</summary>
    public bool IsConstant => Spec.Frozen && !ProgramMayWrite && Spec.Contents is { } bytes && bytes.Length >= Spec.ValueSize && Spec.Type == MapType.Array;

    /// <summary>True when addresses in entry 0 can be constants of the program.</summary>
    public bool HasDirectValue => Spec.Type is MapType.Array or MapType.Arena && Spec.MaxEntries == 1;

    public bool HasSpinLock => TryField(SpecialFieldKind.SpinLock, out _);

    public bool TryField(SpecialFieldKind kind, out SpecialField field)
    {
        foreach (var known in Fields)
        {
            if (known.Kind != kind) continue;
            field = known;
            return true;
        }
        field = default;
        return false;
    }
}

/// <summary>All maps a program can come to hold, inner ones included.</summary>
internal static class MapTable
{
    public static List<VerifierMap> Build(IReadOnlyList<MapSpec> maps)
    {
        var table = new List<VerifierMap>(maps.Count);
        foreach (var spec in maps) table.Add(new VerifierMap(table.Count, spec, -1, SpecialFields.Of(spec)));
        for (int i = 0; i < maps.Count; i++)
        {
            if (maps[i].Inner is not { } inner) continue;
            table.Add(new VerifierMap(table.Count, inner, -1, SpecialFields.Of(inner)));
            table[i] = table[i] with { Inner = table.Count - 1 };
        }
        return table;
    }
}
