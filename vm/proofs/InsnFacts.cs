using Vm.Helpers;

namespace Vm.Proofs;

/// <summary>What a load, store or atomic was proven to touch. One kind an instruction, whatever path leads there.</summary>
public enum AccessKind : byte
{
    /// <summary>The instruction touches no memory, or was never reached.</summary>
    None,

    /// <summary>A context field, rewritten by the field table; see <see cref="InsnFacts.ContextField"/>.</summary>
    Context,

    /// <summary>The guest stack, of this frame or of a caller's.</summary>
    Stack,

    /// <summary>Packet bytes or the metadata in front of them.</summary>
    Packet,

    /// <summary>A map value.</summary>
    MapValue,

    /// <summary>Other live memory: map keys, ring buffer records, dynptr slices, raw context, memory of global functions' arguments.</summary>
    Memory,

    /// <summary>
    /// A kernel object through BTF, which the kernel reads fault-tolerantly: a failed load yields 0 (BPF_PROBE_MEM).
    /// </summary>
    Probe,

    /// <summary>Arena memory: 32-bit addressing, missing pages read as 0 and swallow stores.</summary>
    Arena,
}

/// <summary>Whether a conditional jump has been seen to go one way only, on every path the verifier walked.</summary>
public enum BranchFact : byte
{
    /// <summary>Both ways, or not a conditional jump.</summary>
    Either,

    /// <summary>Always jumps.</summary>
    AlwaysTaken,

    /// <summary>Never jumps.</summary>
    NeverTaken,
}

/// <summary>What the verifier learned about one instruction and the engines rely on.</summary>
public readonly record struct InsnFacts
{
    /// <summary>Facts of an instruction that takes no part.</summary>
    public InsnFacts()
    {
    }

    /// <summary>False when no path reaches the instruction: engines leave it out.</summary>
    public bool Reached { get; init; }

    /// <summary>What a memory instruction touches.</summary>
    public AccessKind Access { get; init; }

    /// <summary>How a conditional jump goes.</summary>
    public BranchFact Branch { get; init; }

    /// <summary>For <see cref="AccessKind.Context"/>: index into the layout's fields; -1 for the raw context of SYSCALL programs.</summary>
    public short ContextField { get; init; } = -1;

    /// <summary>For <see cref="AccessKind.Context"/>: byte offset inside the field.</summary>
    public short ContextByte { get; init; }

    /// <summary>
    /// For <see cref="AccessKind.Stack"/>: offset from R10 of the frame the instruction runs in, when it is the same on every path and
    /// lies in that frame (-512 to -1); 0 when it varies or belongs to a caller's frame.
    /// </summary>
    public short StackOffset { get; init; }

    /// <summary>
    /// For calls that take a map, and for <see cref="AccessKind.MapValue"/>: index into the program's maps when it is the same on every
    /// path; -1 otherwise (the register then holds the map at run time).
    /// </summary>
    public short MapIndex { get; init; } = -1;

    /// <summary>For lookups in arrays whose key is a known constant on the stack: that key; -1 otherwise.</summary>
    public long ConstantKey { get; init; } = -1;

    /// <summary>For calls of helpers and kfuncs: the binding; null otherwise.</summary>
    public HelperBinding? Call { get; init; }

    /// <summary>For bpf_obj_new: BTF id of the struct whose object it makes; 0 otherwise.</summary>
    public uint AllocationType { get; init; }
}
