using Vm.Abi;

namespace Vm.Syscall;

/// <summary>Runs programs of some type for BPF_PROG_TEST_RUN: the networking side registers one for each type it can run so.</summary>
/// <remarks>Source: Linux 6.12 include/linux/bpf.h, struct bpf_prog_ops.</remarks>
public interface ITestRunner
{
    /// <summary>Checks what belongs to the type, runs the program and writes its results.</summary>
    Errno Run(TestRunCall call);
}
