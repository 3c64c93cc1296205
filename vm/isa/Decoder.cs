namespace Vm.Isa;

/// <summary>A program after decoding: as many instructions as slots, so that positions are the kernel's.</summary>
public sealed class DecodedProgram
{
    private readonly RawInsn[] _slots;

    internal DecodedProgram(RawInsn[] slots, Insn[] insns, EncodingError? loadError, EncodingError? firstError)
    {
        _slots = slots;
        Insns = insns;
        LoadError = loadError;
        FirstError = firstError;
    }

    /// <summary>One per slot; <see cref="Op.LdImm64Hi"/> stands for second halves, <see cref="Op.Illegal"/> for malformed slots.</summary>
    public Insn[] Insns { get; }

    /// <summary>The complaint for which the kernel refuses the program before walking it; null when there is none.</summary>
    public EncodingError? LoadError { get; }

    /// <summary>The malformed slot to report when the program is not walked at all: the load error, else the lowest.</summary>
    public EncodingError? FirstError { get; }

    /// <summary>True when every slot is a legal instruction.</summary>
    public bool Ok => FirstError is null;

    /// <summary>Why the slot at <paramref name="pc"/> is illegal; false when it is legal. O(1).</summary>
    public bool TryErrorAt(int pc, out EncodingError error)
    {
        error = default;
        return Insns[pc].Op == Op.Illegal && EncodingRules.TryExplain(_slots, pc, out error);
    }
}

/// <summary>Turns slots into instructions; every bit of every slot is accounted for.</summary>
public static class Decoder
{
    /// <summary>Decodes a program. Malformed slots are values in the result, never exceptions. O(slots).</summary>
    /// <param name="slots">The program; length limits and jump targets are not looked at here.</param>
    /// <remarks>
    /// The kernel accepts a malformed slot that only an infeasible branch leads to, so a verifier should refuse
    /// <see cref="DecodedProgram.LoadError"/> at once and an illegal slot when its walk gets there.
    /// Source: Linux 6.12 kernel/bpf/verifier.c, resolve_pseudo_ldimm64.
    /// </remarks>
    public static DecodedProgram Decode(ReadOnlySpan<RawInsn> slots)
    {
        var insns = new Insn[slots.Length];
        EncodingError? loadError = null, firstError = null;
        for (int pc = 0; pc < slots.Length; pc++)
        {
            var raw = slots[pc];
            bool pair = EncodingRules.IsWidePair(slots, pc);
            insns[pc] = DecodeSlot(slots, pc, pair);
            if (insns[pc].Op == Op.Illegal && loadError is null && EncodingRules.TryExplain(slots, pc, out var error))
            {
                firstError ??= error;
                if (error.When == RefusedWhen.Loading) loadError = error;
            }
            if (!pair) continue;
            pc++;
            insns[pc] = new Insn(Op.LdImm64Hi, Form.None, slots[pc], slots[pc].Imm);
        }
        return new DecodedProgram(slots.ToArray(), insns, loadError, loadError ?? firstError);
    }

    private static Insn DecodeSlot(ReadOnlySpan<RawInsn> slots, int pc, bool pair)
    {
        var raw = slots[pc];
        long imm = pair ? ((long)slots[pc + 1].Imm << 32) | (uint)raw.Imm : raw.Imm;
        bool legal = OpTable.TryFind(raw, out var row)
            && (row.Form != Form.Wide || (pair && EncodingRules.IsRecognizedWide(raw, slots[pc + 1])));
        return legal ? new Insn(row.Op, row.Form, raw, imm) : new Insn(Op.Illegal, Form.None, raw, imm);
    }
}
