namespace Vm.Isa;

/// <summary>What an instruction does, whatever its operands are.</summary>
/// <remarks>
/// One member per meaning: a 32-bit and a 64-bit addition differ, an addition of a register and of a constant do not
/// (<see cref="Form"/> tells). Source: Linux 6.12 Documentation/bpf/standardization/instruction-set.rst.
/// </remarks>
public enum Op : byte
{
    /// <summary>Not an instruction; <see cref="EncodingRules"/> says why.</summary>
    Illegal,

    // ALU64: the whole register.

    /// <summary>Addition, wrapping, 64-bit.</summary>
    Add64,

    /// <summary>Subtraction, wrapping, 64-bit.</summary>
    Sub64,

    /// <summary>Multiplication, low half, 64-bit.</summary>
    Mul64,

    /// <summary>Unsigned division; 0 by zero, 64-bit.</summary>
    Div64,

    /// <summary>Signed division, truncating; 0 by zero, 64-bit.</summary>
    SDiv64,

    /// <summary>Unsigned remainder; dst by zero, 64-bit.</summary>
    Mod64,

    /// <summary>Signed remainder with the sign of dst; dst by zero, 64-bit.</summary>
    SMod64,

    /// <summary>Bitwise or, 64-bit.</summary>
    Or64,

    /// <summary>Bitwise and, 64-bit.</summary>
    And64,

    /// <summary>Bitwise exclusive or, 64-bit.</summary>
    Xor64,

    /// <summary>Left shift, 64-bit.</summary>
    Lsh64,

    /// <summary>Logical right shift, 64-bit.</summary>
    Rsh64,

    /// <summary>Arithmetic right shift, 64-bit.</summary>
    Arsh64,

    /// <summary>Copy, 64-bit.</summary>
    Mov64,

    /// <summary>Two's complement negation, 64-bit.</summary>
    Neg64,

    // ALU: the low half; the result is zero-extended.

    /// <summary>Addition, wrapping, 32-bit.</summary>
    Add32,

    /// <summary>Subtraction, wrapping, 32-bit.</summary>
    Sub32,

    /// <summary>Multiplication, low half, 32-bit.</summary>
    Mul32,

    /// <summary>Unsigned division; 0 by zero, 32-bit.</summary>
    Div32,

    /// <summary>Signed division, truncating; 0 by zero, 32-bit.</summary>
    SDiv32,

    /// <summary>Unsigned remainder; dst by zero, 32-bit.</summary>
    Mod32,

    /// <summary>Signed remainder with the sign of dst; dst by zero, 32-bit.</summary>
    SMod32,

    /// <summary>Bitwise or, 32-bit.</summary>
    Or32,

    /// <summary>Bitwise and, 32-bit.</summary>
    And32,

    /// <summary>Bitwise exclusive or, 32-bit.</summary>
    Xor32,

    /// <summary>Left shift, 32-bit.</summary>
    Lsh32,

    /// <summary>Logical right shift, 32-bit.</summary>
    Rsh32,

    /// <summary>Arithmetic right shift, 32-bit.</summary>
    Arsh32,

    /// <summary>Copy, 32-bit.</summary>
    Mov32,

    /// <summary>Two's complement negation, 32-bit.</summary>
    Neg32,

    // MOVSX.

    /// <summary>Copies the low 8 bits of src, sign-extended to 64 bits.</summary>
    MovSx8To64,

    /// <summary>Copies the low 16 bits of src, sign-extended to 64 bits.</summary>
    MovSx16To64,

    /// <summary>Copies the low 32 bits of src, sign-extended to 64 bits.</summary>
    MovSx32To64,

    /// <summary>Copies the low 8 bits of src, sign-extended to 32 bits, then zero-extended.</summary>
    MovSx8To32,

    /// <summary>Copies the low 16 bits of src, sign-extended to 32 bits, then zero-extended.</summary>
    MovSx16To32,

    // Byte order.

    /// <summary>Keeps the low 16 bits, little-endian on a little-endian host.</summary>
    Le16,

    /// <summary>Keeps the low 32 bits, little-endian on a little-endian host.</summary>
    Le32,

    /// <summary>Keeps the low 64 bits, little-endian on a little-endian host.</summary>
    Le64,

    /// <summary>Turns the low 16 bits from host to big-endian order.</summary>
    Be16,

    /// <summary>Turns the low 32 bits from host to big-endian order.</summary>
    Be32,

    /// <summary>Turns the low 64 bits from host to big-endian order.</summary>
    Be64,

    /// <summary>Reverses the bytes of the low 16 bits.</summary>
    Bswap16,

    /// <summary>Reverses the bytes of the low 32 bits.</summary>
    Bswap32,

    /// <summary>Reverses the bytes of the low 64 bits.</summary>
    Bswap64,

    // Arena pointers.

    /// <summary>addr_space_cast 1 to 0: an arena pointer as the kernel side uses it.</summary>
    CastKernel,

    /// <summary>addr_space_cast 0 to 1: an arena pointer as user space uses it.</summary>
    CastUser,

    // JMP: compares whole registers.

    /// <summary>Jumps if equal, 64-bit.</summary>
    Jeq64,

    /// <summary>Jumps if not equal, 64-bit.</summary>
    Jne64,

    /// <summary>Jumps if unsigned greater, 64-bit.</summary>
    Jgt64,

    /// <summary>Jumps if unsigned greater or equal, 64-bit.</summary>
    Jge64,

    /// <summary>Jumps if unsigned less, 64-bit.</summary>
    Jlt64,

    /// <summary>Jumps if unsigned less or equal, 64-bit.</summary>
    Jle64,

    /// <summary>Jumps if any common bit, 64-bit.</summary>
    Jset64,

    /// <summary>Jumps if signed greater, 64-bit.</summary>
    Jsgt64,

    /// <summary>Jumps if signed greater or equal, 64-bit.</summary>
    Jsge64,

    /// <summary>Jumps if signed less, 64-bit.</summary>
    Jslt64,

    /// <summary>Jumps if signed less or equal, 64-bit.</summary>
    Jsle64,

    // JMP32: compares low halves.

    /// <summary>Jumps if equal, 32-bit.</summary>
    Jeq32,

    /// <summary>Jumps if not equal, 32-bit.</summary>
    Jne32,

    /// <summary>Jumps if unsigned greater, 32-bit.</summary>
    Jgt32,

    /// <summary>Jumps if unsigned greater or equal, 32-bit.</summary>
    Jge32,

    /// <summary>Jumps if unsigned less, 32-bit.</summary>
    Jlt32,

    /// <summary>Jumps if unsigned less or equal, 32-bit.</summary>
    Jle32,

    /// <summary>Jumps if any common bit, 32-bit.</summary>
    Jset32,

    /// <summary>Jumps if signed greater, 32-bit.</summary>
    Jsgt32,

    /// <summary>Jumps if signed greater or equal, 32-bit.</summary>
    Jsge32,

    /// <summary>Jumps if signed less, 32-bit.</summary>
    Jslt32,

    /// <summary>Jumps if signed less or equal, 32-bit.</summary>
    Jsle32,

    // Other jumps and calls.

    /// <summary>Jumps by off.</summary>
    Ja,

    /// <summary>Jumps by imm (gotol).</summary>
    JaLong,

    /// <summary>Jumps once the loop budget is used up; falls through until then.</summary>
    MayGoto,

    /// <summary>Calls the helper whose number is imm.</summary>
    CallHelper,

    /// <summary>Calls the subprogram imm slots after the next one.</summary>
    CallLocal,

    /// <summary>Calls the kernel function whose BTF id is imm; off picks the BTF object.</summary>
    CallKfunc,

    /// <summary>Returns R0 to the caller.</summary>
    Exit,

    // Loads.

    /// <summary>Loads 8 bits, zero-extended.</summary>
    LoadU8,

    /// <summary>Loads 16 bits, zero-extended.</summary>
    LoadU16,

    /// <summary>Loads 32 bits, zero-extended.</summary>
    LoadU32,

    /// <summary>Loads 64 bits.</summary>
    LoadU64,

    /// <summary>Loads 8 bits, sign-extended to 64.</summary>
    LoadS8,

    /// <summary>Loads 16 bits, sign-extended to 64.</summary>
    LoadS16,

    /// <summary>Loads 32 bits, sign-extended to 64.</summary>
    LoadS32,

    // Stores.

    /// <summary>Stores the low 8 bits of src or imm.</summary>
    Store8,

    /// <summary>Stores the low 16 bits of src or imm.</summary>
    Store16,

    /// <summary>Stores the low 32 bits of src or imm.</summary>
    Store32,

    /// <summary>Stores src, or imm sign-extended.</summary>
    Store64,

    // Atomics, 64-bit.

    /// <summary>Memory += src, 64-bit.</summary>
    AtomicAdd64,

    /// <summary>Memory |= src, 64-bit.</summary>
    AtomicOr64,

    /// <summary>Memory &amp;= src, 64-bit.</summary>
    AtomicAnd64,

    /// <summary>Memory ^= src, 64-bit.</summary>
    AtomicXor64,

    /// <summary>Memory += src, 64-bit; src becomes the old value.</summary>
    AtomicFetchAdd64,

    /// <summary>Memory |= src, 64-bit; src becomes the old value.</summary>
    AtomicFetchOr64,

    /// <summary>Memory &amp;= src, 64-bit; src becomes the old value.</summary>
    AtomicFetchAnd64,

    /// <summary>Memory ^= src, 64-bit; src becomes the old value.</summary>
    AtomicFetchXor64,

    /// <summary>Swaps memory and src, 64-bit.</summary>
    AtomicXchg64,

    /// <summary>Stores src if memory equals R0, 64-bit; R0 becomes the old value.</summary>
    AtomicCmpXchg64,

    // Atomics, 32-bit.

    /// <summary>Memory += src, 32-bit.</summary>
    AtomicAdd32,

    /// <summary>Memory |= src, 32-bit.</summary>
    AtomicOr32,

    /// <summary>Memory &amp;= src, 32-bit.</summary>
    AtomicAnd32,

    /// <summary>Memory ^= src, 32-bit.</summary>
    AtomicXor32,

    /// <summary>Memory += src, 32-bit; src becomes the old value, zero-extended.</summary>
    AtomicFetchAdd32,

    /// <summary>Memory |= src, 32-bit; src becomes the old value, zero-extended.</summary>
    AtomicFetchOr32,

    /// <summary>Memory &amp;= src, 32-bit; src becomes the old value, zero-extended.</summary>
    AtomicFetchAnd32,

    /// <summary>Memory ^= src, 32-bit; src becomes the old value, zero-extended.</summary>
    AtomicFetchXor32,

    /// <summary>Swaps memory and src, 32-bit.</summary>
    AtomicXchg32,

    /// <summary>Stores src if memory equals R0, 32-bit; R0 becomes the old value.</summary>
    AtomicCmpXchg32,

    // ld_imm64: first slot; Imm holds both halves.

    /// <summary>A 64-bit constant.</summary>
    LdImm64,

    /// <summary>A map, by file descriptor (low half).</summary>
    LdMapFd,

    /// <summary>An address in a map's only value: descriptor (low half), offset in bytes (high half).</summary>
    LdMapValue,

    /// <summary>A kernel variable, by BTF id (low half) in the BTF object of a descriptor (high half; 0 is vmlinux).</summary>
    LdBtfId,

    /// <summary>A static subprogram, low half slots after the next instruction.</summary>
    LdFunc,

    /// <summary>A map, by index in the fd array (low half).</summary>
    LdMapIndex,

    /// <summary>An address in the only value of a map given by index: index (low half), offset in bytes (high half).</summary>
    LdMapIndexValue,

    /// <summary>Second slot of a ld_imm64: no operation of its own; <see cref="Insn.Imm"/> is the high half.</summary>
    LdImm64Hi,

    // Legacy packet loads.

    /// <summary>R0 becomes 8 packet bits at imm.</summary>
    LdAbs8,

    /// <summary>R0 becomes 16 packet bits at imm.</summary>
    LdAbs16,

    /// <summary>R0 becomes 32 packet bits at imm.</summary>
    LdAbs32,

    /// <summary>R0 becomes 8 packet bits at src + imm.</summary>
    LdInd8,

    /// <summary>R0 becomes 16 packet bits at src + imm.</summary>
    LdInd16,

    /// <summary>R0 becomes 32 packet bits at src + imm.</summary>
    LdInd32,
}
