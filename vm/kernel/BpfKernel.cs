using Vm.Maps;
using Vm.Memory;

namespace Vm.Kernel;

/// <summary>The part of a kernel that owns what bpf(2) makes: which memory is live, who is looking at it, which maps are pinned.</summary>
/// <remarks>One for each network; objects that are loaded into the same kernel share pinned maps and see each other's memory.</remarks>
public sealed class BpfKernel : IDisposable
{
    /// <summary>Memory of all maps and objects that are live.</summary>
    public GuestRegions Memory { get; } = new();

    /// <summary>The CPUs that run programs, as readers of what is attached.</summary>
    public Rcu Readers { get; } = new();

    /// <summary>Maps pinned in the bpf file system.</summary>
    public BpfPins Pins { get; } = new();

    /// <summary>Makes a map or a heap known: its memory is live until it is freed, and it is freed after the packets that may see it.</summary>
    public void Adopt<T>(T made) where T : RefCounted, IGuestMemory
    {
        ArgumentNullException.ThrowIfNull(made);
        made.Readers = Readers;
        Memory.Add(made);
    }

    /// <summary>Takes all pins away. What others hold stays.</summary>
    public void Dispose() => Pins.Clear();
}
