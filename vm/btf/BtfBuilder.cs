using System.Buffers.Binary;
using System.Text;

namespace Vm.Btf;

/// <summary>Writes BTF: for built-in type tables, for tests, for hosts that need types no compiler made.</summary>
/// <remarks>Ids are handed out in order from 1. <see cref="Build"/> reads the bytes back, so that they are checked like any others.</remarks>
public sealed class BtfBuilder
{
    private readonly List<byte> _types = [];
    private readonly List<byte> _strings = [0];
    private readonly Dictionary<string, uint> _stringOffsets = new() { [""] = 0 };
    private uint _nextId = 1;

    /// <summary>Adds an integer.</summary>
    public uint Int(string name, uint sizeBytes, bool signed = false, bool isChar = false, bool isBool = false)
    {
        uint encoding = (signed ? 1u : 0) | (isChar ? 2u : 0) | (isBool ? 4u : 0);
        uint id = Record(name, 1, 0, sizeBytes);
        Word(encoding << 24 | sizeBytes * 8);
        return id;
    }

    /// <summary>Adds a pointer.</summary>
    public uint Pointer(uint targetId) => Record("", 2, 0, targetId);

    /// <summary>Adds an array.</summary>
    public uint Array(uint elementId, uint indexId, uint count)
    {
        uint id = Record("", 3, 0, 0);
        Word(elementId);
        Word(indexId);
        Word(count);
        return id;
    }

    /// <summary>Adds a struct or union.</summary>
    public uint Composite(string name, bool isUnion, uint sizeBytes, IReadOnlyList<BtfMember> members)
    {
        bool bitfields = members.Any(member => member.BitfieldBits != 0);
        uint id = Record(name, isUnion ? 5u : 4u, (uint)members.Count, sizeBytes, bitfields);
        foreach (var member in members)
        {
            Word(Text(member.Name));
            Word(member.TypeId);
            Word(bitfields ? member.BitfieldBits << 24 | member.BitOffset : member.BitOffset);
        }
        return id;
    }

    /// <summary>Adds an enumeration; 8-byte ones become ENUM64.</summary>
    public uint Enum(string name, uint sizeBytes, bool signed, IReadOnlyList<BtfEnumValue> values)
    {
        bool wide = sizeBytes == 8;
        uint id = Record(name, wide ? 19u : 6u, (uint)values.Count, sizeBytes, signed);
        foreach (var value in values)
        {
            Word(Text(value.Name));
            Word((uint)value.Value);
            if (wide) Word((uint)(value.Value >> 32));
        }
        return id;
    }

    /// <summary>Adds a forward declaration.</summary>
    public uint Forward(string name, bool isUnion) => Record(name, 7, 0, 0, isUnion);

    /// <summary>Adds a typedef.</summary>
    public uint Typedef(string name, uint targetId) => Record(name, 8, 0, targetId);

    /// <summary>Adds a qualified type.</summary>
    public uint Qualified(BtfQualifier qualifier, uint targetId) => Record("", (uint)qualifier, 0, targetId);

    /// <summary>Adds a function.</summary>
    public uint Function(string name, uint prototypeId, BtfLinkage linkage) => Record(name, 12, (uint)linkage, prototypeId);

    /// <summary>Adds a prototype.</summary>
    public uint Prototype(uint returnId, IReadOnlyList<BtfParameter> parameters)
    {
        uint id = Record("", 13, (uint)parameters.Count, returnId);
        foreach (var parameter in parameters)
        {
            Word(Text(parameter.Name));
            Word(parameter.TypeId);
        }
        return id;
    }

    /// <summary>Adds a variable.</summary>
    public uint Variable(string name, uint typeId, BtfLinkage linkage)
    {
        uint id = Record(name, 14, 0, typeId);
        Word((uint)linkage);
        return id;
    }

    /// <summary>Adds a data section.</summary>
    public uint DataSection(string name, uint sizeBytes, IReadOnlyList<BtfPlacement> variables)
    {
        uint id = Record(name, 15, (uint)variables.Count, sizeBytes);
        foreach (var variable in variables)
        {
            Word(variable.TypeId);
            Word(variable.Offset);
            Word(variable.SizeBytes);
        }
        return id;
    }

    /// <summary>Adds a text to a declaration.</summary>
    public uint DeclTag(string text, uint targetId, int componentIndex = -1)
    {
        uint id = Record(text, 17, 0, targetId);
        Word((uint)componentIndex);
        return id;
    }

    /// <summary>Adds a text to a type.</summary>
    public uint TypeTag(string text, uint targetId) => Record(text, 18, 0, targetId);

    /// <summary>The spec of everything added so far; the builder stays usable.</summary>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="Abi.BtfFormatException">What was added contradicts itself, such as an id that is not there.</exception>
    public BtfSpec Build(string source)
    {
        byte[] bytes = new byte[BtfReader.HeaderBytes + _types.Count + _strings.Count];
        var header = bytes.AsSpan();
        BinaryPrimitives.WriteUInt16LittleEndian(header, BtfReader.Magic);
        header[2] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], BtfReader.HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)_types.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)_types.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)_strings.Count);
        _types.CopyTo(bytes, BtfReader.HeaderBytes);
        _strings.CopyTo(bytes, BtfReader.HeaderBytes + _types.Count);
        return BtfReader.Read(new ReadOnlyMemory<byte>(bytes), source);
    }

    private uint Record(string name, uint kind, uint count, uint sizeOrType, bool flag = false)
    {
        Word(Text(name));
        Word((flag ? 1u << 31 : 0) | kind << 24 | count);
        Word(sizeOrType);
        return _nextId++;
    }

    private void Word(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        foreach (byte b in bytes) _types.Add(b);
    }

    private uint Text(string text)
    {
        if (_stringOffsets.TryGetValue(text, out uint offset)) return offset;
        offset = (uint)_strings.Count;
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        _stringOffsets.Add(text, offset);
        return offset;
    }
}
