using System.Runtime.CompilerServices;

namespace Vm.Memory;

/// <summary>Typed views of native memory, for rooms that are not allowed unsafe code themselves.</summary>
/// <remarks>
/// An address is a plain number here; whoever passes one vouches that it is live. All members are O(1), do not allocate
/// and inline to single instructions.
/// </remarks>
public static unsafe class Native
{
    /// <summary>The <typeparamref name="T"/> at an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T Ref<T>(ulong address) where T : unmanaged => ref Unsafe.AsRef<T>((void*)address);

    /// <summary>A writable span over native memory; <paramref name="bytes"/> must not be negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Bytes(ulong address, int bytes) => new((void*)address, bytes);

    /// <summary>Copies bytes between native places that may overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ulong from, ulong to, int bytes) => Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);

    /// <summary>Sets bytes to zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clear(ulong address, int bytes) => new Span<byte>((void*)address, bytes).Clear();
}
