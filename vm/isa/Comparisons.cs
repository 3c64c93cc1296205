using System.Runtime.CompilerServices;

namespace Vm.Isa;

/// <summary>When each conditional jump is taken.</summary>
/// <remarks>
/// A method is named like its <see cref="Op"/>; operands are whole registers, a constant comes sign-extended.
/// Source: Linux 6.12 kernel/bpf/core.c, ___bpf_prog_run, COND_JMP; RFC 9669 §4.3.
/// </remarks>
public static class Comparisons
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>a = b.</summary>
    [MethodImpl(Inline)] public static bool Jeq64(ulong a, ulong b) => a == b;

    /// <summary>a ≠ b.</summary>
    [MethodImpl(Inline)] public static bool Jne64(ulong a, ulong b) => a != b;

    /// <summary>Unsigned a &gt; b.</summary>
    [MethodImpl(Inline)] public static bool Jgt64(ulong a, ulong b) => a > b;

    /// <summary>Unsigned a ≥ b.</summary>
    [MethodImpl(Inline)] public static bool Jge64(ulong a, ulong b) => a >= b;

    /// <summary>Unsigned a &lt; b.</summary>
    [MethodImpl(Inline)] public static bool Jlt64(ulong a, ulong b) => a < b;

    /// <summary>Unsigned a ≤ b.</summary>
    [MethodImpl(Inline)] public static bool Jle64(ulong a, ulong b) => a <= b;

    /// <summary>a and b share a set bit.</summary>
    [MethodImpl(Inline)] public static bool Jset64(ulong a, ulong b) => (a & b) != 0;

    /// <summary>Signed a &gt; b.</summary>
    [MethodImpl(Inline)] public static bool Jsgt64(ulong a, ulong b) => (long)a > (long)b;

    /// <summary>Signed a ≥ b.</summary>
    [MethodImpl(Inline)] public static bool Jsge64(ulong a, ulong b) => (long)a >= (long)b;

    /// <summary>Signed a &lt; b.</summary>
    [MethodImpl(Inline)] public static bool Jslt64(ulong a, ulong b) => (long)a < (long)b;

    /// <summary>Signed a ≤ b.</summary>
    [MethodImpl(Inline)] public static bool Jsle64(ulong a, ulong b) => (long)a <= (long)b;

    /// <summary>a = b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jeq32(ulong a, ulong b) => (uint)a == (uint)b;

    /// <summary>a ≠ b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jne32(ulong a, ulong b) => (uint)a != (uint)b;

    /// <summary>Unsigned a &gt; b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jgt32(ulong a, ulong b) => (uint)a > (uint)b;

    /// <summary>Unsigned a ≥ b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jge32(ulong a, ulong b) => (uint)a >= (uint)b;

    /// <summary>Unsigned a &lt; b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jlt32(ulong a, ulong b) => (uint)a < (uint)b;

    /// <summary>Unsigned a ≤ b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jle32(ulong a, ulong b) => (uint)a <= (uint)b;

    /// <summary>a and b share a set bit, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jset32(ulong a, ulong b) => (uint)(a & b) != 0;

    /// <summary>Signed a &gt; b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jsgt32(ulong a, ulong b) => (int)a > (int)b;

    /// <summary>Signed a ≥ b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jsge32(ulong a, ulong b) => (int)a >= (int)b;

    /// <summary>Signed a &lt; b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jslt32(ulong a, ulong b) => (int)a < (int)b;

    /// <summary>Signed a ≤ b, low halves.</summary>
    [MethodImpl(Inline)] public static bool Jsle32(ulong a, ulong b) => (int)a <= (int)b;
}
