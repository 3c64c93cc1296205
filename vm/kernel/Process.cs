using Vm.Abi;

namespace Vm.Kernel;

/// <summary>A user namespace: what capabilities are for. Source: Linux 6.12 include/linux/user_namespace.h.</summary>
/// <param name="parent">The one it was made in; null for the first.</param>
public sealed class UserNamespace(UserNamespace? parent)
{
    /// <summary>The first one, whose capabilities are for the whole machine.</summary>
    public static UserNamespace Initial { get; } = new(null);

    /// <summary>The one it was made in; null for the first.</summary>
    public UserNamespace? Parent { get; } = parent;
}

/// <summary>A simulated process: who calls bpf(2), with what rights, from which namespaces, with which descriptors.</summary>
/// <param name="kernel">The kernel it runs on.</param>
public sealed class Process(BpfKernel kernel) : IDisposable
{
    /// <summary>The kernel it runs on.</summary>
    public BpfKernel Kernel { get; } = kernel;

    /// <summary>Process id, from 1, in the order processes of the kernel were started.</summary>
    public uint Pid { get; } = kernel.NextPid();

    /// <summary>User id in the first user namespace.</summary>
    public uint Uid { get; set; }

    /// <summary>Group id.</summary>
    public uint Gid { get; set; }

    /// <summary>Permission bits that files it makes do not get.</summary>
    public int Umask { get; set; } = 0x12;

    /// <summary>Capabilities in its user namespace.</summary>
    public Capabilities Capabilities { get; set; } = Capabilities.All;

    /// <summary>User namespace.</summary>
    public UserNamespace UserNamespace { get; set; } = UserNamespace.Initial;

    /// <summary>Network namespace, an object of the networking side; null before one is given.</summary>
    public object? NetNamespace { get; set; }

    /// <summary>Open files.</summary>
    public DescriptorTable Files { get; private init; } = new();

    /// <summary>Looks whether it has a capability over the whole machine. CAP_SYS_ADMIN stands for those split off from it, and for CAP_NET_ADMIN where bpf(2) asks.</summary>
    /// <remarks>Source: Linux 6.12 include/linux/bpf_token.h, bpf_token_capable.</remarks>
    public bool Capable(Capabilities capability) => Capable(capability, UserNamespace.Initial);

    /// <summary>Looks whether it has a capability over what belongs to a user namespace: its own, or one below it.</summary>
    public bool Capable(Capabilities capability, UserNamespace over)
    {
        for (var space = over; space is not null; space = space.Parent)
            if (space == UserNamespace) return (Capabilities & (capability | Capabilities.SysAdmin)) != 0;
        return false;
    }

    /// <summary>Looks whether it has a capability, over the whole machine or, with a token, over the token's user namespace.</summary>
    public bool Capable(Capabilities capability, BpfToken? token) => Capable(capability, token?.UserNamespace ?? UserNamespace.Initial);

    /// <summary>fork(2): the same rights and namespaces, the same open files.</summary>
    public Process Fork() => new(Kernel) { Uid = Uid, Gid = Gid, Umask = Umask, Capabilities = Capabilities, UserNamespace = UserNamespace, NetNamespace = NetNamespace, Files = Files.Inherit() };

    /// <summary>The process ends: its files are closed.</summary>
    public void Dispose() => Files.Dispose();
}
