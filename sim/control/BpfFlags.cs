using Vm.Abi;

namespace Sim.Control;

/// <summary>Flags of bpf(2) by the kernel's names, with or without BPF_ in front.</summary>
/// <remarks>Source: Linux 6.12 include/uapi/linux/bpf.h.</remarks>
internal static class BpfFlags
{
    private static readonly Dictionary<string, ulong> s_flags = new(StringComparer.Ordinal)
    {
        ["ANY"] = MapUpdateFlags.Any, ["NOEXIST"] = MapUpdateFlags.NoExist, ["EXIST"] = MapUpdateFlags.Exist, ["F_LOCK"] = MapUpdateFlags.Lock,
        ["F_NO_PREALLOC"] = (ulong)MapFlags.NoPrealloc, ["F_NO_COMMON_LRU"] = (ulong)MapFlags.NoCommonLru, ["F_NUMA_NODE"] = (ulong)MapFlags.NumaNode, ["F_RDONLY"] = (ulong)MapFlags.RdOnly,
        ["F_WRONLY"] = (ulong)MapFlags.WrOnly, ["F_STACK_BUILD_ID"] = (ulong)MapFlags.StackBuildId, ["F_ZERO_SEED"] = (ulong)MapFlags.ZeroSeed, ["F_RDONLY_PROG"] = (ulong)MapFlags.RdOnlyProg,
        ["F_WRONLY_PROG"] = (ulong)MapFlags.WrOnlyProg, ["F_CLONE"] = (ulong)MapFlags.Clone, ["F_MMAPABLE"] = (ulong)MapFlags.Mmapable, ["F_PRESERVE_ELEMS"] = (ulong)MapFlags.PreserveElems,
        ["F_INNER_MAP"] = (ulong)MapFlags.InnerMap, ["F_LINK"] = (ulong)MapFlags.Link, ["F_PATH_FD"] = (ulong)MapFlags.PathFd, ["F_VTYPE_BTF_OBJ_FD"] = (ulong)MapFlags.VtypeBtfObjFd,
        ["F_TOKEN_FD"] = (ulong)MapFlags.TokenFd, ["F_SEGV_ON_FAULT"] = (ulong)MapFlags.SegvOnFault, ["F_NO_USER_CONV"] = (ulong)MapFlags.NoUserConv,
        ["F_ALLOW_OVERRIDE"] = 1, ["F_ALLOW_MULTI"] = 2, ["F_REPLACE"] = 4, ["F_BEFORE"] = 8, ["F_AFTER"] = 16, ["F_ID"] = 32, ["F_PREORDER"] = 64, ["F_LINK_MPROG"] = 1 << 13,
        ["F_STRICT_ALIGNMENT"] = 1, ["F_ANY_ALIGNMENT"] = 2, ["F_TEST_RND_HI32"] = 4, ["F_TEST_STATE_FREQ"] = 8, ["F_SLEEPABLE"] = 16, ["F_XDP_HAS_FRAGS"] = 32, ["F_XDP_DEV_BOUND_ONLY"] = 64,
        ["F_TEST_REG_INVARIANTS"] = 128, ["F_QUERY_EFFECTIVE"] = 1, ["F_TEST_RUN_ON_CPU"] = 1, ["F_TEST_XDP_LIVE_FRAMES"] = 2, ["F_TEST_SKB_CHECKSUM_COMPLETE"] = 4,
        ["XDP_FLAGS_UPDATE_IF_NOEXIST"] = 1, ["XDP_FLAGS_SKB_MODE"] = 2, ["XDP_FLAGS_DRV_MODE"] = 4, ["XDP_FLAGS_HW_MODE"] = 8, ["AT_FDCWD"] = unchecked((uint)-100),
    };

    /// <summary>The bits of a flag; null for no flag.</summary>
    public static ulong? Find(string name) =>
        s_flags.TryGetValue(name.StartsWith("BPF_", StringComparison.Ordinal) ? name[4..] : name, out ulong bits) ? bits : null;
}
