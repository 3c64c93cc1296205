using Vm.Abi;
using Vm.Memory;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>Receives one ring buffer or perf record. The span is valid during the call; a negative result stops reading.</summary>
public delegate int RecordReader(ReadOnlySpan<byte> record);

/// <summary>BPF_MAP_TYPE_RINGBUF: records reserved, filled in place, then submitted or discarded, read in order.</summary>
/// <remarks>
/// The same positions, headers and fullness rules as the kernel. The data area is twice the ring size, so that a record that crosses the
/// end stays contiguous without mapping pages twice. Source: Linux 6.12 kernel/bpf/ringbuf.c.
/// </remarks>
public sealed class RingBufMap : Map
{
    private const uint BusyBit = 1u << 31, DiscardBit = 1u << 30;
    private const int HeaderBytes = 8;
    private const ulong MaxRecord = uint.MaxValue / 4;

    private readonly NativeBlock _data;
    private readonly ulong _mask;
    private SpinGate _gate;
    private ulong _producer, _consumer, _pending;

    internal RingBufMap(MapSpec spec, int cpuCount)
        : base(spec, cpuCount)
    {
        _mask = spec.MaxEntries - 1;
        _data = MapMemory.Allocate(spec, 2L * spec.MaxEntries);
    }

    /// <summary>bpf_ringbuf_reserve: address of the record's data, or 0 when there is no room.</summary>
    public ulong Reserve(ulong size)
    {
        if (size > MaxRecord) return 0;
        ulong length = RecordBytes((uint)size);
        if (length > _mask + 1) return 0;
        _gate.Enter();
        ulong consumer = Volatile.Read(ref _consumer), start = _producer, end = start + length;
        while (_pending < start)
        {
            uint header = Volatile.Read(ref HeaderAt(_pending));
            if ((header & BusyBit) != 0) break;
            _pending += RecordBytes(header & ~DiscardBit);
        }
        bool fits = end - consumer <= _mask && end - _pending <= _mask;
        if (fits)
        {
            HeaderAt(start) = (uint)size | BusyBit;
            Volatile.Write(ref _producer, end);
        }
        _gate.Exit();
        return fits ? AddressOf(start) + HeaderBytes : 0;
    }

    /// <summary>bpf_ringbuf_submit or discard of a record that <see cref="Reserve"/> gave out.</summary>
    public static void Commit(ulong record, bool discard)
    {
        ref uint header = ref Native.Ref<uint>(record - HeaderBytes);
        Volatile.Write(ref header, (header ^ BusyBit) | (discard ? DiscardBit : 0));
    }

    /// <summary>bpf_ringbuf_output: reserve, copy, submit. EAGAIN when there is no room.</summary>
    public long Output(ReadOnlySpan<byte> data)
    {
        ulong record = Reserve((ulong)data.Length);
        if (record == 0) return -(long)Errno.EAGAIN;
        data.CopyTo(Native.Bytes(record, data.Length));
        Commit(record, discard: false);
        return 0;
    }

    /// <summary>bpf_ringbuf_query: 0 bytes waiting, 1 ring size, 2 consumer position, 3 producer position; 0 for anything else.</summary>
    public ulong Query(ulong what) => what switch
    {
        0 => Volatile.Read(ref _producer) - Volatile.Read(ref _consumer),
        1 => _mask + 1,
        2 => Volatile.Read(ref _consumer),
        3 => Volatile.Read(ref _producer),
        _ => 0,
    };

    /// <summary>Reads committed records in order; the first one that is still being written stops.</summary>
    /// <param name="reader">Called for every record that was not discarded.</param>
    /// <param name="most">Records delivered at most; discarded ones do not count.</param>
    /// <returns>Records delivered, or the reader's negative result (that record counts as read).</returns>
    /// <remarks>Source: Linux 6.12 tools/lib/bpf/ringbuf.c, ringbuf_process_ring.</remarks>
    public int Consume(RecordReader reader, int most = int.MaxValue)
    {
        using var held = Hold();
        int delivered = 0;
        ulong consumer = _consumer;
        while (consumer < Volatile.Read(ref _producer))
        {
            uint header = Volatile.Read(ref HeaderAt(consumer));
            if ((header & BusyBit) != 0) return delivered;
            uint length = header & ~DiscardBit;
            ulong at = consumer;
            consumer += RecordBytes(length);
            int result = (header & DiscardBit) != 0 ? 0 : reader(Native.Bytes(AddressOf(at) + HeaderBytes, (int)length));
            Volatile.Write(ref _consumer, consumer);
            if (result < 0) return result;
            if ((header & DiscardBit) == 0 && ++delivered >= most) return delivered;
        }
        return delivered;
    }

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => Errno.ENOTSUPP;

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => Errno.ENOTSUPP;

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key) => Errno.ENOTSUPP;

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => Errno.ENOTSUPP;

    /// <summary>True inside the data of a record that is reserved and not committed yet.</summary>
    public override bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (!_data.Contains(address, bytes)) return false;
        for (ulong at = _consumer; at < _producer;)
        {
            uint header = HeaderAt(at), length = header & ~(BusyBit | DiscardBit);
            ulong data = AddressOf(at) + HeaderBytes;
            if ((header & BusyBit) != 0 && address >= data && address + (ulong)bytes <= data + length) return true;
            at += RecordBytes(length);
        }
        return false;
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        _data.Dispose();
        base.OnDispose();
    }

    private static ulong RecordBytes(uint length) => ((ulong)length + HeaderBytes + 7) & ~7ul;

    private ulong AddressOf(ulong position) => _data.Address + (position & _mask);

    private ref uint HeaderAt(ulong position) => ref Native.Ref<uint>(AddressOf(position));
}
