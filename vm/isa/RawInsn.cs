using System.Runtime.InteropServices;

namespace Vm.Isa;

/// <summary>One 8-byte instruction slot exactly as it lies in an object file and as bpf(2) takes it.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, struct bpf_insn. Little-endian hosts only, as the objects are.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public readonly record struct RawInsn(byte Code, byte Registers, short Off, int Imm)
{
    /// <summary>Makes a slot from its register numbers (0-15 each).</summary>
    public RawInsn(byte code, int dst, int src, short off, int imm)
        : this(code, (byte)((src << 4) | (dst & 0xf)), off, imm)
    {
    }

    /// <summary>Destination register, low nibble, 0-15 as encoded (11-15 are never legal).</summary>
    public int Dst => Registers & 0xf;

    /// <summary>Source register or pseudo-source selector, high nibble, 0-15 as encoded.</summary>
    public int Src => Registers >> 4;
}
