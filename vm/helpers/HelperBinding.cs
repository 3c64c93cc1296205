using System.Reflection;
using Vm.Abi;

namespace Vm.Helpers;

/// <summary>How the registers of a call become the parameters of the C# method behind it.</summary>
public enum ParameterShape
{
    /// <summary>The simulated CPU (<see cref="Runtime.ExecContext"/> or the subclass the program type runs on); takes no register.</summary>
    Exec,

    /// <summary>The register as it is: ulong or long.</summary>
    Word,

    /// <summary>The low 32 bits: uint or int.</summary>
    Word32,

    /// <summary>A struct that holds nothing but one ulong (map key, map value, skb): the register reinterpreted.</summary>
    Wrapped,

    /// <summary>A guest handle resolved to its object (map, callback, crypto context); null handles stay null.</summary>
    Referent,

    /// <summary>Address and size registers of a helper as one span: the verifier demands memory of that size, which is below 2^29, or size 0 with NULL.</summary>
    Span,

    /// <summary>Address and size registers of a kernel function as a <see cref="Helpers.BufferOrNull"/>.</summary>
    BufferOrNull,
}

/// <summary>One C# parameter.</summary>
/// <param name="Shape">How it is built.</param>
/// <param name="Type">Its C# type.</param>
/// <param name="Register">First register it reads, 1-5; 0 for <see cref="ParameterShape.Exec"/>.</param>
public readonly record struct ParameterBinding(ParameterShape Shape, Type Type, int Register);

/// <summary>Calls a bound method the slow, uniform way: what the interpreter uses.</summary>
public delegate ulong HelperStub(Runtime.ExecContext x, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5);

/// <summary>A helper or kfunc bound to its C# method: one source for verifier, interpreter, JIT and documentation.</summary>
/// <param name="Id">Helper number; Unspec for a kfunc.</param>
/// <param name="Signature">What the verifier checks.</param>
/// <param name="Method">The static method that does it.</param>
/// <param name="Parameters">How to build its parameters, in order.</param>
/// <param name="Stub">The same call behind a uniform signature.</param>
public sealed record HelperBinding(
    HelperId Id,
    HelperSignature Signature,
    MethodInfo Method,
    IReadOnlyList<ParameterBinding> Parameters,
    HelperStub Stub)
{
    /// <summary>True for a kernel function called by BTF name rather than by number.</summary>
    public bool IsKfunc => Id == HelperId.Unspec;
}
