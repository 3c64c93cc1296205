using System.Diagnostics.CodeAnalysis;
using Vm.Abi;

namespace Vm.Kernel;

/// <summary>The simulated file tree, as far as bpf(2) sees it: a few directories, and bpf file systems mounted on them.</summary>
/// <remarks>
/// Thread-safe. A pin holds its object until its last name is gone. Calls are those of the system: each takes who asks, and answers with an errno.
/// Source: Linux 6.12 kernel/bpf/inode.c; fs/namei.c for the order of checks.
/// </remarks>
public sealed class FileTree
{
    private const int Sticky = 0x200, DefaultDirectory = 0x1ed, PinMode = 0x180, RightsMask = 0x1ff;

    private readonly Lock _gate = new();
    private readonly List<BpfMount> _mounts = [];

    /// <summary>Makes it: <c>/</c>, <c>/sys/fs/bpf</c> with a bpf file system of the first user namespace, <c>/tmp</c>.</summary>
    public FileTree()
    {
        Root = new FsDirectory(null) { Mode = DefaultDirectory };
        Root.Parent = Root;
        foreach (string path in (string[])["/sys", "/sys/fs", "/sys/fs/bpf", "/tmp"]) Place(path);
        ((FsDirectory)Root.Entries["tmp"]).Mode = RightsMask | Sticky;
        Mount("/sys/fs/bpf", new BpfMountOptions(), UserNamespace.Initial);
    }

    /// <summary>The root.</summary>
    public FsDirectory Root { get; }

    /// <summary>Mounts a bpf file system; the directory is made when it is missing.</summary>
    public BpfMount Mount(string path, BpfMountOptions options, UserNamespace owner)
    {
        ArgumentNullException.ThrowIfNull(options);
        lock (_gate)
        {
            var on = Place(path);
            var mount = new BpfMount(options, owner);
            mount.Root.Parent = on.Parent;
            on.Mounted = mount;
            _mounts.Add(mount);
            return mount;
        }
    }

    /// <summary>Follows a path that must lead somewhere. Errors as <see cref="PathWalk"/> has them; ENOENT when nothing is there.</summary>
    public Errno Find(Process process, string path, out FsNode? node, FsDirectory? from = null)
    {
        lock (_gate)
        {
            var errno = PathWalk.Find(process, Root, from ?? Root, path, LastName.Followed, out var found);
            node = found.Node;
            return errno != Errno.None ? errno : found.Refused != Errno.None ? found.Refused : node is null ? Errno.ENOENT : Errno.None;
        }
    }

    /// <summary>open(2), read-only: a descriptor of a directory or a file of another file system. A pin cannot be read: EIO.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/inode.c, bpffs_obj_open.</remarks>
    public Errno Open(Process process, string path, out int descriptor)
    {
        descriptor = -1;
        var errno = Find(process, path, out var node);
        if (errno != Errno.None) return errno;
        if (!node!.Allows(process, 4)) return Errno.EACCES;
        if (node is FsPin) return Errno.EIO;
        using var file = new OpenFile(node);
        descriptor = process.Files.Open(file);
        return descriptor < 0 ? (Errno)(-descriptor) : Errno.None;
    }

    /// <summary>BPF_OBJ_PIN: a new name for an object, which the caller has held for it.</summary>
    /// <returns>Errors of the path; EEXIST; EPERM outside a bpf file system; EACCES. The object is then still the caller's to let go.</returns>
    public Errno Pin(Process process, string path, IKernelObject target, FsDirectory? from = null)
    {
        lock (_gate)
        {
            var errno = Create(process, path, from, directory: false, out var found);
            if (errno != Errno.None) return errno;
            if (found.Directory.Mount is null) return Errno.EPERM;
            if (!found.Directory.Allows(process, 3)) return Errno.EACCES;
            Enter(found, new FsPin(target), process, PinMode & ~process.Umask);
            return Errno.None;
        }
    }

    /// <summary>mkdir(2).</summary>
    public Errno MakeDirectory(Process process, string path, int mode)
    {
        lock (_gate)
        {
            var errno = Create(process, path, null, directory: true, out var found);
            if (errno != Errno.None) return errno;
            if (!found.Directory.Allows(process, 3)) return Errno.EACCES;
            var made = new FsDirectory(found.Directory.Mount) { Parent = found.Directory };
            Enter(found, made, process, mode & (RightsMask | Sticky) & ~process.Umask);
            return Errno.None;
        }
    }

    /// <summary>symlink(2).</summary>
    public Errno MakeSymlink(Process process, string target, string path)
    {
        lock (_gate)
        {
            if (target.Length == 0) return Errno.ENOENT;
            var errno = Create(process, path, null, directory: false, out var found);
            if (errno != Errno.None) return errno;
            if (!found.Directory.Allows(process, 3)) return Errno.EACCES;
            Enter(found, new FsSymlink(target), process, RightsMask);
            return Errno.None;
        }
    }

    /// <summary>link(2): another name for a pin.</summary>
    public Errno MakeLink(Process process, string existing, string path)
    {
        lock (_gate)
        {
            var errno = PathWalk.Find(process, Root, Root, existing, LastName.LookedUp, out var old);
            if (errno == Errno.None) errno = old.Refused;
            if (errno != Errno.None) return errno;
            if (old.Node is null) return Errno.ENOENT;
            errno = Create(process, path, null, directory: false, out var found);
            if (errno != Errno.None) return errno;
            if (old.Mount != found.Directory.Mount) return Errno.EXDEV;
            if (old.Node is FsDirectory) return Errno.EPERM;
            if (!found.Directory.Allows(process, 3)) return Errno.EACCES;
            if (old.Node is FsPin pin) pin.Names++;
            found.Directory.Entries.Add(found.Name, old.Node);
            return Errno.None;
        }
    }

    /// <summary>unlink(2): the last name of a pin lets its object go.</summary>
    public Errno Unlink(Process process, string path)
    {
        FsNode node;
        lock (_gate)
        {
            var errno = PathWalk.Find(process, Root, Root, path, LastName.Kept, out var found);
            if (errno != Errno.None) return errno;
            if (!found.IsNamed) return Errno.EISDIR;
            if (found.Refused != Errno.None) return found.Refused;
            if (found.Node is null) return Errno.ENOENT;
            if (found.TrailingSlash) return found.Node is FsDirectory ? Errno.EISDIR : Errno.ENOTDIR;
            if (!MayRemove(process, found)) return Errno.EACCES;
            if (found.Node is FsDirectory) return Errno.EISDIR;
            node = found.Node!;
            found.Directory.Entries.Remove(found.Name);
        }
        Drop(node);
        return Errno.None;
    }

    /// <summary>rmdir(2).</summary>
    public Errno RemoveDirectory(Process process, string path)
    {
        lock (_gate)
        {
            var errno = PathWalk.Find(process, Root, Root, path, LastName.Kept, out var found);
            if (errno != Errno.None) return errno;
            if (!found.IsNamed) return found.Name switch { "." => Errno.EINVAL, ".." => Errno.ENOTEMPTY, _ => Errno.EBUSY };
            if (found.Refused != Errno.None) return found.Refused;
            if (found.Node is null) return Errno.ENOENT;
            if (!MayRemove(process, found)) return Errno.EACCES;
            if (found.Node is not FsDirectory directory) return Errno.ENOTDIR;
            if (IsMountRoot(directory)) return Errno.EBUSY;
            if (directory.Entries.Count > 0) return Errno.ENOTEMPTY;
            found.Directory.Entries.Remove(found.Name);
            return Errno.None;
        }
    }

    /// <summary>rename(2) within one file system.</summary>
    public Errno Rename(Process process, string from, string to)
    {
        FsNode? replaced;
        lock (_gate)
        {
            var errno = PathWalk.Find(process, Root, Root, from, LastName.Kept, out var old);
            if (errno != Errno.None) return errno;
            errno = PathWalk.Find(process, Root, Root, to, LastName.Kept, out var next);
            if (errno != Errno.None) return errno;
            if (old.Directory.Mount != next.Directory.Mount) return Errno.EXDEV;
            if (!old.IsNamed || !next.IsNamed) return Errno.EBUSY;
            if (old.Refused != Errno.None) return old.Refused;
            if (old.Node is null) return Errno.ENOENT;
            if (next.Refused != Errno.None) return next.Refused;
            if (old.Node is not FsDirectory && (old.TrailingSlash || next.TrailingSlash)) return Errno.ENOTDIR;
            if (IsBelow(next.Directory, old.Node)) return Errno.EINVAL;
            if (next.Node is not null && IsBelow(old.Directory, next.Node)) return Errno.ENOTEMPTY;
            if (!MayRemove(process, old) || !next.Directory.Allows(process, 3) || (next.Node is not null && !MayRemove(process, next))) return Errno.EACCES;
            if (old.Node == next.Node) return Errno.None;
            if (next.Node is not null)
            {
                if (old.Node is FsDirectory && next.Node is not FsDirectory) return Errno.ENOTDIR;
                if (old.Node is not FsDirectory && next.Node is FsDirectory) return Errno.EISDIR;
                if (IsMountRoot(next.Node)) return Errno.EBUSY;
                if (next.Node is FsDirectory { Entries.Count: > 0 }) return Errno.ENOTEMPTY;
            }
            if (IsMountRoot(old.Node)) return Errno.EBUSY;
            old.Directory.Entries.Remove(old.Name);
            replaced = next.Node;
            next.Directory.Entries[next.Name] = old.Node;
            if (old.Node is FsDirectory directory) directory.Parent = next.Directory;
        }
        if (replaced is not null) Drop(replaced);
        return Errno.None;
    }

    /// <summary>All pins below a directory, with their paths, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, IKernelObject>> Pins
    {
        get
        {
            lock (_gate)
            {
                var all = new List<KeyValuePair<string, IKernelObject>>();
                Collect(Root, "", all);
                return all;
            }
        }
    }

    /// <summary>What is pinned at a path, as root sees it.</summary>
    public bool TryPinned(string path, [NotNullWhen(true)] out IKernelObject? target)
    {
        lock (_gate)
        {
            target = TryDirectory(path, out var directory, out string name) && directory.Entries.TryGetValue(name, out var node) && node is FsPin pin ? pin.Target : null;
            return target is not null;
        }
    }

    /// <summary>Pins an object that the caller has held, as root, and makes the directories above as loaders do.</summary>
    /// <returns>False when something is there already, or the place is in no bpf file system.</returns>
    public bool TryPin(string path, IKernelObject held)
    {
        lock (_gate)
        {
            string parent = path[..path.LastIndexOf('/')];
            var directory = Place(parent);
            if (directory.Mounted is { } mount) directory = mount.Root;
            string name = path[(parent.Length + 1)..];
            if (directory.Mount is null || directory.Entries.ContainsKey(name)) return false;
            directory.Entries.Add(name, new FsPin(held) { Mode = PinMode });
            return true;
        }
    }

    /// <summary>Takes a pin away, as root.</summary>
    /// <returns>False when nothing is pinned there.</returns>
    public bool Unpin(string path)
    {
        FsNode? node;
        lock (_gate)
        {
            if (!TryDirectory(path, out var directory, out string name) || !directory.Entries.TryGetValue(name, out node) || node is not FsPin) return false;
            directory.Entries.Remove(name);
        }
        Drop(node);
        return true;
    }

    /// <summary>Takes all pins away.</summary>
    public void Clear()
    {
        foreach (var (path, _) in Pins) Unpin(path);
    }

    // What user_path_create and may_create ask before something new comes to be.
    private Errno Create(Process process, string path, FsDirectory? from, bool directory, out FoundPath found)
    {
        var errno = PathWalk.Find(process, Root, from ?? Root, path, LastName.Kept, out found);
        if (errno != Errno.None) return errno;
        if (!found.IsNamed) return Errno.EEXIST;
        if (found.Refused != Errno.None) return found.Refused;
        if (found.Node is not null) return Errno.EEXIST;
        return found.TrailingSlash && !directory ? Errno.ENOENT : Errno.None;
    }

    private static bool IsMountRoot(FsNode node) => node is FsDirectory { Mount: { } mount } && mount.Root == node;

    private static bool IsBelow(FsDirectory directory, FsNode node)
    {
        for (var at = directory; ; at = at.Parent!)
        {
            if (at == node) return true;
            if (at.Parent is null || at.Parent == at) return false;
        }
    }

    // In a sticky directory a name belongs to whoever owns it, or the directory.
    private static bool MayRemove(Process process, in FoundPath found) =>
        found.Directory.Allows(process, 3)
        && ((found.Directory.Mode & Sticky) == 0 || process.Uid == 0 || found.Node!.Uid == process.Uid || found.Directory.Uid == process.Uid);

    private static void Enter(in FoundPath at, FsNode made, Process process, int mode)
    {
        (made.Mode, made.Uid, made.Gid) = (mode, process.Uid, process.Gid);
        at.Directory.Entries.Add(at.Name, made);
    }

    private static void Drop(FsNode node)
    {
        if (node is FsPin pin && --pin.Names == 0) pin.Target.LetGo();
    }

    private FsDirectory Place(string path)
    {
        var at = Root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (at.Mounted is { } mount) at = mount.Root;
            if (!at.Entries.TryGetValue(name, out var node))
            {
                node = new FsDirectory(at.Mount) { Mode = DefaultDirectory, Parent = at };
                at.Entries.Add(name, node);
            }
            at = node as FsDirectory ?? throw new IOException($"{path}: '{name}' is no directory");
        }
        return at;
    }

    private bool TryDirectory(string path, out FsDirectory directory, out string name)
    {
        directory = Root;
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        name = names.Length == 0 ? "" : names[^1];
        foreach (string step in names.SkipLast(1))
        {
            if (!directory.Entries.TryGetValue(step, out var node) || node is not FsDirectory below) return false;
            directory = below.Mounted?.Root ?? below;
        }
        return names.Length > 0;
    }

    private static void Collect(FsDirectory directory, string path, List<KeyValuePair<string, IKernelObject>> all)
    {
        var inside = directory.Mounted?.Root ?? directory;
        foreach (var (name, node) in inside.Entries)
        {
            if (node is FsPin pin) all.Add(new($"{path}/{name}", pin.Target));
            else if (node is FsDirectory below) Collect(below, $"{path}/{name}", all);
        }
    }
}
