using Vm.Abi;
using Vm.Maps;
using Vm.Memory;

namespace Vm.Helpers;

/// <summary>Ring buffer calls. Source: Linux 6.12 kernel/bpf/ringbuf.c.</summary>
public static class RingBufHelpers
{
    private const ulong WakeupFlags = 1 | 2;

    /// <summary>Copies data in as one record: 0, EAGAIN when full, EINVAL for unknown flags.</summary>
    [Helper(HelperId.RingbufOutput)]
    public static long Output(RingBufMap ring, [OrZero] ReadOnlySpan<byte> data, ulong flags) =>
        (flags & ~WakeupFlags) != 0 ? -(long)Errno.EINVAL : ring.Output(data);

    /// <summary>Room for a record, to be filled in place; NULL when full or with flags.</summary>
    [Helper(HelperId.RingbufReserve, Flags = CallFlags.Acquire)]
    [Returns(ReturnKind.RingBufMemoryOrNull, SizeArg = 1)]
    public static ulong Reserve(RingBufMap ring, [Arg(KindOverride = (int)ArgKind.ConstAllocSize)] ulong size, ulong flags) => flags != 0 ? 0 : ring.Reserve(size);

    /// <summary>Makes a reserved record readable.</summary>
    [Helper(HelperId.RingbufSubmit, Flags = CallFlags.Release)]
    public static void Submit([Arg(Flags = ArgFlags.Release)] RingBufRecord record, ulong flags) => RingBufMap.Commit(record.Address, discard: false);

    /// <summary>Takes a reserved record back.</summary>
    [Helper(HelperId.RingbufDiscard, Flags = CallFlags.Release)]
    public static void Discard([Arg(Flags = ArgFlags.Release)] RingBufRecord record, ulong flags) => RingBufMap.Commit(record.Address, discard: true);

    /// <summary>Fill level, size or positions of the ring; 0 for unknown questions.</summary>
    [Helper(HelperId.RingbufQuery)]
    public static ulong Query(RingBufMap ring, ulong flags) => ring.Query(flags);

    /// <summary>Room for a record behind a dynptr; a null dynptr and EINVAL when full or with flags.</summary>
    [Helper(HelperId.RingbufReserveDynptr, Flags = CallFlags.Acquire)]
    public static long ReserveDynptr(RingBufMap ring, uint size, ulong flags, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit, Dynptr = DynptrKind.RingBuf)] DynptrRef dynptr)
    {
        ref var target = ref Native.Ref<Dynptr>(dynptr.Address);
        target = default;
        if (flags != 0) return -(long)Errno.EINVAL;
        if (size > Dynptr.MaxSize) return -(long)Errno.E2BIG;
        ulong record = ring.Reserve(size);
        if (record == 0) return -(long)Errno.EINVAL;
        target = new Dynptr(record, size, DynptrKind.RingBuf, readOnly: false);
        return 0;
    }

    /// <summary>Makes a record behind a dynptr readable; a null dynptr is left alone.</summary>
    [Helper(HelperId.RingbufSubmitDynptr, Flags = CallFlags.Release)]
    public static void SubmitDynptr([Arg(Flags = ArgFlags.Release, Dynptr = DynptrKind.RingBuf)] DynptrRef dynptr, ulong flags) => Commit(dynptr, discard: false);

    /// <summary>Takes a record behind a dynptr back; a null dynptr is left alone.</summary>
    [Helper(HelperId.RingbufDiscardDynptr, Flags = CallFlags.Release)]
    public static void DiscardDynptr([Arg(Flags = ArgFlags.Release, Dynptr = DynptrKind.RingBuf)] DynptrRef dynptr, ulong flags) => Commit(dynptr, discard: true);

    private static void Commit(DynptrRef dynptr, bool discard)
    {
        ref var record = ref Native.Ref<Dynptr>(dynptr.Address);
        if (record.IsNull) return;
        RingBufMap.Commit(record.Data, discard);
        record = default;
    }
}
