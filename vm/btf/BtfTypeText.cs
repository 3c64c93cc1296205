namespace Vm.Btf;

/// <summary>Types as C writes them.</summary>
public static class BtfTypeText
{
    /// <summary><c>__u32</c>, <c>struct key</c>, <c>char[16]</c>, <c>struct task *</c>; <c>struct { … }</c> without a name, <c>void</c> for 0.</summary>
    public static string Of(BtfSpec spec, uint typeId) => Of(spec, typeId, 0);

    private static string Of(BtfSpec spec, uint typeId, int depth)
    {
        if (typeId == 0) return "void";
        if (depth > BtfSpec.MaxDepth) return "…";
        return spec[typeId] switch
        {
            BtfTypedef named => named.Name,
            BtfPointer pointer => Of(spec, pointer.TargetId, depth + 1) + " *",
            BtfArray array => $"{Of(spec, array.ElementId, depth + 1)}[{array.Count}]",
            BtfWrapper wrapper => $"{(wrapper.KindName is "const" or "volatile" ? wrapper.KindName + " " : "")}{Of(spec, wrapper.TargetId, depth + 1)}",
            BtfComposite composite => $"{composite.KindName} {(composite.Name.Length == 0 ? "{ … }" : composite.Name)}",
            BtfEnum enumeration => $"enum {(enumeration.Name.Length == 0 ? "{ … }" : enumeration.Name)}",
            var other => other.Name,
        };
    }
}
