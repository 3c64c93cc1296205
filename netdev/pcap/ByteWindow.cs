using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Netdev.Pcap;

/// <summary>A stream seen through a moving window: hands out contiguous spans, copying only what crosses two buffers.</summary>
/// <remarks>
/// The pipe owns the buffers; we keep the array of the current one at hand, so that a take that fits (nearly all do)
/// is a compare and an add. Memory stays at a few buffers plus the largest single take, whatever the file's size.
/// A span is valid until the next call.
/// </remarks>
internal sealed class ByteWindow : IDisposable
{
    private const int BufferBytes = 256 * 1024;

    private readonly PipeReader _pipe;
    private ReadOnlySequence<byte> _unread;
    private byte[] _array = [];
    private int _start;
    private int _position;
    private int _end;
    private long _startOffset;
    private byte[] _crossing = [];
    private bool _hasRead;
    private bool _completed;
    private bool _closed;

    public ByteWindow(Stream source) =>
        _pipe = PipeReader.Create(source, new StreamPipeReaderOptions(bufferSize: BufferBytes, minimumReadSize: BufferBytes / 4));

    /// <summary>Bytes of the stream before the next one to be taken.</summary>
    public long Offset => _startOffset + (_position - _start);

    /// <summary>Bytes left, known exactly once a take has failed.</summary>
    public long Remaining => _unread.Length - (_position - _start);

    /// <summary>The next bytes as far as they are at hand without reading; taken with <see cref="Skip"/>.</summary>
    public ReadOnlySpan<byte> AtHand => new(_array, _position, _end - _position);

    /// <summary>Takes bytes that were seen <see cref="AtHand"/>.</summary>
    /// <param name="count">No more than there were.</param>
    public void Skip(int count) => _position += count;

    /// <summary>Takes the next bytes; false, with nothing taken, when the stream ends before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count > _end - _position) return TryTakeAcross(count, out bytes);
        bytes = new ReadOnlySpan<byte>(_array, _position, count);
        _position += count;
        return true;
    }

    /// <summary>Shows the next bytes without taking them; false when the stream ends before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPeek(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count > _end - _position) return TryPeekAcross(count, out bytes);
        bytes = new ReadOnlySpan<byte>(_array, _position, count);
        return true;
    }

    /// <summary>Ends the stream here: every later take fails and nothing remains.</summary>
    public void Close()
    {
        _closed = true;
        _startOffset = Offset;
        _unread = default;
        _array = [];
        _start = _position = _end = 0;
    }

    public void Dispose()
    {
        Close();
        _pipe.Complete();
    }

    private bool TryTakeAcross(int count, out ReadOnlySpan<byte> bytes)
    {
        if (!TryPeekAcross(count, out bytes)) return false;
        SetUnread(_unread.Slice(count), Offset + count);
        return true;
    }

    /// <summary>As TryPeek, and leaves <see cref="_unread"/> starting exactly at the bytes shown.</summary>
    private bool TryPeekAcross(int count, out ReadOnlySpan<byte> bytes)
    {
        SetUnread(_unread.Slice(_position - _start), Offset);
        if (_unread.Length < count && !_completed && !_closed) ReadMore(count);
        bytes = default;
        if (_unread.Length < count) return false;
        if (_end - _position >= count)
        {
            bytes = new ReadOnlySpan<byte>(_array, _position, count);
            return true;
        }
        if (_crossing.Length < count) _crossing = new byte[Math.Max(count, 4096)];
        _unread.Slice(0, count).CopyTo(_crossing);
        bytes = _crossing.AsSpan(0, count);
        return true;
    }

    private void ReadMore(int count)
    {
        var offset = Offset;
        if (_hasRead) _pipe.AdvanceTo(_unread.Start, _unread.End);
        _hasRead = false;
        // A PullStream never leaves the read pending, so nothing blocks a pool thread here.
        var read = _pipe.ReadAtLeastAsync(count);
        var result = read.IsCompleted ? read.Result : read.AsTask().GetAwaiter().GetResult();
        _hasRead = true;
        _completed = result.IsCompleted;
        SetUnread(result.Buffer, offset);
    }

    private void SetUnread(ReadOnlySequence<byte> unread, long offset)
    {
        _unread = unread;
        _startOffset = offset;
        // A buffer that is not an array is served through the crossing copy: an empty window never fits.
        var found = MemoryMarshal.TryGetArray(unread.First, out var segment) && segment.Array is not null;
        _array = found ? segment.Array! : [];
        _start = _position = found ? segment.Offset : 0;
        _end = found ? segment.Offset + segment.Count : 0;
    }
}
