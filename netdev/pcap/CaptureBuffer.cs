using System.Runtime.CompilerServices;

namespace Netdev.Pcap;

/// <summary>Collects records and writes them to the stream a buffer at a time.</summary>
internal sealed class CaptureBuffer(Stream target) : IDisposable
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _used;
    private bool _closed;

    /// <summary>Room for the next <paramref name="count"/> bytes, zeroed; fill it before the next call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Reserve(int count)
    {
        if (count > _buffer.Length - _used) MakeRoom(count);
        var room = _buffer.AsSpan(_used, count);
        _used += count;
        room.Clear();
        return room;
    }

    public void Flush()
    {
        target.Write(_buffer, 0, _used);
        _used = 0;
        target.Flush();
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        using (target) Flush();
    }

    private void MakeRoom(int count)
    {
        target.Write(_buffer, 0, _used);
        _used = 0;
        if (count > _buffer.Length) _buffer = new byte[count];
    }
}
