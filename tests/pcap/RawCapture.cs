using System.Buffers.Binary;
using System.IO.Compression;
using Netdev.Pcap;

namespace Tests.Pcap;

/// <summary>A packet with its bytes kept, to compare with what was expected.</summary>
internal sealed record KeptPacket(byte[] Data, long TimestampNs, int OriginalLength, int InterfaceId, LinkType LinkType)
{
    public bool Equals(KeptPacket? other) =>
        other is not null && Data.AsSpan().SequenceEqual(other.Data) && TimestampNs == other.TimestampNs
        && OriginalLength == other.OriginalLength && InterfaceId == other.InterfaceId && LinkType == other.LinkType;

    public override int GetHashCode() => HashCode.Combine(TimestampNs, Data.Length);
}

/// <summary>Writes captures byte by byte in either byte order, independent of the writers under test.</summary>
internal sealed class RawCapture(bool bigEndian)
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => _bytes.ToArray();

    public RawCapture U16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        if (bigEndian) BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        else BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        _bytes.AddRange(bytes);
        return this;
    }

    public RawCapture U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public RawCapture Bytes(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public RawCapture PcapHeader(uint magic, LinkType linkType = LinkType.Ethernet) =>
        U32(magic).U16(2).U16(4).U32(0).U32(0).U32(65535).U32((uint)linkType);

    public RawCapture PcapRecord(uint seconds, uint fraction, byte[] data, uint? original = null) =>
        U32(seconds).U32(fraction).U32((uint)data.Length).U32(original ?? (uint)data.Length).Bytes(data);

    public RawCapture Block(uint type, Action<RawCapture> body)
    {
        var inner = new RawCapture(bigEndian);
        body(inner);
        while (inner._bytes.Count % 4 != 0) inner.Bytes(0);
        var length = (uint)inner._bytes.Count + 12;
        return U32(type).U32(length).Bytes(inner.ToArray()).U32(length);
    }

    public RawCapture Section() => Block(0x0a0d0d0a, b => b.U32(0x1a2b3c4d).U16(1).U16(0).U32(uint.MaxValue).U32(uint.MaxValue));

    public RawCapture Interface(LinkType linkType = LinkType.Ethernet, uint snapLength = 0, byte? resolution = null, long? offset = null, byte? check = null) =>
        Block(1, b =>
        {
            b.U16((int)linkType).U16(0).U32(snapLength).Option(2, "eth0"u8).Option(4242, [1, 2, 3]);
            if (resolution is { } r) b.Option(9, [r]);
            if (check is { } c) b.Option(13, [c]);
            if (offset is { } o)
            {
                var value = new byte[8];
                if (bigEndian) BinaryPrimitives.WriteInt64BigEndian(value, o);
                else BinaryPrimitives.WriteInt64LittleEndian(value, o);
                b.Option(14, value);
            }
            b.U32(0);
        });

    public RawCapture Enhanced(uint interfaceId, ulong ticks, byte[] data, uint? original = null, uint? flags = null) =>
        Block(6, b => b.U32(interfaceId).U32((uint)(ticks >> 32)).U32((uint)ticks).U32((uint)data.Length)
            .U32(original ?? (uint)data.Length).Bytes(data).Pad().Option(1, "a comment"u8).Flags(flags).U32(0));

    public RawCapture Simple(byte[] kept, uint original) => Block(3, b => b.U32(original).Bytes(kept));

    public RawCapture Old(ushort interfaceId, ulong ticks, byte[] data) =>
        Block(2, b => b.U16(interfaceId).U16(7).U32((uint)(ticks >> 32)).U32((uint)ticks).U32((uint)data.Length).U32((uint)data.Length).Bytes(data));

    public static byte[] Gzip(ReadOnlySpan<byte> bytes, CompressionLevel level = CompressionLevel.Optimal)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, level, leaveOpen: true)) gzip.Write(bytes);
        return compressed.ToArray();
    }

    public static List<KeptPacket> ReadAll(byte[] capture)
    {
        using var reader = CaptureReader.Open(new MemoryStream(capture), "sample");
        return ReadAll(reader);
    }

    public static List<KeptPacket> ReadAll(CaptureReader reader)
    {
        var packets = new List<KeptPacket>();
        while (reader.TryRead(out var packet))
            packets.Add(new KeptPacket(packet.Data.ToArray(), packet.TimestampNs, packet.OriginalLength, packet.InterfaceId, packet.LinkType));
        return packets;
    }

    private RawCapture Flags(uint? flags) => flags is { } value ? U16(2).U16(4).U32(value) : this;

    private RawCapture Option(int code, ReadOnlySpan<byte> value) => U16(code).U16(value.Length).Bytes(value).Pad();

    private RawCapture Pad()
    {
        while (_bytes.Count % 4 != 0) _bytes.Add(0);
        return this;
    }
}
