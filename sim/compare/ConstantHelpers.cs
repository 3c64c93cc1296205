using Vm.Abi;
using Vm.Isa;
using Vm.Specs;

namespace Sim.Compare;

/// <summary>An object in which calls of some helpers are constants: what is left to differ has other reasons.</summary>
internal static class ConstantHelpers
{
    private const byte Call = 0x85, MoveImmediate = 0xb7;

    /// <summary>Replaces the calls in all programs; everything else, addresses of instructions included, stays.</summary>
    /// <param name="spec">The object.</param>
    /// <param name="constants">What R0 becomes, by helper.</param>
    public static ObjectSpec Apply(ObjectSpec spec, IReadOnlyDictionary<HelperId, int> constants) => spec with
    {
        Programs = [.. spec.Programs.Select(program => program with { Insns = [.. program.Insns.Select(insn => Replaced(insn, constants))] })],
    };

    private static RawInsn Replaced(RawInsn insn, IReadOnlyDictionary<HelperId, int> constants) =>
        insn is { Code: Call, Src: 0 } && constants.TryGetValue((HelperId)insn.Imm, out int value) ? new RawInsn(MoveImmediate, 0, 0, 0, value) : insn;
}
