using Vm.Abi;
using Vm.Proofs;

namespace Vm.Verifier;

/// <summary>What the verifier decided. A value: a refused program is no exception.</summary>
/// <param name="Log">The log, as much of it as the options asked for.</param>
/// <param name="Stats">How much work it took.</param>
public abstract record Verdict(string Log, VerifierStats Stats)
{
    /// <summary>The program is safe.</summary>
    /// <param name="Program">The proof and its by-products.</param>
    /// <param name="Log">The log.</param>
    public sealed record Accepted(VerifiedProgram Program, string Log) : Verdict(Log, Program.Stats);

    /// <summary>The program cannot be shown to be safe.</summary>
    /// <param name="Pc">Slot at which the walk stopped.</param>
    /// <param name="Errno">What bpf(2) returns.</param>
    /// <param name="Message">Why, in the kernel's words; several lines are separated by newlines.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Stats">How much work it took.</param>
    public sealed record Rejected(int Pc, Errno Errno, string Message, string Log, VerifierStats Stats) : Verdict(Log, Stats);

    /// <summary>Nobody here can tell: the program needs something of the kernel that is not simulated. The kernel may well take it.</summary>
    /// <param name="Pc">Slot at which the walk stopped.</param>
    /// <param name="What">What it needs, in our words, without a full stop.</param>
    /// <param name="Log">The log.</param>
    /// <param name="Stats">How much work it took.</param>
    public sealed record Unsupported(int Pc, string What, string Log, VerifierStats Stats) : Verdict(Log, Stats);
}

/// <summary>How much the verifier writes. Source: Linux 6.12 include/linux/bpf_verifier.h, BPF_LOG_LEVEL1 and kin.</summary>
[Flags]
public enum LogLevels
{
    /// <summary>Nothing but the final line and complaints.</summary>
    None = 0,

    /// <summary>The path that failed.</summary>
    FailingPath = 1,

    /// <summary>Every path, with precision tracking.</summary>
    Everything = 2,

    /// <summary>Stack depths.</summary>
    Stats = 4,
}

/// <summary>What the user decides about verification.</summary>
public sealed record VerifierOptions
{
    /// <summary>How much to log.</summary>
    public LogLevels Log { get; init; }

    /// <summary>Most bytes of log to keep; older text is dropped first.</summary>
    public int LogBytes { get; init; } = 16 << 20;

    /// <summary>Demand natural alignment of every access (BPF_F_STRICT_ALIGNMENT).</summary>
    public bool StrictAlignment { get; init; }

    /// <summary>Store a state at every prune point (BPF_F_TEST_STATE_FREQ).</summary>
    public bool StateAtEveryPoint { get; init; }

    /// <summary>Refuse programs on which the verifier contradicts itself (BPF_F_TEST_REG_INVARIANTS).</summary>
    public bool CheckInvariants { get; init; }

    /// <summary>
    /// Refuse whatever would let a program see an address, as the kernel does for users without CAP_PERFMON: what an accepted program
    /// computes then depends on its input alone (if it reads no stack it has not written). Complaints use the kernel's words.
    /// Source: Linux 6.12 kernel/bpf/verifier.c, env-&gt;allow_ptr_leaks.
    /// </summary>
    public bool HidesAddresses { get; init; }

    /// <summary>
    /// Keep what is known of stack that a helper only reads. 6.12 forgets it; kernels from 6.14 on do not (commit 37cce22dbd51). For telling
    /// whether that is why a newer kernel decides otherwise.
    /// </summary>
    public bool KeepsStackHelpersRead { get; init; }

    /// <summary>Filled with what is believed before each instruction, for checking it against a run; null, and nothing is kept.</summary>
    public Beliefs? Beliefs { get; init; }

    /// <summary>Most instructions to simulate.</summary>
    public int InsnLimit { get; init; } = 1_000_000;

    /// <summary>Processors the program may find itself on: the range of bpf_get_smp_processor_id.</summary>
    public int Processors { get; init; } = 8192;
}
