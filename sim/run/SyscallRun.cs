using Vm.Memory;
using Vm.Runtime;

namespace Sim.Run;

/// <summary>Runs a SYSCALL program once, as BPF_PROG_TEST_RUN does: the context is a piece of memory, copied back.</summary>
/// <remarks>Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_syscall.</remarks>
public static class SyscallRun
{
    /// <summary>Most bytes of context.</summary>
    public const int MaxContextBytes = 65535;

    /// <summary>Runs it; the context is read from and written back to <paramref name="context"/>.</summary>
    /// <returns>R0, its low 32 bits, signed.</returns>
    public static int Run(ExecContext x, ExecutableProgram program, Span<byte> context)
    {
        using var block = new NativeBlock(MaxContextBytes);
        context.CopyTo(block.Bytes(0, context.Length));
        x.BeginRun();
        int result = (int)program.Entry(block.Address, x);
        block.Bytes(0, context.Length).CopyTo(context);
        x.RunWork();
        return result;
    }
}
