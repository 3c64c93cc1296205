using System.Globalization;
using System.Runtime.CompilerServices;
using Vm.Abi;
using Vm.Allocations;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>A run made more loop iterations than its budget allows: the packet is given up with a reason of its own.</summary>
/// <remarks>
/// Thrown by loop helpers and generated code, where nobody knows the program; the run loop catches it, and who runs a program alone passes it
/// on with the program's name and the source lines of its loops.
/// </remarks>
public sealed class LoopBudgetException : Exception
{
    /// <summary>Thrown inside a program.</summary>
    public LoopBudgetException()
        : base("The program used up its loop budget.")
    {
    }

    /// <summary>Names the program.</summary>
    /// <param name="program">The one that was running.</param>
    public LoopBudgetException(ExecutableProgram program)
        : base(Describe(program)) => Program = program;

    /// <summary>Says what looped when it was no program that was run, but a function one of them left behind.</summary>
    /// <param name="what">A sentence.</param>
    public LoopBudgetException(string what)
        : base(what)
    {
    }

    /// <summary>The program; null while nobody knows.</summary>
    public ExecutableProgram? Program { get; }

    /// <summary>What happened, in a sentence: budget, program, source lines of its loops.</summary>
    public static string Describe(ExecutableProgram program) => string.Create(CultureInfo.InvariantCulture,
        $"program '{program.Name}' used up its loop budget of {ExecContext.DefaultLoopBudget:N0} iterations{(program.Loops.Count == 0 ? "" : $"; it loops at {string.Join(", ", program.Loops)}")}");
}

/// <summary>Loops through callbacks. Source: Linux 6.12 kernel/bpf/bpf_iter.c, bpf_loop.</summary>
public static class LoopHelpers
{
    /// <summary>Most iterations of one bpf_loop. Source: Linux 6.12 include/linux/bpf.h, BPF_MAX_LOOPS.</summary>
    public const uint MaxLoops = 8 * 1024 * 1024;

    /// <summary>Calls back with 0, 1, 2 … until the callback returns 1.</summary>
    /// <returns>Iterations made; E2BIG above 8388608, as the low 32 bits alone; EINVAL for flags.</returns>
    /// <remarks>
    /// The kernel puts the loop into the program, where the count is all of R1 and the error a 32-bit move. (It calls the helper only
    /// when flags or callback differ from path to path.) Source: Linux 6.12 kernel/bpf/verifier.c, inline_bpf_loop.
    /// </remarks>
    [Helper(HelperId.Loop, Flags = CallFlags.CallsBack)]
    public static long Loop(ExecContext x, ulong count, GuestCallback callback, [Arg(KindOverride = (int)ArgKind.Memory, Flags = ArgFlags.MaybeNull)] ulong context, ulong flags)
    {
        if (flags != 0) return -(long)Errno.EINVAL;
        if (count > MaxLoops) return unchecked((uint)-(int)Errno.E2BIG);
        for (uint i = 0; i < count; i++)
        {
            if (Step(x, callback, i, context, 0, 0) != 0) return i + 1;
        }
        return (long)count;
    }

    /// <summary>Takes one iteration off the budget of the run.</summary>
    /// <exception cref="LoopBudgetException">There was none left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Charge(ExecContext x)
    {
        if (--x.LoopBudget < 0) BreakOff(x);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BreakOff(ExecContext x)
    {
        // Whoever comes next would wait for this lock for ever.
        if (x.Run.HeldLock != 0) GuestLock.Give(x.Run.HeldLock);
        x.Run.HeldLock = 0;
        throw new LoopBudgetException();
    }

    /// <summary>One iteration: charges the budget, then calls.</summary>
    internal static ulong Step(ExecContext x, GuestCallback callback, ulong r1, ulong r2, ulong r3, ulong r4)
    {
        Charge(x);
        return callback.Invoke(x, r1, r2, r3, r4, 0);
    }
}
