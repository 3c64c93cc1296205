using Vm.Isa;

namespace Vm.Btf;

/// <summary>A CO-RE record in words, for the case that the target has no answer.</summary>
public static class CoreQuestion
{
    /// <summary>True for an instruction that took the place of one whose record had no answer.</summary>
    public static bool IsUnanswered(in RawInsn insn) => insn is { Code: 0x85, Src: 0, Imm: CorePatch.PoisonHelper };

    /// <summary>What was asked and not found: <c>field 'b.c' of struct a (byte_off)</c>.</summary>
    /// <param name="local">The object's own types.</param>
    /// <param name="typeId">Root type.</param>
    /// <param name="access">Access string.</param>
    /// <param name="kind">The question.</param>
    public static string Words(BtfSpec local, uint typeId, string access, CoreKind kind)
    {
        string root = local[local.Resolve(typeId).Id].Describe();
        if (!kind.IsField() && !kind.IsEnumValue()) return $"{root} ({kind.KernelName()})";
        var steps = CoreSpec.Parse(local, typeId, access, kind).Steps;
        if (kind.IsEnumValue()) return $"value '{steps[0].Name}' of {root} ({kind.KernelName()})";
        string path = string.Concat(steps.Skip(1).Select(step => step.Name is { } name ? "." + name : $"[{step.Index}]")).TrimStart('.');
        return path.Length == 0 ? $"{root} ({kind.KernelName()})" : $"field '{path}' of {root} ({kind.KernelName()})";
    }
}
