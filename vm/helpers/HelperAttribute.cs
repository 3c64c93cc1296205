using System.Diagnostics;
using Vm.Abi;

namespace Vm.Helpers;

/// <summary>Makes a static method the body of a kernel helper; its C# signature is the helper's prototype.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HelperAttribute : Attribute
{
    /// <summary>A helper of the kernel.</summary>
    public HelperAttribute(HelperId id) => (Id, Name) = (id, id.KernelName() ?? throw new UnreachableException($"the kernel has no helper {id}"));

    /// <summary>A call that is no helper of the kernel, for programs of tests and instruction vectors.</summary>
    public HelperAttribute(int number, string name) => (Id, Name) = ((HelperId)number, name);

    /// <summary>Helper number.</summary>
    public HelperId Id { get; }

    /// <summary>Kernel name, <c>bpf_map_lookup_elem</c>.</summary>
    public string Name { get; }

    /// <summary>Properties of the call.</summary>
    public CallFlags Flags { get; init; }
}

/// <summary>Makes a static method the body of a kernel function that programs call by BTF name.</summary>
/// <param name="name">Kernel name.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KfuncAttribute(string name) : Attribute
{
    /// <summary>Kernel name.</summary>
    public string Name => name;

    /// <summary>KF_* flags as call properties.</summary>
    public CallFlags Flags { get; init; }
}

/// <summary>On a wrapper struct or guest object class: what kind of argument a parameter of this type is.</summary>
/// <param name="kind">Argument kind.</param>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Class)]
public sealed class GuestArgumentAttribute(ArgKind kind) : Attribute
{
    /// <summary>Argument kind.</summary>
    public ArgKind Kind => kind;

    /// <summary>Kernel struct name, for BTF pointers and iterators.</summary>
    public string? TypeName { get; init; }

    /// <summary>Size in bytes of fixed-size memory.</summary>
    public int FixedBytes { get; init; }
}

/// <summary>On a parameter: refines or replaces what its type says.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ArgAttribute : Attribute
{
    /// <summary>Refinements.</summary>
    public ArgFlags Flags { get; init; }

    /// <summary>Kind, where the C# type alone does not tell (a plain ulong that is an address); -1 keeps the type's.</summary>
    public int KindOverride { get; init; } = -1;

    /// <summary>Size in bytes of fixed-size memory.</summary>
    public int FixedBytes { get; init; }

    /// <summary>Kernel struct name.</summary>
    public string? TypeName { get; init; }

    /// <summary>Kind of dynptr made or demanded.</summary>
    public DynptrKind Dynptr { get; init; }
}

/// <summary>NULL is allowed here. Only where the kernel prototype says so.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OrNullAttribute : Attribute;

/// <summary>Size zero is allowed for this span. Only where the kernel prototype says so.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OrZeroAttribute : Attribute;

/// <summary>The span must be initialised by the program although the helper also writes it.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class InitializedAttribute : Attribute;

/// <summary>On a method: what R0 holds afterwards, where the C# return type alone does not tell.</summary>
/// <param name="kind">Return kind.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReturnsAttribute(ReturnKind kind) : Attribute
{
    /// <summary>Return kind.</summary>
    public ReturnKind Kind => kind;

    /// <summary>Kernel struct name of the pointer returned.</summary>
    public string? TypeName { get; init; }

    /// <summary>Index of the argument (from 0) whose constant value is the size of the memory returned; -1 for none.</summary>
    public int SizeArg { get; init; } = -1;

    /// <summary>Fixed size in bytes of the memory returned.</summary>
    public int Bytes { get; init; }
}
