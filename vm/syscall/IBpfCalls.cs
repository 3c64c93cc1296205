using Vm.Abi;

namespace Vm.Syscall;

/// <summary>Somebody who answers bpf(2) to one process: the simulated kernel, or the live one.</summary>
/// <remarks>A call is what the system call takes: a number, the attributes as they lie in memory, their size.</remarks>
public interface IBpfCalls
{
    /// <summary>Memory attributes and buffers are set aside in.</summary>
    CallerBlock Memory { get; }

    /// <summary>bpf(2).</summary>
    /// <param name="command">Number; an unknown one is EINVAL.</param>
    /// <param name="attributes">Address of union bpf_attr.</param>
    /// <param name="size">Its bytes.</param>
    /// <returns>What the system call returns: a descriptor, a number, 0; or a negative errno.</returns>
    int Bpf(BpfCommand command, ulong attributes, uint size);

    /// <summary>close(2).</summary>
    Errno Close(int descriptor);

    /// <summary>dup(2).</summary>
    /// <returns>The new descriptor, or a negative errno.</returns>
    int Duplicate(int descriptor);
}
