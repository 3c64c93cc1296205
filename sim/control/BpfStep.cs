using System.Globalization;
using System.Text;
using Vm.Abi;
using Vm.Isa;

namespace Sim.Control;

/// <summary>What a field of a call is given.</summary>
internal abstract record BpfArgument
{
    private BpfArgument()
    {
    }

    /// <summary>A number.</summary>
    public sealed record Number(ulong Value) : BpfArgument;

    /// <summary>The descriptor of something that has a name.</summary>
    public sealed record Descriptor(string Name) : BpfArgument;

    /// <summary>The id of something that has a name.</summary>
    public sealed record Id(string Name) : BpfArgument;

    /// <summary>The interface number of a device.</summary>
    public sealed record Interface(string Device) : BpfArgument;

    /// <summary>Characters that lie in the attributes.</summary>
    public sealed record Text(byte[] Bytes) : BpfArgument;

    /// <summary>The address of bytes.</summary>
    /// <param name="Bytes">What they hold.</param>
    /// <param name="Descriptors">Names whose descriptors come first, four bytes each.</param>
    /// <param name="Shown">True when the answer shows them.</param>
    /// <param name="Struct">How the answer shows them: as a struct of the kernel, or null as bytes.</param>
    /// <param name="Part">Which of the bytes the answer shows; null for all.</param>
    public sealed record Pointer(byte[] Bytes, IReadOnlyList<string> Descriptors, bool Shown, InfoStruct? Struct = null, Range? Part = null) : BpfArgument;

    /// <summary>An address at which nothing is.</summary>
    public sealed record Unmapped : BpfArgument;
}

/// <summary>A call of bpf(2) as a script writes it: fields by name, descriptors and ids by what they stand for.</summary>
/// <param name="Command">Command.</param>
/// <param name="Size">Bytes of attributes.</param>
/// <param name="Arguments">Offset, field name and what it is given.</param>
/// <param name="Makes">Name of what it makes; null for nothing.</param>
internal sealed record BpfStep(BpfCommand Command, int Size, IReadOnlyList<(BpfField Field, BpfArgument Argument)> Arguments, string? Makes)
{
    /// <summary>Reads what stands behind <c>bpf</c>.</summary>
    /// <param name="text">Such as <c>MAP_CREATE map_type=ARRAY key_size=4 -> m</c>.</param>
    /// <exception cref="FormatException">What is wrong, in words.</exception>
    public static BpfStep Read(string text)
    {
        List<string> words = [.. Words(text)];
        string? makes = null;
        if (words.Count >= 2 && words[^2] == "->")
        {
            makes = words[^1];
            words.RemoveRange(words.Count - 2, 2);
        }
        if (words.Count == 0) throw new FormatException("a command is missing after 'bpf'");
        string name = words[0].StartsWith("BPF_", StringComparison.Ordinal) ? words[0][4..] : words[0];
        int? number = name.Length > 0 && (char.IsAsciiDigit(name[0]) || name[0] == '-') ? (int)Number(name) : KernelConstants.Command(name);
        if (number is null) throw new FormatException($"there is no command '{words[0]}'; commands are: {string.Join(", ", KernelConstants.Commands.Select(one => one.ToUpperInvariant()))}, or a number");
        var command = (BpfCommand)number.Value;
        int size = BpfFields.Size(command);
        var arguments = new List<(BpfField, BpfArgument)>();
        foreach (string word in words.Skip(1))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new FormatException($"'{word}' is no field; write field=value");
            string field = word[..equals], value = word[(equals + 1)..];
            if (field == "size") size = (int)Number(value);
            else arguments.Add((Field(command, field), Argument(field, value)));
        }
        return new BpfStep(command, size, arguments, makes);
    }

    private static BpfField Field(BpfCommand command, string name)
    {
        if (name.StartsWith("at(", StringComparison.Ordinal) && name.EndsWith(')')) return new BpfField(name, (int)Number(name[3..^1]), 4, false);
        foreach (var field in BpfFields.Of(command))
            if (field.Name == name) return field;
        throw new FormatException($"{command} has no field '{name}'; fields are: {string.Join(", ", BpfFields.Of(command).Select(field => field.Name))}, size, and at(OFFSET)");
    }

    private static BpfArgument Argument(string field, string value)
    {
        if (value == "null") return new BpfArgument.Number(0);
        if (value == "bad") return new BpfArgument.Unmapped();
        if (value.StartsWith('&')) return Pointer(value[1..]);
        if (value.StartsWith('"')) return new BpfArgument.Text(Quoted(value));
        if (Inside(value, "id") is { } id) return new BpfArgument.Id(id);
        if (Inside(value, "ifindex") is { } device) return new BpfArgument.Interface(device);
        if (char.IsAsciiDigit(value[0]) || value[0] == '-') return new BpfArgument.Number(Number(value));
        return Constants(field, value) is { } number ? new BpfArgument.Number(number) : new BpfArgument.Descriptor(value);
    }

    private static BpfArgument.Pointer Pointer(string value)
    {
        if (value.StartsWith('"')) return new BpfArgument.Pointer([.. Quoted(value), 0], [], false);
        if (Inside(value, "asm") is { } program) return new BpfArgument.Pointer(Assembled(program), [], false);
        if (Inside(value, "fds") is { } names) return new BpfArgument.Pointer([], names.Split(','), false);
        if (value.StartsWith('?'))
        {
            if (value.Length > 1 && char.IsAsciiLetter(value[1]) && Enum.TryParse<InfoStruct>(value[1..], ignoreCase: true, out var shape)) return new BpfArgument.Pointer(new byte[InfoText.Bytes(shape)], [], true, shape);
            int bracket = value.IndexOf('[', StringComparison.Ordinal);
            return bracket < 0 ? new BpfArgument.Pointer(Zeros(value[1..]), [], true) : new BpfArgument.Pointer(Zeros(value[1..bracket]), [], true, null, Part(value[bracket..]));
        }
        if (Inside(value, "zeros") is { } count) return new BpfArgument.Pointer(Zeros(count), [], false);
        try
        {
            return new BpfArgument.Pointer(Convert.FromHexString(value.Replace("_", "", StringComparison.Ordinal)), [], false);
        }
        catch (FormatException)
        {
            throw new FormatException($"'&{value}' is nothing to point at; write &HEX, &\"text\", &asm(…), &fds(a,b), &zeros(COUNT), &?COUNT, &?COUNT[FROM..TO] or &?map, &?prog, &?link, &?btf");
        }
    }

    private static byte[] Zeros(string count) => new byte[Number(count) is <= 65536 and var bytes ? (int)bytes : throw new FormatException("at most 65536 bytes can be pointed at")];

    private static Range Part(string text)
    {
        string[] ends = text.Trim('[', ']').Split("..");
        return ends.Length == 2 && Number(ends[0]) is var from && Number(ends[1]) is var to && from < to && to <= 65536 ? (int)from..(int)to : throw new FormatException($"'{text}' is no part; write [FROM..TO], in bytes");
    }

    private static byte[] Assembled(string program)
    {
        var slots = Assembler.Assemble(string.Join('\n', program.Split(';')), "script");
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes<RawInsn>(slots).ToArray();
    }

    private static string? Inside(string value, string word) =>
        value.StartsWith(word + "(", StringComparison.Ordinal) && value.EndsWith(')') ? value[(word.Length + 1)..^1] : null;

    private static byte[] Quoted(string value) =>
        value.Length >= 2 && value.EndsWith('"') ? Encoding.Latin1.GetBytes(value[1..^1]) : throw new FormatException($"{value} has no end; write \"text\"");

    // A type by its name in fields that hold one, and flags by theirs in all.
    private static ulong? Constants(string field, string value)
    {
        ulong all = 0;
        foreach (string word in value.Split('|'))
        {
            ulong? number = char.IsAsciiDigit(word[0]) ? Number(word) : BpfFlags.Find(word) ?? Type(field, word);
            if (number is null) return null;
            all |= number.Value;
        }
        return all;
    }

    private static ulong? Type(string field, string word) => (ulong?)(field switch
    {
        "map_type" => KernelConstants.MapType(Without(word, "BPF_MAP_TYPE_")),
        "prog_type" => KernelConstants.ProgType(Without(word, "BPF_PROG_TYPE_")),
        "attach_type" or "expected_attach_type" => KernelConstants.AttachType(Without(word, "BPF_")),
        _ => null,
    });

    private static string Without(string word, string prefix) => word.StartsWith(prefix, StringComparison.Ordinal) ? word[prefix.Length..] : word;

    private static ulong Number(string text)
    {
        if (ControlScriptReader.TryNumber(text, out ulong value)) return value;
        if (text.StartsWith('-') && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long negative)) return (ulong)negative;
        throw new FormatException($"'{text}' is no number");
    }

    // Words end at blanks that are in no quotes and no parentheses.
    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        int depth = 0;
        bool quoted = false;
        foreach (char one in text)
        {
            if (one == '"') quoted = !quoted;
            else if (!quoted && one == '(') depth++;
            else if (!quoted && one == ')') depth--;
            if (one == ' ' && !quoted && depth == 0)
            {
                if (word.Length > 0) yield return word.ToString();
                word.Clear();
            }
            else word.Append(one);
        }
        if (word.Length > 0) yield return word.ToString();
    }
}
