using Vm.Abi;

namespace Vm.Verifier.Rules;

/// <summary>Which helpers go with which map types.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/verifier.c, check_map_func_compatibility.</remarks>
internal static class MapCompatibility
{
    /// <summary>Types that only these helpers take. Types not listed go with any helper that asks for no type itself.</summary>
    private static readonly Dictionary<MapType, HelperId[]> s_helpersOf = new()
    {
        [MapType.ProgArray] = [HelperId.TailCall],
        [MapType.PerfEventArray] = [HelperId.PerfEventRead, HelperId.PerfEventOutput, HelperId.PerfEventReadValue, HelperId.SkbOutput, HelperId.XdpOutput],
        [MapType.RingBuf] = [HelperId.RingbufOutput, HelperId.RingbufReserve, HelperId.RingbufQuery, HelperId.RingbufReserveDynptr, HelperId.RingbufSubmitDynptr, HelperId.RingbufDiscardDynptr],
        [MapType.UserRingBuf] = [HelperId.UserRingbufDrain],
        [MapType.StackTrace] = [HelperId.GetStackid],
        [MapType.CgroupArray] = [HelperId.SkbUnderCgroup, HelperId.CurrentTaskUnderCgroup],
        [MapType.CgroupStorage] = [HelperId.GetLocalStorage],
        [MapType.PerCpuCgroupStorage] = [HelperId.GetLocalStorage],
        [MapType.DevMap] = [HelperId.RedirectMap, HelperId.MapLookupElem],
        [MapType.DevMapHash] = [HelperId.RedirectMap, HelperId.MapLookupElem],
        [MapType.CpuMap] = [HelperId.RedirectMap],
        [MapType.XskMap] = [HelperId.RedirectMap, HelperId.MapLookupElem],
        [MapType.ArrayOfMaps] = [HelperId.MapLookupElem],
        [MapType.HashOfMaps] = [HelperId.MapLookupElem],
        [MapType.SockMap] = [HelperId.SkRedirectMap, HelperId.SockMapUpdate, HelperId.MsgRedirectMap, HelperId.SkSelectReuseport, HelperId.MapLookupElem, HelperId.MapUpdateElem, HelperId.MapDeleteElem],
        [MapType.SockHash] = [HelperId.SkRedirectHash, HelperId.SockHashUpdate, HelperId.MsgRedirectHash, HelperId.SkSelectReuseport, HelperId.MapLookupElem, HelperId.MapUpdateElem, HelperId.MapDeleteElem],
        [MapType.ReusePortSockArray] = [HelperId.SkSelectReuseport],
        [MapType.Queue] = [HelperId.MapPeekElem, HelperId.MapPopElem, HelperId.MapPushElem],
        [MapType.Stack] = [HelperId.MapPeekElem, HelperId.MapPopElem, HelperId.MapPushElem],
        [MapType.SkStorage] = [HelperId.SkStorageGet, HelperId.SkStorageDelete, HelperId.KptrXchg],
        [MapType.InodeStorage] = [HelperId.InodeStorageGet, HelperId.InodeStorageDelete, HelperId.KptrXchg],
        [MapType.TaskStorage] = [HelperId.TaskStorageGet, HelperId.TaskStorageDelete, HelperId.KptrXchg],
        [MapType.CgrpStorage] = [HelperId.CgrpStorageGet, HelperId.CgrpStorageDelete, HelperId.KptrXchg],
        [MapType.BloomFilter] = [HelperId.MapPeekElem, HelperId.MapPushElem],
    };

    /// <summary>Helpers that only take these types.</summary>
    private static readonly Dictionary<HelperId, MapType[]> s_typesOf = new()
    {
        [HelperId.TailCall] = [MapType.ProgArray],
        [HelperId.PerfEventRead] = [MapType.PerfEventArray],
        [HelperId.PerfEventOutput] = [MapType.PerfEventArray],
        [HelperId.PerfEventReadValue] = [MapType.PerfEventArray],
        [HelperId.SkbOutput] = [MapType.PerfEventArray],
        [HelperId.XdpOutput] = [MapType.PerfEventArray],
        [HelperId.RingbufOutput] = [MapType.RingBuf],
        [HelperId.RingbufReserve] = [MapType.RingBuf],
        [HelperId.RingbufQuery] = [MapType.RingBuf],
        [HelperId.RingbufReserveDynptr] = [MapType.RingBuf],
        [HelperId.RingbufSubmitDynptr] = [MapType.RingBuf],
        [HelperId.RingbufDiscardDynptr] = [MapType.RingBuf],
        [HelperId.UserRingbufDrain] = [MapType.UserRingBuf],
        [HelperId.GetStackid] = [MapType.StackTrace],
        [HelperId.SkbUnderCgroup] = [MapType.CgroupArray],
        [HelperId.CurrentTaskUnderCgroup] = [MapType.CgroupArray],
        [HelperId.RedirectMap] = [MapType.DevMap, MapType.DevMapHash, MapType.CpuMap, MapType.XskMap],
        [HelperId.SkRedirectMap] = [MapType.SockMap],
        [HelperId.MsgRedirectMap] = [MapType.SockMap],
        [HelperId.SockMapUpdate] = [MapType.SockMap],
        [HelperId.SkRedirectHash] = [MapType.SockHash],
        [HelperId.MsgRedirectHash] = [MapType.SockHash],
        [HelperId.SockHashUpdate] = [MapType.SockHash],
        [HelperId.GetLocalStorage] = [MapType.CgroupStorage, MapType.PerCpuCgroupStorage],
        [HelperId.SkSelectReuseport] = [MapType.ReusePortSockArray, MapType.SockMap, MapType.SockHash],
        [HelperId.MapPopElem] = [MapType.Queue, MapType.Stack],
        [HelperId.MapPeekElem] = [MapType.Queue, MapType.Stack, MapType.BloomFilter],
        [HelperId.MapPushElem] = [MapType.Queue, MapType.Stack, MapType.BloomFilter],
        [HelperId.MapLookupPercpuElem] = [MapType.PerCpuArray, MapType.PerCpuHash, MapType.LruPerCpuHash],
        [HelperId.SkStorageGet] = [MapType.SkStorage],
        [HelperId.SkStorageDelete] = [MapType.SkStorage],
        [HelperId.InodeStorageGet] = [MapType.InodeStorage],
        [HelperId.InodeStorageDelete] = [MapType.InodeStorage],
        [HelperId.TaskStorageGet] = [MapType.TaskStorage],
        [HelperId.TaskStorageDelete] = [MapType.TaskStorage],
        [HelperId.CgrpStorageGet] = [MapType.CgrpStorage],
        [HelperId.CgrpStorageDelete] = [MapType.CgrpStorage],
    };

    /// <summary>Source: may_update_sockmap, for the types there are.</summary>
    private static bool MayUpdateSockets(ProgramType type) => type is ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp
        or ProgramType.SkReusePort or ProgramType.FlowDissector or ProgramType.SkLookup;

    public static bool TryCheck(Verification v, CallMeta meta)
    {
        if (meta.Map < 0) return true;
        var type = v.Maps[meta.Map].Spec.Type;
        var id = meta.Binding.Id;
        if (type is MapType.SockMap or MapType.SockHash && id is HelperId.MapUpdateElem or HelperId.MapDeleteElem && !MayUpdateSockets(v.Kind.Type))
            return v.Refuse(Errno.EINVAL, $"cannot update sockmap in this context\ncannot pass map_type {(int)type} into func {meta.Name}");
        bool mapAgrees = !s_helpersOf.TryGetValue(type, out var helpers) || helpers.Contains(id);
        bool helperAgrees = !s_typesOf.TryGetValue(id, out var types) || types.Contains(type);
        return (mapAgrees && helperAgrees) || v.Refuse(Errno.EINVAL, $"cannot pass map_type {(int)type} into func {meta.Name}");
    }
}
