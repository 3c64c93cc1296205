using Vm.Btf;
using Vm.Memory;
using Vm.Allocations;

namespace Vm.Kernel;

/// <summary>Types loaded with BPF_BTF_LOAD, or the kernel's own.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/btf.c, struct btf.</remarks>
/// <param name="spec">The types.</param>
/// <param name="raw">The bytes they were read from, which BPF_OBJ_GET_INFO_BY_FD gives back.</param>
public sealed class BpfBtf(BtfSpec spec, ReadOnlyMemory<byte> raw) : RefCounted, IKernelObject
{
    private readonly Lock _gate = new();
    private AllocationHeap? _heap;

    /// <summary>The types.</summary>
    public BtfSpec Spec { get; } = spec;

    /// <summary>The bytes as loaded.</summary>
    public ReadOnlyMemory<byte> Raw { get; } = raw;

    /// <summary>Objects of these types that programs have made and not given back: held by maps, or lost.</summary>
    public long LiveObjects
    {
        get
        {
            lock (_gate) return _heap is { References: > 0 } heap ? heap.Live : 0;
        }
    }

    /// <summary>Bytes all objects of these types may take that programs make with bpf_obj_new; after that it answers NULL.</summary>
    public long AllocationBytes { get; init; } = AllocationHeap.DefaultBytes;

    /// <summary>
    /// Where objects of these types live: one place for all programs and maps that were made with them, so that one may take what another has made.
    /// The caller holds it and gives it back with <see cref="RefCounted.Release"/>; it is freed with the last that may reach it.
    /// </summary>
    /// <param name="kernel">The kernel it is memory of.</param>
    public AllocationHeap AcquireHeap(BpfKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        lock (_gate)
        {
            if (_heap is { } there && there.TryAcquire()) return there;
            _heap = new AllocationHeap(AllocationBytes);
            kernel.Track(_heap);
            _heap.Acquire();
            // The maker's own reference is not needed: programs and maps hold it.
            _heap.Dispose();
            return _heap;
        }
    }

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
