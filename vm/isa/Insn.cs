namespace Vm.Isa;

/// <summary>What an atomic does to memory. Values are the high nibble of its imm.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, BPF_XCHG, BPF_CMPXCHG and the ALU operations.</remarks>
public enum AtomicKind : byte
{
    /// <summary>Adds src.</summary>
    Add = 0x00,

    /// <summary>Sets the bits of src.</summary>
    Or = 0x40,

    /// <summary>Keeps the bits of src.</summary>
    And = 0x50,

    /// <summary>Flips the bits of src.</summary>
    Xor = 0xa0,

    /// <summary>Replaces by src.</summary>
    Xchg = 0xe0,

    /// <summary>Replaces by src if equal to R0.</summary>
    CmpXchg = 0xf0,
}

/// <summary>A decoded instruction slot; 16 bytes, valid by construction unless <see cref="Op"/> is <see cref="Op.Illegal"/>.</summary>
/// <remarks>
/// Only the decoder makes these (and <c>default</c>, which is Illegal), so an engine may index register files by
/// <see cref="Dst"/> and <see cref="Src"/> of a legal one without looking. An illegal slot keeps its bits as found.
/// </remarks>
public readonly record struct Insn
{
    internal Insn(Op op, Form form, RawInsn raw, long imm)
    {
        Op = op;
        Form = form;
        Code = raw.Code;
        Dst = (byte)raw.Dst;
        Src = (byte)raw.Src;
        Off = raw.Off;
        Imm = imm;
    }

    /// <summary>Constant: imm sign-extended; for the first slot of a ld_imm64 both halves; for the second, the high half.</summary>
    public long Imm { get; }

    /// <summary>The off field, signed.</summary>
    public short Off { get; }

    /// <summary>What it does.</summary>
    public Op Op { get; }

    /// <summary>Which fields are operands.</summary>
    public Form Form { get; }

    /// <summary>Opcode byte.</summary>
    public byte Code { get; }

    /// <summary>Destination register, 0-10.</summary>
    public byte Dst { get; }

    /// <summary>Source register, 0-10; for calls and ld_imm64 the selector that <see cref="Op"/> already reflects.</summary>
    public byte Src { get; }

    private InsnClass Class => (InsnClass)(Code & 7);

    /// <summary>True when only low halves take part and a register result is zero-extended.</summary>
    /// <remarks>False for byte-order operations: their width is in <see cref="Imm"/>.</remarks>
    public bool Is32Bit => (Class == InsnClass.Jmp32 && IsComparison) || (Class == InsnClass.Alu && !IsByteSwap);

    /// <summary>True when the second operand is <see cref="Imm"/> rather than a register.</summary>
    public bool UsesImm => Form is Form.DstImm or Form.StoreImm or Form.JumpImm;

    /// <summary>True for arithmetic, copies, byte order and address space casts: register in, register out.</summary>
    public bool IsAlu => Class is InsnClass.Alu or InsnClass.Alu64 && Op != Op.Illegal;

    /// <summary>True for le, be and bswap of any width.</summary>
    public bool IsByteSwap => Op is >= Op.Le16 and <= Op.Bswap64;

    /// <summary>True when it can go elsewhere than to the next slot within its function: goto, gotol, may_goto, comparisons.</summary>
    public bool IsJump => Form is Form.Jump or Form.JumpLong or Form.JumpImm or Form.JumpSrc;

    /// <summary>True for a jump that may also fall through, may_goto included.</summary>
    public bool IsConditional => IsComparison || Op == Op.MayGoto;

    /// <summary>True for a jump that compares two operands.</summary>
    public bool IsComparison => Form is Form.JumpImm or Form.JumpSrc;

    /// <summary>True when control never reaches the next slot from here: goto, gotol, exit.</summary>
    public bool EndsBlock => Op is Op.Ja or Op.JaLong or Op.Exit;

    /// <summary>True for a helper, subprogram or kfunc call.</summary>
    public bool IsCall => Op is Op.CallHelper or Op.CallLocal or Op.CallKfunc;

    /// <summary>True for a load from memory into dst (not atomics, not legacy packet loads).</summary>
    public bool IsLoad => Form == Form.Load;

    /// <summary>True for a store of src or a constant (not atomics).</summary>
    public bool IsStore => Form is Form.StoreImm or Form.StoreSrc;

    /// <summary>True for atomics.</summary>
    public bool IsAtomic => Form == Form.Atomic;

    /// <summary>True for legacy packet loads (LD_ABS, LD_IND).</summary>
    public bool IsPacketLoad => Form is Form.PacketAbs or Form.PacketInd;

    /// <summary>True for the first slot of a ld_imm64.</summary>
    public bool IsWide => Form == Form.Wide;

    /// <summary>Slots it takes: 2 for ld_imm64, otherwise 1.</summary>
    public int Slots => IsWide ? 2 : 1;

    /// <summary>True for a load whose value is sign-extended to 64 bits.</summary>
    public bool SignExtends => Op is Op.LoadS8 or Op.LoadS16 or Op.LoadS32;

    /// <summary>Bytes of memory a load, store, atomic or packet load touches; 0 for the others.</summary>
    public int SizeBytes => !(IsLoad || IsStore || IsAtomic || IsPacketLoad) ? 0 : (Code & 0x18) switch
    {
        0x00 => 4,
        0x08 => 2,
        0x10 => 1,
        _ => 8,
    };

    /// <summary>What an atomic does; meaningless for the others.</summary>
    public AtomicKind AtomicKind => (AtomicKind)(Imm & 0xf0);

    /// <summary>True for an atomic that brings the old value into a register: src, or R0 for cmpxchg.</summary>
    public bool Fetches => IsAtomic && (Imm & 1) != 0;

    /// <summary>The slot a jump leads to, or a subprogram call or function constant names; it may lie outside the program.</summary>
    /// <param name="pc">Slot of this instruction.</param>
    public long Target(int pc) => pc + 1L + Distance;

    /// <summary>Slots from the next one to the target; 0 for instructions without one.</summary>
    public int Distance => Op is Op.JaLong or Op.CallLocal or Op.LdFunc ? (int)Imm : IsJump ? Off : 0;

    /// <summary>The slot as it was before decoding. For a ld_imm64 each of its two slots gives its own half.</summary>
    public RawInsn ToRaw() => new(Code, Dst, Src, Off, (int)Imm);

    /// <summary>The disassembler's lossless text.</summary>
    public override string ToString() => Disassembler.Lossless.Format(this);

    private enum InsnClass
    {
        Alu = 4,
        Jmp32 = 6,
        Alu64 = 7,
    }
}
