using Vm.Abi;

namespace Tests.Syscall;

/// <summary>What the commands about loaded programs refuse.</summary>
internal static class ProgCallRows
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<LoadRow> All { get; } =
    [
        Ask("PROG_BIND_MAP: flags", Errno.EINVAL, BpfCommand.ProgBindMap, 12, bench => [(0, LoadBench.Closed), (8, 1)]),
        Ask("PROG_BIND_MAP: program, closed", Errno.EBADF, BpfCommand.ProgBindMap, 12, bench => [(0, LoadBench.Closed), (4, LoadBench.Closed)]),
        Ask("PROG_BIND_MAP: a map for a program", Errno.EINVAL, BpfCommand.ProgBindMap, 12, bench => [(0, (uint)bench.Map), (4, LoadBench.Closed)]),
        Ask("PROG_BIND_MAP: map, closed", Errno.EBADF, BpfCommand.ProgBindMap, 12, bench => [(0, (uint)bench.Prog), (4, LoadBench.Closed)]),
        Ask("PROG_BIND_MAP: a program for a map", Errno.EINVAL, BpfCommand.ProgBindMap, 12, bench => [(0, (uint)bench.Prog), (4, (uint)bench.Prog)]),
        Ask("PROG_BIND_MAP: both", Errno.None, BpfCommand.ProgBindMap, 12, bench => [(0, (uint)bench.Prog), (4, (uint)bench.Map)]),
        Ask("PROG_BIND_MAP: byte behind", Errno.EINVAL, BpfCommand.ProgBindMap, 16, bench => [(0, (uint)bench.Prog), (4, (uint)bench.Map), (12, 1)]),
        Ask("ENABLE_STATS: unknown type", Errno.EINVAL, BpfCommand.EnableStats, 4, _ => [(0, 1)]),
        Ask("ENABLE_STATS: run time", Errno.None, BpfCommand.EnableStats, 4, _ => []),
        Ask("ITER_CREATE: flags", Errno.EINVAL, BpfCommand.IterCreate, 8, _ => [(0, LoadBench.Closed), (4, 1)]),
        Ask("ITER_CREATE: closed", Errno.EBADF, BpfCommand.IterCreate, 8, _ => [(0, LoadBench.Closed)]),
        Ask("ITER_CREATE: a program", Errno.EINVAL, BpfCommand.IterCreate, 8, bench => [(0, (uint)bench.Prog)]),
        Ask("RAW_TRACEPOINT_OPEN: closed", Errno.EBADF, BpfCommand.RawTracePointOpen, 16, _ => [(8, LoadBench.Closed)]),
        Ask("RAW_TRACEPOINT_OPEN: a map", Errno.EINVAL, BpfCommand.RawTracePointOpen, 16, bench => [(8, (uint)bench.Map)]),
        Ask("RAW_TRACEPOINT_OPEN: a program of another type", Errno.EINVAL, BpfCommand.RawTracePointOpen, 16, bench => [(8, (uint)bench.Prog)]),
        Ask("TASK_FD_QUERY: flags", Errno.EINVAL, BpfCommand.TaskFdQuery, 48, _ => [(8, 1)]),
        Ask("TASK_FD_QUERY: no such process", Errno.ENOENT, BpfCommand.TaskFdQuery, 48, _ => [(0, 0x7fff_fff0)]),
        Ask("TASK_FD_QUERY: closed", Errno.EBADF, BpfCommand.TaskFdQuery, 48, bench => [(0, Pid(bench)), (4, LoadBench.Closed)]),
        Ask("TASK_FD_QUERY: a map", Errno.ENOTSUPP, BpfCommand.TaskFdQuery, 48, bench => [(0, Pid(bench)), (4, (uint)bench.Map)]),
        LoadRows.Rights("ENABLE_STATS: no rights, before the type", Errno.EPERM, Capabilities.Bpf, bench => bench.Ask(BpfCommand.EnableStats, 4, (0, 1))),
        LoadRows.Rights("TASK_FD_QUERY: no rights, before flags", Errno.EPERM, Capabilities.Bpf, bench => bench.Ask(BpfCommand.TaskFdQuery, 48, (8, 1))),
    ];

    private static LoadRow Ask(string name, Errno answer, BpfCommand command, uint size, Func<LoadBench, (int, ulong)[]> words) => new(name, answer, bench => bench.Ask(command, size, words(bench)));

    private static ulong Pid(LoadBench bench) => bench.Process?.Pid ?? (uint)Environment.ProcessId;
}
