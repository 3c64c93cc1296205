using Vm.Abi;
using Vm.Helpers;
using Vm.Memory;
using Vm.Runtime;

namespace Netdev.TestRun;

/// <summary>Runs a SYSCALL program once, as BPF_PROG_TEST_RUN does: the context is a piece of memory, copied back.</summary>
/// <remarks>Source: Linux 6.12 net/bpf/test_run.c, bpf_prog_test_run_syscall.</remarks>
public static class SyscallRun
{
    /// <summary>Most bytes of context.</summary>
    public const int MaxContextBytes = 65535;

    /// <summary>Runs it; the context is read from and written back to <paramref name="context"/>.</summary>
    /// <param name="x">The simulated CPU.</param>
    /// <param name="program">A SYSCALL program.</param>
    /// <param name="context">Its context, at most <see cref="MaxContextBytes"/>.</param>
    /// <param name="result">R0, its low 32 bits, signed.</param>
    /// <returns>EINVAL when the context is longer than that, or shorter than what the program may touch: it did not run.</returns>
    public static Errno Run(ExecContext x, ExecutableProgram program, Span<byte> context, out int result)
    {
        result = 0;
        if (context.Length > MaxContextBytes || context.Length < program.ContextBytes) return Errno.EINVAL;
        using var block = new NativeBlock(Math.Max(context.Length, 1));
        context.CopyTo(block.Bytes(0, context.Length));
        var typed = program.For<SyscallContext>();
        x.Reader.Enter();
        try
        {
            x.BeginRun();
            x.RawContext = (block.Address, context.Length);
            result = (int)typed.Run(new SyscallContext(block), x);
            block.Bytes(0, context.Length).CopyTo(context);
            x.RunWork();
            return Errno.None;
        }
        catch (LoopBudgetException)
        {
            throw new LoopBudgetException(x.Run.TailCalled ?? program);
        }
        finally
        {
            x.RawContext = default;
            x.Rest();
            x.Reader.Exit();
        }
    }
}
