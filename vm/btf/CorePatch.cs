using Vm.Abi;
using Vm.Isa;

namespace Vm.Btf;

/// <summary>Writes a CO-RE answer into its instruction.</summary>
/// <remarks>Source: Linux 6.12 tools/lib/bpf/relo_core.c, bpf_core_patch_insn, bpf_core_poison_insn.</remarks>
internal readonly struct CorePatch(string source, int slot, CoreAnswer answer)
{
    /// <summary>Helper number of a poisoned instruction, 0xbad2310: no helper has it, so the verifier names it if it is reached.</summary>
    public const int PoisonHelper = 195896080;

    private const byte Call = 0x85;
    private const byte WideLoad = 0x18;

    public void Apply(Span<RawInsn> insns)
    {
        if ((uint)slot >= (uint)insns.Length) throw Bad("the record is about an instruction past the end");
        var insn = insns[slot];
        switch (insn.Code & 7)
        {
            case 4 or 7 when (insn.Code & 8) == 0:
                if (answer.Target is { } number)
                {
                    Expect((ulong)insn.Imm, insn);
                    insns[slot] = insn with { Imm = (int)number.Value };
                }
                else Poison(insns, 1);
                break;
            case 1 or 2 or 3:
                PatchAccess(insns, insn);
                break;
            case 0 when IsConstantLoad(insns):
                PatchConstant(insns, insn);
                break;
            default:
                throw Bad($"opcode 0x{insn.Code:x2} has no place for a CO-RE value");
        }
    }

    private void PatchAccess(Span<RawInsn> insns, RawInsn insn)
    {
        if (answer.Target is not { } target)
        {
            Poison(insns, 1);
            return;
        }
        Expect((ulong)insn.Off, insn);
        if (target.Value > (ulong)short.MaxValue)
            throw Bad($"the field is at byte {target.Value}, beyond what an instruction's offset can say ({short.MaxValue})", Errno.ERANGE);
        if (answer.PoisonAccess)
        {
            Poison(insns, 1);
            return;
        }
        byte code = insn.Code;
        if (target.FieldBytes != answer.Local.FieldBytes)
        {
            if (AccessBytes(code) != answer.Local.FieldBytes)
                throw Bad($"it accesses {AccessBytes(code)} bytes of a field that had {answer.Local.FieldBytes}");
            code = (byte)(code & ~0x18 | SizeBits(target.FieldBytes));
        }
        insns[slot] = insn with { Code = code, Off = (short)target.Value };
    }

    private void PatchConstant(Span<RawInsn> insns, RawInsn insn)
    {
        if (answer.Target is not { } target)
        {
            Poison(insns, 2);
            return;
        }
        Expect((uint)insn.Imm | (ulong)(uint)insns[slot + 1].Imm << 32, insn);
        insns[slot] = insn with { Imm = (int)target.Value };
        insns[slot + 1] = insns[slot + 1] with { Imm = (int)(target.Value >> 32) };
    }

    private bool IsConstantLoad(Span<RawInsn> insns) =>
        insns[slot] is { Code: WideLoad, Src: 0, Off: 0 } && slot + 1 < insns.Length
        && insns[slot + 1] is { Code: 0, Registers: 0, Off: 0 };

    private void Poison(Span<RawInsn> insns, int count) => insns.Slice(slot, count).Fill(new RawInsn(Call, 0, 0, PoisonHelper));

    private void Expect(ulong found, RawInsn insn)
    {
        if (!answer.Local.IsExact || found == answer.Local.Value) return;
        throw Bad($"opcode 0x{insn.Code:x2} holds {found} where the object's own types say {answer.Local.Value}");
    }

    private static uint AccessBytes(byte code) => (code & 0x18) switch { 0x18 => 8, 0x00 => 4, 0x08 => 2, _ => 1 };

    private byte SizeBits(uint bytes) => bytes switch
    {
        8 => 0x18,
        4 => 0x00,
        2 => 0x08,
        1 => 0x10,
        _ => throw Bad($"the field now has {bytes} bytes, which no instruction can access at once"),
    };

    private BtfFormatException Bad(string what, Errno errno = Errno.EINVAL) =>
        new(source, $"instruction {slot}", $"CO-RE: {what}", errno);
}
