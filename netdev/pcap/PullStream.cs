namespace Netdev.Pcap;

/// <summary>A read-only, forward-only stream whose asynchronous read simply reads.</summary>
/// <remarks>
/// A replay pulls: it has nothing to do until the bytes are there. Reading on the calling thread spares the hop
/// to a pool thread and back for every buffer, and keeps runs free of scheduling noise.
/// </remarks>
internal abstract class PullStream : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override int Read(Span<byte> buffer);

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Read(buffer.Span));

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public sealed override void Flush()
    {
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>A stream whose first bytes were looked at and put back.</summary>
internal sealed class PeekedStream : PullStream
{
    private readonly Stream _rest;
    private readonly byte[] _first;
    private readonly int _firstBytes;
    private int _given;

    /// <summary>Reads up to <paramref name="peekBytes"/> ahead; <see cref="First"/> shows what was there.</summary>
    public PeekedStream(Stream source, int peekBytes)
    {
        _rest = source;
        _first = new byte[peekBytes];
        _firstBytes = source.ReadAtLeast(_first, peekBytes, throwOnEndOfStream: false);
    }

    /// <summary>The first bytes, fewer than asked for only when the stream is that short.</summary>
    public ReadOnlySpan<byte> First => _first.AsSpan(0, _firstBytes);

    public override int Read(Span<byte> buffer)
    {
        var waiting = _first.AsSpan(_given, _firstBytes - _given);
        if (waiting.IsEmpty) return _rest.Read(buffer);
        var count = Math.Min(waiting.Length, buffer.Length);
        waiting[..count].CopyTo(buffer);
        _given += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _rest.Dispose();
        base.Dispose(disposing);
    }
}
