using Vm.Abi;
using Vm.Isa;

namespace Vm.Specs;

/// <summary>One entry program of an object with the subprograms it calls appended, and what is still open in it.</summary>
/// <remarks>
/// Positions are instruction slots from the program's first (ld_imm64 counts as two). Calls between subprograms are
/// resolved (pc-relative); maps, kfuncs, variables and CO-RE are still open and listed in the tables below.
/// Source: Linux 6.12 tools/lib/bpf/libbpf.c, bpf_object__relocate.
/// </remarks>
public sealed record ProgramSpec
{
    /// <summary>C function name.</summary>
    public required string Name { get; init; }

    /// <summary>ELF section, without a leading <c>?</c>.</summary>
    public required string Section { get; init; }

    /// <summary>False when the section name starts with <c>?</c>: loaded only when asked for by name.</summary>
    public bool AutoLoad { get; init; } = true;

    /// <summary>Program type the section name stands for; <see cref="ProgramType.Unspec"/> when it names none.</summary>
    public ProgramType Type { get; init; }

    /// <summary>Attach type the section name stands for; <see cref="AttachType.None"/> when it names none.</summary>
    public AttachType AttachType { get; init; }

    /// <summary>Load flags the section name implies (BPF_F_SLEEPABLE 16, BPF_F_XDP_HAS_FRAGS 32).</summary>
    public uint LoadFlags { get; init; }

    /// <summary>All slots: the entry function, then every subprogram reached from it, each once.</summary>
    public required RawInsn[] Insns { get; init; }

    /// <summary>Functions, ascending; the first starts at slot 0.</summary>
    public required IReadOnlyList<FunctionInfo> Functions { get; init; }

    /// <summary>Source lines, ascending by slot; empty without <c>-g</c>.</summary>
    public IReadOnlyList<LineInfo> Lines { get; init; } = [];

    /// <summary>References to maps and externs that linking fills in, ascending by slot.</summary>
    public IReadOnlyList<OpenReference> References { get; init; } = [];

    /// <summary>CO-RE records, ascending by slot.</summary>
    public IReadOnlyList<CoreRelocation> CoreRelocations { get; init; } = [];

    /// <summary>True when it, or a subprogram of it, calls a helper.</summary>
    public bool Calls(HelperId helper)
    {
        const byte call = 0x85;
        return Array.Exists(Insns, insn => insn is { Code: call, Src: 0 } && insn.Imm == (int)helper);
    }
}

/// <summary>A function inside a program.</summary>
/// <param name="Slot">First slot.</param>
/// <param name="Name">C name; <c>sub_N</c> when the object has none.</param>
/// <param name="TypeId">BTF id of the FUNC; 0 without BTF.</param>
/// <param name="Global">True for a function with global linkage that is not the entry.</param>
public readonly record struct FunctionInfo(int Slot, string Name, uint TypeId, bool Global);

/// <summary>Source position of the slots from <paramref name="Slot"/> up to the next record.</summary>
/// <param name="Slot">First slot.</param>
/// <param name="File">File name as the compiler wrote it.</param>
/// <param name="Text">The line's text, untrimmed.</param>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Column">Column, from 1; 0 when unknown.</param>
/// <param name="FileNameOffset">Offset of the file name in the BTF strings, for hosts that pass line info on.</param>
/// <param name="TextOffset">Offset of the text in the BTF strings.</param>
public readonly record struct LineInfo(int Slot, string File, string Text, int Line, int Column, uint FileNameOffset, uint TextOffset);

/// <summary>What an <see cref="OpenReference"/> points at.</summary>
public enum ReferenceKind
{
    /// <summary>ld_imm64 of a map pointer: <see cref="OpenReference.Name"/> is a map of the object.</summary>
    Map,

    /// <summary>ld_imm64 of an address in entry 0 of a map (a global variable); offset in <see cref="OpenReference.Addend"/>.</summary>
    MapValue,

    /// <summary>A call of a kernel function (kfunc).</summary>
    Kfunc,

    /// <summary>ld_imm64 of a kernel variable's or function's address (<c>__ksym</c>).</summary>
    KernelSymbol,
}

/// <summary>A reference that only a host can fill in.</summary>
/// <param name="Slot">The instruction that holds it.</param>
/// <param name="Kind">What it points at.</param>
/// <param name="Name">Map, function or variable name.</param>
/// <param name="Addend">Byte offset inside the map value; 0 otherwise.</param>
/// <param name="Weak">True for a weak extern: absence is 0, not an error.</param>
/// <param name="TypeId">BTF id of the extern's local declaration; 0 when there is none.</param>
public readonly record struct OpenReference(int Slot, ReferenceKind Kind, string Name, uint Addend, bool Weak, uint TypeId);

/// <summary>One CO-RE record. Source: Linux 6.12 include/uapi/linux/bpf.h, struct bpf_core_relo.</summary>
/// <param name="Slot">Instruction to patch.</param>
/// <param name="TypeId">Root type in the object's BTF.</param>
/// <param name="Access">Access string, such as <c>0:1:2</c>.</param>
/// <param name="Kind">Kind 0-12, enum bpf_core_relo_kind.</param>
public readonly record struct CoreRelocation(int Slot, uint TypeId, string Access, uint Kind);
