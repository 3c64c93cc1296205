namespace Vm.Helpers;

/// <summary>A cgroup as programs hold it. There are none here: every search finds nothing, so no program ever holds one.</summary>
/// <param name="Address">Always 0 at run time.</param>
[GuestArgument(ArgKind.BtfPointer, TypeName = "cgroup")]
public readonly record struct CgroupRef(ulong Address);

/// <summary>Cgroups, in a kernel without any. What takes one is verified but can never run.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/helpers.c, bpf_cgroup_acquire, bpf_cgroup_release, bpf_cgroup_ancestor, bpf_cgroup_from_id.</remarks>
public static class CgroupKfuncs
{
    /// <summary>The cgroup with an id: null.</summary>
    [Kfunc("bpf_cgroup_from_id", Flags = CallFlags.Acquire)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "cgroup")]
    public static ulong FromId(ulong id) => 0;

    /// <summary>Another reference: null.</summary>
    [Kfunc("bpf_cgroup_acquire", Flags = CallFlags.Acquire | CallFlags.Rcu)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "cgroup")]
    public static ulong Acquire([Arg(Flags = ArgFlags.RcuEnough)] CgroupRef cgroup) => 0;

    /// <summary>The ancestor at a level: null.</summary>
    [Kfunc("bpf_cgroup_ancestor", Flags = CallFlags.Acquire | CallFlags.Rcu)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "cgroup")]
    public static ulong Ancestor([Arg(Flags = ArgFlags.RcuEnough)] CgroupRef cgroup, int level) => 0;

    /// <summary>Gives a reference back.</summary>
    [Kfunc("bpf_cgroup_release", Flags = CallFlags.Release)]
    public static void Release([Arg(Flags = ArgFlags.Release)] CgroupRef cgroup)
    {
    }
}
