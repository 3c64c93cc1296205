using System.Runtime.InteropServices;

namespace Vm.Memory;

/// <summary>A zeroed, page-aligned stretch of native memory with an unreadable guard page on either side.</summary>
/// <remarks>
/// A stray access next to the block stops the process instead of corrupting a neighbour. Freed by <see cref="Dispose()"/>;
/// the finalizer is a backstop. Made at start-up, never per packet.
/// </remarks>
public sealed partial class NativeBlock : IDisposable
{
    private readonly nint _mapping;
    private readonly nuint _mappingBytes;
    private int _disposed;

    /// <summary>Reserves and commits <paramref name="bytes"/> bytes.</summary>
    /// <param name="bytes">1 byte to 64 GiB; rounded up to whole pages.</param>
    /// <exception cref="InsufficientMemoryException">The operating system refused.</exception>
    public NativeBlock(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 64L << 30);
        nuint page = (nuint)Environment.SystemPageSize;
        nuint inner = ((nuint)bytes + page - 1) / page * page;
        _mappingBytes = inner + 2 * page;
        _mapping = OperatingSystem.IsWindows() ? ReserveWindows(_mappingBytes, page, inner) : ReservePosix(_mappingBytes, page, inner);
        Address = (ulong)_mapping + page;
        Length = bytes;
    }

    /// <summary>Frees the memory when its owner forgot to.</summary>
    ~NativeBlock() => Free();

    /// <summary>First byte; page aligned.</summary>
    public ulong Address { get; }

    /// <summary>Usable length in bytes, as asked for.</summary>
    public long Length { get; }

    /// <summary>One past the last usable byte.</summary>
    public ulong End => Address + (ulong)Length;

    /// <summary>True when the whole range lies inside the block.</summary>
    public bool Contains(ulong address, long bytes) =>
        address >= Address && bytes >= 0 && bytes <= Length && address - Address <= (ulong)(Length - bytes);

    /// <summary>A view of part of the block, checked against its length.</summary>
    public Span<byte> Bytes(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + count, Length);
        return Native.Bytes(Address + (ulong)offset, count);
    }

    /// <summary>Gives the memory back. Addresses into it are dead from here on.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0 || _mapping == 0) return;
        if (OperatingSystem.IsWindows()) VirtualFree(_mapping, 0, MemRelease);
        else Munmap(_mapping, _mappingBytes);
    }

    private const int ProtNone = 0, ProtReadWrite = 1 | 2, MapPrivate = 2;
    private const uint MemCommit = 0x1000, MemReserve = 0x2000, MemRelease = 0x8000, PageNoAccess = 1, PageReadWrite = 4;

    private static nint ReservePosix(nuint total, nuint page, nuint inner)
    {
        int mapAnonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;
        nint mapping = Mmap(0, total, ProtNone, MapPrivate | mapAnonymous, -1, 0);
        if (mapping == -1) throw new InsufficientMemoryException($"The system gave no {total} bytes of address space.");
        if (Mprotect(mapping + (nint)page, inner, ProtReadWrite) == 0) return mapping;
        Munmap(mapping, total);
        throw new InsufficientMemoryException($"The system gave no {inner} bytes of memory.");
    }

    private static nint ReserveWindows(nuint total, nuint page, nuint inner)
    {
        nint mapping = VirtualAlloc(0, total, MemReserve, PageNoAccess);
        if (mapping == 0) throw new InsufficientMemoryException($"The system gave no {total} bytes of address space.");
        if (VirtualAlloc(mapping + (nint)page, inner, MemCommit, PageReadWrite) != 0) return mapping;
        VirtualFree(mapping, 0, MemRelease);
        throw new InsufficientMemoryException($"The system gave no {inner} bytes of memory.");
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Mprotect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Munmap(nint address, nuint length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(nint address, nuint size, uint type);
}
