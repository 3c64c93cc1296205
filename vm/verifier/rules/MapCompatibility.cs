using Vm.Abi;

namespace Vm.Verifier.Rules;

/// <summary>Which helpers go with which map types.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_map_func_compatibility.</remarks>
internal static class MapCompatibility
{
    /// <summary>Types that only these helpers take. Types not listed go with any helper that asks for no type itself.</summary>
    private static readonly Dictionary<MapType, int[]> s_helpersOf = new()
    {
        [MapType.ProgArray] = [12],
        [MapType.PerfEventArray] = [22, 25, 55, 111, 121],
        [MapType.RingBuf] = [130, 131, 134, 198, 199, 200],
        [MapType.UserRingBuf] = [209],
        [MapType.StackTrace] = [27],
        [MapType.CgroupArray] = [33, 37],
        [MapType.CgroupStorage] = [81],
        [MapType.PerCpuCgroupStorage] = [81],
        [MapType.DevMap] = [51, 1],
        [MapType.DevMapHash] = [51, 1],
        [MapType.CpuMap] = [51],
        [MapType.XskMap] = [51, 1],
        [MapType.ArrayOfMaps] = [1],
        [MapType.HashOfMaps] = [1],
        [MapType.SockMap] = [52, 53, 60, 82, 1, 2, 3],
        [MapType.SockHash] = [72, 70, 71, 82, 1, 2, 3],
        [MapType.ReusePortSockArray] = [82],
        [MapType.Queue] = [89, 88, 87],
        [MapType.Stack] = [89, 88, 87],
        [MapType.SkStorage] = [107, 108, 194],
        [MapType.InodeStorage] = [145, 146, 194],
        [MapType.TaskStorage] = [156, 157, 194],
        [MapType.CgrpStorage] = [210, 211, 194],
        [MapType.BloomFilter] = [89, 87],
    };

    /// <summary>Helpers that only take these types.</summary>
    private static readonly Dictionary<int, MapType[]> s_typesOf = new()
    {
        [12] = [MapType.ProgArray],
        [22] = [MapType.PerfEventArray],
        [25] = [MapType.PerfEventArray],
        [55] = [MapType.PerfEventArray],
        [111] = [MapType.PerfEventArray],
        [121] = [MapType.PerfEventArray],
        [130] = [MapType.RingBuf],
        [131] = [MapType.RingBuf],
        [134] = [MapType.RingBuf],
        [198] = [MapType.RingBuf],
        [199] = [MapType.RingBuf],
        [200] = [MapType.RingBuf],
        [209] = [MapType.UserRingBuf],
        [27] = [MapType.StackTrace],
        [33] = [MapType.CgroupArray],
        [37] = [MapType.CgroupArray],
        [51] = [MapType.DevMap, MapType.DevMapHash, MapType.CpuMap, MapType.XskMap],
        [52] = [MapType.SockMap],
        [60] = [MapType.SockMap],
        [53] = [MapType.SockMap],
        [72] = [MapType.SockHash],
        [71] = [MapType.SockHash],
        [70] = [MapType.SockHash],
        [81] = [MapType.CgroupStorage, MapType.PerCpuCgroupStorage],
        [82] = [MapType.ReusePortSockArray, MapType.SockMap, MapType.SockHash],
        [88] = [MapType.Queue, MapType.Stack],
        [89] = [MapType.Queue, MapType.Stack, MapType.BloomFilter],
        [87] = [MapType.Queue, MapType.Stack, MapType.BloomFilter],
        [195] = [MapType.PerCpuArray, MapType.PerCpuHash, MapType.LruPerCpuHash],
        [107] = [MapType.SkStorage],
        [108] = [MapType.SkStorage],
        [145] = [MapType.InodeStorage],
        [146] = [MapType.InodeStorage],
        [156] = [MapType.TaskStorage],
        [157] = [MapType.TaskStorage],
        [210] = [MapType.CgrpStorage],
        [211] = [MapType.CgrpStorage],
    };

    /// <summary>Source: may_update_sockmap, for the types there are.</summary>
    private static bool MayUpdateSockets(ProgramType type) => type is ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp
        or ProgramType.SkReusePort or ProgramType.FlowDissector or ProgramType.SkLookup;

    public static bool TryCheck(Verification v, CallMeta meta)
    {
        if (meta.Map < 0) return true;
        var type = v.Maps[meta.Map].Spec.Type;
        int id = meta.Binding.Id;
        if (type is MapType.SockMap or MapType.SockHash && id is 2 or 3 && !MayUpdateSockets(v.Kind.Type))
            return v.Refuse(Errno.EINVAL, $"cannot update sockmap in this context\ncannot pass map_type {(int)type} into func {meta.Name}");
        bool mapAgrees = !s_helpersOf.TryGetValue(type, out var helpers) || helpers.Contains(id);
        bool helperAgrees = !s_typesOf.TryGetValue(id, out var types) || types.Contains(type);
        return (mapAgrees && helperAgrees) || v.Refuse(Errno.EINVAL, $"cannot pass map_type {(int)type} into func {meta.Name}");
    }
}
