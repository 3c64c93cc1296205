namespace Vm.Runtime;

/// <summary>What both engines do once bpf_tail_call has named a program.</summary>
public static class TailCall
{
    /// <summary>
    /// Whether bpf_tail_call goes anywhere: it named a program, of the kind that is running. A prog array holds no other, so this is a second look,
    /// at the last place where one can be taken.
    /// </summary>
    /// <param name="x">The simulated CPU; a target of another kind is dropped, and the call has failed.</param>
    /// <param name="owner"><see cref="TailCallOwner.Number"/> of the running program.</param>
    public static bool Goes(ExecContext x, uint owner)
    {
        if (x.Run.TailTarget is not { } target) return false;
        if (target.Owner.Number == owner) return true;
        x.Run.TailTarget = null;
        return false;
    }

    /// <summary>Leaves the running frame for the program in <see cref="RunState.TailTarget"/>; its R0 is the frame's.</summary>
    /// <param name="x">The simulated CPU; the target is set.</param>
    /// <param name="ctx">What the new program gets in R1.</param>
    /// <param name="framePointer">R10 of the frame that is left: the new program takes its place on the guest stack.</param>
    /// <remarks>
    /// In a subprogram the new program's R0 goes to the subprogram's caller, as in the kernel. Nested host calls stay below 34.
    /// Source: Linux 6.12 arch/x86/net/bpf_jit_comp.c, emit_bpf_tail_call_indirect.
    /// </remarks>
    public static ulong Enter(ExecContext x, ulong ctx, ulong framePointer)
    {
        var target = x.Run.TailTarget!;
        x.Run.TailTarget = null;
        x.Run.TailCalled = target;
        x.Run.FramePointer = framePointer;
        return target.Entry(ctx, x);
    }
}
