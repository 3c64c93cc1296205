namespace Vm.Btf;

/// <summary>One type of a <see cref="BtfSpec"/>. The family is closed: these records are all the kinds BTF has.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/btf.h. Ids are resolved through the spec the type came from.</remarks>
/// <param name="Id">Number of the type in its spec; 0 is void.</param>
/// <param name="Name">C name, or empty for kinds and types without one.</param>
public abstract record BtfType(uint Id, string Name)
{
    /// <summary>The kernel's word for the kind: <c>struct</c>, <c>typedef</c>, <c>func_proto</c>.</summary>
    public abstract string KindName { get; }

    /// <summary>Kind and name as a message shows them: <c>struct iphdr</c>, <c>int '(anonymous)'</c>.</summary>
    public string Describe() => Name.Length == 0 ? $"{KindName} (anonymous)" : $"{KindName} {Name}";
}

/// <summary>A type that only adds something to another one and takes no space itself.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">Typedef name or tag text; empty for qualifiers.</param>
/// <param name="TargetId">The type it stands for or qualifies.</param>
public abstract record BtfWrapper(uint Id, string Name, uint TargetId) : BtfType(Id, Name);

/// <summary>Type 0: void.</summary>
public sealed record BtfVoid() : BtfType(0, "void")
{
    /// <inheritdoc/>
    public override string KindName => "void";
}

/// <summary>Kind 1: an integer, character or boolean.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">C name.</param>
/// <param name="SizeBytes">Storage, 1-16 bytes, a power of two.</param>
/// <param name="Signed">True for signed arithmetic.</param>
/// <param name="IsChar">True when encoded as a character.</param>
/// <param name="IsBool">True for <c>_Bool</c>.</param>
/// <param name="BitOffset">Offset of the value in its storage, in bits; nonzero only in BTF of old compilers.</param>
/// <param name="Bits">Width of the value in bits.</param>
public sealed record BtfInt(uint Id, string Name, uint SizeBytes, bool Signed, bool IsChar, bool IsBool, uint BitOffset, uint Bits)
    : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => "int";
}

/// <summary>Kind 2: a pointer, 8 bytes.</summary>
/// <param name="Id">Type id.</param>
/// <param name="TargetId">What it points at; 0 is <c>void *</c>.</param>
public sealed record BtfPointer(uint Id, uint TargetId) : BtfType(Id, "")
{
    /// <inheritdoc/>
    public override string KindName => "ptr";
}

/// <summary>Kind 3: an array.</summary>
/// <param name="Id">Type id.</param>
/// <param name="ElementId">Type of the elements.</param>
/// <param name="IndexId">Type of the index; of no consequence.</param>
/// <param name="Count">Elements; 0 for a flexible array.</param>
public sealed record BtfArray(uint Id, uint ElementId, uint IndexId, uint Count) : BtfType(Id, "")
{
    /// <inheritdoc/>
    public override string KindName => "array";
}

/// <summary>Kinds 4 and 5: a struct or union.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">Tag, or empty.</param>
/// <param name="IsUnion">True for a union.</param>
/// <param name="SizeBytes">Size in bytes.</param>
/// <param name="Members">Members in order.</param>
public sealed record BtfComposite(uint Id, string Name, bool IsUnion, uint SizeBytes, IReadOnlyList<BtfMember> Members)
    : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => IsUnion ? "union" : "struct";
}

/// <summary>A member of a struct or union.</summary>
/// <param name="Name">C name; empty for an anonymous struct or union.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="BitOffset">Offset from the start of the struct, in bits.</param>
/// <param name="BitfieldBits">Width of a bitfield in bits; 0 for an ordinary member.</param>
public readonly record struct BtfMember(string Name, uint TypeId, uint BitOffset, uint BitfieldBits);

/// <summary>Kinds 6 and 19: an enumeration.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">Tag, or empty.</param>
/// <param name="SizeBytes">1, 2, 4 or 8.</param>
/// <param name="Signed">True when values are signed.</param>
/// <param name="Is64">True for ENUM64, whose records hold 64-bit values.</param>
/// <param name="Values">Names and values, in order.</param>
public sealed record BtfEnum(uint Id, string Name, uint SizeBytes, bool Signed, bool Is64, IReadOnlyList<BtfEnumValue> Values)
    : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => Is64 ? "enum64" : "enum";
}

/// <summary>One name of an enumeration.</summary>
/// <param name="Name">C name.</param>
/// <param name="Value">Value; negative ones as two's complement in 64 bits.</param>
public readonly record struct BtfEnumValue(string Name, ulong Value);

/// <summary>Kind 7: a struct or union declared but not defined.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">Tag.</param>
/// <param name="IsUnion">True for a union.</param>
public sealed record BtfForward(uint Id, string Name, bool IsUnion) : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => "fwd";
}

/// <summary>Kind 8: a typedef.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">The new name.</param>
/// <param name="TargetId">The type named.</param>
public sealed record BtfTypedef(uint Id, string Name, uint TargetId) : BtfWrapper(Id, Name, TargetId)
{
    /// <inheritdoc/>
    public override string KindName => "typedef";
}

/// <summary>The three qualifiers of C.</summary>
public enum BtfQualifier
{
    /// <summary>Kind 9.</summary>
    Volatile = 9,

    /// <summary>Kind 10.</summary>
    Const = 10,

    /// <summary>Kind 11.</summary>
    Restrict = 11,
}

/// <summary>Kinds 9, 10 and 11: a qualified type.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Qualifier">Which qualifier.</param>
/// <param name="TargetId">The type qualified; 0 is void.</param>
public sealed record BtfQualified(uint Id, BtfQualifier Qualifier, uint TargetId) : BtfWrapper(Id, "", TargetId)
{
    /// <inheritdoc/>
    public override string KindName => Qualifier switch
    {
        BtfQualifier.Volatile => "volatile",
        BtfQualifier.Const => "const",
        _ => "restrict",
    };
}

/// <summary>Linkage of a function or variable. Source: Linux 6.12 include/uapi/linux/btf.h, enum btf_func_linkage.</summary>
public enum BtfLinkage
{
    /// <summary>Visible in its file only.</summary>
    Static = 0,

    /// <summary>Visible to all.</summary>
    Global = 1,

    /// <summary>Defined elsewhere: a kfunc, kernel symbol or kconfig value.</summary>
    Extern = 2,
}

/// <summary>Kind 12: a function.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">C name.</param>
/// <param name="PrototypeId">Its <see cref="BtfPrototype"/>.</param>
/// <param name="Linkage">Linkage.</param>
public sealed record BtfFunction(uint Id, string Name, uint PrototypeId, BtfLinkage Linkage) : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => "func";
}

/// <summary>Kind 13: parameter and return types of a function.</summary>
/// <param name="Id">Type id.</param>
/// <param name="ReturnId">Return type; 0 is void.</param>
/// <param name="Parameters">Parameters in order; a last one of type 0 stands for <c>...</c>.</param>
public sealed record BtfPrototype(uint Id, uint ReturnId, IReadOnlyList<BtfParameter> Parameters) : BtfType(Id, "")
{
    /// <inheritdoc/>
    public override string KindName => "func_proto";
}

/// <summary>A parameter of a function.</summary>
/// <param name="Name">C name, or empty.</param>
/// <param name="TypeId">Its type.</param>
public readonly record struct BtfParameter(string Name, uint TypeId);

/// <summary>Kind 14: a global variable.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">C name.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="Linkage">Linkage.</param>
public sealed record BtfVariable(uint Id, string Name, uint TypeId, BtfLinkage Linkage) : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => "var";
}

/// <summary>Kind 15: the variables of one ELF section.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">Section name.</param>
/// <param name="SizeBytes">Section size in bytes.</param>
/// <param name="Variables">What lies in it.</param>
public sealed record BtfDataSection(uint Id, string Name, uint SizeBytes, IReadOnlyList<BtfPlacement> Variables) : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => "datasec";
}

/// <summary>Where a variable (or extern function) lies in its section.</summary>
/// <param name="TypeId">A <see cref="BtfVariable"/> or <see cref="BtfFunction"/>.</param>
/// <param name="Offset">Bytes from the start of the section.</param>
/// <param name="SizeBytes">Size in bytes.</param>
public readonly record struct BtfPlacement(uint TypeId, uint Offset, uint SizeBytes);

/// <summary>Kind 16: a floating point type.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">C name.</param>
/// <param name="SizeBytes">2, 4, 8, 12 or 16.</param>
public sealed record BtfFloat(uint Id, string Name, uint SizeBytes) : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => "float";
}

/// <summary>Kind 17: a text attached to a declaration (<c>btf_decl_tag</c>).</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">The text.</param>
/// <param name="TargetId">The struct, union, function, variable or typedef it belongs to.</param>
/// <param name="ComponentIndex">Member or parameter number; -1 for the whole.</param>
public sealed record BtfDeclTag(uint Id, string Name, uint TargetId, int ComponentIndex) : BtfType(Id, Name)
{
    /// <inheritdoc/>
    public override string KindName => "decl_tag";
}

/// <summary>Kind 18: a text attached to a type (<c>btf_type_tag</c>), such as <c>kptr</c> or <c>user</c>.</summary>
/// <param name="Id">Type id.</param>
/// <param name="Name">The text.</param>
/// <param name="TargetId">The tagged type.</param>
public sealed record BtfTypeTag(uint Id, string Name, uint TargetId) : BtfWrapper(Id, Name, TargetId)
{
    /// <inheritdoc/>
    public override string KindName => "type_tag";
}
