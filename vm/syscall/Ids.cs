using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>Objects by id: what comes next, and a descriptor for it. Both are for CAP_SYS_ADMIN.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_obj_get_next_id, bpf_prog_get_fd_by_id, bpf_map_get_fd_by_id, bpf_link_get_fd_by_id.</remarks>
internal static class Ids
{
    private const int StartId = 0, NextId = 4, OpenFlags = 8;

    public static int NextProg(Call call) => Next(call, call.Kernel.Progs);

    public static int NextMap(Call call) => Next(call, call.Kernel.Maps);

    public static int NextLink(Call call) => Next(call, call.Kernel.Links);

    public static int NextBtf(Call call) => Next(call, call.Kernel.Btfs);

    public static int OpenProg(Call call) => Open(call, call.Kernel.Progs, FileRights.ReadWrite);

    public static int OpenLink(Call call) => Open(call, call.Kernel.Links, FileRights.ReadWrite);

    public static int OpenBtf(Call call) => Open(call, call.Kernel.Btfs, FileRights.ReadWrite);

    public static int OpenMap(Call call)
    {
        var flags = (MapFlags)call.U32(OpenFlags);
        if ((flags & ~(MapFlags.RdOnly | MapFlags.WrOnly)) != 0) return Call.Fail(Errno.EINVAL);
        if (!call.Caller.Capable(Capabilities.SysAdmin)) return Call.Fail(Errno.EPERM);
        return MapCreation.TryRights(flags, out var rights) ? Open(call, call.Kernel.Maps, rights) : Call.Fail(Errno.EINVAL);
    }

    private static int Next<T>(Call call, IdTable<T> table) where T : class, IKernelObject
    {
        uint after = call.U32(StartId);
        if (after >= int.MaxValue) return Call.Fail(Errno.EINVAL);
        if (!call.Caller.Capable(Capabilities.SysAdmin)) return Call.Fail(Errno.EPERM);
        if (!table.TryNext(after, out uint next)) return Call.Fail(Errno.ENOENT);
        return call.TryPut(NextId, next) ? 0 : Call.Fail(Errno.EFAULT);
    }

    private static int Open<T>(Call call, IdTable<T> table, FileRights rights) where T : class, IKernelObject
    {
        if (!call.Caller.Capable(Capabilities.SysAdmin)) return Call.Fail(Errno.EPERM);
        return table.TryHold(call.U32(StartId), out var held) ? call.Caller.Files.Open(held, rights) : Call.Fail(Errno.ENOENT);
    }
}
