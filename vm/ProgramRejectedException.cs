using Vm.Btf;
using Vm.Specs;
using Vm.Verifier;

namespace Vm;

/// <summary>A program was refused by the verifier, and the caller asked to be told by exception.</summary>
public sealed class ProgramRejectedException(LinkedProgram program, VerifierResult.Rejected result)
    : Exception($"{program.ObjectName}: {program.Spec.Name}: {Complaint(program, result)[0]} (at instruction {result.Pc}, {result.Errno})")
{
    /// <summary>The program as it was linked: names, source lines, types.</summary>
    public LinkedProgram Linked => program;

    /// <summary>The program.</summary>
    public ProgramSpec Program => program.Spec;

    /// <summary>The object file it is from.</summary>
    public string ObjectName => program.ObjectName;

    /// <summary>Why, where, and the log.</summary>
    public VerifierResult.Rejected Result => result;

    /// <summary>What is wrong, a line each, at least one: the verifier's words, except where it stumbles over what CO-RE left, which it cannot name.</summary>
    /// <param name="program">As it was linked.</param>
    /// <param name="result">What the verifier said.</param>
    public static IReadOnlyList<string> Complaint(LinkedProgram program, VerifierResult.Rejected result)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(result);
        if (Unanswered(program, result.Pc) is { } question) return [$"CO-RE: the kernel's types have no {question}"];
        string[] lines = result.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? [result.Errno.ToString()] : lines;
    }

    // The record of an instruction that CO-RE poisoned; ld_imm64 is poisoned in both of its slots.
    private static string? Unanswered(LinkedProgram program, int pc)
    {
        if ((uint)pc >= (uint)program.Insns.Length || !CoreQuestion.IsUnanswered(program.Insns[pc]) || program.Btf is not { } btf) return null;
        foreach (var record in program.Spec.CoreRelocations)
        {
            if (record.Slot == pc || (record.Slot == pc - 1 && CoreQuestion.IsUnanswered(program.Insns[pc - 1]))) return CoreQuestion.Words(btf, record.TypeId, record.Access, (CoreKind)record.Kind);
        }
        return null;
    }
}
