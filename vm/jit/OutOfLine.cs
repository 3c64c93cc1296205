using System.Reflection;
using System.Runtime.CompilerServices;
using Vm.Isa;

namespace Vm.Jit;

/// <summary>Meanings that compiled code must call rather than inline. A method is named like its <see cref="Op"/>.</summary>
/// <remarks>
/// RyuJIT 10 miscompiles them otherwise. A 64-bit local of which an instruction uses only the low half is retyped to 32 bits at that
/// use; when the use also forces the local out of its register (idiv takes RDX, cmpxchg takes RAX), the move copies 32 bits and
/// the high half is lost for all later uses. As arguments of a call the locals stay whole. The random-program test found it;
/// tests/cases/isa/ryujit-*.case hold on to it.
/// </remarks>
internal static class OutOfLine
{
    private const MethodImplOptions Called = MethodImplOptions.NoInlining;

    private static readonly MethodInfo?[] s_methods = Index();

    /// <summary>What to call for an operation: the method here if there is one, the shared meaning otherwise.</summary>
    public static bool TryMethod(Op op, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MethodInfo? method)
    {
        method = s_methods[(int)op];
        return method is not null || SemanticsTable.TryMethod(op, out method);
    }

    /// <inheritdoc cref="Semantics.Div32"/>
    [MethodImpl(Called)] public static ulong Div32(ulong a, ulong b) => Semantics.Div32(a, b);

    /// <inheritdoc cref="Semantics.SDiv32"/>
    [MethodImpl(Called)] public static ulong SDiv32(ulong a, ulong b) => Semantics.SDiv32(a, b);

    /// <inheritdoc cref="Semantics.Mod32"/>
    [MethodImpl(Called)] public static ulong Mod32(ulong a, ulong b) => Semantics.Mod32(a, b);

    /// <inheritdoc cref="Semantics.SMod32"/>
    [MethodImpl(Called)] public static ulong SMod32(ulong a, ulong b) => Semantics.SMod32(a, b);

    /// <inheritdoc cref="Atomics.AtomicFetchOr32"/>
    [MethodImpl(Called)] public static ulong AtomicFetchOr32(ulong address, ulong src) => Atomics.AtomicFetchOr32(address, src);

    /// <inheritdoc cref="Atomics.AtomicFetchAnd32"/>
    [MethodImpl(Called)] public static ulong AtomicFetchAnd32(ulong address, ulong src) => Atomics.AtomicFetchAnd32(address, src);

    /// <inheritdoc cref="Atomics.AtomicCmpXchg32"/>
    [MethodImpl(Called)] public static ulong AtomicCmpXchg32(ulong address, ulong r0, ulong src) => Atomics.AtomicCmpXchg32(address, r0, src);

    private static MethodInfo?[] Index() =>
        [.. Enum.GetNames<Op>().Select(name => typeof(OutOfLine).GetMethod(name, BindingFlags.Public | BindingFlags.Static))];
}
