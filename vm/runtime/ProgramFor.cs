using System.Runtime.CompilerServices;
using Vm.Abi;

namespace Vm.Runtime;

/// <summary>What some types of programs get in R1: an address, and the knowledge of what lies there.</summary>
public interface IProgramContext
{
    /// <summary>What R1 holds.</summary>
    ulong Address { get; }

    /// <summary>True for the program types that get such a context.</summary>
    static abstract bool Fits(ProgramType type);
}

/// <summary>A program together with the proof that it takes contexts of one kind (<see cref="ExecutableProgram.For{TContext}"/>): the only way to call one.</summary>
/// <remarks>
/// A program trusts what its verifier was told of its context, and the numbers in it are native addresses. A SYSCALL program that
/// was given a packet's would read and write them as plain bytes.
/// </remarks>
/// <typeparam name="TContext">The kind of context.</typeparam>
public readonly struct ProgramFor<TContext> where TContext : struct, IProgramContext
{
    private readonly BpfEntry _entry;

    internal ProgramFor(ExecutableProgram program)
    {
        Program = program;
        _entry = program.Entry;
    }

    /// <summary>The program.</summary>
    public ExecutableProgram Program { get; }

    /// <summary>Runs the program on a CPU that is ready for it (<see cref="ExecContext.BeginRun"/>).</summary>
    /// <returns>R0, all 64 bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Run(TContext context, ExecContext x) => _entry(context.Address, x);
}
