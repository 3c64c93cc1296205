using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>One BPF_PROG_TEST_RUN while it is answered: what the caller gave, and the ways to give back.</summary>
/// <remarks>A size without an address, or the other way round, was refused before. Source: Linux 6.12 net/bpf/test_run.c.</remarks>
public sealed class TestRunCall
{
    internal const int ContextSizeInAt = 40, ContextSizeOutAt = 44, ContextInAt = 48, ContextOutAt = 56;
    private const int RetvalAt = 4, DataSizeInAt = 8, DataSizeOutAt = 12, DataInAt = 16, DataOutAt = 24, RepeatAt = 32, DurationAt = 36, FlagsAt = 64, CpuAt = 68, BatchSizeAt = 72;
    private const int PageBytes = 4096;

    private readonly Call _call;

    internal TestRunCall(Call call, BpfProg prog) => (_call, Prog) = (call, prog);

    /// <summary>The program; it lives at least as long as the call.</summary>
    public BpfProg Prog { get; }

    /// <summary>Who calls.</summary>
    public Process Caller => _call.Caller;

    /// <summary>data_size_in, bytes.</summary>
    public uint DataSizeIn => _call.U32(DataSizeInAt);

    /// <summary>data_in, an address of the caller's; 0 for none.</summary>
    public ulong DataIn => _call.U64(DataInAt);

    /// <summary>data_out, an address of the caller's; 0 for none.</summary>
    public ulong DataOut => _call.U64(DataOutAt);

    /// <summary>ctx_size_in, bytes; 0 for none.</summary>
    public uint ContextSizeIn => _call.U32(ContextSizeInAt);

    /// <summary>ctx_in; 0 for none.</summary>
    public ulong ContextIn => _call.U64(ContextInAt);

    /// <summary>ctx_out; 0 for none.</summary>
    public ulong ContextOut => _call.U64(ContextOutAt);

    /// <summary>How often the program runs; 0 was given for 1.</summary>
    public uint Repeat => Math.Max(_call.U32(RepeatAt), 1);

    /// <summary>True when the caller set repeat or duration, which some types refuse.</summary>
    public bool AsksForTime => (_call.U32(RepeatAt) | _call.U32(DurationAt)) != 0;

    /// <summary>flags.</summary>
    public uint Flags => _call.U32(FlagsAt);

    /// <summary>cpu.</summary>
    public uint Cpu => _call.U32(CpuAt);

    /// <summary>batch_size.</summary>
    public uint BatchSize => _call.U32(BatchSizeAt);

    /// <summary>Copies bytes in; false for EFAULT.</summary>
    public bool TryRead(ulong address, Span<byte> into) => _call.Memory.TryRead(address, into);

    /// <summary>Copies bytes out; false for EFAULT.</summary>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> bytes) => _call.Memory.TryWrite(address, bytes);

    /// <summary>Reads a context struct; what a shorter one lacks is zero (bpf_ctx_init).</summary>
    /// <param name="bytes">Size of the struct.</param>
    /// <param name="context">The struct; null when the caller neither gave one nor wants one.</param>
    /// <returns>E2BIG when something is set behind the struct, or more than a page was given; EFAULT.</returns>
    public Errno ReadContext(int bytes, out byte[]? context)
    {
        context = null;
        if (ContextIn == 0 && ContextOut == 0) return Errno.None;
        if (ContextSizeIn > PageBytes) return Errno.E2BIG;
        if (ContextSizeIn > bytes)
        {
            var tail = new byte[ContextSizeIn - bytes];
            if (!TryRead(ContextIn + (ulong)bytes, tail)) return Errno.EFAULT;
            if (tail.AsSpan().IndexOfAnyExcept((byte)0) >= 0) return Errno.E2BIG;
        }
        var read = new byte[bytes];
        if (!TryRead(ContextIn, read.AsSpan(0, (int)Math.Min(ContextSizeIn, (uint)bytes)))) return Errno.EFAULT;
        context = read;
        return Errno.None;
    }

    /// <summary>Writes the packet as far as there is room for it (data_size_out 0: all), its length, the result and the time (bpf_test_finish).</summary>
    /// <param name="data">The packet.</param>
    /// <param name="retval">What the program returned.</param>
    /// <returns>ENOSPC when the packet was cut, also where it could not be written; EFAULT.</returns>
    /// <remarks>No time passes for a program that runs here, so duration is 0.</remarks>
    public Errno Finish(ReadOnlySpan<byte> data, uint retval)
    {
        uint room = _call.U32(DataSizeOutAt);
        bool cut = room != 0 && room < data.Length;
        bool written = (DataOut == 0 || TryWrite(DataOut, cut ? data[..(int)room] : data))
            && _call.TryPut(DataSizeOutAt, (uint)data.Length) && TryPutRetval(retval) && _call.TryPut(DurationAt, 0u);
        return cut ? Errno.ENOSPC : written ? Errno.None : Errno.EFAULT;
    }

    /// <summary>Writes the context as far as there is room for it, and its size (bpf_ctx_finish); nothing when the caller wants none.</summary>
    /// <returns>ENOSPC when it was cut, also where it could not be written; EFAULT.</returns>
    public Errno FinishContext(ReadOnlySpan<byte> context)
    {
        if (ContextOut == 0) return Errno.None;
        uint room = _call.U32(ContextSizeOutAt);
        bool cut = room < context.Length;
        bool written = TryWrite(ContextOut, cut ? context[..(int)room] : context) && _call.TryPut(ContextSizeOutAt, (uint)context.Length);
        return cut ? Errno.ENOSPC : written ? Errno.None : Errno.EFAULT;
    }

    /// <summary>Writes the result alone; false for EFAULT.</summary>
    public bool TryPutRetval(uint retval) => _call.TryPut(RetvalAt, retval);
}
