using Vm.Helpers;
using Vm.Isa;
using Vm.Programs;
using Vm.Specs;

namespace Vm.Proofs;

/// <summary>A function of a verified program.</summary>
/// <param name="Start">First slot.</param>
/// <param name="End">One past the last slot.</param>
/// <param name="Name">C name.</param>
/// <param name="StackBytes">Stack it uses below its R10, 0-512, a multiple of 8.</param>
/// <param name="Callback">True when its address is taken (ld_imm64 src 4).</param>
/// <param name="ReadsUnwrittenStack">
/// True when it may read stack bytes it never wrote; engines then zero the frame on entry, so that runs stay deterministic.
/// </param>
public readonly record struct SubprogramFacts(int Start, int End, string Name, int StackBytes, bool Callback, bool ReadsUnwrittenStack);

/// <summary>How much work the verifier did. Source: Linux 6.12 kernel/bpf/verifier.c, print_verification_stats.</summary>
/// <param name="InsnsProcessed">Instructions simulated, over all paths.</param>
/// <param name="TotalStates">States stored for pruning.</param>
/// <param name="PeakStates">Most states held at once.</param>
/// <param name="MaxStatesPerInsn">Most states stored at one instruction.</param>
/// <param name="LongestMarkRead">Longest liveness walk.</param>
public readonly record struct VerifierStats(long InsnsProcessed, int TotalStates, int PeakStates, int MaxStatesPerInsn, int LongestMarkRead);

/// <summary>A program that was proven safe, with the proof's by-products. Engines accept nothing else.</summary>
/// <remarks>
/// Plain data and tied to no run: maps are indices, memory comes when it is compiled. The constructor is internal; the
/// architecture test sees to it that only the verifier and the door marked unsafe use it.
/// </remarks>
public sealed class VerifiedProgram
{
    internal VerifiedProgram(LinkedProgram source, ProgramKind kind, Insn[] insns, InsnFacts[] facts, SubprogramFacts[] subprograms, VerifierStats stats)
    {
        Source = source;
        Kind = kind;
        Insns = insns;
        Facts = facts;
        Subprograms = subprograms;
        Stats = stats;
    }

    /// <summary>True when a reached instruction calls bpf_throw: functions may return with <see cref="Runtime.RunState.Throwing"/> set.</summary>
    public bool Throws { get; internal init; }

    /// <summary>Function that gets the cookie of bpf_throw and answers for the program; -1 when the cookie is the answer.</summary>
    public int ExceptionCallback { get; internal init; } = -1;

    /// <summary>Of a raw context (SYSCALL programs), how many bytes from its start the program may touch; it must not run with fewer.</summary>
    public int ContextBytes { get; internal init; }

    /// <summary>What was verified: names, maps, source lines.</summary>
    public LinkedProgram Source { get; }

    /// <summary>Program type data it was verified against.</summary>
    public ProgramKind Kind { get; }

    /// <summary>Decoded instructions, one entry a slot.</summary>
    public IReadOnlyList<Insn> Insns { get; }

    /// <summary>Facts, one entry a slot.</summary>
    public IReadOnlyList<InsnFacts> Facts { get; }

    /// <summary>Functions, ascending; the first is the entry.</summary>
    public IReadOnlyList<SubprogramFacts> Subprograms { get; }

    /// <summary>How much work it took.</summary>
    public VerifierStats Stats { get; }

    /// <summary>C function name.</summary>
    public string Name => Source.Spec.Name;

    /// <summary>Source lines (<c>file:line</c>) of the instructions that charge the loop budget; their slots where there is no line. O(insns).</summary>
    public IReadOnlyList<string> LoopPlaces()
    {
        var places = new List<string>();
        for (int pc = 0; pc < Insns.Count; pc++)
        {
            bool loops = Insns[pc].Op == Op.MayGoto || (Facts[pc].Call?.Signature.Flags & (CallFlags.CallsBack | CallFlags.IterNext)) > 0;
            if (!loops || !Facts[pc].Reached) continue;
            string place = Source.TryLine(pc, out var line) ? $"{line.File}:{line.Line}" : $"instruction {pc}";
            if (!places.Contains(place)) places.Add(place);
        }
        return places;
    }
}

/// <summary>The one way around the verifier, for ISA vectors and engine tests, whose programs are not BPF programs of any type.</summary>
/// <remarks>
/// Nothing is proven: a bad access corrupts this process. Only tests and the conformance plugin may call it (the architecture test
/// counts the callers).
/// </remarks>
internal static class UnsafeDoor
{
    /// <summary>Declares a program verified without looking at it. Every instruction counts as reached, every access as plain memory.</summary>
    public static VerifiedProgram TrustBlindly(LinkedProgram source, ProgramKind kind, Insn[] insns, SubprogramFacts[] subprograms, InsnFacts[] facts) =>
        new(source, kind, insns, facts, subprograms, default);
}
