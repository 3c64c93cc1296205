using Netdev.TestRun;
using Vm.Abi;

namespace Sim.Fuzz;

/// <summary>What came of one generated program.</summary>
internal enum FuzzClass
{
    /// <summary>Accepted; everyone who ran it agrees.</summary>
    Agreed,

    /// <summary>Accepted, but what it computes depends on addresses or unwritten stack: run for its memory accesses, not compared.</summary>
    NotComparable,

    /// <summary>Refused by everyone asked.</summary>
    Refused,

    /// <summary>Verdicts differ, for a reason on the list of <see cref="NewerVerifier"/>.</summary>
    NewerKernel,

    /// <summary>Results or verdicts differ, for a reason on the list of <see cref="KernelMistake"/>.</summary>
    KernelMistaken,

    /// <summary>Only the kernel took it: we are too strict.</summary>
    OnlyKernelAccepts,

    /// <summary>Only we took it: possibly unsound.</summary>
    OnlyWeAccept,

    /// <summary>The JIT computes something else than the interpreter.</summary>
    EnginesDiffer,

    /// <summary>The simulator computes something else than the kernel.</summary>
    KernelDiffers,

    /// <summary>A register held what the verifier said it never holds: its proof is wrong, whatever came of it.</summary>
    WrongBelief,

    /// <summary>A verified program touched memory that is not its own.</summary>
    Fault,
}

/// <summary>One generated program's end.</summary>
/// <param name="Class">What came of it.</param>
/// <param name="Detail">Complaints or differences, in words.</param>
/// <param name="Packet">The packet that showed a difference; empty otherwise.</param>
internal sealed record FuzzOutcome(FuzzClass Class, string Detail, byte[] Packet)
{
    /// <summary>True for what must never happen.</summary>
    public bool IsFailure => Class is FuzzClass.EnginesDiffer or FuzzClass.KernelDiffers or FuzzClass.OnlyWeAccept or FuzzClass.WrongBelief or FuzzClass.Fault;

    /// <summary>True when the program was accepted by everyone asked, and run.</summary>
    public bool IsAccepted => Class is FuzzClass.Agreed or FuzzClass.NotComparable or FuzzClass.EnginesDiffer or FuzzClass.KernelDiffers or FuzzClass.WrongBelief or FuzzClass.Fault;
}

/// <summary>A program with what it is run over.</summary>
/// <param name="Type">SCHED_CLS or XDP.</param>
/// <param name="Lines">Its text.</param>
/// <param name="Packets">Packets to run it over.</param>
/// <param name="Context">Context of all of them; XDP programs take none.</param>
internal sealed record FuzzCase(ProgramType Type, IReadOnlyList<string> Lines, IReadOnlyList<byte[]> Packets, SkbTestContext Context);
