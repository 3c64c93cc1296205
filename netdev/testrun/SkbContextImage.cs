using System.Buffers.Binary;
using Netdev.Skbs;

namespace Netdev.TestRun;

/// <summary>struct __sk_buff as test runs take and give it.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h, struct __sk_buff; net/bpf/test_run.c, convert___skb_to_skb, convert_skb_to___skb.</remarks>
public static class SkbContextImage
{
    /// <summary>Size of the struct.</summary>
    public const int Bytes = 192;

    private const int GsoSize = 176;

    /// <summary>The fields a test run gives back, with their offset and size.</summary>
    public static IReadOnlyList<(string Name, int Offset, int Size)> Fields { get; } =
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
        Put(to, GsoSize, context.GsoSize);
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

    /// <summary>Reads what the user set.</summary>
    public static SkbTestContext Read(ReadOnlySpan<byte> image) => new()
    {
        Mark = (uint)Read(image, 8, 4),
        Priority = (uint)Read(image, 32, 4),
        IngressIfindex = (uint)Read(image, 36, 4),
        Ifindex = (uint)Read(image, 40, 4),
        Cb = ((uint)Read(image, 48, 4), (uint)Read(image, 52, 4), (uint)Read(image, 56, 4), (uint)Read(image, 60, 4), (uint)Read(image, 64, 4)),
        Timestamp = Read(image, 152, 8),
        WireLength = (uint)Read(image, 160, 4),
        GsoSegments = (uint)Read(image, 164, 4),
        GsoSize = (uint)Read(image, GsoSize, 4),
        HardwareTimestamp = Read(image, 184, 8),
    };

    /// <summary>True when only fields are set that a test run takes.</summary>
    public static bool IsTaken(ReadOnlySpan<byte> image)
    {
        Span<byte> rest = stackalloc byte[Bytes];
        image[..Bytes].CopyTo(rest);
        foreach (var (_, offset, size) in Fields) rest.Slice(offset, size).Clear();
        rest.Slice(GsoSize, 4).Clear();
        return rest.IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>One field of an image.</summary>
    public static ulong Read(ReadOnlySpan<byte> image, int offset, int size) =>
        size == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(image[offset..]) : BinaryPrimitives.ReadUInt32LittleEndian(image[offset..]);

    private static void Put(Span<byte> to, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(to[offset..], value);
}
