using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>What the simulated bpf(2) is built with: how programs are loaded, and where they can be attached.</summary>
public sealed record SyscallSettings
{
    /// <summary>How programs that are loaded are verified, compiled and sized; the kernel in it is the one that owns what is made.</summary>
    public required LoadOptions Load { get; init; }

    /// <summary>Attach points by attach type. A type that is not here is answered as by a kernel built without it.</summary>
    public IReadOnlyDictionary<AttachType, IAttachPoint> AttachPoints { get; init; } = new Dictionary<AttachType, IAttachPoint>();

    /// <summary>Who runs programs for BPF_PROG_TEST_RUN, by program type. A type that is not here is answered with ENOTSUPP.</summary>
    public IReadOnlyDictionary<ProgramType, ITestRunner> TestRunners { get; init; } = new Dictionary<ProgramType, ITestRunner>();

    /// <summary>Looks whether an interface number is a device of the caller's network namespace.</summary>
    public Func<Process, uint, bool> HasInterface { get; init; } = (_, _) => false;
}
