namespace Vm.Syscall;

/// <summary>The memory of whoever calls bpf(2): attributes, keys, values and buffers lie in it.</summary>
/// <remarks>It may be another process's, and may change while it is read: whatever is read is read once. No bytes can be read and written anywhere.</remarks>
public interface ICallerMemory
{
    /// <summary>Copies bytes in (copy_from_user).</summary>
    /// <returns>False where something is not readable (EFAULT); the buffer then holds nothing of use. No bytes can be read anywhere.</returns>
    bool TryRead(ulong address, Span<byte> into);

    /// <summary>Copies bytes out (copy_to_user).</summary>
    /// <returns>False where something is not writable (EFAULT); part may have been written.</returns>
    bool TryWrite(ulong address, ReadOnlySpan<byte> bytes);
}
