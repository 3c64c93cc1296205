using System.Text;
using Vm.Abi;

namespace Vm.Syscall;

/// <summary>The caller's log buffer: what of a log fits, and what is said of the rest.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/log.c, bpf_verifier_log_attr_valid, bpf_verifier_vlog, bpf_vlog_finalize.</remarks>
internal readonly struct CallLog
{
    private const uint KnownLevels = 15, Fixed = 8, LargestBuffer = uint.MaxValue >> 2;

    private readonly ulong _buffer;
    private readonly uint _bytes;

    private CallLog(uint level, ulong buffer, uint bytes) => (Level, _buffer, _bytes) = (level, buffer, bytes);

    /// <summary>log_level as given.</summary>
    public uint Level { get; }

    /// <summary>Looks whether level, buffer and size go together (EINVAL).</summary>
    public static bool TryOpen(uint level, ulong buffer, uint bytes, out CallLog log)
    {
        log = new CallLog(level, buffer, bytes);
        return (buffer != 0) == (bytes != 0) && (buffer == 0 || level != 0) && (level & ~KnownLevels) == 0 && bytes <= LargestBuffer;
    }

    /// <summary>Writes the log: its end, or with level 8 its beginning, and a NUL.</summary>
    /// <param name="memory">The caller's.</param>
    /// <param name="text">All of it.</param>
    /// <param name="trueSize">Bytes a buffer needs for all of it, NUL included; 0 when there is nothing to say or no level.</param>
    /// <returns>ENOSPC when something was cut, EFAULT when the buffer cannot be written; both stand before any verdict.</returns>
    public Errno Finish(ICallerMemory memory, string text, out uint trueSize)
    {
        trueSize = 0;
        if (Level == 0 || text.Length == 0) return Errno.None;
        var all = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, all);
        trueSize = (uint)all.Length;
        if (_buffer == 0) return Errno.None;
        bool cut = all.Length > _bytes;
        var kept = !cut ? all : (Level & Fixed) != 0 ? all.AsSpan(0, (int)_bytes) : all.AsSpan(all.Length - (int)_bytes);
        if (cut) kept[^1] = 0;
        if (!memory.TryWrite(_buffer, kept)) return Errno.EFAULT;
        return cut ? Errno.ENOSPC : Errno.None;
    }
}
