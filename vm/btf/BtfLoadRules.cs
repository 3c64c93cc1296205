using System.Buffers.Binary;
using Vm.Abi;

namespace Vm.Btf;

/// <summary>What a kernel asks of BTF bytes before it keeps them, which is more than a reader needs: sections without gaps, names, linkages, sizes.</summary>
/// <remarks>
/// Integers of sizes no C type has are refused as <see cref="BtfReader"/> refuses them; where several things are wrong, another may be named first.
/// Source: Linux 6.12 kernel/bpf/btf.c, btf_parse_hdr, btf_check_sec_info, btf_*_check_meta, btf_*_resolve.
/// </remarks>
public static class BtfLoadRules
{
    private const int LengthField = 4, LongestName = 512;

    /// <summary>Reads bytes as BPF_BTF_LOAD does.</summary>
    /// <exception cref="BtfFormatException">The kernel refuses them; with its errno.</exception>
    public static BtfSpec Read(ReadOnlyMemory<byte> bytes, string source)
    {
        CheckHeader(bytes.Span, source);
        var spec = BtfReader.Read(bytes, source);
        foreach (uint id in spec.OwnIds()) CheckRecord(spec, id);
        var circles = new BtfCircles(spec);
        foreach (uint id in spec.OwnIds())
        {
            circles.Check(id);
            if (!TargetsFit(spec, spec[id])) throw Bad(source, spec.RecordOffset(id), $"type {id}, {spec[id].Describe()}, refers to what it cannot refer to");
        }
        return spec;
    }

    private static void CheckHeader(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.Length < LengthField + sizeof(uint)) throw Bad(source, 0, "the header is cut off before its length");
        uint headerBytes = Word(bytes, LengthField);
        if (bytes.Length < headerBytes) throw Bad(source, LengthField, $"the header claims {headerBytes} of {bytes.Length} bytes");
        if (headerBytes > BtfReader.HeaderBytes && bytes[BtfReader.HeaderBytes..(int)headerBytes].IndexOfAnyExcept((byte)0) >= 0)
            throw Bad(source, BtfReader.HeaderBytes, "the header is longer than is known here, and the rest is not zero", Errno.E2BIG);
        Span<byte> header = stackalloc byte[BtfReader.HeaderBytes];
        header.Clear();
        bytes[..(int)Math.Min(headerBytes, BtfReader.HeaderBytes)].CopyTo(header);
        if (BinaryPrimitives.ReadUInt16LittleEndian(header) != BtfReader.Magic) throw Bad(source, 0, "this does not start as BTF does (0xeb9f)");
        if (header[2] != 1) throw Bad(source, 2, $"version {header[2]} is not known, only 1", Errno.ENOTSUPP);
        if (header[3] != 0) throw Bad(source, 3, $"header flags 0x{header[3]:x} are not known", Errno.ENOTSUPP);
        if (bytes.Length == headerBytes) throw Bad(source, headerBytes, "there is nothing behind the header");
        (uint Offset, uint Length)[] sections = [(Word(header, 8), Word(header, 12)), (Word(header, 16), Word(header, 20))];
        Array.Sort(sections);
        uint data = (uint)bytes.Length - headerBytes, total = 0;
        foreach (var (offset, length) in sections)
        {
            if (offset > data || offset != total || length > data - total) throw Bad(source, 8, "the sections leave gaps, overlap or leave the data");
            total += length;
        }
        if (total != data) throw Bad(source, headerBytes + total, "there is data behind the sections");
        if (Word(header, 16) + Word(header, 20) != data) throw Bad(source, 16, "the strings are not at the end");
        if (Word(header, 12) == 0) throw Bad(source, 12, "there are no types");
    }

    private static void CheckRecord(BtfSpec spec, uint id)
    {
        var bytes = spec.Raw.Span;
        int at = spec.RecordOffset(id);
        var record = new BtfReader.RecordHeader(bytes, at);
        uint count = (uint)record.Count;
        bool wrong = record.Kind switch
        {
            1 => count != 0 || record.Flag || (Word(bytes, at + 12) & 0xf000_0000) != 0,
            2 or 9 or 10 or 11 => count != 0 || record.Flag || record.NameOffset != 0,
            3 => count != 0 || record.Flag || record.NameOffset != 0 || record.SizeOrType != 0 || Word(bytes, at + 12) == 0 || Word(bytes, at + 16) == 0,
            4 or 5 => !IsNameOrNone(spec, record.NameOffset) || AreMembersWrong(spec, record, at + 12),
            6 or 19 => record.SizeOrType == 0 || !IsNameOrNone(spec, record.NameOffset) || AreValuesUnnamed(spec, record, at + 12),
            7 => count != 0 || record.SizeOrType != 0 || !IsName(spec, record.NameOffset),
            8 => count != 0 || record.Flag || !IsName(spec, record.NameOffset),
            12 => count > (uint)BtfLinkage.Global || record.Flag || !IsName(spec, record.NameOffset),
            13 => record.Flag || record.NameOffset != 0,
            14 => count != 0 || record.Flag || !IsName(spec, record.NameOffset) || record.SizeOrType == 0 || Word(bytes, at + 12) > (uint)BtfLinkage.Global,
            15 => record.Flag || record.SizeOrType == 0 || !IsSectionName(spec, record.NameOffset) || ArePlacesWrong(record, bytes, at + 12),
            16 => count != 0 || record.Flag || record.SizeOrType is not (2 or 4 or 8 or 12 or 16),
            17 => count != 0 || record.Flag || spec.StringBytesAt(record.NameOffset).IsEmpty || (int)Word(bytes, at + 12) < -1,
            18 => count != 0 || record.Flag || spec.StringBytesAt(record.NameOffset).IsEmpty,
            _ => false,
        };
        if (wrong) throw Bad(spec.Source, at, $"a kernel does not take type {id}, {spec[id].Describe()}, in this form");
        if (record.Kind == 1 && Word(bytes, at + 12) >> 24 is not (0 or 1 or 2 or 4)) throw Bad(spec.Source, at + 12, $"the encoding of type {id} is not known", Errno.ENOTSUPP);
    }

    private static bool AreMembersWrong(BtfSpec spec, BtfReader.RecordHeader record, int at)
    {
        var bytes = spec.Raw.Span;
        uint last = 0;
        for (int i = 0; i < record.Count; i++, at += 12)
        {
            uint place = record.Flag ? Word(bytes, at + 8) & 0xffffff : Word(bytes, at + 8);
            if (!IsNameOrNone(spec, Word(bytes, at)) || Word(bytes, at + 4) == 0 || place < last || (record.Kind == 5 && place != 0)) return true;
            last = place;
        }
        return false;
    }

    private static bool AreValuesUnnamed(BtfSpec spec, BtfReader.RecordHeader record, int at)
    {
        int stride = record.Kind == 6 ? 8 : 12;
        for (int i = 0; i < record.Count; i++)
            if (!IsName(spec, Word(spec.Raw.Span, at + i * stride))) return true;
        return false;
    }

    private static bool ArePlacesWrong(BtfReader.RecordHeader record, ReadOnlySpan<byte> bytes, int at)
    {
        ulong end = 0;
        for (int i = 0; i < record.Count; i++, at += 12)
        {
            uint offset = Word(bytes, at + 4), size = Word(bytes, at + 8);
            if (Word(bytes, at) == 0 || offset < end || size == 0 || (end = offset + (ulong)size) > record.SizeOrType) return true;
        }
        return false;
    }

    private static bool TargetsFit(BtfSpec spec, BtfType type)
    {
        try
        {
            return Fits(spec, type);
        }
        catch (BtfFormatException)
        {
            // Larger than anything can be.
            return false;
        }
    }

    private static bool Fits(BtfSpec spec, BtfType type) => type switch
    {
        // A function is known as one only when it came before.
        BtfPointer pointer => IsValue(spec, pointer.TargetId) && (spec[pointer.TargetId] is not BtfFunction || pointer.TargetId < pointer.Id),
        BtfWrapper wrapper => IsValue(spec, wrapper.TargetId) && TagsComeFirst(spec, wrapper),
        BtfArray array => IsSized(spec, array.ElementId) && IsValue(spec, array.IndexId) && spec.Resolve(array.IndexId) is BtfInt index && IsRegular(index)
            && (spec.Resolve(array.ElementId) is not BtfInt element || IsRegular(element)) && (ulong)spec.SizeOf(array.ElementId) * array.Count <= uint.MaxValue,
        BtfComposite composite => composite.Members.All(member => IsSized(spec, member.TypeId) && IsInside(spec, composite, member)),
        BtfFunction function => spec[function.PrototypeId] is BtfPrototype prototype && prototype.Parameters.All(one => one.TypeId == 0 || one.Name.Length > 0),
        BtfPrototype prototype => IsPrototype(spec, prototype),
        BtfVariable variable => IsSized(spec, variable.TypeId),
        BtfDataSection section => section.Variables.All(place => spec[place.TypeId] is BtfVariable variable && spec.TrySizeOf(variable.TypeId, out uint size) && place.SizeBytes >= size),
        BtfDeclTag tag => IsTagged(spec, tag),
        _ => true,
    };

    // Source: btf_check_type_tags.
    private static bool TagsComeFirst(BtfSpec spec, BtfWrapper first)
    {
        bool inTags = first is BtfTypeTag;
        for (BtfType type = first; type is BtfWrapper wrapper; type = spec[wrapper.TargetId])
        {
            if (wrapper is BtfTypeTag && !inTags) return false;
            inTags &= wrapper is BtfTypeTag;
        }
        return true;
    }

    private static bool IsPrototype(BtfSpec spec, BtfPrototype prototype)
    {
        if (prototype.ReturnId != 0 && !IsSized(spec, prototype.ReturnId)) return false;
        int last = prototype.Parameters.Count - 1;
        for (int i = 0; i <= last; i++)
        {
            var one = prototype.Parameters[i];
            bool more = i == last && one.TypeId == 0;
            if (more ? one.Name.Length > 0 : !IsSized(spec, one.TypeId) || (one.Name.Length > 0 && !IsName(one.Name))) return false;
        }
        return true;
    }

    private static bool IsTagged(BtfSpec spec, BtfDeclTag tag) => spec[tag.TargetId] switch
    {
        BtfComposite composite => tag.ComponentIndex < composite.Members.Count,
        BtfFunction function => spec[function.PrototypeId] is BtfPrototype prototype && tag.ComponentIndex < prototype.Parameters.Count,
        BtfVariable or BtfTypedef => tag.ComponentIndex == -1,
        _ => false,
    };

    // What only describes declarations is no type of anything.
    private static bool IsValue(BtfSpec spec, uint id) => spec[id] is not (BtfVariable or BtfDataSection or BtfDeclTag);

    private static bool IsSized(BtfSpec spec, uint id) => id != 0 && IsValue(spec, id) && spec.TrySizeOf(id, out _);

    // Only numbers may begin and end inside a byte. Source: btf_*_check_member, btf_*_check_kflag_member.
    private static bool IsInside(BtfSpec spec, BtfComposite composite, BtfMember member)
    {
        var type = spec.Resolve(member.TypeId);
        bool packed = HasBitfields(spec, composite), whole = member.BitOffset % 8 == 0;
        // Among bitfields every enumeration counts as an int.
        ulong bits = type is BtfInt number ? number.Bits + number.BitOffset : type is BtfEnum && packed ? 32 : spec.SizeOf(member.TypeId) * 8ul;
        bool fits = type switch
        {
            BtfInt plain when packed => IsRegular(plain) && (member.BitfieldBits == 0 ? whole : member.BitfieldBits <= plain.Bits),
            BtfInt => true,
            BtfEnum when packed => member.BitfieldBits == 0 ? whole : member.BitfieldBits <= 32,
            BtfFloat real => member.BitfieldBits == 0 && member.BitOffset % (Math.Min(real.SizeBytes, 8) * 8) == 0,
            _ => member.BitfieldBits == 0 && whole,
        };
        return fits && member.BitOffset + (member.BitfieldBits != 0 ? member.BitfieldBits : bits) <= composite.SizeBytes * 8ul;
    }

    private static bool HasBitfields(BtfSpec spec, BtfComposite composite) => new BtfReader.RecordHeader(spec.Raw.Span, spec.RecordOffset(composite.Id)).Flag;

    private static bool IsRegular(BtfInt number) => number.BitOffset == 0 && number.Bits is 8 or 16 or 32 or 64 or 128;

    private static bool IsNameOrNone(BtfSpec spec, uint offset) => offset == 0 || IsName(spec, offset);

    private static bool IsName(BtfSpec spec, uint offset) => offset != 0 && IsName(spec.StringAt(offset));

    private static bool IsName(string name) => name.Length is > 0 and < LongestName && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');

    private static bool IsSectionName(BtfSpec spec, uint offset)
    {
        var name = spec.StringBytesAt(offset);
        return name.Length is > 0 and < LongestName && name.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0;
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static BtfFormatException Bad(string source, long offset, string what, Errno errno = Errno.EINVAL) => BtfReader.Bad(source, offset, what, errno);
}
