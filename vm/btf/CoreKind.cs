namespace Vm.Btf;

/// <summary>What a CO-RE record asks. Source: Linux 6.12 include/uapi/linux/bpf.h, enum bpf_core_relo_kind.</summary>
public enum CoreKind : uint
{
    /// <summary>Offset of a field in bytes.</summary>
    FieldByteOffset = 0,

    /// <summary>Size of a field in bytes.</summary>
    FieldByteSize = 1,

    /// <summary>1 when the field exists, else 0.</summary>
    FieldExists = 2,

    /// <summary>1 when the field is signed, else 0.</summary>
    FieldSigned = 3,

    /// <summary>Left shift that brings a bitfield to the top of 64 bits.</summary>
    FieldLeftShift64 = 4,

    /// <summary>Right shift that then brings it down.</summary>
    FieldRightShift64 = 5,

    /// <summary>Id of the type in the object's own BTF.</summary>
    TypeIdLocal = 6,

    /// <summary>Id of the type in the target's BTF.</summary>
    TypeIdTarget = 7,

    /// <summary>1 when the target has such a type, else 0.</summary>
    TypeExists = 8,

    /// <summary>Size of the target's type in bytes.</summary>
    TypeSize = 9,

    /// <summary>1 when the target's enum has the name, else 0.</summary>
    EnumValueExists = 10,

    /// <summary>Value the name has in the target.</summary>
    EnumValue = 11,

    /// <summary>1 when the target's type has everything the local one has, else 0.</summary>
    TypeMatches = 12,
}

internal static class CoreKinds
{
    public static bool IsField(this CoreKind kind) => kind <= CoreKind.FieldRightShift64;

    public static bool IsEnumValue(this CoreKind kind) => kind is CoreKind.EnumValueExists or CoreKind.EnumValue;

    /// <summary>The kernel's name for the kind, as its log prints it.</summary>
    public static string KernelName(this CoreKind kind) => kind switch
    {
        CoreKind.FieldByteOffset => "byte_off",
        CoreKind.FieldByteSize => "byte_sz",
        CoreKind.FieldExists => "field_exists",
        CoreKind.FieldSigned => "signed",
        CoreKind.FieldLeftShift64 => "lshift_u64",
        CoreKind.FieldRightShift64 => "rshift_u64",
        CoreKind.TypeIdLocal => "local_type_id",
        CoreKind.TypeIdTarget => "target_type_id",
        CoreKind.TypeExists => "type_exists",
        CoreKind.TypeMatches => "type_matches",
        CoreKind.TypeSize => "type_size",
        CoreKind.EnumValueExists => "enumval_exists",
        CoreKind.EnumValue => "enumval_value",
        _ => "unknown",
    };
}
