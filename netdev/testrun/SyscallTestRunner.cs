using Netdev.Devices;
using Vm.Abi;
using Vm.Syscall;

namespace Netdev.TestRun;

/// <summary>BPF_PROG_TEST_RUN of SYSCALL programs: the context is the caller's memory, copied in and back.</summary>
/// <remarks>Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_syscall.</remarks>
/// <param name="network">Where they run: on its first CPU.</param>
public sealed class SyscallTestRunner(Network network) : ITestRunner
{
    /// <inheritdoc/>
    public Errno Run(TestRunCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if ((call.DataIn | call.DataOut | call.ContextOut) != 0 || call.AsksForTime || (call.Flags | call.BatchSize) != 0) return Errno.EINVAL;
        var program = call.Prog.Code;
        if (!SyscallRun.Takes(program, call.ContextSizeIn)) return Errno.EINVAL;
        var context = new byte[call.ContextSizeIn];
        if (!call.TryRead(call.ContextIn, context)) return Errno.EFAULT;
        return new TestRunPlace(network, call.Caller).OnCpu(program, x =>
        {
            uint result = (uint)SyscallRun.RunInside(x, program, context);
            if (!call.TryPutRetval(result)) return Errno.EFAULT;
            return call.TryWrite(call.ContextIn, context) ? Errno.None : Errno.EFAULT;
        });
    }
}
