using Vm.Abi;

namespace Vm.Runtime;

/// <summary>A program that can be called: R1 in, R0 out.</summary>
/// <param name="ctx">Address of the native context (packet struct, syscall arguments); what R1 holds.</param>
/// <param name="x">The simulated CPU it runs on.</param>
/// <returns>R0, all 64 bits; hooks look at the low 32.</returns>
public delegate ulong BpfEntry(ulong ctx, ExecContext x);

/// <summary>A program ready to run, whatever engine made it: what hooks and prog arrays hold.</summary>
public sealed class ExecutableProgram
{
    private static int s_lastId;

    /// <summary>Makes it; ids are handed out in order of creation, as the kernel's are.</summary>
    public ExecutableProgram(string name, ProgramType type, AttachType attachType, BpfEntry entry, string engine)
    {
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

    /// <summary>The code.</summary>
    public BpfEntry Entry { get; }

    /// <summary>Which engine runs it: <c>jit</c> or <c>interpreter</c>.</summary>
    public string Engine { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}#{Id}";
}
