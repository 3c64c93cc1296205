namespace Netdev.Pcap;

/// <summary>Turns the ticks of a pcapng interface into nanoseconds since the epoch, in integers only.</summary>
/// <remarks>
/// <c>if_tsresol</c> is one byte: ticks are 10^-n seconds, or 2^-n with the top bit set. <c>if_tsoffset</c> is in
/// seconds. Fractions of a nanosecond are cut off.
/// Source: IETF draft-ietf-opsawg-pcapng, section 4.2 (Interface Description Block).
/// </remarks>
internal sealed class TimestampScale
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly int _exponent;
    private readonly bool _binary;
    private readonly Int128 _offsetNs;

    // The common case, ticks of whole nanoseconds that cannot overflow, is one compare, one multiply and one add.
    private readonly ulong _lastFastTick;
    private readonly long _nsPerTick;
    private readonly long _fastOffsetNs;

    public TimestampScale(byte resolution, long offsetSeconds)
    {
        _binary = (resolution & 0x80) != 0;
        _exponent = resolution & 0x7f;
        _offsetNs = (Int128)offsetSeconds * NanosecondsPerSecond;

        var wholeNanoseconds = _binary ? _exponent == 0 : _exponent <= 9;
        var offsetIsSmall = _offsetNs >= -(Int128)(long.MaxValue / 2) && _offsetNs <= long.MaxValue / 2;
        if (!wholeNanoseconds || !offsetIsSmall) return;
        _nsPerTick = _binary ? NanosecondsPerSecond : (long)PowerOfTen(9 - _exponent);
        _fastOffsetNs = (long)_offsetNs;
        _lastFastTick = (ulong)(long.MaxValue / 2 / _nsPerTick);
    }

    /// <summary>Ticks of 10^-6 s from the epoch: what pcapng means when an interface does not say.</summary>
    public static TimestampScale Microseconds { get; } = new(6, 0);

    /// <summary>Nanoseconds since the epoch; false when the moment lies outside what 63 bits of them can say.</summary>
    public bool TryToNanoseconds(ulong ticks, out long nanoseconds)
    {
        if (ticks <= _lastFastTick)
        {
            nanoseconds = ((long)ticks * _nsPerTick) + _fastOffsetNs;
            return true;
        }
        return TryExactly(ticks, out nanoseconds);
    }

    private bool TryExactly(ulong ticks, out long nanoseconds)
    {
        UInt128 ns;
        if (_binary) ns = ((UInt128)ticks * NanosecondsPerSecond) >> _exponent;
        else if (_exponent <= 9) ns = (UInt128)ticks * PowerOfTen(9 - _exponent);
        else if (_exponent - 9 <= 19) ns = ticks / PowerOfTen(_exponent - 9);
        else ns = 0; // 2^64 ticks of less than 10^-28 s are not one nanosecond
        var moment = (Int128)ns + _offsetNs;
        var fits = moment >= long.MinValue && moment <= long.MaxValue;
        nanoseconds = fits ? (long)moment : 0;
        return fits;
    }

    private static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (var i = 0; i < exponent; i++) power *= 10;
        return power;
    }
}
