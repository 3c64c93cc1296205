using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Vm.Abi;

namespace Sim.Live.Net;

/// <summary>A network namespace of the live kernel that is ours alone, and the thread that lives in it.</summary>
/// <remarks>
/// It has no name in the file system: it is held by its thread and by one descriptor, so the kernel takes it away, with every device in
/// it, when this object is disposed or the process ends, however it ends. Everything in it is done by its thread; the rest of the process
/// never leaves the namespace it was started in. Source: Linux 6.12 net/core/net_namespace.c, copy_net_ns, cleanup_net; unshare(2).
/// </remarks>
internal sealed class NetworkNamespace : IDisposable
{
    private const int NewNetwork = 0x40000000, ReadOnlyCloseOnExec = 0x80000;

    private readonly BlockingCollection<Task> _work = [];
    private readonly Thread _thread;
    private KernelHandle? _handle;
    private LinkControl? _links;

    private NetworkNamespace(string name)
    {
        Name = name;
        _thread = new Thread(Live) { IsBackground = true, Name = $"netns {name}" };
    }

    /// <summary>What we call it; the kernel does not know the name.</summary>
    public string Name { get; }

    /// <summary>Its devices, addresses and routes; from any thread, one at a time.</summary>
    public LinkControl Links => _links ?? throw new ObjectDisposedException(nameof(NetworkNamespace));

    /// <summary>Descriptor of the namespace, to move devices into it from another one.</summary>
    internal uint Number => _handle!.Number;

    /// <summary>Why no namespace can be made, in one sentence; null when one can.</summary>
    public static string? WhyNot()
    {
        if (KernelProbe.WhyNot() is { } why) return why;
        try
        {
            using var tried = Create("probe");
            return null;
        }
        catch (KernelRefusedException refused)
        {
            return refused.Errno == Errno.EPERM
                ? "no topology can be built: unshare(CLONE_NEWNET) is refused (EPERM); run as root or with CAP_SYS_ADMIN and CAP_NET_ADMIN"
                : $"no topology can be built: {refused.Message}";
        }
    }

    /// <summary>Makes one; only a loopback device that is down is in it.</summary>
    /// <exception cref="KernelRefusedException">The kernel refuses; EPERM without CAP_SYS_ADMIN.</exception>
    public static NetworkNamespace Create(string name)
    {
        var made = new NetworkNamespace(name);
        made._thread.Start();
        try
        {
            made.Run(made.Enter);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Runs something in the namespace and waits for it; what it throws is thrown here.</summary>
    public void Run(Action action)
    {
        if (Thread.CurrentThread == _thread)
        {
            action();
            return;
        }
        // A task carries what the action throws over to this thread.
        var task = new Task(action);
        _work.Add(task);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Runs something in the namespace and gives back what it made.</summary>
    public T Run<T>(Func<T> make)
    {
        T made = default!;
        Run(() => { made = make(); });
        return made;
    }

    /// <summary>Sets a value under /proc/sys/net of this namespace, such as <c>ipv6/conf/all/disable_ipv6</c>.</summary>
    /// <returns>False when this kernel has no such value.</returns>
    /// <exception cref="KernelRefusedException">The value is not taken; EACCES where /proc/sys is read-only, as in many containers.</exception>
    public bool Set(string path, string value) => Run(() =>
    {
        string file = Path.Combine("/proc/sys/net", path);
        if (!File.Exists(file)) return false;
        try
        {
            File.WriteAllText(file, value);
            return true;
        }
        catch (IOException refused)
        {
            throw NotWritten(file, refused.Message);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw NotWritten(file, refused.Message);
        }
    });

    /// <summary>True when a device has sent an MLDv2 report (ICMPv6 type 143) of the groups its addresses belong to.</summary>
    public bool HasReportedGroups(string device) => Run(() =>
        File.ReadLines($"/proc/thread-self/net/dev_snmp6/{device}").Any(line => line.StartsWith("Icmp6OutType143", StringComparison.Ordinal) && !line.EndsWith("\t0", StringComparison.Ordinal)));

    /// <summary>Ends the thread and lets go of the namespace; the kernel removes its devices.</summary>
    public void Dispose()
    {
        if (_work.IsAddingCompleted) return;
        _work.CompleteAdding();
        if (_thread.IsAlive) _thread.Join();
        _links?.Dispose();
        _handle?.Dispose();
        _links = null;
        _handle = null;
        _work.Dispose();
    }

    private void Live()
    {
        foreach (var task in _work.GetConsumingEnumerable()) task.RunSynchronously();
    }

    private void Enter()
    {
        if (Unshare(NewNetwork) != 0) throw Refused("a network namespace");
        int descriptor = Open("/proc/thread-self/ns/net", ReadOnlyCloseOnExec);
        if (descriptor < 0) throw Refused("/proc/thread-self/ns/net");
        _handle = new KernelHandle(descriptor);
        _links = new LinkControl(Name);
    }

    private KernelRefusedException NotWritten(string file, string why) => new("kernel", $"namespace '{Name}', {file}", $"it cannot be written: {why}", Errno.EACCES);

    private KernelRefusedException Refused(string what)
    {
        var errno = (Errno)Marshal.GetLastPInvokeError();
        return new KernelRefusedException("kernel", $"namespace '{Name}'", $"the kernel refuses to make {what} ({errno})", errno);
    }

    /// <summary>Keeps the namespace's thread on the CPU it is on, so that what it sends is received on that CPU too.</summary>
    public void StayOnOneCpu() => Run(() =>
    {
        int cpu = CurrentCpu();
        if (cpu < 0) throw Refused("a choice of CPU");
        var mask = new byte[128];
        mask[cpu / 8] = (byte)(1 << (cpu % 8));
        if (SetAffinity(0, mask.Length, mask) != 0) throw Refused("a choice of CPU");
    });

    [DllImport("libc", EntryPoint = "sched_getcpu", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CurrentCpu();

    [DllImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetAffinity(int thread, nint bytes, byte[] mask);

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unshare(int flags);

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
