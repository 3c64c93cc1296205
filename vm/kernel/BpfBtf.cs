using Vm.Btf;
using Vm.Memory;

namespace Vm.Kernel;

/// <summary>Types loaded with BPF_BTF_LOAD, or the kernel's own.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, struct btf.</remarks>
/// <param name="spec">The types.</param>
/// <param name="raw">The bytes they were read from, which BPF_OBJ_GET_INFO_BY_FD gives back.</param>
public sealed class BpfBtf(BtfSpec spec, byte[] raw) : RefCounted, IKernelObject
{
    /// <summary>The types.</summary>
    public BtfSpec Spec { get; } = spec;

    /// <summary>The bytes as loaded.</summary>
    public ReadOnlyMemory<byte> Raw { get; } = raw;

    /// <summary><c>vmlinux</c> or a module's name; empty for what programs bring.</summary>
    public string Name { get; init; } = "";

    /// <summary>True for types of the kernel and its modules.</summary>
    public bool IsKernel { get; init; }

    /// <inheritdoc/>
    public uint Id { get; set; }

    /// <inheritdoc/>
    public bool IsLive => References > 0;

    /// <inheritdoc/>
    public bool TryHold() => TryAcquire();

    /// <inheritdoc/>
    public void LetGo() => Release();

    /// <inheritdoc/>
    public override string ToString() => $"btf {Name}#{Id}";
}
