namespace Netdev.Pcap;

/// <summary>A canonical Huffman code of DEFLATE, ready to decode: a table for short codes, a walk for long ones.</summary>
/// <remarks>Source: RFC 1951, section 3.2.2. The table is rebuilt in place for every block.</remarks>
internal sealed class HuffmanCode(int maxSymbols)
{
    /// <summary>Codes up to this long are found in one look.</summary>
    public const int TableBits = 10;

    private const int MaxBits = 15;

    private readonly ushort[] _countOfLength = new ushort[MaxBits + 1];
    private readonly ushort[] _symbolsInOrder = new ushort[maxSymbols];

    /// <summary>By the next <see cref="TableBits"/> bits: symbol * 16 + code length; 0 when the code is longer or unused.</summary>
    public ushort[] Table { get; } = new ushort[1 << TableBits];

    /// <summary>Builds the code from the length of each symbol's code (0 = unused).</summary>
    /// <exception cref="InvalidDataException">The lengths make no code.</exception>
    public void Build(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(_countOfLength);
        Array.Clear(Table);
        foreach (var length in lengths) _countOfLength[length]++;
        var used = lengths.Length - _countOfLength[0];
        _countOfLength[0] = 0;

        Span<ushort> nextIndex = stackalloc ushort[MaxBits + 1];
        Span<ushort> nextCode = stackalloc ushort[MaxBits + 1];
        nextIndex.Clear();
        nextCode.Clear();
        var free = 1;
        for (var bits = 1; bits <= MaxBits; bits++)
        {
            free = (free << 1) - _countOfLength[bits];
            if (free < 0) throw new InvalidDataException("the gzip data is damaged: a Huffman code has too many symbols");
            nextIndex[bits] = (ushort)(nextIndex[bits - 1] + _countOfLength[bits - 1]);
            nextCode[bits] = (ushort)((nextCode[bits - 1] + _countOfLength[bits - 1]) << 1);
        }
        // A code with a hole is allowed only when it has a single symbol (or none, for distances never used).
        if (free > 0 && (used > 1 || _countOfLength[1] != used))
            throw new InvalidDataException("the gzip data is damaged: a Huffman code is incomplete");

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0) continue;
            _symbolsInOrder[nextIndex[length]++] = (ushort)symbol;
            var code = nextCode[length]++;
            if (length > TableBits) continue;
            // The stream holds codes with their first bit lowest, so the table is indexed by the mirrored code.
            for (var i = Mirrored(code, length); i < Table.Length; i += 1 << length) Table[i] = (ushort)((symbol << 4) | length);
        }
    }

    /// <summary>Decodes a code the table does not hold from the next 15 bits: symbol * 16 + length, or 0 for no code.</summary>
    public int FindLong(ulong bits)
    {
        int code = 0, first = 0, index = 0;
        for (var length = 1; length <= MaxBits; length++, bits >>= 1)
        {
            code |= (int)(bits & 1);
            int count = _countOfLength[length];
            if (code - first < count) return (_symbolsInOrder[index + code - first] << 4) | length;
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        return 0;
    }

    private static int Mirrored(int code, int length)
    {
        var mirrored = 0;
        for (; length > 0; length--, code >>= 1) mirrored = (mirrored << 1) | (code & 1);
        return mirrored;
    }
}
