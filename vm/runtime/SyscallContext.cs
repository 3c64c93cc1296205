using Vm.Abi;
using Vm.Memory;

namespace Vm.Runtime;

/// <summary>What SYSCALL programs get in R1: a piece of memory their caller gave.</summary>
/// <param name="Block">The memory; it lives as long as the run.</param>
public readonly record struct SyscallContext(NativeBlock Block) : IProgramContext
{
    /// <inheritdoc/>
    public ulong Address => Block.Address;

    /// <inheritdoc/>
    public static bool Fits(ProgramType type) => type == ProgramType.Syscall;
}
