using Vm.Abi;

namespace Vm.Btf;

/// <summary>The number a CO-RE question gets, from one BTF.</summary>
/// <param name="Value">The number.</param>
/// <param name="FieldBytes">Size of the field, for loads and stores whose width may have to change; 0 when it must not.</param>
/// <param name="FieldTypeId">Type of that field.</param>
/// <param name="IsExact">False when compiler and loader may disagree, as on where a bitfield is read from.</param>
internal readonly record struct CoreValue(ulong Value, uint FieldBytes, uint FieldTypeId, bool IsExact)
{
    /// <summary>Answers the question for an access; null when the instruction that needs it cannot work.</summary>
    /// <param name="kind">The question.</param>
    /// <param name="spec">The access followed through a BTF; null when that BTF has no such thing.</param>
    /// <exception cref="BtfFormatException">The question cannot be answered for this kind of access.</exception>
    /// <remarks>Source: Linux 6.12 tools/lib/bpf/relo_core.c, bpf_core_calc_field_relo, _type_relo, _enumval_relo.</remarks>
    public static CoreValue? Of(CoreKind kind, CoreSpec? spec)
    {
        if (kind is CoreKind.FieldExists or CoreKind.EnumValueExists or CoreKind.TypeExists or CoreKind.TypeMatches)
            return Exact(spec is null ? 0u : 1u);
        if (spec is null)
        {
            // A missing type has id and size 0; a missing field or enum value has no number at all.
            return kind is CoreKind.TypeIdTarget or CoreKind.TypeSize ? Exact(0) : null;
        }
        return kind switch
        {
            CoreKind.TypeIdTarget => new CoreValue(spec.RootTypeId, 0, 0, false),
            CoreKind.TypeSize => Exact(spec.Btf.SizeOf(spec.RootTypeId)),
            CoreKind.EnumValue => Exact(((BtfEnum)spec.Btf[spec.Steps[0].TypeId]).Values[(int)spec.Steps[0].Index].Value),
            _ => spec.Steps[^1].Name is null ? OfElement(kind, spec) : OfMember(kind, spec),
        };
    }

    private static CoreValue Exact(ulong value) => new(value, 0, 0, true);

    private static CoreValue OfElement(CoreKind kind, CoreSpec spec)
    {
        uint typeId = spec.Steps[^1].TypeId;
        return kind switch
        {
            CoreKind.FieldByteOffset => new CoreValue(spec.BitOffset / 8, spec.Btf.SizeOf(typeId), typeId, true),
            CoreKind.FieldByteSize => Exact(spec.Btf.SizeOf(typeId)),
            _ => throw Bad(spec, $"{kind.KernelName()} cannot be asked of an array element"),
        };
    }

    private static CoreValue OfMember(CoreKind kind, CoreSpec spec)
    {
        var step = spec.Steps[^1];
        var member = ((BtfComposite)spec.Btf[step.TypeId]).Members[(int)step.Index];
        var type = spec.Btf.Resolve(member.TypeId);
        bool bitfield = member.BitfieldBits > 0;
        ulong bytes = spec.Btf.SizeOf(type.Id), offset = spec.BitOffset / 8, bits = bytes * 8;
        if (bitfield)
        {
            if (bytes == 0) throw Bad(spec, "a bitfield of a type without size");
            bits = member.BitfieldBits;
            offset = spec.BitOffset / 8 / bytes * bytes;
            // The smallest aligned load that holds all the bits.
            while (spec.BitOffset + bits - offset * 8 > bytes * 8)
            {
                if (bytes >= 8) throw Bad(spec, "no 64-bit load holds the whole bitfield", Errno.E2BIG);
                bytes *= 2;
                offset = spec.BitOffset / 8 / bytes * bytes;
            }
        }
        return kind switch
        {
            CoreKind.FieldByteOffset => new CoreValue(offset, bitfield ? 0 : (uint)bytes, bitfield ? 0 : type.Id, !bitfield),
            CoreKind.FieldByteSize => new CoreValue(bytes, 0, 0, !bitfield),
            CoreKind.FieldSigned => Exact(type is BtfEnum { Signed: true } or BtfInt { Signed: true } ? 1u : 0u),
            CoreKind.FieldLeftShift64 => new CoreValue(64 - (spec.BitOffset + bits - offset * 8), 0, 0, !bitfield),
            CoreKind.FieldRightShift64 => Exact(64 - bits),
            _ => throw Bad(spec, $"CO-RE kind {(uint)kind} is not known (0-12 are)", Errno.EOPNOTSUPP),
        };
    }

    private static BtfFormatException Bad(CoreSpec spec, string what, Errno errno = Errno.EINVAL) =>
        new(spec.Btf.Source, $"BTF type {spec.RootTypeId}", $"{spec.Btf[spec.RootTypeId].Describe()}: {what}", errno);
}
