namespace Vm.Kernel;

/// <summary>Something in the simulated file tree: who owns it and who may use it.</summary>
public abstract class FsNode
{
    /// <summary>Permission bits, set-id and sticky included (07777).</summary>
    public int Mode { get; set; }

    /// <summary>Owner.</summary>
    public uint Uid { get; set; }

    /// <summary>Group.</summary>
    public uint Gid { get; set; }

    /// <summary>Looks whether a process may do something with it. User 0 may do everything but run what nobody may.</summary>
    /// <param name="process">Who.</param>
    /// <param name="wanted">4 read, 2 write, 1 search.</param>
    internal bool Allows(Process process, int wanted)
    {
        if (process.Uid == 0) return true;
        int bits = process.Uid == Uid ? Mode >> 6 : process.Gid == Gid ? Mode >> 3 : Mode;
        return (bits & wanted) == wanted;
    }
}

/// <summary>A directory, of a bpf file system or of another.</summary>
/// <param name="mount">The bpf file system it is in; null in any other.</param>
public sealed class FsDirectory(BpfMount? mount) : FsNode
{
    /// <summary>What is in it, by name.</summary>
    public SortedDictionary<string, FsNode> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>The bpf file system it is in; null in any other.</summary>
    public BpfMount? Mount { get; } = mount;

    /// <summary>The directory above; the root's is itself.</summary>
    public FsDirectory? Parent { get; internal set; }

    /// <summary>The bpf file system mounted on it; null when none is.</summary>
    public BpfMount? Mounted { get; internal set; }
}

/// <summary>A pin: keeps an object and gives it to whoever may open it. Hard links are further names of one pin.</summary>
/// <param name="target">Map, program or link, held.</param>
public sealed class FsPin(IKernelObject target) : FsNode
{
    /// <summary>What is pinned.</summary>
    public IKernelObject Target { get; } = target;

    /// <summary>Names it has.</summary>
    public int Names { get; internal set; } = 1;
}

/// <summary>A symbolic link.</summary>
/// <param name="target">Where it leads.</param>
public sealed class FsSymlink(string target) : FsNode
{
    /// <summary>Where it leads.</summary>
    public string Target { get; } = target;
}

/// <summary>A file of another file system: nothing bpf(2) knows.</summary>
public sealed class FsFile : FsNode;
