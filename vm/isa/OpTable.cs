using System.Collections.Immutable;

namespace Vm.Isa;

/// <summary>Every legal encoding of Linux 6.12, one row each.</summary>
/// <remarks>
/// The decoder, the disassembler and the assembler are driven by these rows and know no instruction by themselves.
/// In <c>Text</c>, <c>{field}</c> is an operand; <see cref="Disassembler"/> says how each is written.
/// Source: Linux 6.12 kernel/bpf/core.c, bpf_opcode_in_insntable; kernel/bpf/verifier.c, check_alu_op, check_atomic;
/// RFC 9669 for the conformance groups.
/// </remarks>
public static class OpTable
{
    /// <summary>All rows. Rows of one code stand in the order the disassembler prefers when none fits exactly.</summary>
    public static ImmutableArray<OpRow> Rows { get; } =
    [
        // ALU64: the whole register.
        new(0x07, Op.Add64,             Form.DstImm,     "{dst} += {imm}", Group.Base64),
        new(0x0f, Op.Add64,             Form.DstSrc,     "{dst} += {src}", Group.Base64),
        new(0x17, Op.Sub64,             Form.DstImm,     "{dst} -= {imm}", Group.Base64),
        new(0x1f, Op.Sub64,             Form.DstSrc,     "{dst} -= {src}", Group.Base64),
        new(0x27, Op.Mul64,             Form.DstImm,     "{dst} *= {imm}", Group.DivMul64),
        new(0x2f, Op.Mul64,             Form.DstSrc,     "{dst} *= {src}", Group.DivMul64),
        new(0x37, Op.Div64,             Form.DstImm,     "{dst} /= {imm}", Group.DivMul64),
        new(0x3f, Op.Div64,             Form.DstSrc,     "{dst} /= {src}", Group.DivMul64),
        new(0x37, Op.SDiv64,            Form.DstImm,     "{dst} s/= {imm}", Group.DivMul64, Off: 1, Since: 4),
        new(0x3f, Op.SDiv64,            Form.DstSrc,     "{dst} s/= {src}", Group.DivMul64, Off: 1, Since: 4),
        new(0x97, Op.Mod64,             Form.DstImm,     "{dst} %= {imm}", Group.DivMul64),
        new(0x9f, Op.Mod64,             Form.DstSrc,     "{dst} %= {src}", Group.DivMul64),
        new(0x97, Op.SMod64,            Form.DstImm,     "{dst} s%= {imm}", Group.DivMul64, Off: 1, Since: 4),
        new(0x9f, Op.SMod64,            Form.DstSrc,     "{dst} s%= {src}", Group.DivMul64, Off: 1, Since: 4),
        new(0x47, Op.Or64,              Form.DstImm,     "{dst} |= {imm}", Group.Base64),
        new(0x4f, Op.Or64,              Form.DstSrc,     "{dst} |= {src}", Group.Base64),
        new(0x57, Op.And64,             Form.DstImm,     "{dst} &= {imm}", Group.Base64),
        new(0x5f, Op.And64,             Form.DstSrc,     "{dst} &= {src}", Group.Base64),
        new(0xa7, Op.Xor64,             Form.DstImm,     "{dst} ^= {imm}", Group.Base64),
        new(0xaf, Op.Xor64,             Form.DstSrc,     "{dst} ^= {src}", Group.Base64),
        new(0x67, Op.Lsh64,             Form.DstImm,     "{dst} <<= {imm}", Group.Base64),
        new(0x6f, Op.Lsh64,             Form.DstSrc,     "{dst} <<= {src}", Group.Base64),
        new(0x77, Op.Rsh64,             Form.DstImm,     "{dst} >>= {imm}", Group.Base64),
        new(0x7f, Op.Rsh64,             Form.DstSrc,     "{dst} >>= {src}", Group.Base64),
        new(0xc7, Op.Arsh64,            Form.DstImm,     "{dst} s>>= {imm}", Group.Base64),
        new(0xcf, Op.Arsh64,            Form.DstSrc,     "{dst} s>>= {src}", Group.Base64),
        new(0xb7, Op.Mov64,             Form.DstImm,     "{dst} = {imm}", Group.Base64),
        new(0xbf, Op.Mov64,             Form.DstSrc,     "{dst} = {src}", Group.Base64),
        new(0x87, Op.Neg64,             Form.Dst,        "{dst} = -{dst}", Group.Base64),

        // ALU: the low half; the result is zero-extended.
        new(0x04, Op.Add32,             Form.DstImm,     "{wdst} += {imm}", Group.Base32),
        new(0x0c, Op.Add32,             Form.DstSrc,     "{wdst} += {wsrc}", Group.Base32),
        new(0x14, Op.Sub32,             Form.DstImm,     "{wdst} -= {imm}", Group.Base32),
        new(0x1c, Op.Sub32,             Form.DstSrc,     "{wdst} -= {wsrc}", Group.Base32),
        new(0x24, Op.Mul32,             Form.DstImm,     "{wdst} *= {imm}", Group.DivMul32),
        new(0x2c, Op.Mul32,             Form.DstSrc,     "{wdst} *= {wsrc}", Group.DivMul32),
        new(0x34, Op.Div32,             Form.DstImm,     "{wdst} /= {imm}", Group.DivMul32),
        new(0x3c, Op.Div32,             Form.DstSrc,     "{wdst} /= {wsrc}", Group.DivMul32),
        new(0x34, Op.SDiv32,            Form.DstImm,     "{wdst} s/= {imm}", Group.DivMul32, Off: 1, Since: 4),
        new(0x3c, Op.SDiv32,            Form.DstSrc,     "{wdst} s/= {wsrc}", Group.DivMul32, Off: 1, Since: 4),
        new(0x94, Op.Mod32,             Form.DstImm,     "{wdst} %= {imm}", Group.DivMul32),
        new(0x9c, Op.Mod32,             Form.DstSrc,     "{wdst} %= {wsrc}", Group.DivMul32),
        new(0x94, Op.SMod32,            Form.DstImm,     "{wdst} s%= {imm}", Group.DivMul32, Off: 1, Since: 4),
        new(0x9c, Op.SMod32,            Form.DstSrc,     "{wdst} s%= {wsrc}", Group.DivMul32, Off: 1, Since: 4),
        new(0x44, Op.Or32,              Form.DstImm,     "{wdst} |= {imm}", Group.Base32),
        new(0x4c, Op.Or32,              Form.DstSrc,     "{wdst} |= {wsrc}", Group.Base32),
        new(0x54, Op.And32,             Form.DstImm,     "{wdst} &= {imm}", Group.Base32),
        new(0x5c, Op.And32,             Form.DstSrc,     "{wdst} &= {wsrc}", Group.Base32),
        new(0xa4, Op.Xor32,             Form.DstImm,     "{wdst} ^= {imm}", Group.Base32),
        new(0xac, Op.Xor32,             Form.DstSrc,     "{wdst} ^= {wsrc}", Group.Base32),
        new(0x64, Op.Lsh32,             Form.DstImm,     "{wdst} <<= {imm}", Group.Base32),
        new(0x6c, Op.Lsh32,             Form.DstSrc,     "{wdst} <<= {wsrc}", Group.Base32),
        new(0x74, Op.Rsh32,             Form.DstImm,     "{wdst} >>= {imm}", Group.Base32),
        new(0x7c, Op.Rsh32,             Form.DstSrc,     "{wdst} >>= {wsrc}", Group.Base32),
        new(0xc4, Op.Arsh32,            Form.DstImm,     "{wdst} s>>= {imm}", Group.Base32),
        new(0xcc, Op.Arsh32,            Form.DstSrc,     "{wdst} s>>= {wsrc}", Group.Base32),
        new(0xb4, Op.Mov32,             Form.DstImm,     "{wdst} = {imm}", Group.Base32),
        new(0xbc, Op.Mov32,             Form.DstSrc,     "{wdst} = {wsrc}", Group.Base32),
        new(0x84, Op.Neg32,             Form.Dst,        "{wdst} = -{wdst}", Group.Base32),

        // MOVSX: copy with sign extension.
        new(0xbf, Op.MovSx8To64,        Form.DstSrc,     "{dst} = (s8){src}", Group.Base64, Off: 8, Since: 4),
        new(0xbf, Op.MovSx16To64,       Form.DstSrc,     "{dst} = (s16){src}", Group.Base64, Off: 16, Since: 4),
        new(0xbf, Op.MovSx32To64,       Form.DstSrc,     "{dst} = (s32){src}", Group.Base64, Off: 32, Since: 4),
        new(0xbc, Op.MovSx8To32,        Form.DstSrc,     "{wdst} = (s8){wsrc}", Group.Base32, Off: 8, Since: 4),
        new(0xbc, Op.MovSx16To32,       Form.DstSrc,     "{wdst} = (s16){wsrc}", Group.Base32, Off: 16, Since: 4),

        // Byte order: imm is the width; the result is truncated to it.
        new(0xd4, Op.Le16,              Form.Dst,        "{dst} = {swap} {dst}", Group.Base32, Imm: 16),
        new(0xd4, Op.Le32,              Form.Dst,        "{dst} = {swap} {dst}", Group.Base32, Imm: 32),
        new(0xd4, Op.Le64,              Form.Dst,        "{dst} = {swap} {dst}", Group.Base64, Imm: 64),
        new(0xdc, Op.Be16,              Form.Dst,        "{dst} = {swap} {dst}", Group.Base32, Imm: 16),
        new(0xdc, Op.Be32,              Form.Dst,        "{dst} = {swap} {dst}", Group.Base32, Imm: 32),
        new(0xdc, Op.Be64,              Form.Dst,        "{dst} = {swap} {dst}", Group.Base64, Imm: 64),
        new(0xd7, Op.Bswap16,           Form.Dst,        "{dst} = {swap} {dst}", Group.Base32, Imm: 16, Since: 4),
        new(0xd7, Op.Bswap32,           Form.Dst,        "{dst} = {swap} {dst}", Group.Base32, Imm: 32, Since: 4),
        new(0xd7, Op.Bswap64,           Form.Dst,        "{dst} = {swap} {dst}", Group.Base64, Imm: 64, Since: 4),

        // Arena pointers: imm is the destination address space << 16 | the source one.
        new(0xbf, Op.CastKernel,        Form.DstSrc,     "{dst} = addr_space_cast({src}, {spaces})", Group.Linux, Off: 1, Imm: 1, Since: 4),
        new(0xbf, Op.CastUser,          Form.DstSrc,     "{dst} = addr_space_cast({src}, {spaces})", Group.Linux, Off: 1, Imm: 0x10000, Since: 4),

        // JMP: compares whole registers.
        new(0x15, Op.Jeq64,             Form.JumpImm,    "if {dst} == {hex} goto {rel}", Group.Base64),
        new(0x1d, Op.Jeq64,             Form.JumpSrc,    "if {dst} == {src} goto {rel}", Group.Base64),
        new(0x55, Op.Jne64,             Form.JumpImm,    "if {dst} != {hex} goto {rel}", Group.Base64),
        new(0x5d, Op.Jne64,             Form.JumpSrc,    "if {dst} != {src} goto {rel}", Group.Base64),
        new(0x25, Op.Jgt64,             Form.JumpImm,    "if {dst} > {hex} goto {rel}", Group.Base64),
        new(0x2d, Op.Jgt64,             Form.JumpSrc,    "if {dst} > {src} goto {rel}", Group.Base64),
        new(0x35, Op.Jge64,             Form.JumpImm,    "if {dst} >= {hex} goto {rel}", Group.Base64),
        new(0x3d, Op.Jge64,             Form.JumpSrc,    "if {dst} >= {src} goto {rel}", Group.Base64),
        new(0xa5, Op.Jlt64,             Form.JumpImm,    "if {dst} < {hex} goto {rel}", Group.Base64, Since: 2),
        new(0xad, Op.Jlt64,             Form.JumpSrc,    "if {dst} < {src} goto {rel}", Group.Base64, Since: 2),
        new(0xb5, Op.Jle64,             Form.JumpImm,    "if {dst} <= {hex} goto {rel}", Group.Base64, Since: 2),
        new(0xbd, Op.Jle64,             Form.JumpSrc,    "if {dst} <= {src} goto {rel}", Group.Base64, Since: 2),
        new(0x45, Op.Jset64,            Form.JumpImm,    "if {dst} & {hex} goto {rel}", Group.Base64),
        new(0x4d, Op.Jset64,            Form.JumpSrc,    "if {dst} & {src} goto {rel}", Group.Base64),
        new(0x65, Op.Jsgt64,            Form.JumpImm,    "if {dst} s> {hex} goto {rel}", Group.Base64),
        new(0x6d, Op.Jsgt64,            Form.JumpSrc,    "if {dst} s> {src} goto {rel}", Group.Base64),
        new(0x75, Op.Jsge64,            Form.JumpImm,    "if {dst} s>= {hex} goto {rel}", Group.Base64),
        new(0x7d, Op.Jsge64,            Form.JumpSrc,    "if {dst} s>= {src} goto {rel}", Group.Base64),
        new(0xc5, Op.Jslt64,            Form.JumpImm,    "if {dst} s< {hex} goto {rel}", Group.Base64, Since: 2),
        new(0xcd, Op.Jslt64,            Form.JumpSrc,    "if {dst} s< {src} goto {rel}", Group.Base64, Since: 2),
        new(0xd5, Op.Jsle64,            Form.JumpImm,    "if {dst} s<= {hex} goto {rel}", Group.Base64, Since: 2),
        new(0xdd, Op.Jsle64,            Form.JumpSrc,    "if {dst} s<= {src} goto {rel}", Group.Base64, Since: 2),

        // JMP32: compares low halves.
        new(0x16, Op.Jeq32,             Form.JumpImm,    "if {wdst} == {hex} goto {rel}", Group.Base32, Since: 3),
        new(0x1e, Op.Jeq32,             Form.JumpSrc,    "if {wdst} == {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0x56, Op.Jne32,             Form.JumpImm,    "if {wdst} != {hex} goto {rel}", Group.Base32, Since: 3),
        new(0x5e, Op.Jne32,             Form.JumpSrc,    "if {wdst} != {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0x26, Op.Jgt32,             Form.JumpImm,    "if {wdst} > {hex} goto {rel}", Group.Base32, Since: 3),
        new(0x2e, Op.Jgt32,             Form.JumpSrc,    "if {wdst} > {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0x36, Op.Jge32,             Form.JumpImm,    "if {wdst} >= {hex} goto {rel}", Group.Base32, Since: 3),
        new(0x3e, Op.Jge32,             Form.JumpSrc,    "if {wdst} >= {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0xa6, Op.Jlt32,             Form.JumpImm,    "if {wdst} < {hex} goto {rel}", Group.Base32, Since: 3),
        new(0xae, Op.Jlt32,             Form.JumpSrc,    "if {wdst} < {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0xb6, Op.Jle32,             Form.JumpImm,    "if {wdst} <= {hex} goto {rel}", Group.Base32, Since: 3),
        new(0xbe, Op.Jle32,             Form.JumpSrc,    "if {wdst} <= {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0x46, Op.Jset32,            Form.JumpImm,    "if {wdst} & {hex} goto {rel}", Group.Base32, Since: 3),
        new(0x4e, Op.Jset32,            Form.JumpSrc,    "if {wdst} & {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0x66, Op.Jsgt32,            Form.JumpImm,    "if {wdst} s> {hex} goto {rel}", Group.Base32, Since: 3),
        new(0x6e, Op.Jsgt32,            Form.JumpSrc,    "if {wdst} s> {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0x76, Op.Jsge32,            Form.JumpImm,    "if {wdst} s>= {hex} goto {rel}", Group.Base32, Since: 3),
        new(0x7e, Op.Jsge32,            Form.JumpSrc,    "if {wdst} s>= {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0xc6, Op.Jslt32,            Form.JumpImm,    "if {wdst} s< {hex} goto {rel}", Group.Base32, Since: 3),
        new(0xce, Op.Jslt32,            Form.JumpSrc,    "if {wdst} s< {wsrc} goto {rel}", Group.Base32, Since: 3),
        new(0xd6, Op.Jsle32,            Form.JumpImm,    "if {wdst} s<= {hex} goto {rel}", Group.Base32, Since: 3),
        new(0xde, Op.Jsle32,            Form.JumpSrc,    "if {wdst} s<= {wsrc} goto {rel}", Group.Base32, Since: 3),

        // Other jumps and calls.
        new(0x05, Op.Ja,                Form.Jump,       "goto {rel}", Group.Base32),
        new(0x06, Op.JaLong,            Form.JumpLong,   "gotol {rel32}", Group.Base32, Since: 4),
        new(0xe5, Op.MayGoto,           Form.Jump,       "may_goto {rel}", Group.Linux, Since: 4),
        new(0x85, Op.CallHelper,        Form.Call,       "call {helper}", Group.Base32),
        new(0x85, Op.CallLocal,         Form.Call,       "call {rel32}", Group.Base32, Src: 1),
        new(0x85, Op.CallKfunc,         Form.CallOff,    "call {kfunc}", Group.Base32, Src: 2),
        new(0x95, Op.Exit,              Form.Exit,       "exit", Group.Base32),

        // Loads.
        new(0x71, Op.LoadU8,            Form.Load,       "{dst} = *(u8 *)({src} {off})", Group.Base32),
        new(0x69, Op.LoadU16,           Form.Load,       "{dst} = *(u16 *)({src} {off})", Group.Base32),
        new(0x61, Op.LoadU32,           Form.Load,       "{dst} = *(u32 *)({src} {off})", Group.Base32),
        new(0x79, Op.LoadU64,           Form.Load,       "{dst} = *(u64 *)({src} {off})", Group.Base64),
        new(0x91, Op.LoadS8,            Form.Load,       "{dst} = *(s8 *)({src} {off})", Group.Base64, Since: 4),
        new(0x89, Op.LoadS16,           Form.Load,       "{dst} = *(s16 *)({src} {off})", Group.Base64, Since: 4),
        new(0x81, Op.LoadS32,           Form.Load,       "{dst} = *(s32 *)({src} {off})", Group.Base64, Since: 4),

        // Stores.
        new(0x72, Op.Store8,            Form.StoreImm,   "*(u8 *)({dst} {off}) = {imm}", Group.Base32),
        new(0x73, Op.Store8,            Form.StoreSrc,   "*(u8 *)({dst} {off}) = {src}", Group.Base32),
        new(0x6a, Op.Store16,           Form.StoreImm,   "*(u16 *)({dst} {off}) = {imm}", Group.Base32),
        new(0x6b, Op.Store16,           Form.StoreSrc,   "*(u16 *)({dst} {off}) = {src}", Group.Base32),
        new(0x62, Op.Store32,           Form.StoreImm,   "*(u32 *)({dst} {off}) = {imm}", Group.Base32),
        new(0x63, Op.Store32,           Form.StoreSrc,   "*(u32 *)({dst} {off}) = {src}", Group.Base32),
        new(0x7a, Op.Store64,           Form.StoreImm,   "*(u64 *)({dst} {off}) = {imm}", Group.Base64),
        new(0x7b, Op.Store64,           Form.StoreSrc,   "*(u64 *)({dst} {off}) = {src}", Group.Base64),

        // Atomics, 64-bit.
        new(0xdb, Op.AtomicAdd64,       Form.Atomic,     "lock *(u64 *)({dst} {off}) += {src}", Group.Atomic64, Imm: 0x00),
        new(0xdb, Op.AtomicOr64,        Form.Atomic,     "lock *(u64 *)({dst} {off}) |= {src}", Group.Atomic64, Imm: 0x40, Since: 3),
        new(0xdb, Op.AtomicAnd64,       Form.Atomic,     "lock *(u64 *)({dst} {off}) &= {src}", Group.Atomic64, Imm: 0x50, Since: 3),
        new(0xdb, Op.AtomicXor64,       Form.Atomic,     "lock *(u64 *)({dst} {off}) ^= {src}", Group.Atomic64, Imm: 0xa0, Since: 3),
        new(0xdb, Op.AtomicFetchAdd64,  Form.Atomic,     "{src} = atomic64_fetch_add((u64 *)({dst} {off}), {src})", Group.Atomic64, Imm: 0x01, Since: 3),
        new(0xdb, Op.AtomicFetchOr64,   Form.Atomic,     "{src} = atomic64_fetch_or((u64 *)({dst} {off}), {src})", Group.Atomic64, Imm: 0x41, Since: 3),
        new(0xdb, Op.AtomicFetchAnd64,  Form.Atomic,     "{src} = atomic64_fetch_and((u64 *)({dst} {off}), {src})", Group.Atomic64, Imm: 0x51, Since: 3),
        new(0xdb, Op.AtomicFetchXor64,  Form.Atomic,     "{src} = atomic64_fetch_xor((u64 *)({dst} {off}), {src})", Group.Atomic64, Imm: 0xa1, Since: 3),
        new(0xdb, Op.AtomicXchg64,      Form.Atomic,     "{src} = atomic64_xchg((u64 *)({dst} {off}), {src})", Group.Atomic64, Imm: 0xe1, Since: 3),
        new(0xdb, Op.AtomicCmpXchg64,   Form.Atomic,     "r0 = atomic64_cmpxchg((u64 *)({dst} {off}), r0, {src})", Group.Atomic64, Imm: 0xf1, Since: 3),

        // Atomics, 32-bit.
        new(0xc3, Op.AtomicAdd32,       Form.Atomic,     "lock *(u32 *)({dst} {off}) += {src}", Group.Atomic32, Imm: 0x00),
        new(0xc3, Op.AtomicOr32,        Form.Atomic,     "lock *(u32 *)({dst} {off}) |= {src}", Group.Atomic32, Imm: 0x40, Since: 3),
        new(0xc3, Op.AtomicAnd32,       Form.Atomic,     "lock *(u32 *)({dst} {off}) &= {src}", Group.Atomic32, Imm: 0x50, Since: 3),
        new(0xc3, Op.AtomicXor32,       Form.Atomic,     "lock *(u32 *)({dst} {off}) ^= {src}", Group.Atomic32, Imm: 0xa0, Since: 3),
        new(0xc3, Op.AtomicFetchAdd32,  Form.Atomic,     "{src} = atomic_fetch_add((u32 *)({dst} {off}), {src})", Group.Atomic32, Imm: 0x01, Since: 3),
        new(0xc3, Op.AtomicFetchOr32,   Form.Atomic,     "{src} = atomic_fetch_or((u32 *)({dst} {off}), {src})", Group.Atomic32, Imm: 0x41, Since: 3),
        new(0xc3, Op.AtomicFetchAnd32,  Form.Atomic,     "{src} = atomic_fetch_and((u32 *)({dst} {off}), {src})", Group.Atomic32, Imm: 0x51, Since: 3),
        new(0xc3, Op.AtomicFetchXor32,  Form.Atomic,     "{src} = atomic_fetch_xor((u32 *)({dst} {off}), {src})", Group.Atomic32, Imm: 0xa1, Since: 3),
        new(0xc3, Op.AtomicXchg32,      Form.Atomic,     "{src} = atomic_xchg((u32 *)({dst} {off}), {src})", Group.Atomic32, Imm: 0xe1, Since: 3),
        new(0xc3, Op.AtomicCmpXchg32,   Form.Atomic,     "r0 = atomic_cmpxchg((u32 *)({dst} {off}), r0, {src})", Group.Atomic32, Imm: 0xf1, Since: 3),

        // ld_imm64: two slots; src says what the constant means.
        new(0x18, Op.LdImm64,           Form.Wide,       "{dst} = {imm64}", Group.Base64),
        new(0x18, Op.LdMapFd,           Form.Wide,       "{dst} = map_fd[{low}]", Group.Base64, Src: 1),
        new(0x18, Op.LdMapValue,        Form.Wide,       "{dst} = map_fd[{low}][0]+{high}", Group.Base64, Src: 2),
        new(0x18, Op.LdBtfId,           Form.Wide,       "{dst} = btf_id[{low}]@{high}", Group.Base64, Src: 3),
        new(0x18, Op.LdFunc,            Form.Wide,       "{dst} = func[{low}]@{high}", Group.Base64, Src: 4),
        new(0x18, Op.LdMapIndex,        Form.Wide,       "{dst} = map_idx[{low}]", Group.Base64, Src: 5),
        new(0x18, Op.LdMapIndexValue,   Form.Wide,       "{dst} = map_idx[{low}][0]+{high}", Group.Base64, Src: 6),

        // Legacy packet loads: into R0, host byte order, from the skb in R6.
        new(0x30, Op.LdAbs8,            Form.PacketAbs,  "r0 = *(u8 *)skb[{imm}]", Group.Packet),
        new(0x28, Op.LdAbs16,           Form.PacketAbs,  "r0 = *(u16 *)skb[{imm}]", Group.Packet),
        new(0x20, Op.LdAbs32,           Form.PacketAbs,  "r0 = *(u32 *)skb[{imm}]", Group.Packet),
        new(0x50, Op.LdInd8,            Form.PacketInd,  "r0 = *(u8 *)skb[{src} + {imm}]", Group.Packet),
        new(0x48, Op.LdInd16,           Form.PacketInd,  "r0 = *(u16 *)skb[{src} + {imm}]", Group.Packet),
        new(0x40, Op.LdInd32,           Form.PacketInd,  "r0 = *(u32 *)skb[{src} + {imm}]", Group.Packet),
    ];

    private static readonly OpRow[][] s_byCode = IndexByCode();

    /// <summary>Rows with this code; empty for a code the kernel does not know. O(1).</summary>
    public static ReadOnlySpan<OpRow> WithCode(byte code) => s_byCode[code];

    /// <summary>The row a slot is an instance of; false when the slot is malformed. O(rows of the code), at most 10.</summary>
    public static bool TryFind(RawInsn raw, out OpRow row)
    {
        foreach (var candidate in s_byCode[raw.Code])
        {
            if (!candidate.Accepts(raw)) continue;
            row = candidate;
            return true;
        }
        row = default;
        return false;
    }

    /// <summary>The row whose text describes a slot best, malformed or not; false when the code is unknown.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/disasm.c, print_bpf_insn, which looks at selectors and not at reserved fields.</remarks>
    public static bool TryFindNearest(RawInsn raw, out OpRow row)
    {
        row = default;
        int best = -1;
        foreach (var candidate in s_byCode[raw.Code])
        {
            int likeness = candidate.Likeness(raw);
            if (likeness <= best) continue;
            best = likeness;
            row = candidate;
        }
        return best >= 0;
    }

    private static OpRow[][] IndexByCode()
    {
        var index = new OpRow[256][];
        for (int code = 0; code < index.Length; code++)
            index[code] = [.. Rows.Where(row => row.Code == code)];
        return index;
    }
}
