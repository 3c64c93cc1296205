using System.Runtime.InteropServices;
using Vm.Abi;

namespace Sim.Live;

/// <summary>Calls of the file system with the kernel's own errors, from the calling thread's mount namespace.</summary>
internal static class FileCalls
{
    private const int NewMounts = 0x20000, OwnPaths = 0x200, CloseOnExec = 0x80000;
    private const ulong Private = 1ul << 18, Recursive = 1ul << 14;

    /// <summary>mkdir(2).</summary>
    public static Errno MakeDirectory(string path, int mode) => Of(MkDir(path, (uint)mode));

    /// <summary>unlink(2).</summary>
    public static Errno Unlink(string path) => Of(UnlinkFile(path));

    /// <summary>rmdir(2).</summary>
    public static Errno RemoveDirectory(string path) => Of(RmDir(path));

    /// <summary>rename(2).</summary>
    public static Errno Rename(string from, string to) => Of(RenameFile(from, to));

    /// <summary>symlink(2).</summary>
    public static Errno MakeSymlink(string target, string path) => Of(SymLink(target, path));

    /// <summary>link(2).</summary>
    public static Errno MakeLink(string existing, string path) => Of(LinkFile(existing, path));

    /// <summary>open(2), read-only.</summary>
    /// <returns>The descriptor, or a negative errno.</returns>
    public static int Open(string path)
    {
        int descriptor = OpenFile(path, CloseOnExec);
        return descriptor < 0 ? -Marshal.GetLastPInvokeError() : descriptor;
    }

    /// <summary>Gives the calling thread a mount namespace of its own, with a bpf file system at a place.</summary>
    /// <param name="path">An existing directory.</param>
    /// <param name="options">Options of the file system; empty for none.</param>
    /// <exception cref="KernelRefusedException">The kernel gives none.</exception>
    public static void EnterWithBpfAt(string path, string options)
    {
        if (Unshare(NewMounts | OwnPaths) != 0) throw Refused(path, "a mount namespace");
        if (Mount("none", "/", null, Private | Recursive, null) != 0) throw Refused(path, "private mounts");
        if (Mount("bpf", path, "bpf", 0, options) != 0) throw Refused(path, "a bpf file system");
    }

    private static Errno Of(int result) => result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;

    private static KernelRefusedException Refused(string path, string what)
    {
        var errno = (Errno)Marshal.GetLastPInvokeError();
        return new KernelRefusedException("kernel", path, $"the kernel refuses to make {what} ({errno})", errno);
    }

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unshare(int flags);

    [DllImport("libc", EntryPoint = "mount", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mount([MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target, [MarshalAs(UnmanagedType.LPUTF8Str)] string? type, ulong flags, [MarshalAs(UnmanagedType.LPUTF8Str)] string? data);

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFile([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "mkdir", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MkDir([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", EntryPoint = "unlink", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int UnlinkFile([MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc", EntryPoint = "rmdir", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RmDir([MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc", EntryPoint = "rename", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameFile([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", EntryPoint = "symlink", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SymLink([MarshalAs(UnmanagedType.LPUTF8Str)] string target, [MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc", EntryPoint = "link", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LinkFile([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string path);
}
