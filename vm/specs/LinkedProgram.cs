using Vm.Abi;
using Vm.Btf;
using Vm.Isa;

namespace Vm.Specs;

/// <summary>A program with CO-RE applied and every open reference turned into an index into a table beside it.</summary>
/// <remarks>
/// The instructions use only forms a host can place without looking at the object again:
/// ld_imm64 src 5 (MAP_IDX) and 6 (MAP_IDX_VALUE) with the index into <see cref="Maps"/>;
/// calls src 2 with <c>imm</c> = index into <see cref="Kfuncs"/> and off 0;
/// ld_imm64 src 3 (BTF_ID) with <c>imm</c> = index into <see cref="KernelSymbols"/>.
/// </remarks>
public sealed record LinkedProgram
{
    private const uint XdpHasFrags = 1 << 5;

    /// <summary>The spec this came from: names, type, functions and source lines.</summary>
    public required ProgramSpec Spec { get; init; }

    /// <summary>The object's name and license, for messages and GPL checks.</summary>
    public required string ObjectName { get; init; }

    /// <summary>License text.</summary>
    public required string License { get; init; }

    /// <summary>Program type to load as: the section's, or what the user chose.</summary>
    public required ProgramType Type { get; init; }

    /// <summary>Expected attach type to load with.</summary>
    public AttachType AttachType { get; init; }

    /// <summary>True for XDP programs that take packets in several buffers (BPF_F_XDP_HAS_FRAGS).</summary>
    public bool HasFrags => Type == ProgramType.Xdp && (Spec.LoadFlags & XdpHasFrags) != 0;

    /// <summary>Patched slots.</summary>
    public required RawInsn[] Insns { get; init; }

    /// <summary>Maps the instructions name, by index.</summary>
    public required IReadOnlyList<MapSpec> Maps { get; init; }

    /// <summary>Kernel functions the instructions call, by index.</summary>
    public IReadOnlyList<ExternRef> Kfuncs { get; init; } = [];

    /// <summary>Kernel variables the instructions take the address of, by index.</summary>
    public IReadOnlyList<ExternRef> KernelSymbols { get; init; } = [];

    /// <summary>What a loader could not place; null when everything has its place. The program is refused when its turn comes.</summary>
    public LinkRefusal? Unplaced { get; init; }

    /// <summary>The object's BTF; null without.</summary>
    public BtfSpec? Btf { get; init; }

    /// <summary>Source position of a slot; false when there is none.</summary>
    public bool TryLine(int slot, out LineInfo line)
    {
        int low = 0, high = Spec.Lines.Count - 1, found = -1;
        while (low <= high)
        {
            int mid = (low + high) / 2;
            if (Spec.Lines[mid].Slot <= slot) { found = mid; low = mid + 1; }
            else high = mid - 1;
        }
        line = found < 0 ? default : Spec.Lines[found];
        return found >= 0;
    }
}

/// <summary>Something an instruction names that is not there.</summary>
/// <param name="Slot">The instruction; one past the last for the program as a whole.</param>
/// <param name="Errno">What loading returns.</param>
/// <param name="Message">A line for the log, without its end.</param>
public readonly record struct LinkRefusal(int Slot, Errno Errno, string Message);

/// <summary>An extern of the object.</summary>
/// <param name="Name">C name.</param>
/// <param name="Weak">True when it may be absent.</param>
/// <param name="TypeId">BTF id of the local declaration; 0 when there is none.</param>
public readonly record struct ExternRef(string Name, bool Weak, uint TypeId);
