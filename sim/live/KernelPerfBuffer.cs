using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vm.Abi;

namespace Sim.Live;

/// <summary>A reader of a perf event array on one CPU: without one the kernel refuses the records a program writes there.</summary>
/// <remarks>
/// The slot of the CPU gets an event of the kind BPF programs write to, and the event a ring of pages shared with this process.
/// Source: Linux 6.12 include/uapi/linux/perf_event.h; kernel/trace/bpf_trace.c, __bpf_perf_event_output; kernel/events/ring_buffer.c.
/// </remarks>
internal sealed class KernelPerfBuffer : IDisposable
{
    private const int AttrBytes = 128, DataPages = 256, ReadWrite = 3;
    private const uint TypeSoftware = 1, BpfOutput = 10, SampleRaw = 1 << 10, Enable = 0x2400, RecordSample = 9;
    private const int HeadOffset = 1024, TailOffset = 1032;

    private readonly KernelHandle _event;
    private readonly SharedPages _pages;

    /// <summary>Opens the event and puts it into the map.</summary>
    /// <param name="map">A perf event array.</param>
    /// <param name="cpu">The CPU programs run on.</param>
    /// <exception cref="KernelRefusedException">The kernel gives no event, or the map does not take it.</exception>
    public KernelPerfBuffer(KernelMap map, int cpu)
    {
        var attributes = new PinnedBytes(AttrBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes.Bytes, TypeSoftware);
        BinaryPrimitives.WriteInt32LittleEndian(attributes.Bytes.AsSpan(4), AttrBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes.Bytes.AsSpan(8), BpfOutput);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes.Bytes.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes.Bytes.AsSpan(24), SampleRaw);
        nint number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;
        int opened = (int)PerfEventOpen(number, (nint)attributes.Address, -1, cpu, -1, 0);
        GC.KeepAlive(attributes);
        if (opened < 0) throw Refused(map, "opens no event", (Errno)Marshal.GetLastPInvokeError());
        _event = new KernelHandle(opened);
        try
        {
            _pages = new SharedPages(map, opened, (1 + DataPages) * Environment.SystemPageSize, ReadWrite, 0);
            if (Ioctl(opened, Enable, 0) != 0) throw Refused(map, "does not start the event", (Errno)Marshal.GetLastPInvokeError());
            var errno = map.Set(BitConverter.GetBytes(cpu), _event.Number);
            if (errno != Errno.None) throw Refused(map, "refuses the event", errno);
        }
        catch
        {
            _pages?.Dispose();
            _event.Dispose();
            throw;
        }
    }

    /// <summary>Takes out what programs wrote, in order; the kernel fills records up with zeros to a multiple of 8, less 4.</summary>
    public List<byte[]> Read()
    {
        nint ring = _pages.Address, data = ring + Environment.SystemPageSize;
        int size = DataPages * Environment.SystemPageSize;
        var records = new List<byte[]>();
        long head = Marshal.ReadInt64(ring, HeadOffset), at = Marshal.ReadInt64(ring, TailOffset);
        Thread.MemoryBarrier();
        while (at < head)
        {
            var header = Copy(data, size, at, 8);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
            ushort bytes = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(6));
            if (type == RecordSample) records.Add(Copy(data, size, at + 12, (int)BinaryPrimitives.ReadUInt32LittleEndian(Copy(data, size, at + 8, 4))));
            at += bytes;
        }
        Marshal.WriteInt64(ring, TailOffset, at);
        return records;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pages.Dispose();
        _event.Dispose();
    }

    private static byte[] Copy(nint data, int size, long at, int bytes)
    {
        var copy = new byte[bytes];
        int from = (int)(at & (size - 1)), first = Math.Min(bytes, size - from);
        Marshal.Copy(data + from, copy, 0, first);
        Marshal.Copy(data, copy, first, bytes - first);
        return copy;
    }

    private static KernelRefusedException Refused(KernelMap map, string what, Errno errno) => new("compare", $"map '{map.Spec.Name}'", $"the kernel {what} ({errno})", errno);

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint PerfEventOpen(nint number, nint attributes, nint process, nint cpu, nint group, nint flags);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Ioctl(int descriptor, nuint request, nint argument);
}
