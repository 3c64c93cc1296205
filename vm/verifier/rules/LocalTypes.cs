using Vm.Abi;
using Vm.Btf;
using Vm.Maps;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>A struct of the program's own of which it makes objects.</summary>
/// <param name="Type">The struct.</param>
/// <param name="Fields">Its special fields, ascending.</param>
internal sealed record LocalType(BtfComposite Type, IReadOnlyList<SpecialField> Fields)
{
    public bool Has(SpecialFieldKind kind) => Fields.Any(field => field.Kind == kind);

    /// <summary>True when its objects can be on lists or in trees.</summary>
    public bool IsNode => Has(SpecialFieldKind.ListNode) || Has(SpecialFieldKind.RbNode);
}

/// <summary>The program's own structs behind the type numbers of registers. A kernel type of the same name is another type.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, btf_find_struct_meta; verifier.c, reg_btf_record.</remarks>
internal sealed class LocalTypes(Verification v)
{
    private readonly Dictionary<uint, int> _numbers = [];
    private readonly Dictionary<int, LocalType> _types = [];

    /// <summary>The struct with a BTF id and its type number; false when there is none, or none the kernel would load.</summary>
    public bool TryFind(uint typeId, out int number)
    {
        if (_numbers.TryGetValue(typeId, out number)) return true;
        try
        {
            if (v.Program.Btf is not { } btf || !btf.TryType(typeId, out var found) || found is not BtfComposite { IsUnion: false } type) return false;
            if (!SpecialFields.TryOfObject(btf, type, out var fields)) return false;
            v.TypeNames.Add(type.Name);
            number = v.TypeNames.Count - 1;
            _numbers.Add(typeId, number);
            _types.Add(number, new LocalType(type, fields));
            return true;
        }
        catch (BtfFormatException)
        {
            return false;
        }
    }

    /// <summary>The program's own struct a register points to; null for the kernel's.</summary>
    public LocalType? Of(in RegState reg) => reg.Kind == RegKind.BtfPtr ? _types.GetValueOrDefault(reg.Type) : null;

    /// <summary>Special fields of what a register points to: a map value or an object.</summary>
    public IReadOnlyList<SpecialField> FieldsOf(in RegState reg) => reg.Kind == RegKind.MapValue ? v.Maps[reg.Map].Fields : Of(reg)?.Fields ?? [];
}
