using System.Globalization;
using Vm.Abi;
using Vm.Btf;

namespace Vm.Specs;

/// <summary>Settings made on an object before it is loaded: global variables and map sizes.</summary>
/// <remarks>Specs are not changed; every setting returns a new one that shares what did not change.</remarks>
public static class Globals
{
    /// <summary>Gives a global variable, or part of it, an initial value.</summary>
    /// <param name="spec">The object.</param>
    /// <param name="path">C name and path: <c>limit</c>, <c>cfg.port</c>, <c>table[3].addr</c>; also of <c>__kconfig</c> externs.</param>
    /// <param name="value">The value; see <see cref="BtfValue.Encode"/>.</param>
    /// <exception cref="BtfValueException">There is no such variable or member, or the value does not fit.</exception>
    public static ObjectSpec Set(ObjectSpec spec, string path, WrittenValue value)
    {
        var (map, variable, rest) = Find(spec, path, value.Where);
        byte[] contents = (byte[])map.Contents!.Clone();
        if (TypedField(spec, map, variable, rest, path, value.Where) is { } field) BtfValue.EncodeInto(map.Btf!, field, value, contents);
        else WriteUntyped(spec, variable, rest, value, contents);
        var variables = map.Variables.Select(known => known.Name == variable.Name ? known with { MustSet = false } : known).ToList();
        return Replace(spec, map, map with { Contents = contents, Variables = variables });
    }

    /// <summary>A global variable, or part of it, as C text.</summary>
    /// <inheritdoc cref="Set"/>
    public static string Get(ObjectSpec spec, string path)
    {
        var (map, variable, rest) = Find(spec, path, "");
        if (TypedField(spec, map, variable, rest, path, "") is not { } field)
            return "0x" + Convert.ToHexStringLower([.. map.Contents.AsSpan((int)variable.Offset, (int)variable.SizeBytes).ToArray().Reverse()]);
        if (field.BitOffset + field.BitfieldBits > (ulong)map.Contents!.Length * 8)
            throw new BtfValueException(spec.Name, "", $"'{path}' lies outside its section; the object's types do not fit its data");
        if (field.BitfieldBits != 0)
        {
            ulong bits = BtfBits.Read(map.Contents, field.BitOffset, field.BitfieldBits);
            bool signed = map.Btf!.Resolve(field.TypeId) is BtfInt { Signed: true };
            return signed ? ((long)BtfBits.SignExtend(bits, field.BitfieldBits)).ToString(CultureInfo.InvariantCulture) : bits.ToString(CultureInfo.InvariantCulture);
        }
        return BtfValue.Format(map.Btf!, field.TypeId, map.Contents.AsSpan((int)field.Offset), BtfPath.LastName(path));
    }

    /// <summary>Gives a map another capacity.</summary>
    /// <param name="spec">The object.</param>
    /// <param name="mapName">Name of the map.</param>
    /// <param name="maxEntries">Entries (bytes for ring buffers, pages for arenas); at least 1.</param>
    /// <exception cref="MapSpecException">There is no such map, or it is a data section, whose size is fixed.</exception>
    public static ObjectSpec Resize(ObjectSpec spec, string mapName, uint maxEntries)
    {
        var map = spec.Maps.FirstOrDefault(known => known.Name == mapName)
            ?? throw new MapSpecException(spec.Name, $"map '{mapName}'", $"the object has no such map; it has {Names(spec.Maps.Select(known => known.Name))}", Errno.ENOENT);
        if (map.DataSection) throw new MapSpecException(spec.Name, $"map '{mapName}'", "it holds global variables and has one entry");
        if (maxEntries == 0) throw new MapSpecException(spec.Name, $"map '{mapName}'", "a map needs room for at least one entry");
        return Replace(spec, map, map with { MaxEntries = maxEntries });
    }

    private static (MapSpec Map, GlobalVariable Variable, string Remainder) Find(ObjectSpec spec, string path, string where)
    {
        var found = new List<(MapSpec, GlobalVariable, string)>();
        int longest = 0;
        foreach (var map in spec.Maps)
        {
            if (!map.DataSection || map.Contents is null) continue;
            foreach (var variable in map.Variables)
            {
                // Static locals have dots in their names, so the longest name that fits is meant.
                int length = variable.Name.Length;
                bool fits = path.StartsWith(variable.Name, StringComparison.Ordinal) && (path.Length == length || path[length] is '.' or '[');
                if (!fits || length < longest) continue;
                if (length > longest) found.Clear();
                longest = length;
                found.Add((map, variable, path[length..]));
            }
        }
        if (found.Count == 1) return found[0];
        throw found.Count > 1
            ? new BtfValueException(spec.Name, where, $"there are {found.Count} variables named '{path[..longest]}', in {Names(found.Select(item => item.Item1.Name))}")
            : new BtfValueException(spec.Name, where, $"there is no global variable '{path}'; there are {Names(spec.Maps.SelectMany(map => map.Variables).Select(variable => variable.Name))}", Errno.ENOENT);
    }

    private static BtfField? TypedField(ObjectSpec spec, MapSpec map, GlobalVariable variable, string rest, string path, string where)
    {
        if (map.Btf is null || variable.TypeId == 0) return null;
        if (!BtfPath.TryFind(map.Btf, variable.TypeId, rest, out var field, out string problem))
            throw new BtfValueException(spec.Name, where, $"'{path}': {problem}");
        return field with { BitOffset = field.BitOffset + variable.Offset * 8ul };
    }

    private static void WriteUntyped(ObjectSpec spec, GlobalVariable variable, string rest, WrittenValue value, byte[] contents)
    {
        if (rest.Length > 0 || variable.SizeBytes is not (1 or 2 or 4 or 8))
            throw new BtfValueException(spec.Name, value.Where, $"the object has no types (compile with -g), so of '{variable.Name}' ({variable.SizeBytes} bytes) only whole integers can be set");
        var builder = new BtfBuilder();
        bool negative = value is WrittenScalar { Text: ['-', ..] };
        uint type = builder.Int("integer", variable.SizeBytes, signed: negative);
        BtfValue.EncodeInto(builder.Build(spec.Name), new BtfField(type, variable.Offset * 8ul, 0), value, contents);
    }

    private static ObjectSpec Replace(ObjectSpec spec, MapSpec old, MapSpec map) =>
        spec with { Maps = [.. spec.Maps.Select(known => ReferenceEquals(known, old) ? map : known)] };

    private static string Names(IEnumerable<string> names)
    {
        var list = names.ToList();
        return list.Count == 0 ? "none" : string.Join(", ", list.Take(20)) + (list.Count > 20 ? $" and {list.Count - 20} more" : "");
    }
}
