namespace Vm.Kernel;

/// <summary>A mounted bpf file system: its root, whose it is, and what it delegates to tokens.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/inode.c, struct bpf_mount_opts.</remarks>
public sealed class BpfMount
{
    private const int Sticky = 0x200, AllRights = 0x1ff;

    internal BpfMount(BpfMountOptions options, UserNamespace owner)
    {
        Options = options;
        Owner = owner;
        Root = new FsDirectory(this) { Mode = (options.Mode ?? AllRights) | Sticky, Uid = options.Uid, Gid = options.Gid };
    }

    /// <summary>What it was mounted with.</summary>
    public BpfMountOptions Options { get; }

    /// <summary>The user namespace it belongs to: only processes of it get tokens from it.</summary>
    public UserNamespace Owner { get; }

    /// <summary>Its root.</summary>
    public FsDirectory Root { get; }
}
