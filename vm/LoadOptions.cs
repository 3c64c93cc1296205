using Vm.Abi;
using Vm.Allocations;
using Vm.Btf;
using Vm.Interp;
using Vm.Jit;
using Vm.Kernel;
using Vm.Programs;
using Vm.Proofs;

namespace Vm;

/// <summary>Which engine runs programs.</summary>
public enum Engine
{
    /// <summary>Compiled to .NET IL.</summary>
    Jit,

    /// <summary>Interpreted, every memory access checked.</summary>
    Interpreter,
}

/// <summary>What an object is loaded with.</summary>
public sealed record LoadOptions
{
    /// <summary>Data of a program type; null for a type that is not simulated. The networking side knows them.</summary>
    public required Func<ProgramType, ProgramKind?> Kinds { get; init; }

    /// <summary>Simulated CPUs, 1-4096.</summary>
    public int CpuCount { get; init; } = 1;

    /// <summary>Which engine.</summary>
    public Engine Engine { get; init; }

    /// <summary>Types to relocate against; null for the built-in ones.</summary>
    public BtfSpec? TargetBtf { get; init; }

    /// <summary>Verifier settings.</summary>
    public VerifierOptions Verifier { get; init; } = new();

    /// <summary>JIT settings.</summary>
    public JitOptions Jit { get; init; } = new();

    /// <summary>Watches every step of interpreted programs; null for none. The JIT's code cannot be watched.</summary>
    public IStepObserver? Steps { get; init; }

    /// <summary>The kernel the object is loaded into: the network's whose CPUs run the programs. One of its own when nobody runs them.</summary>
    public BpfKernel Kernel { get; init; } = new();

    /// <summary>Bytes all objects that its programs make with bpf_obj_new may take; after that bpf_obj_new answers NULL.</summary>
    public long ObjectBytes { get; init; } = AllocationHeap.DefaultBytes;

    /// <summary>Program type to load sections as that name none (<c>.text</c>, unknown names).</summary>
    public ProgramType FallbackType { get; init; } = ProgramType.Unspec;
}
