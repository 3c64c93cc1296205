using System.Buffers.Binary;
using Netdev.Skbs;
using Netdev.TestRun;

namespace Sim.Live;

/// <summary>struct __sk_buff as test runs take and give it.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, struct __sk_buff; net/bpf/test_run.c, convert___skb_to_skb, convert_skb_to___skb.</remarks>
internal static class SkbContextImage
{
    /// <summary>Size of the struct.</summary>
    public const int Bytes = 192;

    /// <summary>The fields a test run gives back, with their offset and size.</summary>
    public static readonly (string Name, int Offset, int Size)[] Fields =
    [
        ("mark", 8, 4), ("priority", 32, 4), ("ingress_ifindex", 36, 4), ("ifindex", 40, 4),
        ("cb[0]", 48, 4), ("cb[1]", 52, 4), ("cb[2]", 56, 4), ("cb[3]", 60, 4), ("cb[4]", 64, 4),
        ("tstamp", 152, 8), ("wire_len", 160, 4), ("gso_segs", 164, 4), ("hwtstamp", 184, 8),
    ];

    /// <summary>Writes what the user sets.</summary>
    public static void Write(SkbTestContext context, Span<byte> to)
    {
        Put(to, 8, context.Mark);
        Put(to, 32, context.Priority);
        Put(to, 36, context.IngressIfindex);
        Put(to, 40, context.Ifindex);
        Put(to, 48, context.Cb.C0);
        Put(to, 52, context.Cb.C1);
        Put(to, 56, context.Cb.C2);
        Put(to, 60, context.Cb.C3);
        Put(to, 64, context.Cb.C4);
        BinaryPrimitives.WriteUInt64LittleEndian(to[152..], context.Timestamp);
        Put(to, 160, context.WireLength);
        Put(to, 164, context.GsoSegments);
        Put(to, 176, context.GsoSize);
        BinaryPrimitives.WriteUInt64LittleEndian(to[184..], context.HardwareTimestamp);
    }

    /// <summary>Writes our packet's state as the kernel would.</summary>
    public static void Write(ref SkBuff skb, Span<byte> to)
    {
        Put(to, 8, skb.Mark);
        Put(to, 32, skb.Priority);
        Put(to, 36, skb.IngressIfindex);
        Put(to, 40, skb.Ifindex);
        BinaryPrimitives.WriteUInt64LittleEndian(to[48..], skb.Cb01);
        BinaryPrimitives.WriteUInt64LittleEndian(to[56..], skb.Cb23);
        Put(to, 64, skb.Cb4);
        BinaryPrimitives.WriteInt64LittleEndian(to[152..], skb.Timestamp);
        Put(to, 160, skb.WireLength);
        Put(to, 164, skb.GsoSegments);
        BinaryPrimitives.WriteInt64LittleEndian(to[184..], skb.HardwareTimestamp);
    }

    /// <summary>One field of an image.</summary>
    public static ulong Read(ReadOnlySpan<byte> image, int offset, int size) =>
        size == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(image[offset..]) : BinaryPrimitives.ReadUInt32LittleEndian(image[offset..]);

    private static void Put(Span<byte> to, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(to[offset..], value);
}
