using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Vm.Isa;

/// <summary>What each arithmetic operation computes, once, for the interpreter and for compiled code.</summary>
/// <remarks>
/// A method is named like its <see cref="Op"/>. Operands and results are whole registers: 32-bit operations ignore the
/// high halves and return zero-extended. Pure, no exceptions, inlined into compiled programs.
/// Source: Linux 6.12 kernel/bpf/core.c, ___bpf_prog_run; RFC 9669 §4.
/// </remarks>
public static class Arithmetic
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>a + b.</summary>
    [MethodImpl(Inline)] public static ulong Add64(ulong a, ulong b) => a + b;

    /// <summary>a - b.</summary>
    [MethodImpl(Inline)] public static ulong Sub64(ulong a, ulong b) => a - b;

    /// <summary>Low half of a * b.</summary>
    [MethodImpl(Inline)] public static ulong Mul64(ulong a, ulong b) => a * b;

    /// <summary>Unsigned a / b; 0 when b is 0.</summary>
    [MethodImpl(Inline)] public static ulong Div64(ulong a, ulong b) => b == 0 ? 0 : a / b;

    /// <summary>Signed a / b towards zero; 0 when b is 0; the most negative number by -1 is itself.</summary>
    /// <remarks>IL <c>div</c> throws for the last, so -1 is a negation here.</remarks>
    [MethodImpl(Inline)]
    public static ulong SDiv64(ulong a, ulong b) => b + 1 <= 1 ? (b == 0 ? 0 : 0 - a) : (ulong)((long)a / (long)b);

    /// <summary>Unsigned remainder of a / b; a when b is 0.</summary>
    [MethodImpl(Inline)] public static ulong Mod64(ulong a, ulong b) => b == 0 ? a : a % b;

    /// <summary>Signed remainder with the sign of a; a when b is 0; 0 when b is -1.</summary>
    [MethodImpl(Inline)]
    public static ulong SMod64(ulong a, ulong b) => b + 1 <= 1 ? (b == 0 ? a : 0) : (ulong)((long)a % (long)b);

    /// <summary>a | b.</summary>
    [MethodImpl(Inline)] public static ulong Or64(ulong a, ulong b) => a | b;

    /// <summary>a &amp; b.</summary>
    [MethodImpl(Inline)] public static ulong And64(ulong a, ulong b) => a & b;

    /// <summary>a ^ b.</summary>
    [MethodImpl(Inline)] public static ulong Xor64(ulong a, ulong b) => a ^ b;

    /// <summary>a shifted left by the low 6 bits of b.</summary>
    [MethodImpl(Inline)] public static ulong Lsh64(ulong a, ulong b) => a << (int)(b & 63);

    /// <summary>a shifted right by the low 6 bits of b, zeros in.</summary>
    [MethodImpl(Inline)] public static ulong Rsh64(ulong a, ulong b) => a >> (int)(b & 63);

    /// <summary>a shifted right by the low 6 bits of b, sign in.</summary>
    [MethodImpl(Inline)] public static ulong Arsh64(ulong a, ulong b) => (ulong)((long)a >> (int)(b & 63));

    /// <summary>b.</summary>
    [MethodImpl(Inline)] public static ulong Mov64(ulong b) => b;

    /// <summary>-a.</summary>
    [MethodImpl(Inline)] public static ulong Neg64(ulong a) => 0 - a;

    /// <summary>a + b, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Add32(ulong a, ulong b) => (uint)a + (uint)b;

    /// <summary>a - b, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Sub32(ulong a, ulong b) => (uint)a - (uint)b;

    /// <summary>Low half of a * b, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Mul32(ulong a, ulong b) => (uint)a * (uint)b;

    /// <summary>Unsigned a / b, 32-bit; 0 when b is 0.</summary>
    [MethodImpl(Inline)] public static ulong Div32(ulong a, ulong b) => (uint)b == 0 ? 0 : (uint)a / (uint)b;

    /// <summary>Signed a / b towards zero, 32-bit; 0 when b is 0; the most negative number by -1 is itself.</summary>
    [MethodImpl(Inline)]
    public static ulong SDiv32(ulong a, ulong b) =>
        (uint)b + 1 <= 1 ? ((uint)b == 0 ? 0 : 0 - (uint)a) : (uint)((int)a / (int)b);

    /// <summary>Unsigned remainder, 32-bit; the low half of a when b is 0.</summary>
    [MethodImpl(Inline)] public static ulong Mod32(ulong a, ulong b) => (uint)b == 0 ? (uint)a : (uint)a % (uint)b;

    /// <summary>Signed remainder with the sign of a, 32-bit; the low half of a when b is 0; 0 when b is -1.</summary>
    [MethodImpl(Inline)]
    public static ulong SMod32(ulong a, ulong b) =>
        (uint)b + 1 <= 1 ? ((uint)b == 0 ? (uint)a : 0) : (uint)((int)a % (int)b);

    /// <summary>a | b, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Or32(ulong a, ulong b) => (uint)(a | b);

    /// <summary>a &amp; b, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong And32(ulong a, ulong b) => (uint)(a & b);

    /// <summary>a ^ b, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Xor32(ulong a, ulong b) => (uint)(a ^ b);

    /// <summary>a shifted left by the low 5 bits of b, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Lsh32(ulong a, ulong b) => (uint)a << (int)(b & 31);

    /// <summary>a shifted right by the low 5 bits of b, zeros in, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Rsh32(ulong a, ulong b) => (uint)a >> (int)(b & 31);

    /// <summary>a shifted right by the low 5 bits of b, sign in, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Arsh32(ulong a, ulong b) => (uint)((int)a >> (int)(b & 31));

    /// <summary>Low half of b.</summary>
    [MethodImpl(Inline)] public static ulong Mov32(ulong b) => (uint)b;

    /// <summary>-a, 32-bit.</summary>
    [MethodImpl(Inline)] public static ulong Neg32(ulong a) => 0 - (uint)a;

    /// <summary>Low 8 bits of b, sign-extended to 64.</summary>
    [MethodImpl(Inline)] public static ulong MovSx8To64(ulong b) => (ulong)(sbyte)b;

    /// <summary>Low 16 bits of b, sign-extended to 64.</summary>
    [MethodImpl(Inline)] public static ulong MovSx16To64(ulong b) => (ulong)(short)b;

    /// <summary>Low 32 bits of b, sign-extended to 64.</summary>
    [MethodImpl(Inline)] public static ulong MovSx32To64(ulong b) => (ulong)(int)b;

    /// <summary>Low 8 bits of b, sign-extended to 32, then zero-extended.</summary>
    [MethodImpl(Inline)] public static ulong MovSx8To32(ulong b) => (uint)(sbyte)b;

    /// <summary>Low 16 bits of b, sign-extended to 32, then zero-extended.</summary>
    [MethodImpl(Inline)] public static ulong MovSx16To32(ulong b) => (uint)(short)b;

    /// <summary>Low 16 bits of a, as they are on a little-endian host.</summary>
    [MethodImpl(Inline)] public static ulong Le16(ulong a) => (ushort)a;

    /// <summary>Low 32 bits of a, as they are on a little-endian host.</summary>
    [MethodImpl(Inline)] public static ulong Le32(ulong a) => (uint)a;

    /// <summary>a, as it is on a little-endian host.</summary>
    [MethodImpl(Inline)] public static ulong Le64(ulong a) => a;

    /// <summary>Low 16 bits of a, reversed on a little-endian host.</summary>
    [MethodImpl(Inline)] public static ulong Be16(ulong a) => Bswap16(a);

    /// <summary>Low 32 bits of a, reversed on a little-endian host.</summary>
    [MethodImpl(Inline)] public static ulong Be32(ulong a) => Bswap32(a);

    /// <summary>a, reversed on a little-endian host.</summary>
    [MethodImpl(Inline)] public static ulong Be64(ulong a) => Bswap64(a);

    /// <summary>Low 16 bits of a, bytes reversed.</summary>
    [MethodImpl(Inline)] public static ulong Bswap16(ulong a) => BinaryPrimitives.ReverseEndianness((ushort)a);

    /// <summary>Low 32 bits of a, bytes reversed.</summary>
    [MethodImpl(Inline)] public static ulong Bswap32(ulong a) => BinaryPrimitives.ReverseEndianness((uint)a);

    /// <summary>a, bytes reversed.</summary>
    [MethodImpl(Inline)] public static ulong Bswap64(ulong a) => BinaryPrimitives.ReverseEndianness(a);
}
