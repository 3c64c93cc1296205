using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>BPF_PROG_TEST_RUN: what belongs to no program type alone.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_test_run.</remarks>
internal static class TestRuns
{
    public static int Run(Call call)
    {
        bool half = HalfGiven(call, TestRunCall.ContextSizeInAt, TestRunCall.ContextInAt) || HalfGiven(call, TestRunCall.ContextSizeOutAt, TestRunCall.ContextOutAt);
        if (half) return Call.Fail(Errno.EINVAL);
        var errno = call.Find<BpfProg>(call.U32(0), out var prog);
        if (errno != Errno.None) return Call.Fail(errno);
        using (prog)
        {
            return call.Syscalls.Settings.TestRunners.TryGetValue(prog.Object.Code.Type, out var runner)
                ? Call.Fail(runner.Run(new TestRunCall(call, prog.Object)))
                : Call.Fail(Errno.ENOTSUPP);
        }
    }

    /// <summary>True for a size without an address, or the other way round.</summary>
    private static bool HalfGiven(Call call, int size, int address) => (call.U32(size) == 0) != (call.U64(address) == 0);
}
