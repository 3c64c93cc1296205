using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Vm.Abi;

namespace Vm.Btf;

/// <summary>Type information of one object or kernel, looked up by id and by name.</summary>
/// <remarks>
/// Immutable and safe to share between threads. Types and strings are made when first asked for and kept, so that a
/// kernel's BTF (150,000 types) opens in the time it takes to check it. Made by <see cref="BtfReader"/>.
/// Source: Linux 6.12 tools/lib/bpf/btf.c.
/// </remarks>
public sealed class BtfSpec
{
    /// <summary>How many typedefs, qualifiers or array dimensions may follow one another; more is a loop.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, MAX_RESOLVE_DEPTH.</remarks>
    public const int MaxDepth = 32;

    private static readonly BtfVoid s_void = new();

    private readonly uint[] _offsets;
    private readonly BtfType?[] _types;
    private readonly int _stringStart;
    private readonly int _stringBytes;
    private readonly uint _stringBase;
    private readonly ConcurrentDictionary<uint, string> _strings = new();
    private readonly Lazy<BtfNameIndex> _names;
    private readonly Lazy<ILookup<uint, BtfDeclTag>> _declTags;

    internal BtfSpec(string source, ReadOnlyMemory<byte> raw, BtfSpec? baseBtf, uint[] offsets, int stringStart, int stringBytes)
    {
        Source = source;
        Raw = raw;
        Base = baseBtf;
        FirstId = baseBtf?.Count ?? 1;
        _offsets = offsets;
        _types = new BtfType?[offsets.Length];
        _stringStart = stringStart;
        _stringBytes = stringBytes;
        _stringBase = baseBtf?.StringEnd ?? 0;
        _names = new(() => new BtfNameIndex(this));
        _declTags = new(() => OwnIds().Where(id => KindOf(id) == 17).Select(id => (BtfDeclTag)this[id]).ToLookup(tag => tag.TargetId));
    }

    /// <summary>Where the bytes came from; used in messages.</summary>
    public string Source { get; }

    /// <summary>The bytes as read, for hosts that hand them on. For split BTF without the base.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The spec a split one continues; null for a whole one.</summary>
    public BtfSpec? Base { get; }

    /// <summary>First id that is this spec's own: 1, or after the base's last.</summary>
    public uint FirstId { get; }

    /// <summary>One past the last id, void and base included.</summary>
    public uint Count => FirstId + (uint)_offsets.Length;

    internal uint StringEnd => _stringBase + (uint)_stringBytes;

    /// <summary>The type with an id; 0 is void.</summary>
    /// <exception cref="BtfFormatException">There is no such id.</exception>
    /// <remarks>O(members) the first time, then O(1).</remarks>
    public BtfType this[uint id] => TryType(id, out var type)
        ? type
        : throw new BtfFormatException(Source, $"BTF type {id}", $"there is no such type (ids go up to {Count - 1})");

    /// <summary>The type with an id; false when there is none.</summary>
    public bool TryType(uint id, out BtfType type)
    {
        if (id == 0 || id >= Count)
        {
            type = s_void;
            return id == 0;
        }
        if (id < FirstId) return Base!.TryType(id, out type);
        type = _types[id - FirstId] ??= Make(id);
        return true;
    }

    /// <summary>The text at an offset in the string section; line info and CO-RE records speak of such offsets.</summary>
    /// <exception cref="BtfFormatException">The offset is outside the strings.</exception>
    public string StringAt(uint offset)
    {
        if (offset < _stringBase) return Base!.StringAt(offset);
        if (offset >= StringEnd)
            throw new BtfFormatException(Source, $"BTF string 0x{offset:x}", $"the strings end at 0x{StringEnd:x}");
        return offset == 0 ? "" : _strings.GetOrAdd(offset, static (at, spec) => Encoding.UTF8.GetString(spec.StringBytesAt(at)), this);
    }

    /// <summary>All types with this exact name, ascending by id, base types first.</summary>
    /// <remarks>The first call builds the name index: O(types).</remarks>
    public IEnumerable<BtfType> Named(string name) =>
        NamedEssentially(EssentialName(name)).Where(type => type.Name == name);

    /// <summary>All types whose name is this one once a flavour (<c>___suffix</c>) is taken off, ascending by id.</summary>
    /// <param name="essentialName">Name without flavour.</param>
    public IEnumerable<BtfType> NamedEssentially(string essentialName)
    {
        var own = _names.Value.Find(essentialName);
        return Base is null ? own : Base.NamedEssentially(essentialName).Concat(own);
    }

    /// <summary>The first type of a kind with this exact name.</summary>
    /// <typeparam name="T">Kind wanted.</typeparam>
    public bool TryFind<T>(string name, out T type) where T : BtfType
    {
        type = Named(name).OfType<T>().FirstOrDefault()!;
        return type is not null;
    }

    /// <summary>A name without its flavour: <c>sk_buff___old</c> is <c>sk_buff</c>.</summary>
    /// <remarks>Source: Linux 6.12 tools/lib/bpf/relo_core.c, bpf_core_essential_name_len.</remarks>
    public static string EssentialName(string name)
    {
        for (int i = name.Length - 5; i >= 0; i--)
        {
            if (name[i] != '_' && name[i + 1] == '_' && name[i + 2] == '_' && name[i + 3] == '_' && name[i + 4] != '_')
                return name[..(i + 1)];
        }
        return name;
    }

    /// <summary>Follows typedefs, qualifiers and type tags to the type that says what the bits mean.</summary>
    /// <exception cref="BtfFormatException">The chain is longer than <see cref="MaxDepth"/>, which only a loop is.</exception>
    public BtfType Resolve(uint id)
    {
        for (int depth = 0; depth <= MaxDepth; depth++)
        {
            var type = this[id];
            if (type is not BtfWrapper wrapper) return type;
            id = wrapper.TargetId;
        }
        throw TooDeep(id);
    }

    /// <summary>Size of a type in bytes.</summary>
    /// <exception cref="BtfFormatException">It has none (void, function, forward declaration), loops, or exceeds 2 GiB.</exception>
    public uint SizeOf(uint id) => TrySizeOf(id, out uint sizeBytes)
        ? sizeBytes
        : throw new BtfFormatException(Source, $"BTF type {id}", $"{this[id].Describe()} has no size");

    /// <summary>Size of a type in bytes; false when it has none.</summary>
    /// <exception cref="BtfFormatException">The type loops or is over 2 GiB.</exception>
    public bool TrySizeOf(uint id, out uint sizeBytes)
    {
        ulong count = 1;
        for (int depth = 0; depth <= MaxDepth; depth++)
        {
            var type = Resolve(id);
            if (type is BtfArray array)
            {
                count *= array.Count;
                id = array.ElementId;
                if (count <= int.MaxValue) continue;
                throw new BtfFormatException(Source, $"BTF type {type.Id}", "the array is over 2 GiB", Errno.E2BIG);
            }
            if (type is BtfVariable variable)
            {
                id = variable.TypeId;
                continue;
            }
            ulong size = type switch
            {
                BtfInt i => i.SizeBytes,
                BtfPointer => 8,
                BtfComposite c => c.SizeBytes,
                BtfEnum e => e.SizeBytes,
                BtfFloat f => f.SizeBytes,
                BtfDataSection d => d.SizeBytes,
                _ => ulong.MaxValue,
            };
            sizeBytes = size == ulong.MaxValue ? 0 : (uint)Math.Min(size * count, uint.MaxValue);
            if (size != ulong.MaxValue && size * count > int.MaxValue)
                throw new BtfFormatException(Source, $"BTF type {type.Id}", $"{type.Describe()} is over 2 GiB", Errno.E2BIG);
            return size != ulong.MaxValue;
        }
        throw TooDeep(id);
    }

    /// <summary>Natural alignment of a type in bytes; 1 for a packed struct.</summary>
    /// <exception cref="BtfFormatException">The type has no alignment or loops.</exception>
    /// <remarks>Source: Linux 6.12 tools/lib/bpf/btf.c, btf__align_of.</remarks>
    public uint AlignmentOf(uint id)
    {
        int budget = 10_000;
        return AlignmentOf(id, 0, ref budget);
    }

    /// <summary>Texts attached to a declaration, in order of their records.</summary>
    /// <param name="id">The declaration.</param>
    /// <param name="component">Member or parameter number; -1 for the declaration as a whole.</param>
    public IEnumerable<string> DeclTagsOf(uint id, int component = -1)
    {
        var own = _declTags.Value[id].Where(tag => tag.ComponentIndex == component).Select(tag => tag.Name);
        return Base is null || id >= FirstId ? own : Base.DeclTagsOf(id, component).Concat(own);
    }

    /// <summary>Type tags met on the way from a type to what it resolves to, outermost first.</summary>
    public IEnumerable<string> TypeTagsOf(uint id)
    {
        for (int depth = 0; depth <= MaxDepth && this[id] is BtfWrapper wrapper; depth++)
        {
            if (wrapper is BtfTypeTag tag) yield return tag.Name;
            id = wrapper.TargetId;
        }
    }

    internal ReadOnlySpan<byte> StringBytesAt(uint offset)
    {
        if (offset < _stringBase) return Base!.StringBytesAt(offset);
        var rest = Raw.Span.Slice(_stringStart, _stringBytes)[(int)(offset - _stringBase)..];
        return rest[..rest.IndexOf((byte)0)];
    }

    /// <summary>Byte offset in <see cref="Raw"/> of an own type's record.</summary>
    internal int RecordOffset(uint id) => (int)_offsets[id - FirstId];

    internal uint NameOffsetOf(uint id) => BinaryPrimitives.ReadUInt32LittleEndian(Raw.Span[RecordOffset(id)..]);

    internal IEnumerable<uint> OwnIds()
    {
        for (uint id = FirstId; id < Count; id++) yield return id;
    }

    private uint KindOf(uint id) => new BtfReader.RecordHeader(Raw.Span, RecordOffset(id)).Kind;

    private BtfFormatException TooDeep(uint id) =>
        new(Source, $"BTF type {id}", $"more than {MaxDepth} types refer to one another in a chain or loop", Errno.E2BIG);

    private uint AlignmentOf(uint id, int depth, ref int budget)
    {
        if (depth > MaxDepth || --budget < 0) throw TooDeep(id);
        switch (Resolve(id))
        {
            case BtfInt or BtfEnum or BtfFloat:
                return Math.Clamp(SizeOf(id), 1, 8);
            case BtfPointer:
                return 8;
            case BtfArray array:
                return AlignmentOf(array.ElementId, depth + 1, ref budget);
            case BtfComposite composite:
                uint alignment = 1;
                foreach (var member in composite.Members)
                {
                    uint own = AlignmentOf(member.TypeId, depth + 1, ref budget);
                    if (member.BitfieldBits == 0 && member.BitOffset % (8 * own) != 0) return 1;
                    alignment = Math.Max(alignment, own);
                }
                return composite.SizeBytes % alignment == 0 ? alignment : 1;
            case var other:
                throw new BtfFormatException(Source, $"BTF type {id}", $"{other.Describe()} has no alignment");
        }
    }

    private BtfType Make(uint id)
    {
        var bytes = Raw.Span;
        int at = RecordOffset(id);
        var record = new BtfReader.RecordHeader(bytes, at);
        string name = StringAt(record.NameOffset);
        uint target = record.SizeOrType;
        var extra = bytes.Slice(at + 12, record.ExtraBytes!.Value);
        return record.Kind switch
        {
            1 => MakeInt(id, name, target, U32(extra, 0)),
            2 => new BtfPointer(id, target),
            3 => new BtfArray(id, U32(extra, 0), U32(extra, 4), U32(extra, 8)),
            4 or 5 => new BtfComposite(id, name, record.Kind == 5, target, MakeMembers(extra, record.Flag)),
            6 => new BtfEnum(id, name, target, record.Flag, false, MakeValues(extra, record.Flag)),
            7 => new BtfForward(id, name, record.Flag),
            8 => new BtfTypedef(id, name, target),
            9 or 10 or 11 => new BtfQualified(id, (BtfQualifier)record.Kind, target),
            12 => new BtfFunction(id, name, target, (BtfLinkage)record.Count),
            13 => new BtfPrototype(id, target, MakeParameters(extra)),
            14 => new BtfVariable(id, name, target, (BtfLinkage)U32(extra, 0)),
            15 => new BtfDataSection(id, name, target, MakePlacements(extra)),
            16 => new BtfFloat(id, name, target),
            17 => new BtfDeclTag(id, name, target, (int)U32(extra, 0)),
            18 => new BtfTypeTag(id, name, target),
            19 => new BtfEnum(id, name, target, record.Flag, true, MakeValues64(extra)),
            _ => throw new System.Diagnostics.UnreachableException("the reader let an unknown kind through"),
        };
    }

    private static BtfInt MakeInt(uint id, string name, uint size, uint shape) =>
        new(id, name, size, (shape & 1 << 24) != 0, (shape & 2 << 24) != 0, (shape & 4 << 24) != 0, (shape >> 16) & 0xff, shape & 0xff);

    private BtfMember[] MakeMembers(ReadOnlySpan<byte> extra, bool bitfields)
    {
        var members = new BtfMember[extra.Length / 12];
        for (int i = 0; i < members.Length; i++)
        {
            uint place = U32(extra, i * 12 + 8);
            uint typeId = U32(extra, i * 12 + 4);
            members[i] = bitfields
                ? new BtfMember(StringAt(U32(extra, i * 12)), typeId, place & 0xffffff, place >> 24)
                : new BtfMember(StringAt(U32(extra, i * 12)), typeId, place, 0);
        }
        return members;
    }

    private BtfEnumValue[] MakeValues(ReadOnlySpan<byte> extra, bool signed)
    {
        var values = new BtfEnumValue[extra.Length / 8];
        for (int i = 0; i < values.Length; i++)
        {
            uint value = U32(extra, i * 8 + 4);
            values[i] = new BtfEnumValue(StringAt(U32(extra, i * 8)), signed ? (ulong)(int)value : value);
        }
        return values;
    }

    private BtfEnumValue[] MakeValues64(ReadOnlySpan<byte> extra)
    {
        var values = new BtfEnumValue[extra.Length / 12];
        for (int i = 0; i < values.Length; i++)
            values[i] = new BtfEnumValue(StringAt(U32(extra, i * 12)), U32(extra, i * 12 + 4) | (ulong)U32(extra, i * 12 + 8) << 32);
        return values;
    }

    private BtfParameter[] MakeParameters(ReadOnlySpan<byte> extra)
    {
        var parameters = new BtfParameter[extra.Length / 8];
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] = new BtfParameter(StringAt(U32(extra, i * 8)), U32(extra, i * 8 + 4));
        return parameters;
    }

    private static BtfPlacement[] MakePlacements(ReadOnlySpan<byte> extra)
    {
        var placements = new BtfPlacement[extra.Length / 12];
        for (int i = 0; i < placements.Length; i++)
            placements[i] = new BtfPlacement(U32(extra, i * 12), U32(extra, i * 12 + 4), U32(extra, i * 12 + 8));
        return placements;
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
