namespace Vm.Isa;

/// <summary>Which fields of a slot an encoding uses as operands; the others must hold the row's selector or 0.</summary>
public enum Form : byte
{
    /// <summary>No operands.</summary>
    None,

    /// <summary>exit: no operands, but the kernel does not look at off either.</summary>
    Exit,

    /// <summary>dst is read and written.</summary>
    Dst,

    /// <summary>dst and a constant.</summary>
    DstImm,

    /// <summary>dst and src.</summary>
    DstSrc,

    /// <summary>dst from memory at src + off.</summary>
    Load,

    /// <summary>A constant to memory at dst + off.</summary>
    StoreImm,

    /// <summary>src to memory at dst + off.</summary>
    StoreSrc,

    /// <summary>src combined with memory at dst + off; imm selects how.</summary>
    Atomic,

    /// <summary>Jump by off.</summary>
    Jump,

    /// <summary>Jump by imm.</summary>
    JumpLong,

    /// <summary>Compare dst with a constant, jump by off.</summary>
    JumpImm,

    /// <summary>Compare dst with src, jump by off.</summary>
    JumpSrc,

    /// <summary>imm says what is called; src selects the kind.</summary>
    Call,

    /// <summary>imm and off say what is called.</summary>
    CallOff,

    /// <summary>First slot of a ld_imm64: dst and a constant of two slots.</summary>
    Wide,

    /// <summary>Packet byte offset imm.</summary>
    PacketAbs,

    /// <summary>Packet byte offset src + imm.</summary>
    PacketInd,
}

/// <summary>Conformance group of an encoding. Source: RFC 9669 §2.4; <c>Linux</c> is what the RFC leaves out.</summary>
public enum Group : byte
{
    /// <summary>32-bit arithmetic and jumps, loads and stores up to 32 bits, calls.</summary>
    Base32,

    /// <summary>64-bit arithmetic, jumps, loads and stores.</summary>
    Base64,

    /// <summary>32-bit atomics.</summary>
    Atomic32,

    /// <summary>64-bit atomics.</summary>
    Atomic64,

    /// <summary>32-bit multiplication, division and remainder.</summary>
    DivMul32,

    /// <summary>64-bit multiplication, division and remainder.</summary>
    DivMul64,

    /// <summary>Legacy packet loads.</summary>
    Packet,

    /// <summary>Encodings of Linux that the RFC does not describe.</summary>
    Linux,
}

/// <summary>One legal encoding.</summary>
/// <param name="Code">Opcode byte.</param>
/// <param name="Op">What it does.</param>
/// <param name="Form">Which fields are operands.</param>
/// <param name="Text">Assembly text with operands as <c>{field}</c>.</param>
/// <param name="Group">Conformance group.</param>
/// <param name="Src">Value of src where it is not an operand.</param>
/// <param name="Off">Value of off where it is not an operand.</param>
/// <param name="Imm">Value of imm where it is not an operand.</param>
/// <param name="Since">First clang <c>-mcpu</c> version (1-4) that may need it.</param>
public readonly record struct OpRow(
    byte Code, Op Op, Form Form, string Text, Group Group, byte Src = 0, short Off = 0, int Imm = 0, byte Since = 1)
{
    /// <summary>Highest register number a program may name.</summary>
    public const int MaxRegister = 10;

    /// <summary>True when dst names a register.</summary>
    public bool HasDst => Form is not (Form.None or Form.Exit or Form.Jump or Form.JumpLong or Form.Call or Form.CallOff or Form.PacketAbs or Form.PacketInd);

    /// <summary>True when src names a register.</summary>
    public bool HasSrc => Form is Form.DstSrc or Form.Load or Form.StoreSrc or Form.Atomic or Form.JumpSrc or Form.PacketInd;

    /// <summary>True when off is an operand, or ignored.</summary>
    public bool HasOff =>
        Form is Form.Load or Form.StoreImm or Form.StoreSrc or Form.Atomic or Form.Jump or Form.JumpImm or Form.JumpSrc or Form.CallOff or Form.Exit;

    /// <summary>True when imm is an operand.</summary>
    public bool HasImm =>
        Form is Form.DstImm or Form.StoreImm or Form.JumpLong or Form.JumpImm or Form.Call or Form.CallOff or Form.Wide
            or Form.PacketAbs or Form.PacketInd;

    /// <summary>True when the slot is this encoding: selectors, unused fields, registers and values are all as they must be.</summary>
    public bool Accepts(RawInsn raw) =>
        raw.Code == Code
        && (HasDst ? raw.Dst <= MaxRegister : raw.Dst == 0)
        && (HasSrc ? raw.Src <= MaxRegister : raw.Src == Src)
        && (HasOff || raw.Off == Off)
        && (HasImm || raw.Imm == Imm)
        && ValueAllowed(raw);

    /// <summary>How well the row's text fits a slot, malformed or not; negative when it does not.</summary>
    internal int Likeness(RawInsn raw)
    {
        if (Form == Form.Atomic) return raw.Imm == Imm ? 1 : -1;
        return (HasSrc || raw.Src == Src ? 4 : 0) + (HasOff || raw.Off == Off ? 2 : 0) + (HasImm || raw.Imm == Imm ? 1 : 0);
    }

    /// <summary>The values the verifier refuses in an otherwise well-formed slot.</summary>
    private bool ValueAllowed(RawInsn raw) => Op switch
    {
        Op.Div64 or Op.Div32 or Op.SDiv64 or Op.SDiv32 or Op.Mod64 or Op.Mod32 or Op.SMod64 or Op.SMod32 => !HasImm || raw.Imm != 0,
        Op.Lsh64 or Op.Rsh64 or Op.Arsh64 => !HasImm || (uint)raw.Imm < 64,
        Op.Lsh32 or Op.Rsh32 or Op.Arsh32 => !HasImm || (uint)raw.Imm < 32,
        Op.MayGoto => raw.Off != 0,
        _ => true,
    };
}
