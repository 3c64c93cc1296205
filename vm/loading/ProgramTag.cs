using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Org.BouncyCastle.Crypto.Digests;
using Vm.Isa;

namespace Vm.Loading;

/// <summary>What tells two programs apart by their instructions: a hash of them with the numbers of maps left out.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/core.c, bpf_prog_calc_tag. Newer kernels hash with SHA-256.</remarks>
internal static class ProgramTag
{
    private const byte WideLoad = 0x18;
    private const int MapFd = 1, MapValue = 2;

    /// <summary>The first eight bytes of the SHA-1, as they lie in memory. O(slots).</summary>
    public static ulong Of(ReadOnlySpan<RawInsn> insns)
    {
        var plain = insns.ToArray();
        bool inMap = false;
        for (int slot = 0; slot < plain.Length; slot++)
        {
            var insn = plain[slot];
            bool starts = !inMap && insn.Code == WideLoad && insn.Src is MapFd or MapValue;
            bool ends = inMap && insn is { Code: 0, Registers: 0, Off: 0 };
            if (starts || ends) plain[slot] = insn with { Imm = 0 };
            inMap = starts;
        }
        var digest = new Sha1Digest();
        digest.BlockUpdate(MemoryMarshal.AsBytes<RawInsn>(plain));
        Span<byte> hash = stackalloc byte[digest.GetDigestSize()];
        digest.DoFinal(hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
