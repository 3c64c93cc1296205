using Vm.Abi;

namespace Vm.Runtime;

/// <summary>What programs must share for one to go on in the other.</summary>
/// <remarks>
/// A prog array belongs to the first that names it or is put into it, and takes none of another kind.
/// Source: Linux 6.12 kernel/bpf/core.c, __bpf_prog_map_compatible. Programs here are all compiled, or all interpreted.
/// </remarks>
/// <param name="Type">Program type: the context is read by its rules.</param>
/// <param name="AttachType">Expected attach type.</param>
/// <param name="HasFrags">True for XDP programs that take packets in several buffers (<c>xdp.frags</c>).</param>
public readonly record struct TailCallOwner(ProgramType Type, AttachType AttachType, bool HasFrags)
{
    private const int AttachShift = 8;
    private const uint FragsBit = 1u << 31;

    /// <summary>All of it in one number.</summary>
    public uint Number => (uint)Type | ((uint)AttachType << AttachShift) | (HasFrags ? FragsBit : 0);
}
