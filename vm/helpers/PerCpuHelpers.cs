using Vm.Abi;

namespace Vm.Helpers;

/// <summary>Address of a per-CPU variable of the kernel. There are none here, so no program holds one.</summary>
/// <param name="Address">Always 0 at run time.</param>
[GuestArgument(ArgKind.PerCpuBtfPointer)]
public readonly record struct PerCpuRef(ulong Address);

/// <summary>Per-CPU variables of the kernel, for the verifier's sake: what they take cannot be had here, so they never run.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/helpers.c, bpf_per_cpu_ptr, bpf_this_cpu_ptr.</remarks>
public static class PerCpuHelpers
{
    /// <summary>The variable of another CPU: null.</summary>
    [Helper(HelperId.PerCpuPtr, Flags = CallFlags.NeedsPerfmon)]
    [Returns(ReturnKind.MemoryOrNull)]
    public static ulong OfCpu(PerCpuRef variable, uint cpu) => 0;

    /// <summary>The variable of the CPU the program runs on.</summary>
    [Helper(HelperId.ThisCpuPtr, Flags = CallFlags.NeedsPerfmon)]
    [Returns(ReturnKind.Memory)]
    public static ulong OfThisCpu(PerCpuRef variable) => 0;
}
