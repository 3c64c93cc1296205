using Vm.Abi;
using Vm.Kernel;

namespace Vm.Syscall;

/// <summary>Commands about programs that are loaded: BPF_PROG_BIND_MAP, BPF_ENABLE_STATS, BPF_RAW_TRACEPOINT_OPEN, BPF_ITER_CREATE, BPF_TASK_FD_QUERY.</summary>
/// <remarks>
/// There are no tracepoints, perf events and iterators here: what asks for them gets the answers of a kernel in which there is no such program
/// and link. Source: Linux 6.12 kernel/bpf/syscall.c, bpf_prog_bind_map, bpf_enable_stats, bpf_raw_tracepoint_open, bpf_iter_create, bpf_task_fd_query.
/// </remarks>
internal static class ProgCalls
{
    /// <summary>Another map is one of the program's: it lives as long, and is listed with those it uses.</summary>
    public static int BindMap(Call call)
    {
        const int progFd = 0, mapFd = 4, flags = 8;
        if (call.U32(flags) != 0) return Call.Fail(Errno.EINVAL);
        var errno = call.Find<BpfProg>(call.U32(progFd), out var prog);
        if (errno != Errno.None) return Call.Fail(errno);
        using (prog)
        {
            errno = call.Find<BpfMap>(call.U32(mapFd), out var map);
            if (errno != Errno.None) return Call.Fail(errno);
            using (map) prog.Object.Bind(map.Object);
            return 0;
        }
    }

    /// <summary>A descriptor that keeps counting on. Nothing counts here: a hook calls a program's code directly, and asking each time would cost every packet.</summary>
    public static int EnableStats(Call call)
    {
        const int type = 0;
        if (!call.Caller.Capable(Capabilities.SysAdmin)) return Call.Fail(Errno.EPERM);
        if (call.U32(type) != 0) return Call.Fail(Errno.EINVAL);
        using var file = new OpenFile(new object());
        return call.Caller.Files.Open(file);
    }

    /// <summary>No program here is one of tracepoints.</summary>
    public static int OpenRawTracepoint(Call call)
    {
        const int progFd = 8;
        var errno = call.Find<BpfProg>(call.U32(progFd), out var prog);
        if (errno != Errno.None) return Call.Fail(errno);
        prog.Dispose();
        return Call.Fail(Errno.EINVAL);
    }

    /// <summary>No link here is one of iterators.</summary>
    public static int CreateIterator(Call call)
    {
        const int linkFd = 0, flags = 4;
        if (call.U32(flags) != 0) return Call.Fail(Errno.EINVAL);
        var errno = call.Find<BpfLink>(call.U32(linkFd), out var link);
        if (errno != Errno.None) return Call.Fail(errno);
        link.Dispose();
        return Call.Fail(Errno.EINVAL);
    }

    /// <summary>What a descriptor of a process traces: nothing here does. Only the caller's own process is known.</summary>
    public static int QueryTask(Call call)
    {
        const int pid = 0, descriptor = 4, flags = 8;
        if (!call.Caller.Capable(Capabilities.SysAdmin)) return Call.Fail(Errno.EPERM);
        if (call.U32(flags) != 0) return Call.Fail(Errno.EINVAL);
        if (call.U32(pid) != call.Caller.Pid) return Call.Fail(Errno.ENOENT);
        var file = call.Caller.Files.Acquire(call.U32(descriptor));
        if (file is null) return Call.Fail(Errno.EBADF);
        file.Release();
        return Call.Fail(Errno.ENOTSUPP);
    }
}
