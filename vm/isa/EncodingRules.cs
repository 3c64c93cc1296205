using Vm.Abi;

namespace Vm.Isa;

/// <summary>When, on its way through a program, the kernel notices a malformed slot.</summary>
public enum RefusedWhen : byte
{
    /// <summary>Before the walk, whether or not the slot can be reached; control flow is not looked at yet.</summary>
    Loading,

    /// <summary>When the walk first reaches the slot.</summary>
    Reached,

    /// <summary>When the walk reaches the slot and has found the operands checked before it readable.</summary>
    OperandsRead,
}

/// <summary>Why a slot is not an instruction.</summary>
/// <param name="Pc">Slot number.</param>
/// <param name="Errno">What bpf(2) returns.</param>
/// <param name="Message">The kernel's log line, without a line end.</param>
/// <param name="When">At which step it is refused.</param>
public readonly record struct EncodingError(int Pc, Errno Errno, string Message, RefusedWhen When);

/// <summary>What is wrong with a malformed slot, in the kernel's words and order of checks.</summary>
/// <remarks>
/// <see cref="OpTable"/> decides what is legal; this explains the rest, and the tests hold the two together.
/// Source: Linux 6.12 kernel/bpf/verifier.c: resolve_pseudo_ldimm64, do_check, check_alu_op, check_cond_jmp_op,
/// check_ld_imm, check_ld_abs, check_atomic, check_reg_arg.
/// </remarks>
public static class EncodingRules
{
    private const byte LdImm64Code = 0x18;
    private const int Ld = 0, Ldx = 1, St = 2, Stx = 3, Alu64 = 7;
    private const int ModeMem = 0x60, ModeMemSx = 0x80, ModeAtomic = 0xc0, ModeImm = 0x00;
    private const int Div = 0x30, Lsh = 0x60, Rsh = 0x70, Neg = 0x80, Mod = 0x90, Mov = 0xb0, Arsh = 0xc0, End = 0xd0;
    private const int Ja = 0x00, Call = 0x80, Exit = 0x90, Jcond = 0xe0;

    /// <summary>What is wrong with the slot at <paramref name="pc"/>; false when nothing is.</summary>
    /// <param name="slots">The whole program; a ld_imm64 needs its second slot.</param>
    /// <param name="pc">Slot that is not the second half of a ld_imm64.</param>
    /// <param name="error">The first complaint, if any.</param>
    public static bool TryExplain(ReadOnlySpan<RawInsn> slots, int pc, out EncodingError error)
    {
        var raw = slots[pc];
        var complaint = Loading(slots, pc) ?? Reached(raw);
        error = complaint is var (message, when) ? new EncodingError(pc, Errno.EINVAL, message, when) : default;
        return complaint is not null;
    }

    /// <summary>True when the slot starts a ld_imm64 whose second slot is shaped like one.</summary>
    internal static bool IsWidePair(ReadOnlySpan<RawInsn> slots, int pc) =>
        slots[pc].Code == LdImm64Code && pc + 1 < slots.Length
        && slots[pc + 1] is { Code: 0, Registers: 0, Off: 0 };

    /// <summary>A map constant needs an empty second half; src above 6 names nothing.</summary>
    internal static bool IsRecognizedWide(RawInsn first, RawInsn second) => first.Src switch
    {
        0 or 2 or 3 or 4 or 6 => true,
        1 or 5 => second.Imm == 0,
        _ => false,
    };

    private static (string, RefusedWhen)? Loading(ReadOnlySpan<RawInsn> slots, int pc)
    {
        var raw = slots[pc];
        if ((raw.Code & 7) == Ldx && ((raw.Code & 0xe0) is not (ModeMem or ModeMemSx) || raw.Imm != 0))
            return ("BPF_LDX uses reserved fields", RefusedWhen.Loading);
        if (raw.Code == LdImm64Code)
        {
            if (!IsWidePair(slots, pc)) return ("invalid bpf_ld_imm64 insn", RefusedWhen.Loading);
            return IsRecognizedWide(raw, slots[pc + 1]) ? null : ("unrecognized bpf_ld_imm64 insn", RefusedWhen.Loading);
        }
        return OpTable.WithCode(raw.Code).IsEmpty ? ($"unknown opcode {raw.Code:x2}", RefusedWhen.Loading) : null;
    }

    private static (string, RefusedWhen)? Reached(RawInsn raw) => (raw.Code & 7) switch
    {
        Ld => (raw.Code & 0xe0) == ModeImm ? WideLoad(raw) : PacketLoad(raw),
        Ldx => Registers(raw.Src, raw.Dst),
        St => raw.Src != 0 ? Reserved("BPF_ST") : Registers(raw.Dst),
        Stx => Store(raw),
        4 or Alu64 => Arithmetic(raw),
        _ => Jump(raw),
    };

    private static (string, RefusedWhen)? WideLoad(RawInsn raw) =>
        raw.Off != 0 ? Reserved("BPF_LD_IMM64") : Registers(raw.Dst);

    private static (string, RefusedWhen)? PacketLoad(RawInsn raw)
    {
        bool absolute = (raw.Code & 0xe0) == 0x20;
        if (raw.Dst != 0 || raw.Off != 0 || (absolute && raw.Src != 0)) return Reserved("BPF_LD_[ABS|IND]");
        return absolute ? null : After(Registers(raw.Src));
    }

    private static (string, RefusedWhen)? Store(RawInsn raw)
    {
        if ((raw.Code & 0xe0) != ModeAtomic)
            return raw.Imm != 0 ? Reserved("BPF_STX") : Registers(raw.Src, raw.Dst);
        bool known = raw.Imm is 0x00 or 0x01 or 0x40 or 0x41 or 0x50 or 0x51 or 0xa0 or 0xa1 or 0xe1 or 0xf1;
        return known
            ? Registers(raw.Src, raw.Dst)
            : ($"BPF_ATOMIC uses invalid atomic opcode {raw.Imm:x2}", RefusedWhen.Reached);
    }

    private static (string, RefusedWhen)? Arithmetic(RawInsn raw)
    {
        bool wide = (raw.Code & 7) == Alu64, fromRegister = (raw.Code & 8) != 0;
        int operation = raw.Code & 0xf0;
        switch (operation)
        {
            case Neg:
                return raw.Src != 0 || raw.Off != 0 || raw.Imm != 0 ? Reserved("BPF_NEG") : Registers(raw.Dst);
            case End:
                return raw.Src != 0 || raw.Off != 0 || raw.Imm is not (16 or 32 or 64) ? Reserved("BPF_END") : Registers(raw.Dst);
            case Mov when fromRegister:
                if (wide && raw.Off == 1)
                    return raw.Imm is 1 or 0x10000
                        ? Registers(raw.Src, raw.Dst)
                        : ("addr_space_cast insn can only convert between address space 1 and 0", RefusedWhen.Reached);
                bool extends = raw.Off is 0 or 8 or 16 || (wide && raw.Off == 32);
                return !extends || raw.Imm != 0 ? Reserved("BPF_MOV") : Registers(raw.Src, raw.Dst);
            case Mov:
                return raw.Src != 0 || raw.Off != 0 ? Reserved("BPF_MOV") : Registers(raw.Dst);
        }

        bool signed = raw.Off == 1 && operation is Div or Mod;
        if ((fromRegister ? raw.Imm : raw.Src) != 0 || (raw.Off != 0 && !signed)) return Reserved("BPF_ALU");
        if (fromRegister) return Registers(raw.Src, raw.Dst);
        if (raw.Dst > OpRow.MaxRegister) return Registers(raw.Dst);
        if (operation is Div or Mod && raw.Imm == 0) return ("div by zero", RefusedWhen.OperandsRead);
        bool shift = operation is Lsh or Rsh or Arsh;
        return shift && (uint)raw.Imm >= (wide ? 64 : 32) ? ($"invalid shift {raw.Imm}", RefusedWhen.OperandsRead) : null;
    }

    private static (string, RefusedWhen)? Jump(RawInsn raw)
    {
        bool longOffset = raw.Code == 0x06, fromRegister = (raw.Code & 8) != 0;
        switch (raw.Code & 0xf0)
        {
            case Call:
                return raw.Dst != 0 || raw.Src > 2 || (raw.Src != 2 && raw.Off != 0) ? Reserved("BPF_CALL") : null;
            case Ja:
                return raw.Registers != 0 || (longOffset ? raw.Off : raw.Imm) != 0 ? Reserved("BPF_JA") : null;
            case Exit:
                return raw.Registers != 0 || raw.Imm != 0 ? Reserved("BPF_EXIT") : null;
            case Jcond:
                return raw.Registers != 0 || raw.Imm != 0 || raw.Off == 0
                    ? ($"invalid may_goto off {raw.Off} imm {raw.Imm}", RefusedWhen.Reached)
                    : null;
        }
        if (fromRegister)
        {
            if (raw.Dst > OpRow.MaxRegister) return Registers(raw.Dst);
            return raw.Imm != 0 ? (Reserved("BPF_JMP/JMP32")!.Value.Item1, RefusedWhen.OperandsRead) : After(Registers(raw.Src));
        }
        if (raw.Dst > OpRow.MaxRegister) return Registers(raw.Dst);
        return raw.Src != 0 ? (Reserved("BPF_JMP/JMP32")!.Value.Item1, RefusedWhen.OperandsRead) : null;
    }

    private static (string, RefusedWhen)? Reserved(string what) => ($"{what} uses reserved fields", RefusedWhen.Reached);

    private static (string, RefusedWhen)? Registers(int only) =>
        only > OpRow.MaxRegister ? ($"R{only} is invalid", RefusedWhen.Reached) : null;

    private static (string, RefusedWhen)? Registers(int first, int second) => Registers(first) ?? After(Registers(second));

    private static (string, RefusedWhen)? After((string Message, RefusedWhen)? complaint) =>
        complaint is var (message, _) ? (message, RefusedWhen.OperandsRead) : null;
}
