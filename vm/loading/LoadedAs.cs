using Vm.Isa;
using Vm.Kernel;

namespace Vm.Loading;

/// <summary>What whoever loads a program says of it besides its instructions; the kernel keeps it and shows it.</summary>
public sealed record LoadedAs
{
    /// <summary>Its name, at most 15 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The instructions as they were handed over, maps by descriptor: what the tag is of.</summary>
    public required RawInsn[] Insns { get; init; }

    /// <summary>Maps it uses, one for each of the linked program's.</summary>
    public required IReadOnlyList<BpfMap> Maps { get; init; }

    /// <summary>Its types; null without.</summary>
    public BpfBtf? Btf { get; init; }

    /// <summary>struct bpf_func_info records, 8 bytes each; empty without types.</summary>
    public ReadOnlyMemory<byte> FuncInfo { get; init; }

    /// <summary>struct bpf_line_info records, 16 bytes each; empty without types.</summary>
    public ReadOnlyMemory<byte> LineInfo { get; init; }

    /// <summary>Who loads it.</summary>
    public uint Uid { get; init; }
}
