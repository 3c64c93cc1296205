using System.Buffers.Binary;

namespace Netdev.Pcap;

/// <summary>The compressed bytes as a stream of bits, lowest first, with room to look ahead past the end.</summary>
/// <remarks>
/// Looking ahead at the end of the stream shows zero bits; only taking one of them is an error. So a decoder may
/// always look at a whole code, and truncation is noticed exactly at the first bit that is missing.
/// </remarks>
internal sealed class BitInput(Stream source)
{
    /// <summary>Bits a decoder may count on after <see cref="Fill"/>.</summary>
    public const int FilledBits = 56;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private ulong _bits;
    private int _count;
    private int _invented;
    private int _position;
    private int _end;

    /// <summary>The next bits, lowest first.</summary>
    public ulong Bits => _bits;

    /// <summary>True when not one real bit is left.</summary>
    public bool IsAtEnd
    {
        get
        {
            Fill();
            return _count <= _invented;
        }
    }

    /// <summary>Makes at least <see cref="FilledBits"/> bits visible.</summary>
    public void Fill()
    {
        if (_end - _position < 8)
        {
            FillSlowly();
            return;
        }
        _bits |= BinaryPrimitives.ReadUInt64LittleEndian(_buffer.AsSpan(_position)) << _count;
        _position += (63 - _count) >> 3;
        _count |= FilledBits;
    }

    /// <summary>Drops bits that were looked at.</summary>
    /// <exception cref="InvalidDataException">The stream ended before them.</exception>
    public void Drop(int count)
    {
        _bits >>= count;
        _count -= count;
        if (_count < _invented) throw new InvalidDataException("the gzip data ends in the middle of a member");
    }

    /// <summary>Takes up to 32 bits.</summary>
    public uint Take(int count)
    {
        Fill();
        var taken = (uint)(_bits & ((1UL << count) - 1));
        Drop(count);
        return taken;
    }

    /// <summary>Drops what is left of a byte begun.</summary>
    public void AlignToByte() => Drop(_count & 7);

    private void FillSlowly()
    {
        while (_count < FilledBits)
        {
            if (_position == _end && _invented == 0)
            {
                _position = 0;
                _end = source.Read(_buffer, 0, _buffer.Length);
            }
            ulong next = 0;
            if (_position < _end) next = _buffer[_position++];
            else _invented += 8;
            // Fill's eight-byte read leaves bits above the count in place; they are the same ones again.
            _bits = (_bits & ((1UL << _count) - 1)) | (next << _count);
            _count += 8;
        }
    }
}
