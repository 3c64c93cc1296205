using System.Collections.Concurrent;

namespace Sim.Live;

/// <summary>A thread in a mount namespace of its own with a bpf file system that nobody else sees; gone with the thread.</summary>
/// <remarks>What pins, paths and tokens mean is asked of the live kernel here, without touching what the machine has mounted.</remarks>
internal sealed class MountNamespace : IDisposable
{
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
            made.Run(() =>
            {
                FileCalls.EnterWithBpfAt(made.Path, options);
                return true;
            });
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

    /// <summary>Ends the thread: the kernel takes the mount away.</summary>
    public void Dispose()
    {
        if (_work.IsAddingCompleted) return;
        _work.CompleteAdding();
        if (_thread.IsAlive) _thread.Join();
        _work.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Live()
    {
        foreach (var task in _work.GetConsumingEnumerable()) task.RunSynchronously();
    }
}
