using System.Diagnostics;
using System.Reflection;
using Vm.Abi;
using Vm.Maps;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Reads helper bindings off C# classes: every static method with <see cref="HelperAttribute"/> or <see cref="KfuncAttribute"/>.</summary>
/// <remarks>Start-up work. A parameter type it does not know is our bug and stops start-up with its name.</remarks>
public static class HelperBinder
{
    /// <summary>Binds every helper and kfunc of a class, in declaration order.</summary>
    public static IReadOnlyList<HelperBinding> Bind(Type type)
    {
        var bindings = new List<HelperBinding>();
        foreach (var method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly).OrderBy(m => m.MetadataToken))
        {
            if (method.GetCustomAttribute<HelperAttribute>() is { } helper) bindings.Add(Bind(method, helper.Id, helper.Name, helper.Flags));
            else if (method.GetCustomAttribute<KfuncAttribute>() is { } kfunc) bindings.Add(Bind(method, HelperId.Unspec, kfunc.Name, kfunc.Flags));
        }
        return bindings;
    }

    private static HelperBinding Bind(MethodInfo method, HelperId id, string name, CallFlags flags)
    {
        var parameters = new List<ParameterBinding>();
        var args = new List<ArgSpec>();
        foreach (var parameter in method.GetParameters())
        {
            var shape = ShapeOf(parameter);
            parameters.Add(new(shape, parameter.ParameterType, shape == ParameterShape.Exec ? 0 : args.Count + 1));
            if (shape == ParameterShape.Exec) continue;
            args.Add(ArgOf(parameter, shape));
            if (shape is ParameterShape.Span or ParameterShape.BufferOrNull) args.Add(SizeOf(parameter, shape));
        }
        if (id == HelperId.Unspec && parameters.Exists(parameter => parameter.Shape == ParameterShape.Span))
            throw new UnreachableException($"{name}: a kernel function's memory may be NULL at run time; it is a {nameof(BufferOrNull)}.");
        if (args.Count > 5) throw new UnreachableException($"{name} takes {args.Count} registers; there are five.");
        var (kind, typeName, sizeArg, bytes) = ReturnOf(method);
        var signature = new HelperSignature(name, args, kind, flags, typeName, sizeArg, bytes);
        return new HelperBinding(id, signature, method, parameters, CallIl.MakeStub(name, method, parameters, id == HelperId.Unspec));
    }

    private static ParameterShape ShapeOf(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (type.IsAssignableTo(typeof(ExecContext))) return ParameterShape.Exec;
        if (type == typeof(ulong) || type == typeof(long)) return ParameterShape.Word;
        if (type == typeof(uint) || type == typeof(int)) return ParameterShape.Word32;
        if (type == typeof(Span<byte>) || type == typeof(ReadOnlySpan<byte>)) return ParameterShape.Span;
        if (type == typeof(BufferOrNull)) return ParameterShape.BufferOrNull;
        if (type.IsAssignableTo(typeof(GuestReferent))) return ParameterShape.Referent;
        if (IsWrapper(type)) return ParameterShape.Wrapped;
        throw new UnreachableException($"{parameter.Member.DeclaringType}.{parameter.Member.Name}: no register becomes a {type} ({parameter.Name}).");
    }

    private static bool IsWrapper(Type type)
    {
        var fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
        return type.IsValueType && fields.Length == 1 && fields[0].FieldType == typeof(ulong);
    }

    private static ArgSpec ArgOf(ParameterInfo parameter, ParameterShape shape)
    {
        var type = parameter.ParameterType;
        var own = parameter.GetCustomAttribute<ArgAttribute>();
        var declared = type.GetCustomAttribute<GuestArgumentAttribute>();
        var flags = own?.Flags ?? ArgFlags.None;
        var kind = shape switch
        {
            ParameterShape.Span => ArgKind.Memory,
            ParameterShape.Word or ParameterShape.Word32 => ArgKind.Anything,
            _ when type.IsAssignableTo(typeof(Map)) => ArgKind.ConstMapPtr,
            _ => declared?.Kind ?? throw new UnreachableException($"{type} says no argument kind."),
        };
        if (own is { KindOverride: >= 0 }) kind = (ArgKind)own.KindOverride;
        if (parameter.GetCustomAttribute<OrNullAttribute>() is not null) flags |= ArgFlags.MaybeNull;
        if (type == typeof(ReadOnlySpan<byte>)) flags |= ArgFlags.ReadOnly;
        else if (shape == ParameterShape.Span && parameter.GetCustomAttribute<InitializedAttribute>() is null) flags |= ArgFlags.Uninit;
        int bytes = own is { FixedBytes: > 0 } ? own.FixedBytes : declared?.FixedBytes ?? 0;
        if (bytes > 0) flags |= ArgFlags.FixedSize;
        return new ArgSpec(kind, flags, bytes, own?.TypeName ?? declared?.TypeName, own?.Dynptr ?? DynptrKind.Any) { PassedBytes = PassedBytes(shape) };
    }

    private static ArgSpec SizeOf(ParameterInfo memory, ParameterShape shape) =>
        new(ArgKind.ConstSize, memory.GetCustomAttribute<OrZeroAttribute>() is null ? ArgFlags.None : ArgFlags.OrZero) { PassedBytes = PassedBytes(shape) };

    // Of a span's size all 64 bits are proven to be below 2^29, so that its low half is all of it.
    private static int PassedBytes(ParameterShape shape) => shape is ParameterShape.Word32 or ParameterShape.BufferOrNull ? 4 : 8;

    private static (ReturnKind Kind, string? TypeName, int SizeArg, int Bytes) ReturnOf(MethodInfo method)
    {
        if (method.GetCustomAttribute<ReturnsAttribute>() is { } said) return (said.Kind, said.TypeName, said.SizeArg, said.Bytes);
        var type = method.ReturnType;
        if (type == typeof(void)) return (ReturnKind.Void, null, -1, 0);
        if (type == typeof(MapValueOrNull)) return (ReturnKind.MapValueOrNull, null, -1, 0);
        if (type == typeof(long) || type == typeof(ulong) || type == typeof(int) || type == typeof(uint) || type == typeof(bool))
            return (ReturnKind.Integer, null, -1, 0);
        throw new UnreachableException($"{method.DeclaringType}.{method.Name}: R0 cannot hold a {type}.");
    }
}
