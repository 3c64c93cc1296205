using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Vm.Abi;

namespace Sim.Live;

/// <summary>Reads the records of a kernel ring buffer through the pages it shares with user space.</summary>
/// <remarks>
/// The consumer's position is on a first page, the producer's on a second, the data (mapped twice in a row) behind it.
/// Source: Linux 6.12 kernel/bpf/ringbuf.c, struct bpf_ringbuf, __bpf_user_ringbuf_sample_release; tools/lib/bpf/ringbuf.c, ringbuf_process_ring.
/// </remarks>
internal static class KernelRingBuffer
{
    private const int HeaderBytes = 8, ReadOnly = 1, ReadWrite = 3;
    private const uint Busy = 1u << 31, Discarded = 1u << 30;

    /// <summary>Takes every committed record out, in order.</summary>
    /// <exception cref="KernelRefusedException">The pages cannot be mapped.</exception>
    public static List<byte[]> Read(KernelMap map)
    {
        int page = Environment.SystemPageSize, size = (int)map.Spec.MaxEntries;
        using var consumerPages = new SharedPages(map, page, ReadWrite, 0);
        using var producerPages = new SharedPages(map, page + 2 * size, ReadOnly, page);
        nint consumer = consumerPages.Address, producer = producerPages.Address;
        var records = new List<byte[]>();
        long position = Marshal.ReadInt64(consumer), end = Marshal.ReadInt64(producer);
        while (position < end)
        {
            nint header = producer + page + (nint)(position & (size - 1));
            uint length = (uint)Marshal.ReadInt32(header);
            if ((length & Busy) != 0) break;
            int bytes = (int)(length & ~(Busy | Discarded));
            if ((length & Discarded) == 0)
            {
                var record = new byte[bytes];
                Marshal.Copy(header + HeaderBytes, record, 0, bytes);
                records.Add(record);
            }
            position += (HeaderBytes + bytes + 7) & ~7;
        }
        Marshal.WriteInt64(consumer, position);
        return records;
    }
}

/// <summary>Pages of a map shared with this process; disposing unmaps them.</summary>
internal sealed class SharedPages : SafeHandleMinusOneIsInvalid
{
    private const int Shared = 1;

    private readonly int _bytes;

    public SharedPages(KernelMap map, int bytes, int protection, int offset)
        : this(map, (int)map.Number, bytes, protection, offset)
    {
    }

    /// <summary>Pages of another descriptor; the map is named when they cannot be had.</summary>
    public SharedPages(KernelMap map, int descriptor, int bytes, int protection, int offset)
        : base(ownsHandle: true)
    {
        _bytes = bytes;
        SetHandle(Map(0, bytes, protection, Shared, descriptor, offset));
        if (IsInvalid) throw new KernelRefusedException("compare", $"map '{map.Spec.Name}'", "its pages cannot be mapped", (Errno)Marshal.GetLastPInvokeError());
    }

    /// <summary>Where they are; valid until disposal.</summary>
    public nint Address => handle;

    protected override bool ReleaseHandle() => Unmap(handle, _bytes) == 0;

    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Map(nint address, nint bytes, int protection, int flags, int descriptor, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmap(nint address, nint bytes);
}
