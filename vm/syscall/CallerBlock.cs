using System.Runtime.InteropServices;
using Vm.Memory;

namespace Vm.Syscall;

/// <summary>A stretch of this process's memory that calls are made from: the simulator reads it, and so can a live kernel.</summary>
/// <remarks>Everything outside is unmapped to the simulator (EFAULT), as the pages around it are to a kernel. Not thread-safe.</remarks>
public sealed class CallerBlock : ICallerMemory, IDisposable
{
    private const int Alignment = 8;
    private readonly NativeBlock _block;
    private long _used;

    /// <summary>Reserves it.</summary>
    /// <param name="bytes">Room for all that one call needs.</param>
    public CallerBlock(long bytes = 1 << 20) => _block = new NativeBlock(bytes);

    /// <summary>One past the last byte; unmapped.</summary>
    public ulong End => _block.End;

    /// <summary>Sets bytes aside, zeroed, until <see cref="Reset"/>.</summary>
    /// <returns>Their address.</returns>
    /// <exception cref="InsufficientMemoryException">The block is full.</exception>
    public ulong Allocate(int bytes)
    {
        long at = (_used + Alignment - 1) / Alignment * Alignment;
        if (at + bytes > _block.Length) throw new InsufficientMemoryException($"A call needs {bytes} bytes more than the {_block.Length} there are.");
        _used = at + bytes;
        _block.Bytes(at, bytes).Clear();
        return _block.Address + (ulong)at;
    }

    /// <summary>Sets bytes aside and fills them.</summary>
    /// <returns>Their address.</returns>
    public ulong Put(ReadOnlySpan<byte> bytes)
    {
        ulong at = Allocate(bytes.Length);
        bytes.CopyTo(Native.Bytes(at, bytes.Length));
        return at;
    }

    /// <summary>Sets a value aside.</summary>
    /// <returns>Its address.</returns>
    public ulong Put<T>(in T value) where T : unmanaged => Put(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>Bytes set aside before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not in the block.</exception>
    public Span<byte> Bytes(ulong address, int count) => _block.Bytes((long)(address - _block.Address), count);

    /// <summary>A value set aside before.</summary>
    public ref T Ref<T>(ulong address) where T : unmanaged => ref MemoryMarshal.AsRef<T>(Bytes(address, System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));

    /// <summary>Everything set aside is free again.</summary>
    public void Reset() => _used = 0;

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> into)
    {
        if (into.IsEmpty) return true;
        if (!_block.Contains(address, into.Length)) return false;
        Native.Bytes(address, into.Length).CopyTo(into);
        return true;
    }

    /// <inheritdoc/>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return true;
        if (!_block.Contains(address, bytes.Length)) return false;
        bytes.CopyTo(Native.Bytes(address, bytes.Length));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _block.Dispose();
}
