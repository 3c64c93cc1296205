using Vm.Abi;

namespace Vm.Btf;

/// <summary>A value as a person wrote it, in whatever notation: text, a list, or names with values.</summary>
/// <param name="Where">Place in the input for messages, such as <c>line 3, column 5</c>; may be empty.</param>
public abstract record WrittenValue(string Where);

/// <summary>A single value: number, name, address or text.</summary>
/// <param name="Text">As written, without quotes.</param>
/// <param name="Where">Place in the input.</param>
public sealed record WrittenScalar(string Text, string Where = "") : WrittenValue(Where);

/// <summary>Values in order, for arrays.</summary>
/// <param name="Items">The values.</param>
/// <param name="Where">Place in the input.</param>
public sealed record WrittenList(IReadOnlyList<WrittenValue> Items, string Where = "") : WrittenValue(Where);

/// <summary>Names with values, for structs and unions (by member) and arrays (by index).</summary>
/// <param name="Entries">The pairs, in the order written.</param>
/// <param name="Where">Place in the input.</param>
public sealed record WrittenMapping(IReadOnlyList<KeyValuePair<string, WrittenValue>> Entries, string Where = "") : WrittenValue(Where)
{
    /// <summary>Places of the names, in the order of <see cref="Entries"/>; empty when nobody knows them.</summary>
    public IReadOnlyList<string> NamePlaces { get; init; } = [];

    /// <summary>Place of a name, for messages about the name itself; its value's when the name's is not known.</summary>
    public string PlaceOf(string name)
    {
        for (int i = 0; i < Entries.Count; i++)
        {
            if (Entries[i].Key == name) return i < NamePlaces.Count ? NamePlaces[i] : Entries[i].Value.Where;
        }
        return Where;
    }
}

/// <summary>A value does not fit its type: unknown member, number out of range, text too long.</summary>
public sealed class BtfValueException(string source, string where, string what, Errno errno = Errno.EINVAL)
    : BadInputException(source, where, what, errno);
