using System.Runtime.CompilerServices;

namespace Vm.Runtime;

/// <summary>What running programs keep on their CPU between calls. All of it together is saved and put back by whoever may have to break a run off.</summary>
/// <remarks>
/// At rest everything but the frame pointer is zero. A program that returns leaves all at rest but the count of its tail calls and
/// <see cref="TailCalled"/>; one that an exception leaves does not, and who catches it copies back what was there before.
/// </remarks>
public struct RunState
{
    /// <summary>Set by bpf_tail_call when it found its program: the engine leaves the running one for it at once and clears this.</summary>
    public ExecutableProgram? TailTarget;

    /// <summary>The program the last tail call went to; null when the outermost program has made none.</summary>
    public ExecutableProgram? TailCalled;

    /// <summary>R10 of the next program or subprogram frame to start; moves down while frames are active.</summary>
    public ulong FramePointer;

    /// <summary>What bpf_throw was given; meaningful while <see cref="Throwing"/>.</summary>
    public ulong ThrowCookie;

    /// <summary>The bpf_spin_lock the running program holds; 0 for none. Given back when the run is broken off.</summary>
    public ulong HeldLock;

    /// <summary>Tail calls done since the outermost program was entered; 33 is the last one allowed.</summary>
    public int TailCalls;

    /// <summary>Cells of <see cref="ExecContext.Keys"/> in use: one for each loop over an array that is running.</summary>
    public int KeysInUse;

    /// <summary>Blocks of <see cref="ExecContext.Words"/> that are lent: a bit for each.</summary>
    public uint LentWords;

    /// <summary>
    /// Set by bpf_throw: every function of the running program returns at once, until its entry function clears this and answers for all
    /// of them. Programs hold nothing when they throw, so there is nothing to undo on the way.
    /// </summary>
    public bool Throwing;

    /// <summary>Makes ready for an outermost program on a CPU at rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginProgram()
    {
        TailCalls = 0;
        TailCalled = null;
    }
}
