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
        if (!Takes(program, (uint)context.Length)) return Errno.EINVAL;
        x.Reader.Enter();
        try
        {
            result = RunInside(x, program, context);
            return Errno.None;
        }
        catch (LoopBudgetException)
        {
            throw new LoopBudgetException(x.Run.TailCalled ?? program);
        }
        finally
        {
            x.Rest();
            x.Reader.Exit();
        }
    }

    /// <summary>Looks whether a program takes a context of so many bytes.</summary>
    internal static bool Takes(ExecutableProgram program, uint bytes) => bytes <= MaxContextBytes && bytes >= program.ContextBytes;

    /// <summary>Runs it on a CPU whose section the caller has begun.</summary>
    internal static int RunInside(ExecContext x, ExecutableProgram program, Span<byte> context)
    {
        using var block = new NativeBlock(Math.Max(context.Length, 1));
        context.CopyTo(block.Bytes(0, context.Length));
        var typed = program.For<SyscallContext>();
        try
        {
            x.BeginRun();
            x.RawContext = (block.Address, context.Length);
            int result = (int)typed.Run(new SyscallContext(block), x);
            block.Bytes(0, context.Length).CopyTo(context);
            x.RunWork();
            return result;
        }
        finally
        {
            x.RawContext = default;
        }
    }
}
