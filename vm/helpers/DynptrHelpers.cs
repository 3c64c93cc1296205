using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Helpers and kernel functions on dynptrs. Source: Linux 6.12 kernel/bpf/helpers.c, bpf_dynptr_*.</summary>
public static class DynptrHelpers
{
    /// <summary>A dynptr over map value or stack memory: 0; EINVAL for flags, E2BIG above 2^24-1 bytes, with a null dynptr.</summary>
    [Helper(HelperId.DynptrFromMem)]
    public static long FromMem([Initialized, OrZero] Span<byte> data, ulong flags, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit, Dynptr = DynptrKind.Local)] DynptrRef dynptr)
    {
        ref var target = ref At(dynptr);
        target = default;
        if (data.Length > Dynptr.MaxSize) return -(long)Errno.E2BIG;
        if (flags != 0) return -(long)Errno.EINVAL;
        target = new Dynptr(AddressOf(data), (uint)data.Length, DynptrKind.Local, readOnly: false);
        return 0;
    }

    /// <summary>Copies bytes out: 0; EINVAL for a null dynptr or flags; E2BIG when the range leaves it.</summary>
    [Helper(HelperId.DynptrRead)]
    public static long Read(ExecContext x, [OrZero] Span<byte> to, DynptrRef dynptr, uint offset, ulong flags)
    {
        var source = At(dynptr);
        if (source.IsNull || flags != 0) return -(long)Errno.EINVAL;
        var errno = source.Check(offset, (uint)to.Length);
        if (errno != Errno.None) return -(long)errno;
        if (source.Kind is DynptrKind.Skb or DynptrKind.Xdp) return x.Packets!.Load(source.Data, source.Offset + offset, to);
        Native.Bytes(source.Data + source.Offset + offset, to.Length).CopyTo(to);
        return 0;
    }

    /// <summary>Copies bytes in: 0; EINVAL for a null or read-only dynptr or unknown flags; E2BIG when the range leaves it.</summary>
    [Helper(HelperId.DynptrWrite)]
    public static long Write(ExecContext x, DynptrRef dynptr, uint offset, [OrZero] ReadOnlySpan<byte> from, ulong flags)
    {
        var target = At(dynptr);
        if (target.IsNull || target.IsReadOnly) return -(long)Errno.EINVAL;
        var errno = target.Check(offset, (uint)from.Length);
        if (errno != Errno.None) return -(long)errno;
        if (target.Kind is DynptrKind.Skb) return x.Packets!.Store(target.Data, target.Offset + offset, from, flags);
        if (flags != 0) return -(long)Errno.EINVAL;
        if (target.Kind is DynptrKind.Xdp) return x.Packets!.Store(target.Data, target.Offset + offset, from, 0);
        from.CopyTo(Native.Bytes(target.Data + target.Offset + offset, from.Length));
        return 0;
    }

    /// <summary>Address of a range for direct access; NULL for packets, read-only or null dynptrs, or out of range.</summary>
    [Helper(HelperId.DynptrData)]
    [Returns(ReturnKind.DynptrMemoryOrNull, SizeArg = 2)]
    public static ulong Data(DynptrRef dynptr, uint offset, [Arg(KindOverride = (int)ArgKind.ConstAllocSize)] uint bytes)
    {
        var source = At(dynptr);
        if (source.IsNull || source.IsReadOnly || source.Check(offset, bytes) != Errno.None) return 0;
        return source.Kind is DynptrKind.Skb or DynptrKind.Xdp ? 0 : source.Data + source.Offset + offset;
    }

    /// <summary>Narrows to [start, end): 0; EINVAL for a null dynptr or start above end; ERANGE when end is beyond the size.</summary>
    [Kfunc("bpf_dynptr_adjust")]
    public static int Adjust(DynptrRef dynptr, uint start, uint end)
    {
        ref var target = ref At(dynptr);
        if (target.IsNull || start > end) return -(int)Errno.EINVAL;
        if (end > target.Size) return -(int)Errno.ERANGE;
        target.Offset += start;
        target.SetSize(end - start);
        return 0;
    }

    /// <summary>True for a null dynptr.</summary>
    [Kfunc("bpf_dynptr_is_null")]
    public static bool IsNull(DynptrRef dynptr) => At(dynptr).IsNull;

    /// <summary>True when the dynptr cannot be written through; false for a null one.</summary>
    [Kfunc("bpf_dynptr_is_rdonly")]
    public static bool IsReadOnly(DynptrRef dynptr) => !At(dynptr).IsNull && At(dynptr).IsReadOnly;

    /// <summary>Bytes covered; EINVAL (as unsigned) for a null dynptr.</summary>
    [Kfunc("bpf_dynptr_size")]
    public static uint Size(DynptrRef dynptr) => At(dynptr).IsNull ? unchecked((uint)-(int)Errno.EINVAL) : At(dynptr).Size;

    /// <summary>Copies the dynptr itself: 0; EINVAL and a null copy for a null one.</summary>
    [Kfunc("bpf_dynptr_clone")]
    public static int Clone(DynptrRef dynptr, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit)] DynptrRef clone)
    {
        At(clone) = At(dynptr);
        return At(clone).IsNull ? -(int)Errno.EINVAL : 0;
    }

    /// <summary>Read access to a range: in place when contiguous, else copied into the buffer; NULL when neither works.</summary>
    [Kfunc("bpf_dynptr_slice")]
    [Returns(ReturnKind.DynptrMemoryOrNull, SizeArg = 3)]
    public static ulong Slice(ExecContext x, DynptrRef dynptr, uint offset, [OrNull] BufferOrNull buffer)
    {
        var source = At(dynptr);
        if (source.IsNull || source.Check(offset, buffer.Bytes) != Errno.None) return 0;
        ulong linear = source.Linear(x, offset, buffer.Bytes);
        if (linear != 0 || buffer.Address == 0) return linear;
        return x.Packets!.Load(source.Data, source.Offset + offset, Native.Bytes(buffer.Address, (int)buffer.Bytes)) == 0 ? buffer.Address : 0;
    }

    /// <summary>As bpf_dynptr_slice, for writing: NULL also when the dynptr is read-only.</summary>
    [Kfunc("bpf_dynptr_slice_rdwr")]
    [Returns(ReturnKind.DynptrMemoryOrNull, SizeArg = 3)]
    public static ulong SliceReadWrite(ExecContext x, DynptrRef dynptr, uint offset, [OrNull] BufferOrNull buffer) =>
        At(dynptr).IsNull || At(dynptr).IsReadOnly ? 0 : Slice(x, dynptr, offset, buffer);

    internal static ref Dynptr At(DynptrRef dynptr) => ref Native.Ref<Dynptr>(dynptr.Address);

    private static unsafe ulong AddressOf(ReadOnlySpan<byte> bytes)
    {
        // Guest memory is native, so the span's address does not move.
        fixed (byte* first = bytes) return (ulong)first;
    }
}
