using System.Buffers.Binary;

namespace Netdev.Pcap;

/// <summary>Writes classic pcap with nanosecond stamps, little-endian; the same packets give the same bytes.</summary>
/// <remarks>Not thread-safe. Writing a packet allocates nothing.</remarks>
public sealed class PcapWriter : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly CaptureBuffer _buffer;

    /// <summary>Begins a capture; the stream is closed with the writer.</summary>
    /// <param name="stream">Where the bytes go.</param>
    /// <param name="linkType">What every packet starts with.</param>
    /// <param name="snapLength">The limit the header states, in bytes; the writer does not cut packets.</param>
    public PcapWriter(Stream stream, LinkType linkType = LinkType.Ethernet, int snapLength = CaptureReader.MaxPacketBytes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _buffer = new CaptureBuffer(stream);
        var header = _buffer.Reserve(PcapReader.FileHeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header, PcapReader.MagicNanoseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], snapLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)linkType);
    }

    /// <summary>Adds a packet.</summary>
    /// <param name="timestampNs">Nanoseconds since the epoch, 0 to 2^32 seconds: classic pcap has no more.</param>
    /// <param name="data">The captured bytes, at most <see cref="CaptureReader.MaxPacketBytes"/>.</param>
    /// <param name="originalLength">Bytes on the wire; 0 when nothing was cut.</param>
    public void Write(long timestampNs, ReadOnlySpan<byte> data, int originalLength = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timestampNs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timestampNs / NanosecondsPerSecond, uint.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, CaptureReader.MaxPacketBytes);
        var record = _buffer.Reserve(PcapReader.RecordHeaderBytes + data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(timestampNs / NanosecondsPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)(timestampNs % NanosecondsPerSecond));
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], data.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], Math.Max(originalLength, data.Length));
        data.CopyTo(record[PcapReader.RecordHeaderBytes..]);
    }

    /// <summary>Hands everything written so far to the stream.</summary>
    public void Flush() => _buffer.Flush();

    /// <summary>Writes what is left and closes the stream.</summary>
    public void Dispose() => _buffer.Dispose();
}
