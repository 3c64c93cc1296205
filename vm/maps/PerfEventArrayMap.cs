using System.Buffers.Binary;
using Vm.Abi;
using Vm.Memory;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_PERF_EVENT_ARRAY: records for user space, one stream a CPU.</summary>
/// <remarks>
/// The simulator plays the reader that opened an event for every CPU, so slots below the CPU count accept records from the start.
/// Records wait in memory set aside when the map is made; when it is full further ones are counted as lost, as a slow reader loses them.
/// Source: Linux 6.12 kernel/trace/bpf_trace.c, __bpf_perf_event_output; kernel/bpf/arraymap.c.
/// </remarks>
public sealed class PerfEventArrayMap : Map
{
    /// <summary>Bytes of records that may wait for a CPU's reader.</summary>
    public const int StreamBytes = 1 << 20;

    /// <summary>BPF_F_CURRENT_CPU.</summary>
    public const ulong CurrentCpu = 0xffffffff;

    private readonly NativeBlock _records;
    private readonly int[] _used;
    private readonly long[] _lost;

    internal PerfEventArrayMap(MapSpec spec, int cpuCount)
        : base(spec, cpuCount)
    {
        _records = MapMemory.Allocate(spec, (long)StreamBytes * cpuCount);
        _used = new int[cpuCount];
        _lost = new long[cpuCount];
    }

    /// <summary>Records dropped because nobody read, over all CPUs.</summary>
    public long Lost => _lost.Sum();

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => Errno.ENOTSUPP;

    /// <summary>There are no perf events to be put in: readers of events are the simulator's own.</summary>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) =>
        flags != 0 ? Errno.EINVAL : BinaryPrimitives.ReadUInt32LittleEndian(key) >= Spec.MaxEntries ? Errno.E2BIG : Errno.EBADF;

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32LittleEndian(key) >= Spec.MaxEntries ? Errno.E2BIG : Errno.ENOENT;

    /// <summary>Appends one record made of two parts.</summary>
    /// <param name="cpu">CPU the program runs on.</param>
    /// <param name="index">Slot the program names, or <see cref="CurrentCpu"/>.</param>
    /// <param name="data">The program's data.</param>
    /// <param name="packet">Bytes of the context that follow it; empty for none.</param>
    public long Output(int cpu, ulong index, ReadOnlySpan<byte> data, ReadOnlySpan<byte> packet)
    {
        if (index == CurrentCpu) index = (ulong)cpu;
        if (index >= Spec.MaxEntries) return -(long)Errno.E2BIG;
        if (index >= (ulong)CpuCount) return -(long)Errno.ENOENT;
        if (index != (ulong)cpu) return -(long)Errno.EOPNOTSUPP;
        int length = data.Length + packet.Length;
        ref int used = ref _used[cpu];
        if (used + 4 + length > StreamBytes)
        {
            _lost[cpu]++;
            return -(long)Errno.ENOSPC;
        }
        ulong at = _records.Address + (ulong)((long)cpu * StreamBytes + used);
        Native.Ref<int>(at) = length;
        data.CopyTo(Native.Bytes(at + 4, data.Length));
        packet.CopyTo(Native.Bytes(at + 4 + (ulong)data.Length, packet.Length));
        used += (4 + length + 3) & ~3;
        return 0;
    }

    /// <summary>Reads and drops all waiting records of a CPU, oldest first.</summary>
    /// <returns>Records delivered, or the reader's negative result.</returns>
    public int Consume(int cpu, RecordReader reader)
    {
        using var held = Hold();
        int delivered = 0, end = _used[cpu];
        _used[cpu] = 0;
        for (int at = 0; at < end;)
        {
            ulong record = _records.Address + (ulong)((long)cpu * StreamBytes + at);
            int length = Native.Ref<int>(record);
            at += (4 + length + 3) & ~3;
            delivered++;
            int result = reader(Native.Bytes(record + 4, length));
            if (result < 0) return result;
        }
        return delivered;
    }

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => ArrayKeys.Next(key, next, Spec.MaxEntries);

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access) => false;

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        _records.Dispose();
        base.OnDispose();
    }
}
