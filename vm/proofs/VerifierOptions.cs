namespace Vm.Proofs;

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

    /// <summary>Most instructions to simulate.</summary>
    public int InsnLimit { get; init; } = 1_000_000;

    /// <summary>Processors the program may find itself on: the range of bpf_get_smp_processor_id.</summary>
    public int Processors { get; init; } = 8192;
}
