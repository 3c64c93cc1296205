using Vm.Isa;

namespace Vm.Interp;

/// <summary>The shared meanings of arithmetic, comparisons and atomics as delegates, by operation.</summary>
internal static class OpDelegates
{
    private static readonly Func<ulong, ulong>?[] s_unary = Index<Func<ulong, ulong>>();
    private static readonly Func<ulong, ulong, ulong>?[] s_binary = Index<Func<ulong, ulong, ulong>>();
    private static readonly Func<ulong, ulong, bool>?[] s_comparisons = Index<Func<ulong, ulong, bool>>();
    private static readonly Action<ulong, ulong>?[] s_atomics = Index<Action<ulong, ulong>>();
    private static readonly Func<ulong, ulong, ulong, ulong>?[] s_exchanges = Index<Func<ulong, ulong, ulong, ulong>>();

    /// <summary>The new dst of an arithmetic instruction.</summary>
    public static ulong Compute(Insn insn, ulong dst, ulong operand) =>
        s_binary[(int)insn.Op] is { } binary ? binary(dst, operand) : s_unary[(int)insn.Op]!(insn.Form == Form.Dst ? dst : operand);

    /// <summary>Whether a comparison holds.</summary>
    public static bool Holds(Insn insn, ulong dst, ulong operand) => s_comparisons[(int)insn.Op]!(dst, operand);

    /// <summary>Does an atomic; the old value for those that fetch it, anything for the others.</summary>
    public static ulong Exchange(Insn insn, ulong address, ulong r0, ulong src)
    {
        if (s_exchanges[(int)insn.Op] is { } compareExchange) return compareExchange(address, r0, src);
        if (s_binary[(int)insn.Op] is { } fetch) return fetch(address, src);
        s_atomics[(int)insn.Op]!(address, src);
        return 0;
    }

    private static T?[] Index<T>() where T : Delegate
    {
        var shape = typeof(T).GetMethod("Invoke")!;
        var wanted = shape.GetParameters().Length;
        return [.. Enum.GetValues<Op>().Select(op =>
            OpMethods.TryMethod(op, out var method) && method.ReturnType == shape.ReturnType && method.GetParameters().Length == wanted
                ? method.CreateDelegate<T>()
                : null)];
    }
}
