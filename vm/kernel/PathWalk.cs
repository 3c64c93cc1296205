using Vm.Abi;

namespace Vm.Kernel;

/// <summary>Where a path leads: the directory it ends in, the last name, and what is there.</summary>
/// <param name="Directory">Directory of the last name.</param>
/// <param name="Name">Last name; empty for the root, <c>.</c> and <c>..</c> for what they name.</param>
/// <param name="Node">What is there; null when nothing is.</param>
/// <param name="TrailingSlash">True when only a directory is meant.</param>
/// <param name="Refused">Why the last name cannot even be looked up; None when it can.</param>
public readonly record struct FoundPath(FsDirectory Directory, string Name, FsNode? Node, bool TrailingSlash, Errno Refused = Errno.None)
{
    /// <summary>The bpf file system of what is there, or of its directory.</summary>
    public BpfMount? Mount => Node is FsDirectory directory ? directory.Mount : Directory.Mount;

    /// <summary>True when the path ends in a name that can be made or removed.</summary>
    public bool IsNamed => Name is not ("" or "." or "..");
}

/// <summary>What is done with the last name of a path.</summary>
internal enum LastName
{
    /// <summary>It is what somebody wants to make, remove or rename: a symbolic link is itself, with a slash behind it too.</summary>
    Kept,

    /// <summary>It is looked up: a symbolic link is itself, unless a slash is behind it.</summary>
    LookedUp,

    /// <summary>It is looked up, and a symbolic link followed.</summary>
    Followed,
}

/// <summary>Follows paths through the simulated file tree, with the kernel's errors.</summary>
/// <remarks>Source: Linux 6.12 fs/namei.c, link_path_walk; kernel/bpf/inode.c, bpf_lookup.</remarks>
internal static class PathWalk
{
    private const int MostLinks = 40, MostPath = 4096, MostName = 255;

    /// <summary>Follows a path.</summary>
    /// <param name="process">Who asks: directories on the way must let it search.</param>
    /// <param name="root">The tree's root.</param>
    /// <param name="from">Where a relative path starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="last">What is done with the last name.</param>
    /// <param name="found">Where it leads; good only when the answer is None. Nothing may be there.</param>
    /// <returns>ENOENT empty, or a directory on the way is missing; ENOTDIR; ELOOP; ENAMETOOLONG; EACCES; EPERM for a directory with a dot in its name in a bpf file system.</returns>
    public static Errno Find(Process process, FsDirectory root, FsDirectory from, string path, LastName last, out FoundPath found)
    {
        int links = 0;
        found = default;
        if (path.Length == 0) return Errno.ENOENT;
        if (path.Length >= MostPath) return Errno.ENAMETOOLONG;
        return Find(process, root, from, path, last, ref links, out found);
    }

    private static Errno Find(Process process, FsDirectory root, FsDirectory from, string path, LastName last, ref int links, out FoundPath found)
    {
        var at = path[0] == '/' ? root : from;
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool slash = path[^1] == '/';
        found = new FoundPath(at, "", at, slash);
        for (int i = 0; i < names.Length; i++)
        {
            string name = names[i];
            bool atEnd = i == names.Length - 1;
            if (!at.Allows(process, 1)) return Errno.EACCES;
            if (name is "." or "..")
            {
                var before = at;
                if (name == "..") at = at.Parent ?? at;
                found = new FoundPath(before, name, at, slash);
                continue;
            }
            var refused = name.Length > MostName ? Errno.ENAMETOOLONG : at.Mount is not null && name.Contains('.', StringComparison.Ordinal) ? Errno.EPERM : Errno.None;
            if (refused != Errno.None)
            {
                found = new FoundPath(at, name, null, slash, refused);
                return atEnd ? Errno.None : refused;
            }
            at.Entries.TryGetValue(name, out var node);
            if (node is FsSymlink link && (!atEnd || last == LastName.Followed || (slash && last == LastName.LookedUp)))
            {
                if (++links > MostLinks) return Errno.ELOOP;
                if (link.Target.Length == 0) return Errno.ENOENT;
                var errno = Find(process, root, at, link.Target, LastName.Followed, ref links, out var behind);
                if (errno != Errno.None) return errno;
                if (behind.Refused != Errno.None) return behind.Refused;
                node = behind.Node;
                if (atEnd && node is null)
                {
                    found = behind;
                    return Errno.None;
                }
            }
            if (node is FsDirectory { Mounted: { } mount }) node = mount.Root;
            found = new FoundPath(at, name, node, slash);
            if (atEnd && (!slash || last == LastName.Kept)) return Errno.None;
            if (node is null) return atEnd ? Errno.None : Errno.ENOENT;
            if (node is not FsDirectory directory) return Errno.ENOTDIR;
            at = directory;
        }
        return Errno.None;
    }
}
