using System.Reflection;
using System.Runtime.CompilerServices;
using Vm.Isa;

namespace Vm.Jit;

/// <summary>Meanings that compiled code must call rather than inline. A method is named like its <see cref="Op"/>.</summary>
/// <remarks>
/// RyuJIT 10 miscompiles them otherwise, in three ways. A 64-bit local of which an instruction uses only the low half is retyped to 32
/// bits at that use; when the use also forces the local out of its register (idiv takes RDX, cmpxchg takes RAX), the move copies 32 bits
/// and the high half is lost for all later uses. Its search for zero extensions that can be left out does not see that xadd, xchg and
/// cmpxchg write the register they read: after one of 64 bits on a register that held a small number, (uint) of the result is the
/// whole result. And a load that follows an xadd moves in front of it, even one of the same bytes, when both values meet in one
/// expression and that of the xadd has gone through two operations more, as <c>(ulong)(Interlocked.Add(ref x, v) - v)</c> does.
/// Arguments and results of a call stay whole, and no load moves across one; so every atomic that fetches is called, whatever its
/// width. Those that do not fetch have no result to go wrong. The random programs found all three; tests/cases/isa/ryujit-*.case and
/// Tests.Jit.AtomicOrderTests hold on to it.
/// </remarks>
internal static class OutOfLine
{
    private const MethodImplOptions Called = MethodImplOptions.NoInlining;

    private static readonly MethodInfo?[] s_methods = Index();

    /// <summary>What to call for an operation: the method here if there is one, the shared meaning otherwise.</summary>
    public static bool TryMethod(Op op, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MethodInfo? method)
    {
        method = s_methods[(int)op];
        return method is not null || OpMethods.TryMethod(op, out method);
    }

    /// <inheritdoc cref="Arithmetic.Div32"/>
    [MethodImpl(Called)] public static ulong Div32(ulong a, ulong b) => Arithmetic.Div32(a, b);

    /// <inheritdoc cref="Arithmetic.SDiv32"/>
    [MethodImpl(Called)] public static ulong SDiv32(ulong a, ulong b) => Arithmetic.SDiv32(a, b);

    /// <inheritdoc cref="Arithmetic.Mod32"/>
    [MethodImpl(Called)] public static ulong Mod32(ulong a, ulong b) => Arithmetic.Mod32(a, b);

    /// <inheritdoc cref="Arithmetic.SMod32"/>
    [MethodImpl(Called)] public static ulong SMod32(ulong a, ulong b) => Arithmetic.SMod32(a, b);

    /// <inheritdoc cref="Atomics.AtomicFetchAdd32"/>
    [MethodImpl(Called)] public static ulong AtomicFetchAdd32(ulong address, ulong src) => Atomics.AtomicFetchAdd32(address, src);

    /// <inheritdoc cref="Atomics.AtomicFetchOr32"/>
    [MethodImpl(Called)] public static ulong AtomicFetchOr32(ulong address, ulong src) => Atomics.AtomicFetchOr32(address, src);

    /// <inheritdoc cref="Atomics.AtomicFetchAnd32"/>
    [MethodImpl(Called)] public static ulong AtomicFetchAnd32(ulong address, ulong src) => Atomics.AtomicFetchAnd32(address, src);

    /// <inheritdoc cref="Atomics.AtomicFetchXor32"/>
    [MethodImpl(Called)] public static ulong AtomicFetchXor32(ulong address, ulong src) => Atomics.AtomicFetchXor32(address, src);

    /// <inheritdoc cref="Atomics.AtomicXchg32"/>
    [MethodImpl(Called)] public static ulong AtomicXchg32(ulong address, ulong src) => Atomics.AtomicXchg32(address, src);

    /// <inheritdoc cref="Atomics.AtomicCmpXchg32"/>
    [MethodImpl(Called)] public static ulong AtomicCmpXchg32(ulong address, ulong r0, ulong src) => Atomics.AtomicCmpXchg32(address, r0, src);

    /// <inheritdoc cref="Atomics.AtomicFetchAdd64"/>
    [MethodImpl(Called)] public static ulong AtomicFetchAdd64(ulong address, ulong src) => Atomics.AtomicFetchAdd64(address, src);

    /// <inheritdoc cref="Atomics.AtomicFetchOr64"/>
    [MethodImpl(Called)] public static ulong AtomicFetchOr64(ulong address, ulong src) => Atomics.AtomicFetchOr64(address, src);

    /// <inheritdoc cref="Atomics.AtomicFetchAnd64"/>
    [MethodImpl(Called)] public static ulong AtomicFetchAnd64(ulong address, ulong src) => Atomics.AtomicFetchAnd64(address, src);

    /// <inheritdoc cref="Atomics.AtomicFetchXor64"/>
    [MethodImpl(Called)] public static ulong AtomicFetchXor64(ulong address, ulong src) => Atomics.AtomicFetchXor64(address, src);

    /// <inheritdoc cref="Atomics.AtomicXchg64"/>
    [MethodImpl(Called)] public static ulong AtomicXchg64(ulong address, ulong src) => Atomics.AtomicXchg64(address, src);

    /// <inheritdoc cref="Atomics.AtomicCmpXchg64"/>
    [MethodImpl(Called)] public static ulong AtomicCmpXchg64(ulong address, ulong r0, ulong src) => Atomics.AtomicCmpXchg64(address, r0, src);

    private static MethodInfo?[] Index() =>
        [.. Enum.GetNames<Op>().Select(name => typeof(OutOfLine).GetMethod(name, BindingFlags.Public | BindingFlags.Static))];
}
