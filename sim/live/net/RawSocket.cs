using System.Runtime.InteropServices;
using Vm.Abi;

namespace Sim.Live.Net;

/// <summary>A datagram socket of a family the base library does not speak: rtnetlink and AF_PACKET.</summary>
/// <remarks>It belongs to the network namespace of the thread that opened it, for good. Source: Linux 6.12 include/linux/socket.h.</remarks>
internal sealed class RawSocket : IDisposable
{
    private const int RawType = 3, CloseOnExec = 0x80000, NoWait = 0x40;

    private readonly KernelHandle _handle;

    private RawSocket(KernelHandle handle) => _handle = handle;

    /// <summary>Number of its descriptor.</summary>
    public int Number => (int)_handle.Number;

    /// <summary>socket(2) in the namespace of the calling thread.</summary>
    /// <param name="family">AF_ number.</param>
    /// <param name="protocol">Protocol in the family's own order of bytes.</param>
    /// <param name="what">What it is for, for the error.</param>
    /// <exception cref="KernelRefusedException">The kernel refuses it.</exception>
    public static RawSocket Open(int family, int protocol, string what)
    {
        int descriptor = Socket(family, RawType | CloseOnExec, protocol);
        if (descriptor < 0) throw Refused(what);
        return new RawSocket(new KernelHandle(descriptor));
    }

    /// <summary>bind(2).</summary>
    /// <param name="address">A struct sockaddr of the family.</param>
    /// <param name="what">What it is for, for the error.</param>
    public void Bind(byte[] address, string what)
    {
        if (Bind(Number, address, address.Length) < 0) throw Refused(what);
    }

    /// <summary>setsockopt(2) with an int.</summary>
    public void Set(int level, int option, int value, string what)
    {
        if (SetOption(Number, level, option, ref value, sizeof(int)) < 0) throw Refused(what);
    }

    /// <summary>send(2) of a whole datagram.</summary>
    /// <returns>None, or why it was not taken.</returns>
    public Errno Send(byte[] bytes, int length)
    {
        while (true)
        {
            if (Send(Number, bytes, length, 0) >= 0) return Errno.None;
            var errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR) return errno;
        }
    }

    /// <summary>recv(2) of one datagram; waits for it.</summary>
    /// <returns>Its bytes; -1 when the socket failed.</returns>
    public int Receive(byte[] into)
    {
        while (true)
        {
            nint bytes = Receive(Number, into, into.Length, 0);
            if (bytes >= 0 || (Errno)Marshal.GetLastPInvokeError() != Errno.EINTR) return (int)bytes;
        }
    }

    /// <summary>recvmsg(2) without waiting.</summary>
    /// <param name="header">A struct msghdr.</param>
    /// <returns>Bytes; -1 when nothing is there.</returns>
    public int ReceiveMessage(PinnedBytes header) => (int)ReceiveMessage(Number, (nint)header.Address, NoWait);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static KernelRefusedException Refused(string what)
    {
        var errno = (Errno)Marshal.GetLastPInvokeError();
        return new KernelRefusedException("kernel", what, $"the kernel refuses it ({errno})", errno);
    }

    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Socket(int family, int type, int protocol);

    [DllImport("libc", EntryPoint = "bind", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Bind(int descriptor, byte[] address, int bytes);

    [DllImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int descriptor, int level, int option, ref int value, int bytes);

    [DllImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Send(int descriptor, byte[] bytes, nint length, int flags);

    [DllImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Receive(int descriptor, [Out] byte[] bytes, nint length, int flags);

    [DllImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ReceiveMessage(int descriptor, nint header, int flags);
}
