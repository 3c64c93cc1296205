using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Vm.Abi;

namespace Sim.Live;

/// <summary>The door to bpf(2): one system call, its attributes as structs, its failures as <see cref="Errno"/>.</summary>
/// <remarks>Safe code: every buffer whose address the kernel gets is a pinned array (<see cref="PinnedBytes"/>).</remarks>
internal static class BpfSyscall
{
    private const int AgainRetries = 5;

    private static readonly object s_gate = new();

    // Room for the largest attribute; what a command does not use stays zero, as the kernel demands.
    private static readonly PinnedBytes s_attributes = new(256);

    /// <summary>Calls bpf(2).</summary>
    /// <param name="command">What to do.</param>
    /// <param name="attributes">In and out.</param>
    /// <param name="result">The descriptor or number it returns; -1 when it fails.</param>
    /// <returns>None, or why it failed.</returns>
    public static Errno Call<T>(BpfCommand command, ref T attributes, out int result) where T : unmanaged
    {
        lock (s_gate)
        {
            int size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
            for (int attempt = 0; ; attempt++)
            {
                s_attributes.Bytes.AsSpan().Clear();
                MemoryMarshal.Write(s_attributes.Bytes, in attributes);
                result = (int)Syscall(Number, (nint)command, (nint)s_attributes.Address, size);
                var errno = result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
                if (errno is Errno.EAGAIN or Errno.EINTR && attempt < AgainRetries) continue;
                attributes = MemoryMarshal.Read<T>(s_attributes.Bytes);
                return errno;
            }
        }
    }

    /// <summary>The same for commands that return nothing but success.</summary>
    public static Errno Call<T>(BpfCommand command, ref T attributes) where T : unmanaged => Call(command, ref attributes, out _);

    /// <summary>Calls bpf(2) with attributes as they lie in memory. A kernel that was interrupted is asked again, a few times.</summary>
    /// <returns>What it returns, or a negative errno.</returns>
    public static int Call(int command, ulong attributes, uint size)
    {
        for (int attempt = 0; ; attempt++)
        {
            int result = (int)Syscall(Number, command, (nint)attributes, (nint)size);
            if (result >= 0) return result;
            int errno = Marshal.GetLastPInvokeError();
            if ((Errno)errno is Errno.EAGAIN or Errno.EINTR && attempt < AgainRetries) continue;
            return -errno;
        }
    }

    // Source: Linux 6.12 arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h.
    private static nint Number => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Syscall(nint number, nint command, nint attributes, nint size);
}

/// <summary>Bytes that do not move, so that the kernel may be told where they are.</summary>
internal sealed class PinnedBytes
{
    public PinnedBytes(int length) => Bytes = GC.AllocateArray<byte>(Math.Max(1, length), pinned: true);

    public PinnedBytes(ReadOnlySpan<byte> content)
        : this(content.Length) => content.CopyTo(Bytes);

    /// <summary>The bytes; at least one, so that there is an address.</summary>
    public byte[] Bytes { get; }

    /// <summary>Where they are; valid while this object is reachable.</summary>
    public ulong Address => (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, 0);
}

/// <summary>A descriptor of a kernel object; disposing closes it.</summary>
internal sealed class KernelHandle : SafeHandleMinusOneIsInvalid
{
    public KernelHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The descriptor's number; the caller keeps this object alive while the kernel uses it.</summary>
    public uint Number => (uint)handle;

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
