namespace Netdev.Pcap;

/// <summary>The uncompressed bytes of a gzip file of one or more members.</summary>
/// <remarks>
/// Everything decoded before damage is delivered first; the next read throws. After the last member only zero
/// bytes may follow (tape padding). Source: RFC 1952.
/// </remarks>
internal sealed class GzipInput : PullStream
{
    private const int FlagHeaderCrc = 2;
    private const int FlagExtra = 4;
    private const int FlagName = 8;
    private const int FlagComment = 16;
    private const int FlagsReserved = 0xe0;

    private readonly Stream _source;
    private readonly BitInput _input;
    private readonly Inflater _inflater;
    private InvalidDataException? _damage;
    private bool _inMember;
    private bool _isFirst = true;
    private bool _ended;
    private uint _crc;
    private uint _size;

    public GzipInput(Stream source)
    {
        _source = source;
        _input = new BitInput(source);
        _inflater = new Inflater(_input);
    }

    public override int Read(Span<byte> buffer)
    {
        while (_inflater.Decoded.IsEmpty)
        {
            if (_damage is not null) throw _damage;
            if (_ended || buffer.IsEmpty) return 0;
            try
            {
                Advance();
            }
            catch (InvalidDataException damage)
            {
                _damage = damage;
            }
        }
        var decoded = _inflater.Decoded;
        var count = Math.Min(decoded.Length, buffer.Length);
        decoded[..count].CopyTo(buffer);
        _crc = Crc32.Append(_crc, decoded[..count]);
        _size += (uint)count;
        _inflater.Drain(count);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _source.Dispose();
        base.Dispose(disposing);
    }

    private void Advance()
    {
        if (!_inMember) OpenMember();
        else if (_inflater.IsFinished) CloseMember();
        else _inflater.Decode();
    }

    private void OpenMember()
    {
        if (_input.IsAtEnd)
        {
            _ended = true;
            return;
        }
        var first = _input.Take(8);
        if (first == 0 && !_isFirst)
        {
            SkipPadding();
            return;
        }
        if (first != 0x1f || _input.Take(8) != 0x8b) throw Damaged("a member does not begin with 1f 8b");
        if (_input.Take(8) != 8) throw Damaged("a member is not compressed with DEFLATE");
        var flags = _input.Take(8);
        if ((flags & FlagsReserved) != 0) throw Damaged("a member header has reserved flags set");
        SkipBytes(6); // time of the file, compressor's flags, operating system
        if ((flags & FlagExtra) != 0) SkipBytes((int)_input.Take(16));
        if ((flags & FlagName) != 0) SkipText();
        if ((flags & FlagComment) != 0) SkipText();
        if ((flags & FlagHeaderCrc) != 0) SkipBytes(2);

        _inflater.Restart();
        _crc = _size = 0;
        _isFirst = false;
        _inMember = true;
    }

    private void CloseMember()
    {
        _input.AlignToByte();
        var crc = _input.Take(32);
        var size = _input.Take(32);
        if (crc != _crc || size != _size) throw Damaged("a member's check sum or size does not match what it holds");
        _inMember = false;
    }

    private void SkipPadding()
    {
        while (!_input.IsAtEnd)
            if (_input.Take(8) != 0) throw Damaged("something that is not gzip follows the last member");
    }

    private void SkipBytes(int count)
    {
        for (var i = 0; i < count; i++) _input.Take(8);
    }

    private void SkipText()
    {
        while (_input.Take(8) != 0)
        {
        }
    }

    private static InvalidDataException Damaged(string what) => new($"the gzip data is damaged: {what}");
}
