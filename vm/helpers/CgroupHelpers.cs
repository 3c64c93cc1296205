using Vm.Abi;
using Vm.Maps;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>What only programs attached to cgroups may call. Source: Linux 6.12 kernel/bpf/helpers.c, bpf_get_local_storage.</summary>
public static class CgroupHelpers
{
    /// <summary>Address of the value that belongs to the cgroup the program is attached to; never 0.</summary>
    [Helper(HelperId.GetLocalStorage)]
    [Returns(ReturnKind.MapValue)]
    public static ulong LocalStorage(ExecContext x, CgroupStorageMap map, ulong flags) => map.Local(x);
}
