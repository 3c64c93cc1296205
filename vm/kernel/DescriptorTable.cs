using Vm.Abi;

namespace Vm.Kernel;

/// <summary>A process's file descriptors: the lowest free number is given out, and closing the last one of a file lets its object go.</summary>
/// <remarks>0, 1 and 2 are open and are no BPF objects, as in any process with standard streams. Thread-safe.</remarks>
public sealed class DescriptorTable : IDisposable
{
    private const int StandardStreams = 3;

    private readonly Lock _gate = new();
    private readonly List<OpenFile?> _open = [];

    /// <summary>The table of a process that has just been started.</summary>
    public DescriptorTable()
    {
        var stream = new OpenFile(new object());
        for (int i = 0; i < StandardStreams; i++) Open(stream);
        stream.Dispose();
    }

    private DescriptorTable(IEnumerable<OpenFile?> inherited)
    {
        foreach (var file in inherited)
        {
            file?.Acquire();
            _open.Add(file);
        }
    }

    /// <summary>Most descriptors (RLIMIT_NOFILE); EMFILE beyond.</summary>
    public int Limit { get; init; } = 1 << 20;

    /// <summary>Descriptors in use.</summary>
    public IReadOnlyList<int> Numbers
    {
        get
        {
            lock (_gate) return [.. Enumerable.Range(0, _open.Count).Where(fd => _open[fd] is not null)];
        }
    }

    /// <summary>Gives a file one more descriptor. The caller keeps its own reference.</summary>
    /// <returns>The number, or -EMFILE.</returns>
    public int Open(OpenFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        lock (_gate)
        {
            int free = _open.IndexOf(null);
            if (free < 0)
            {
                free = _open.Count;
                if (free >= Limit) return -(int)Errno.EMFILE;
                _open.Add(null);
            }
            file.Acquire();
            _open[free] = file;
            return free;
        }
    }

    /// <summary>Opens a file for an object that the caller has held for it; on failure the object is let go.</summary>
    /// <returns>The number, or -EMFILE.</returns>
    public int Open(IKernelObject held, FileRights rights = FileRights.ReadWrite)
    {
        using var file = new OpenFile(held, rights);
        return Open(file);
    }

    /// <summary>The file behind a descriptor, referenced for the caller; null when the number is not open.</summary>
    public OpenFile? Acquire(uint descriptor)
    {
        lock (_gate)
        {
            var file = descriptor < (uint)_open.Count ? _open[(int)descriptor] : null;
            file?.Acquire();
            return file;
        }
    }

    /// <summary>close(2).</summary>
    /// <returns>EBADF when the number is not open.</returns>
    public Errno Close(uint descriptor)
    {
        OpenFile? file;
        lock (_gate)
        {
            file = descriptor < (uint)_open.Count ? _open[(int)descriptor] : null;
            if (file is null) return Errno.EBADF;
            _open[(int)descriptor] = null;
        }
        file.Release();
        return Errno.None;
    }

    /// <summary>dup(2): another number for the same file.</summary>
    /// <returns>The number, -EBADF or -EMFILE.</returns>
    public int Duplicate(uint descriptor)
    {
        if (Acquire(descriptor) is not { } file) return -(int)Errno.EBADF;
        int number = Open(file);
        file.Release();
        return number;
    }

    /// <summary>What a child gets by fork: the same numbers for the same files.</summary>
    public DescriptorTable Inherit()
    {
        lock (_gate) return new DescriptorTable(_open) { Limit = Limit };
    }

    /// <summary>The process ends: every descriptor is closed.</summary>
    public void Dispose()
    {
        foreach (int descriptor in Numbers) Close((uint)descriptor);
    }
}
