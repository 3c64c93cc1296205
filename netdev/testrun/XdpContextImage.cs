using System.Buffers.Binary;
using Netdev.Skbs;

namespace Netdev.TestRun;

/// <summary>struct xdp_md as test runs take it.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, struct xdp_md; net/bpf/test_run.c, bpf_prog_test_run_xdp.</remarks>
public static class XdpContextImage
{
    /// <summary>Size of the struct.</summary>
    public const int Bytes = 24;

    /// <summary>Reads what the user set.</summary>
    /// <param name="image">The struct.</param>
    /// <param name="dataEnd">Where the first buffer ends, counted from the metadata's start.</param>
    public static XdpTestContext Read(ReadOnlySpan<byte> image, out uint dataEnd)
    {
        dataEnd = Word(image, 1);
        return new XdpTestContext { Data = Word(image, 0), DataMeta = Word(image, 2), IngressIfindex = Word(image, 3), RxQueueIndex = Word(image, 4), EgressIfindex = Word(image, 5) };
    }

    /// <summary>Writes what the kernel gives back of a frame after a run: the other fields stay as given.</summary>
    public static void Write(ref SkBuff frame, Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, frame.MetaLength);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], (uint)frame.MetaLength + frame.Length);
    }

    /// <summary>Writes what the user sets.</summary>
    /// <param name="context">The fields.</param>
    /// <param name="bytes">Length of metadata and frame, which is where the frame ends.</param>
    /// <param name="to">At least <see cref="Bytes"/> bytes.</param>
    public static void Write(XdpTestContext context, int bytes, Span<byte> to)
    {
        uint[] words = [context.Data, (uint)bytes, context.DataMeta, context.IngressIfindex, context.RxQueueIndex, context.EgressIfindex];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(to[(4 * i)..], words[i]);
    }

    private static uint Word(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt32LittleEndian(image[(4 * at)..]);
}
