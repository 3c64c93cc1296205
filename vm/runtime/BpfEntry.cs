using Vm.Abi;
using Vm.Memory;

namespace Vm.Runtime;

/// <summary>A program that can be called: R1 in, R0 out.</summary>
/// <param name="ctx">Address of the native context (packet struct, syscall arguments); what R1 holds.</param>
/// <param name="x">The simulated CPU it runs on.</param>
/// <returns>R0, all 64 bits; hooks look at the low 32.</returns>
public delegate ulong BpfEntry(ulong ctx, ExecContext x);

/// <summary>A program ready to run, whatever engine made it: what hooks and prog arrays hold.</summary>
/// <remarks>
/// Shared: hooks, links and prog arrays each hold a reference, and so does whoever made it, until <see cref="RefCounted.Dispose"/>. It holds its
/// maps. What it owns is freed with the last reference, once no packet is inside it. It can be called only through
/// <see cref="ProgramFor{TContext}"/>, with a context of its type.
/// </remarks>
public sealed class ExecutableProgram : RefCounted
{
    private readonly GuestReferent[] _owned;
    private readonly RefCounted[] _uses;

    /// <summary>Makes it.</summary>
    /// <param name="name">C function name.</param>
    /// <param name="type">Program type.</param>
    /// <param name="attachType">Expected attach type.</param>
    /// <param name="entry">The code.</param>
    /// <param name="engine">Which engine runs it.</param>
    /// <param name="owned">What its code refers to by guest value and nobody else frees: functions whose address it takes.</param>
    /// <param name="uses">What its code reaches and others hold too: maps, the memory of objects.</param>
    public ExecutableProgram(
        string name, ProgramType type, AttachType attachType, BpfEntry entry, string engine, IEnumerable<GuestReferent>? owned = null, IEnumerable<RefCounted>? uses = null)
    {
        _owned = [.. owned ?? []];
        _uses = [.. uses ?? []];
        foreach (var one in _uses) one.Acquire();
        Name = name;
        Type = type;
        AttachType = attachType;
        Entry = entry;
        Engine = engine;
    }

    /// <summary>Program id, from 1, unique in its kernel; 0 for a program no kernel knows.</summary>
    public uint Id { get; internal set; }

    /// <summary>C function name.</summary>
    public string Name { get; }

    /// <summary>Program type; tail calls demand the same one.</summary>
    public ProgramType Type { get; }

    /// <summary>Expected attach type it was loaded with.</summary>
    public AttachType AttachType { get; }

    /// <summary>True for XDP programs that take packets in several buffers.</summary>
    public bool HasFrags { get; init; }

    /// <summary>Of a raw context (SYSCALL programs), how many bytes from its start it may touch; it must not be given fewer.</summary>
    public int ContextBytes { get; init; }

    /// <summary>What programs it goes on in by tail call, and those that go on in it, must share with it.</summary>
    public TailCallOwner Owner => new(Type, AttachType, HasFrags);

    /// <summary>Which engine runs it: <c>jit</c> or <c>interpreter</c>.</summary>
    public string Engine { get; }

    /// <summary>Where it loops, as far as its length is not bounded by its own size: <c>file:line</c> of bpf_loop and kin, iterators, may_goto.</summary>
    public IReadOnlyList<string> Loops { get; init; } = [];

    /// <summary>Looks whether it takes contexts of a kind; with true, it can be called with them.</summary>
    public bool TryFor<TContext>(out ProgramFor<TContext> typed) where TContext : struct, IProgramContext
    {
        bool fits = TContext.Fits(Type);
        typed = fits ? new ProgramFor<TContext>(this) : default;
        return fits;
    }

    /// <summary>The program as one that can be called with contexts of a kind.</summary>
    /// <exception cref="ArgumentException">It is of a type that takes others.</exception>
    public ProgramFor<TContext> For<TContext>() where TContext : struct, IProgramContext =>
        TryFor<TContext>(out var typed) ? typed : throw new ArgumentException($"{this} is of type {Type}, which takes no {typeof(TContext).Name}.");

    /// <summary>The code, which takes any number for a context: only <see cref="ProgramFor{TContext}"/> and the engines may call it.</summary>
    internal BpfEntry Entry { get; }

    /// <inheritdoc/>
    public override string ToString() => $"program {Name}#{Id}";

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        foreach (var one in _owned) one.Dispose();
        foreach (var one in _uses) one.Release();
    }
}
