using System.Buffers.Binary;
using Netdev.TestRun;

namespace Sim.Live;

/// <summary>struct xdp_md as test runs take it.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, struct xdp_md; net/bpf/test_run.c, bpf_prog_test_run_xdp.</remarks>
internal static class XdpContextImage
{
    /// <summary>Size of the struct.</summary>
    public const int Bytes = 24;

    /// <summary>Writes what the user sets.</summary>
    /// <param name="context">The fields.</param>
    /// <param name="bytes">Length of metadata and frame, which is where the frame ends.</param>
    /// <param name="to">At least <see cref="Bytes"/> bytes.</param>
    public static void Write(XdpTestContext context, int bytes, Span<byte> to)
    {
        uint[] words = [context.Data, (uint)bytes, context.DataMeta, context.IngressIfindex, context.RxQueueIndex, context.EgressIfindex];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(to[(4 * i)..], words[i]);
    }
}
