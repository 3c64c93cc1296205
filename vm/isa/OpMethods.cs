using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Vm.Isa;

/// <summary>The method that is the meaning of an operation, for engines that emit calls.</summary>
/// <remarks>
/// Methods of <see cref="Arithmetic"/>, <see cref="Comparisons"/> and <see cref="Atomics"/> are found by the name of the
/// <see cref="Op"/>, so there is no second list to keep. Parameters by kind: arithmetic <c>(dst, operand)</c>, or one value
/// when the old dst or the operand does not matter; comparisons <c>(dst, operand)</c> to bool; atomics
/// <c>(address, src)</c>, cmpxchg <c>(address, r0, src)</c>.
/// </remarks>
public static class OpMethods
{
    private static readonly MethodInfo?[] s_methods = Index();

    /// <summary>The operation's method; false for what engines do themselves: loads, stores, casts, calls, unconditional jumps.</summary>
    public static bool TryMethod(Op op, [NotNullWhen(true)] out MethodInfo? method)
    {
        method = s_methods[(int)op];
        return method is not null;
    }

    private static MethodInfo?[] Index()
    {
        var byName = new[] { typeof(Arithmetic), typeof(Comparisons), typeof(Atomics) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .ToDictionary(method => method.Name);
        return [.. Enum.GetNames<Op>().Select(byName.GetValueOrDefault)];
    }
}
