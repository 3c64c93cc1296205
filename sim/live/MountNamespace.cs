using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Vm.Abi;

namespace Sim.Live;

/// <summary>A thread in a mount namespace of its own with a bpf file system that nobody else sees; gone with the thread.</summary>
/// <remarks>What pins, paths and tokens mean is asked of the live kernel here, without touching what the machine has mounted.</remarks>
internal sealed class MountNamespace : IDisposable
{
    private const int NewMounts = 0x20000, OwnPaths = 0x200;
    private const ulong Private = 1ul << 18, Recursive = 1ul << 14;

    private readonly BlockingCollection<Task> _work = [];
    private readonly Thread _thread;

    private readonly string _folder;

    private MountNamespace(string folder)
    {
        _folder = folder;
        Path = System.IO.Path.Combine(folder, "bpf");
        Directory.CreateDirectory(Path);
        _thread = new Thread(Live) { IsBackground = true, Name = "mounts" };
    }

    /// <summary>Where the file system is mounted.</summary>
    public string Path { get; }

    /// <summary>Makes it.</summary>
    /// <param name="options">Options of the file system; empty for none.</param>
    /// <exception cref="KernelRefusedException">The kernel gives no mount namespace or no bpf file system.</exception>
    public static MountNamespace Create(string options = "")
    {
        var made = new MountNamespace(Directory.CreateTempSubdirectory("sim-bpffs-").FullName);
        made._thread.Start();
        try
        {
            made.Run(() => Enter(made.Path, options));
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Runs something in the namespace and gives back what it made.</summary>
    public T Run<T>(Func<T> make)
    {
        var task = new Task<T>(make);
        _work.Add(task);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>A call of the file system, in the namespace.</summary>
    public Errno File(Func<int> call) => Run(() => call() < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None);

    /// <summary>mkdir(2).</summary>
    public Errno MakeDirectory(string path, int mode) => File(() => MkDir(path, (uint)mode));

    /// <summary>unlink(2).</summary>
    public Errno Unlink(string path) => File(() => UnlinkFile(path));

    /// <summary>rmdir(2).</summary>
    public Errno RemoveDirectory(string path) => File(() => RmDir(path));

    /// <summary>rename(2).</summary>
    public Errno Rename(string from, string to) => File(() => RenameFile(from, to));

    /// <summary>symlink(2).</summary>
    public Errno MakeSymlink(string target, string path) => File(() => SymLink(target, path));

    /// <summary>link(2).</summary>
    public Errno MakeLink(string existing, string path) => File(() => LinkFile(existing, path));

    /// <summary>Ends the thread: the kernel takes the mount away.</summary>
    public void Dispose()
    {
        if (_work.IsAddingCompleted) return;
        _work.CompleteAdding();
        if (_thread.IsAlive) _thread.Join();
        _work.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int Enter(string path, string options)
    {
        if (Unshare(NewMounts | OwnPaths) != 0) throw Refused(path, "a mount namespace");
        if (Mount("none", "/", null, Private | Recursive, null) != 0) throw Refused(path, "private mounts");
        if (Mount("bpf", path, "bpf", 0, options) != 0) throw Refused(path, "a bpf file system");
        return 0;
    }

    private static KernelRefusedException Refused(string path, string what)
    {
        var errno = (Errno)Marshal.GetLastPInvokeError();
        return new KernelRefusedException("kernel", path, $"the kernel refuses to make {what} ({errno})", errno);
    }

    private void Live()
    {
        foreach (var task in _work.GetConsumingEnumerable()) task.RunSynchronously();
    }

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unshare(int flags);

    [DllImport("libc", EntryPoint = "mount", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mount([MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target, [MarshalAs(UnmanagedType.LPUTF8Str)] string? type, ulong flags, [MarshalAs(UnmanagedType.LPUTF8Str)] string? data);

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
