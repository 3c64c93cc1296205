using System.Runtime.CompilerServices;

namespace Vm.Isa;

/// <summary>What each atomic does to native memory, truly atomically against other threads.</summary>
/// <remarks>
/// A method is named like its <see cref="Op"/>. <c>address</c> is a native address the caller has proven writable for the
/// operand's size; x86-64 takes it unaligned too. Fetching forms return the old value, 32-bit ones zero-extended. All are
/// full fences, which is more than the kernel promises for the forms that do not fetch.
/// Source: Linux 6.12 kernel/bpf/core.c, ___bpf_prog_run, STX_ATOMIC; RFC 9669 §5.3.
/// </remarks>
public static unsafe class Atomics
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Adds src to the 64 bits at address.</summary>
    [MethodImpl(Inline)]
    public static void AtomicAdd64(ulong address, ulong src) => Interlocked.Add(ref Unsafe.AsRef<ulong>((void*)address), src);

    /// <summary>Sets the bits of src in the 64 bits at address.</summary>
    [MethodImpl(Inline)]
    public static void AtomicOr64(ulong address, ulong src) => Interlocked.Or(ref Unsafe.AsRef<ulong>((void*)address), src);

    /// <summary>Keeps only the bits of src in the 64 bits at address.</summary>
    [MethodImpl(Inline)]
    public static void AtomicAnd64(ulong address, ulong src) => Interlocked.And(ref Unsafe.AsRef<ulong>((void*)address), src);

    /// <summary>Flips the bits of src in the 64 bits at address.</summary>
    [MethodImpl(Inline)]
    public static void AtomicXor64(ulong address, ulong src) => AtomicFetchXor64(address, src);

    /// <summary>Adds src to the 64 bits at address; their old value.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicFetchAdd64(ulong address, ulong src) => Interlocked.Add(ref Unsafe.AsRef<ulong>((void*)address), src) - src;

    /// <summary>Sets the bits of src in the 64 bits at address; their old value.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicFetchOr64(ulong address, ulong src) => Interlocked.Or(ref Unsafe.AsRef<ulong>((void*)address), src);

    /// <summary>Keeps only the bits of src in the 64 bits at address; their old value.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicFetchAnd64(ulong address, ulong src) => Interlocked.And(ref Unsafe.AsRef<ulong>((void*)address), src);

    /// <summary>Flips the bits of src in the 64 bits at address; their old value.</summary>
    public static ulong AtomicFetchXor64(ulong address, ulong src)
    {
        ref ulong cell = ref Unsafe.AsRef<ulong>((void*)address);
        ulong seen = Volatile.Read(ref cell);
        while (true)
        {
            ulong old = Interlocked.CompareExchange(ref cell, seen ^ src, seen);
            if (old == seen) return old;
            seen = old;
        }
    }

    /// <summary>Replaces the 64 bits at address by src; their old value.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicXchg64(ulong address, ulong src) => Interlocked.Exchange(ref Unsafe.AsRef<ulong>((void*)address), src);

    /// <summary>Replaces the 64 bits at address by src if they equal r0; their old value either way.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicCmpXchg64(ulong address, ulong r0, ulong src) =>
        Interlocked.CompareExchange(ref Unsafe.AsRef<ulong>((void*)address), src, r0);

    /// <summary>Adds src to the 32 bits at address.</summary>
    [MethodImpl(Inline)]
    public static void AtomicAdd32(ulong address, ulong src) => Interlocked.Add(ref Unsafe.AsRef<uint>((void*)address), (uint)src);

    /// <summary>Sets the bits of src in the 32 bits at address.</summary>
    [MethodImpl(Inline)]
    public static void AtomicOr32(ulong address, ulong src) => Interlocked.Or(ref Unsafe.AsRef<uint>((void*)address), (uint)src);

    /// <summary>Keeps only the bits of src in the 32 bits at address.</summary>
    [MethodImpl(Inline)]
    public static void AtomicAnd32(ulong address, ulong src) => Interlocked.And(ref Unsafe.AsRef<uint>((void*)address), (uint)src);

    /// <summary>Flips the bits of src in the 32 bits at address.</summary>
    [MethodImpl(Inline)]
    public static void AtomicXor32(ulong address, ulong src) => AtomicFetchXor32(address, src);

    /// <summary>Adds src to the 32 bits at address; their old value.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicFetchAdd32(ulong address, ulong src) => Interlocked.Add(ref Unsafe.AsRef<uint>((void*)address), (uint)src) - (uint)src;

    /// <summary>Sets the bits of src in the 32 bits at address; their old value.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicFetchOr32(ulong address, ulong src) => Interlocked.Or(ref Unsafe.AsRef<uint>((void*)address), (uint)src);

    /// <summary>Keeps only the bits of src in the 32 bits at address; their old value.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicFetchAnd32(ulong address, ulong src) => Interlocked.And(ref Unsafe.AsRef<uint>((void*)address), (uint)src);

    /// <summary>Flips the bits of src in the 32 bits at address; their old value.</summary>
    public static ulong AtomicFetchXor32(ulong address, ulong src)
    {
        ref uint cell = ref Unsafe.AsRef<uint>((void*)address);
        uint seen = Volatile.Read(ref cell);
        while (true)
        {
            uint old = Interlocked.CompareExchange(ref cell, seen ^ (uint)src, seen);
            if (old == seen) return old;
            seen = old;
        }
    }

    /// <summary>Replaces the 32 bits at address by src; their old value.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicXchg32(ulong address, ulong src) => Interlocked.Exchange(ref Unsafe.AsRef<uint>((void*)address), (uint)src);

    /// <summary>Replaces the 32 bits at address by src if they equal the low half of r0; their old value either way.</summary>
    [MethodImpl(Inline)]
    public static ulong AtomicCmpXchg32(ulong address, ulong r0, ulong src) =>
        Interlocked.CompareExchange(ref Unsafe.AsRef<uint>((void*)address), (uint)src, (uint)r0);
}
