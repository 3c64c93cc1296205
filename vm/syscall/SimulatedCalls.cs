using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>bpf(2) of the simulated kernel for one process, called from this one.</summary>
/// <remarks>One call at a time: attributes lie in one block. Processes with calls of their own run beside each other.</remarks>
/// <param name="syscalls">Who answers.</param>
/// <param name="process">For whom.</param>
/// <param name="memoryBytes">Room for all that one call needs.</param>
public sealed class SimulatedCalls(BpfSyscalls syscalls, Process process, long memoryBytes = 1 << 20) : IBpfCalls, IDisposable
{
    /// <summary>The process that calls.</summary>
    public Process Process { get; } = process;

    /// <inheritdoc/>
    public CallerBlock Memory { get; } = new(memoryBytes);

    /// <inheritdoc/>
    public int Bpf(BpfCommand command, ulong attributes, uint size) => syscalls.Run(Process, Memory, (int)command, attributes, size);

    /// <inheritdoc/>
    public Errno Close(int descriptor) => Process.Files.Close((uint)descriptor);

    /// <inheritdoc/>
    public int Duplicate(int descriptor) => Process.Files.Duplicate((uint)descriptor);

    /// <summary>Lets go of the memory calls are made from; the process goes on.</summary>
    public void Dispose() => Memory.Dispose();
}
