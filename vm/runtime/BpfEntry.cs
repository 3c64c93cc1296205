using Vm.Abi;
using Vm.Memory;

namespace Vm.Runtime;

/// <summary>A program that can be called: R1 in, R0 out.</summary>
/// <param name="ctx">Address of the native context (packet struct, syscall arguments); what R1 holds.</param>
/// <param name="x">The simulated CPU it runs on.</param>
/// <returns>R0, all 64 bits; hooks look at the low 32.</returns>
public delegate ulong BpfEntry(ulong ctx, ExecContext x);

/// <summary>A program ready to run, whatever engine made it: what hooks and prog arrays hold.</summary>
/// <remarks>Disposing frees what it owns; it must not run any more then, nor may anything call back one of its functions.</remarks>
public sealed class ExecutableProgram : IDisposable
{
    private static int s_lastId;

    private readonly GuestObject[] _owned;

    /// <summary>Makes it; ids are handed out in order of creation, as the kernel's are.</summary>
    /// <param name="name">C function name.</param>
    /// <param name="type">Program type.</param>
    /// <param name="attachType">Expected attach type.</param>
    /// <param name="entry">The code.</param>
    /// <param name="engine">Which engine runs it.</param>
    /// <param name="owned">What its code refers to by guest value and nobody else frees: functions whose address it takes.</param>
    public ExecutableProgram(string name, ProgramType type, AttachType attachType, BpfEntry entry, string engine, params IEnumerable<GuestObject> owned)
    {
        _owned = [.. owned];
        Name = name;
        Type = type;
        AttachType = attachType;
        Entry = entry;
        Engine = engine;
        Id = (uint)Interlocked.Increment(ref s_lastId);
    }

    /// <summary>Program id, from 1, unique in the process.</summary>
    public uint Id { get; }

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

    /// <summary>The code.</summary>
    public BpfEntry Entry { get; }

    /// <summary>Which engine runs it: <c>jit</c> or <c>interpreter</c>.</summary>
    public string Engine { get; }

    /// <summary>Where it loops, as far as its length is not bounded by its own size: <c>file:line</c> of bpf_loop and kin, iterators, may_goto.</summary>
    public IReadOnlyList<string> Loops { get; init; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in _owned) one.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}#{Id}";
}
