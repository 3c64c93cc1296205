using Vm.Abi;
using Vm.Isa;

namespace Tests.Syscall;

/// <summary>One thing asked of a kernel, and its answer.</summary>
/// <param name="Name">What is tried.</param>
/// <param name="Answer">None when it succeeds.</param>
/// <param name="Ask">Asks it.</param>
/// <param name="NotLive">Why the running kernel is not asked, or answers otherwise; null when it answers alike.</param>
internal sealed record LoadRow(string Name, Errno Answer, Func<LoadBench, int> Ask, string? NotLive = null);

/// <summary>Every errno of BPF_PROG_LOAD, BPF_BTF_LOAD and the commands about programs that one call can bring about.</summary>
internal static class LoadRows
{
    private const byte Wide = 0x18, Call = 0x85;
    private const string Newer = "Linux 6.12: field of a newer kernel", NoCaps = "needs a caller without rights";

    /// <summary>All rows; names are unique.</summary>
    public static IReadOnlyList<LoadRow> All { get; } =
    [
        // The call and its flags.
        Load("plain", Errno.None, _ => { }),
        Load("size 0", Errno.E2BIG, call => call.Size = 0),
        Load("byte behind the attributes", Errno.E2BIG, call => { call.Size = 200; call.Set(196, 1u); }),
        Load("byte behind the last field", Errno.EINVAL, call => { call.Size = 152; call.Set(148, 1u); }, Newer + " (fd_array_cnt)"),
        Load("unknown flag", Errno.EINVAL, call => call.Set(44, 1u << 12)),
        Load("all test flags", Errno.None, call => call.Set(44, 1u | 4 | 8 | 128)),
        Load("strict and any alignment", Errno.None, call => call.Set(44, 3u)),
        Load("token flag, closed descriptor", Errno.EBADF, call => call.Set(44, 1u << 16).Set(144, LoadBench.Closed)),
        Load("token flag, no token", Errno.EINVAL, call => call.Set(44, 1u << 16).Set(144, (uint)call.Bench.Map)),
        Load("kern_version is ignored", Errno.None, call => call.Set(40, 7u)),

        // Instructions, license, name.
        Load("no instructions", Errno.E2BIG, call => call.Set(4, 0u)),
        Load("too many instructions", Errno.E2BIG, call => call.Set(4, 1_000_001u)),
        Load("instructions nobody can read", Errno.EFAULT, call => call.Set(8, LoadBench.Unmapped)),
        Load("license nobody can read", Errno.EFAULT, call => call.Set(16, LoadBench.Unmapped)),
        Load("license longer than is kept", Errno.None, call => call.Set(16, call.Put(new byte[300].Select(_ => (byte)'x').ToArray()))),
        Load("name", Errno.None, call => call.Name("a_good.name0")),
        Load("name of 15", Errno.None, call => call.Name("fifteen_letters")),
        Load("name without end", Errno.EINVAL, call => call.Name("sixteen__letters")),
        Load("name with a dash", Errno.EINVAL, call => call.Name("a-b")),
        Load("wrong name before wrong log", Errno.EINVAL, call => call.Name("a-b").Set(24, 99u)),

        // Types and attach types.
        Load("type 0", Errno.EINVAL, call => call.Set(0, 0u)),
        Load("type behind the last", Errno.EINVAL, call => call.Set(0, 60u)),
        Load("cgroup_skb with an attach type of others", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.CgroupSkb).Set(68, 5u)),
        Load("cgroup_skb egress", Errno.None, call => call.Set(0, (uint)ProgramType.CgroupSkb).Set(68, 1u)),
        Load("cgroup_sock with an attach type of others", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.CgroupSock).Set(68, 3u)),
        Load("sock_addr without attach type", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.CgroupSockAddr)),
        Load("sk_lookup without attach type", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.SkLookup)),
        Load("netfilter without attach type", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.Netfilter)),
        Load("sockopt without attach type", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.CgroupSockOpt)),
        Load("sched_cls with any attach type", Errno.None, call => call.Set(68, 46u)),
        Load("xdp with an unknown attach type", Errno.None, call => call.Set(0, (uint)ProgramType.Xdp).Set(68, 777u)),
        Load("syscall, sleepable", Errno.None, call => call.Set(0, (uint)ProgramType.Syscall).Set(44, 16u)),
        Load("syscall, not sleepable", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.Syscall)),
        Load("syscall with an attach type", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.Syscall).Set(44, 16u).Set(68, 1u)),
        Load("xdp, sleepable", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.Xdp).Set(44, 16u)),
        Load("attach_btf_id of a type that has none", Errno.EINVAL, call => call.Set(108, 1u)),
        Load("attach_prog_fd, closed", Errno.EINVAL, call => call.Set(112, LoadBench.Closed)),
        Load("attach_prog_fd of a map", Errno.EINVAL, call => call.Set(112, (uint)call.Bench.Map)),
        Load("attach_prog_fd of types of programs", Errno.ENOTSUPP, call => call.Set(112, (uint)call.Bench.Btf)),
        Load("attach_prog_fd of the kernel's types", Errno.EINVAL, call => call.Set(112, (uint)call.Bench.KernelBtf)),
        Load("attach_prog_fd of a program", Errno.EINVAL, call => call.Set(112, (uint)call.Bench.Prog)),
        Load("attach type before instructions", Errno.EINVAL, call => call.Set(0, (uint)ProgramType.SkLookup).Set(8, LoadBench.Unmapped)),
        Load("instructions before device", Errno.EFAULT, call => call.Set(8, LoadBench.Unmapped).Set(64, 0x7fff_0000u)),

        // Device-bound.
        Load("device that is not there", Errno.EINVAL, call => call.Set(64, 0x7fff_0000u)),
        Load("device, sched_cls device-bound", Errno.EINVAL, call => call.Set(64, 1u).Set(44, 64u)),
        Load("device, socket filter", Errno.EINVAL, call => call.Set(64, 1u).Set(0, (uint)ProgramType.SocketFilter)),
        Load("device, frags without device-bound", Errno.EINVAL, call => call.Set(64, 1u).Set(0, (uint)ProgramType.Xdp).Set(44, 32u)),
        Load("device that takes none", Errno.EOPNOTSUPP, call => call.Set(64, call.Bench.Ifindex)),
        Load("device-bound without device", Errno.None, call => call.Set(0, (uint)ProgramType.Xdp).Set(44, 64u)),
        Load("frags", Errno.None, call => call.Set(0, (uint)ProgramType.Xdp).Set(44, 32u)),

        // The log.
        Load("log size without buffer", Errno.EINVAL, call => call.Set(28, 100u)),
        Load("log buffer without size", Errno.EINVAL, call => call.Set(32, call.Put(new byte[8])).Set(24, 1u)),
        Load("log buffer without level", Errno.EINVAL, call => call.Set(32, call.Put(new byte[200])).Set(28, 200u)),
        Load("log level alone", Errno.None, call => call.Set(24, 1u)),
        Load("log level 16", Errno.EINVAL, call => call.Set(24, 16u)),
        Load("log", Errno.None, call => call.Set(32, call.Put(new byte[4096])).Set(28, 4096u).Set(24, 1u)),
        Load("log that is cut", Errno.ENOSPC, call => call.Set(32, call.Put(new byte[8])).Set(28, 8u).Set(24, 1u)),
        Load("fixed log that is cut", Errno.ENOSPC, call => call.Set(32, call.Put(new byte[8])).Set(28, 8u).Set(24, 9u)),
        Load("log that is cut, program refused", Errno.ENOSPC, call => call.Insns(LoadBench.Plain[1]).Set(32, call.Put(new byte[8])).Set(28, 8u).Set(24, 1u)),
        Load("log nobody can write", Errno.EFAULT, call => call.Set(32, LoadBench.Unmapped).Set(28, 4096u).Set(24, 1u)),
        Load("log too large", Errno.EINVAL, call => call.Set(32, LoadBench.Unmapped).Set(28, 0x4000_0000u).Set(24, 1u)),
        Load("wrong log before wrong types", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.MainId).Set(72, LoadBench.Closed).Set(24, 16u)),

        // Programs the verifier refuses.
        Load("register not set", Errno.EACCES, call => call.Insns(LoadBench.Plain[1])),
        Load("no end", Errno.EINVAL, call => call.Insns(LoadBench.Plain[0])),
        Load("helper that is not there", Errno.EINVAL, call => call.Insns([new(Call, 0, 0, 0, 9999), .. LoadBench.Plain])),
        Load("two functions without types", Errno.None, call => call.Insns(LoadBench.TwoFunctions)),

        // Maps.
        Load("map", Errno.None, call => call.Insns([new(Wide, 1, 1, 0, call.Bench.Map), default, .. LoadBench.Plain])),
        Load("map value", Errno.None, call => call.Insns([new(Wide, 1, 2, 0, call.Bench.Map), new(0, 0, 0, 0, 4), .. LoadBench.Plain])),
        Load("map value behind the end", Errno.EINVAL, call => call.Insns([new(Wide, 1, 2, 0, call.Bench.Map), new(0, 0, 0, 0, 8), .. LoadBench.Plain])),
        Load("map value of several", Errno.ENOTSUPP, call =>
        {
            int several = call.Bench.MakeMap(0, maxEntries: 2);
            call.Anew().Insns([new(Wide, 1, 2, 0, several), default, .. LoadBench.Plain]);
        }),
        Load("map, closed", Errno.EBADF, call => call.Insns([new(Wide, 1, 1, 0, LoadBench.Closed), default, .. LoadBench.Plain])),
        Load("map of another kind", Errno.EINVAL, call => call.Insns([new(Wide, 1, 1, 0, call.Bench.Btf), default, .. LoadBench.Plain])),
        Load("map with something in its second half", Errno.EINVAL, call => call.Insns([new(Wide, 1, 1, 0, LoadBench.Closed), new(0, 0, 0, 0, 1), .. LoadBench.Plain])),
        Load("map in code that is not reached", Errno.EBADF, call => call.Insns([LoadBench.Plain[0], new(0x15, 0, 0, 2, 0), new(Wide, 1, 1, 0, LoadBench.Closed), default, .. LoadBench.Plain])),
        Load("malformed instruction before a wrong map", Errno.EINVAL, call => call.Insns([new(0xff, 0, 0, 0, 0), new(Wide, 1, 1, 0, LoadBench.Closed), default, .. LoadBench.Plain])),
        Load("wrong map before a malformed instruction", Errno.EBADF, call => call.Insns([new(Wide, 1, 1, 0, LoadBench.Closed), default, new(0xff, 0, 0, 0, 0), .. LoadBench.Plain])),
        Load("wrong jump before a wrong map", Errno.EINVAL, call => call.Insns([new(Wide, 1, 1, 0, LoadBench.Closed), default, new(0x05, 0, 0, 100, 0), .. LoadBench.Plain])),
        Load("map by index", Errno.None, call => call.Insns([new(Wide, 1, 5, 0, 1), default, .. LoadBench.Plain]).Set(120, call.Put(Words((uint)call.Bench.Btf, (uint)call.Bench.Map)))),
        Load("map value by index", Errno.None, call => call.Insns([new(Wide, 1, 6, 0, 0), default, .. LoadBench.Plain]).Set(120, call.Put(Words((uint)call.Bench.Map)))),
        Load("map by index without array", Errno.EPROTO, call => call.Insns([new(Wide, 1, 5, 0, 0), default, .. LoadBench.Plain])),
        Load("map by index, unreadable array", Errno.EFAULT, call => call.Insns([new(Wide, 1, 5, 0, 0), default, .. LoadBench.Plain]).Set(120, LoadBench.Unmapped)),
        Load("map by index, closed", Errno.EBADF, call => call.Insns([new(Wide, 1, 5, 0, 0), default, .. LoadBench.Plain]).Set(120, call.Put(Words(LoadBench.Closed)))),

        // Kernel functions and symbols.
        Load("kernel function of id 0, not reached", Errno.None, call => call.Insns([LoadBench.Plain[0], new(0x15, 0, 0, 1, 0), new(Call, 0, 2, 0, 0), .. LoadBench.Plain])),
        Load("kernel function of id 0, reached", Errno.EINVAL, call => call.Insns([new(Call, 0, 2, 0, 0), .. LoadBench.Plain])),
        Load("kernel type that is no function", Errno.EINVAL, call => call.Insns([LoadBench.Plain[0], new(0x15, 0, 0, 1, 0), new(Call, 0, 2, 0, 1), .. LoadBench.Plain])),
        Load("kernel type that is not there", Errno.EINVAL, call => call.Insns([LoadBench.Plain[0], new(0x15, 0, 0, 1, 0), new(Call, 0, 2, 0, int.MaxValue), .. LoadBench.Plain])),
        Load("module function without array", Errno.EPROTO, call => call.Insns([LoadBench.Plain[0], new(0x15, 0, 0, 1, 0), new(Call, 0, 2, 1, 7), .. LoadBench.Plain])),
        Load("module function, closed", Errno.EBADF, call => call.Insns([LoadBench.Plain[0], new(0x15, 0, 0, 1, 0), new(Call, 0, 2, 1, 7), .. LoadBench.Plain]).Set(120, call.Put(Words(0, LoadBench.Closed)))),
        Load("module function, negative", Errno.EINVAL, call => call.Insns([LoadBench.Plain[0], new(0x15, 0, 0, 1, 0), new(Call, 0, 2, -1, 7), .. LoadBench.Plain]).Set(120, call.Put(Words(0, 0)))),
        Load("kernel symbol that is not there", Errno.ENOENT, call => call.Insns([new(Wide, 1, 3, 0, int.MaxValue), default, .. LoadBench.Plain])),
        Load("kernel symbol that is a type", Errno.EINVAL, call => call.Insns([new(Wide, 1, 3, 0, 1), default, .. LoadBench.Plain])),

        // Functions.
        Load("functions", Errno.None, call => call.Functions(8, 0, LoadBench.MainId)),
        Load("functions, two", Errno.None, call => call.Insns(LoadBench.TwoFunctions).Functions(8, 0, LoadBench.MainId, 2, LoadBench.SubId)),
        Load("functions, one for two", Errno.EINVAL, call => call.Insns(LoadBench.TwoFunctions).Functions(8, 0, LoadBench.MainId)),
        Load("functions, two for one", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.MainId, 1, LoadBench.SubId)),
        Load("functions, out of order", Errno.EINVAL, call => call.Insns(LoadBench.TwoFunctions).Functions(8, 0, LoadBench.MainId, 0, LoadBench.SubId)),
        Load("functions, first not at 0", Errno.EINVAL, call => call.Functions(8, 1, LoadBench.MainId)),
        Load("functions, elsewhere", Errno.EINVAL, call => call.Insns(LoadBench.TwoFunctions).Functions(8, 0, LoadBench.MainId, 3, LoadBench.SubId)),
        Load("functions, wrong type", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.PrototypeId)),
        Load("functions, unknown type", Errno.EINVAL, call => call.Functions(8, 0, 999)),
        Load("functions, records of 4", Errno.EINVAL, call => call.Functions(4, 0)),
        Load("functions, records of 10", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.MainId).Set(76, 10u)),
        Load("functions, records of 256", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.MainId).Set(76, 256u)),
        Load("functions, longer records", Errno.None, call => call.Functions(16, 0, LoadBench.MainId, 0, 0)),
        Load("functions, longer records with something in them", Errno.E2BIG, call => call.Functions(16, 0, LoadBench.MainId, 0, 1)),
        Load("functions, unreadable", Errno.EFAULT, call => call.Functions(8, 0, LoadBench.MainId).Set(80, LoadBench.Unmapped)),
        Load("functions, closed types", Errno.EBADF, call => call.Functions(8, 0, LoadBench.MainId).Set(72, LoadBench.Closed)),
        Load("functions, a map for types", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.MainId).Set(72, (uint)call.Bench.Map)),
        Load("functions, the kernel's types", Errno.EACCES, call => call.Functions(8, 0, LoadBench.MainId).Set(72, (uint)call.Bench.KernelBtf)),
        Load("types without records are ignored", Errno.None, call => call.Set(72, LoadBench.Closed)),
        Load("functions before a wrong map", Errno.EINVAL, call => call.Insns([new(Wide, 1, 1, 0, LoadBench.Closed), default, .. LoadBench.Plain]).Functions(8, 0, LoadBench.PrototypeId)),
        Load("types before a wrong kernel function", Errno.EBADF, call => call.Insns([new(Call, 0, 2, 0, 1), .. LoadBench.Plain]).Functions(8, 0, LoadBench.MainId).Set(72, LoadBench.Closed)),
        Load("two functions, count before map", Errno.EINVAL, call => call.Insns([new(Wide, 1, 1, 0, LoadBench.Closed), default, .. LoadBench.TwoFunctions]).Functions(8, 0, LoadBench.MainId)),

        // Lines.
        Load("lines", Errno.None, call => call.Functions(8, 0, LoadBench.MainId).Lines(16, 0, 1, 1, 1 << 10)),
        Load("lines without functions", Errno.None, call => call.Lines(16, 0, 1, 1, 1 << 10)),
        Load("lines, no start", Errno.EINVAL, call => call.Lines(16, 1, 1, 1, 1 << 10)),
        Load("lines, second function without", Errno.EINVAL, call => call.Insns(LoadBench.TwoFunctions).Lines(16, 0, 1, 1, 1 << 10)),
        Load("lines, behind the end", Errno.EINVAL, call => call.Lines(16, 0, 1, 1, 0, 2, 1, 1, 0)),
        Load("lines, out of order", Errno.EINVAL, call => call.Lines(16, 0, 1, 1, 0, 0, 1, 1, 0)),
        Load("lines, of half a constant", Errno.EINVAL, call => call.Insns([new(Wide, 1, 0, 0, 0), default, .. LoadBench.Plain]).Lines(16, 0, 1, 1, 0, 1, 1, 1, 0)),
        Load("lines, no such text", Errno.EINVAL, call => call.Lines(16, 0, 1, 9999, 0)),
        Load("lines, no such file", Errno.EINVAL, call => call.Lines(16, 0, 9999, 1, 0)),
        Load("lines, records of 12", Errno.EINVAL, call => call.Lines(12, 0, 1, 1)),
        Load("lines, longer records", Errno.None, call => call.Lines(20, 0, 1, 1, 0, 0)),
        Load("lines, longer records with something in them", Errno.E2BIG, call => call.Lines(20, 0, 1, 1, 0, 1)),
        Load("lines, unreadable", Errno.EFAULT, call => call.Lines(16, 0, 1, 1, 0).Set(96, LoadBench.Unmapped)),
        Load("lines, too many", Errno.EINVAL, call => call.Lines(16, 0, 1, 1, 0).Set(104, 0x1000_0000u)),

        // CO-RE.
        Load("CO-RE without other records is ignored", Errno.None, call => call.Core(16, 4, 1, 1, 1)),
        Load("CO-RE, inside an instruction", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.MainId).Core(16, 4, 1, 1, 1)),
        Load("CO-RE, behind the end", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.MainId).Core(16, 16, 1, 1, 1)),
        Load("CO-RE, records of 12", Errno.EINVAL, call => call.Functions(8, 0, LoadBench.MainId).Core(12, 0, 1, 1)),
        Load("CO-RE, longer records with something in them", Errno.E2BIG, call => call.Functions(8, 0, LoadBench.MainId).Core(20, 0, 1, 1, 1, 1)),
        Load("CO-RE, unreadable", Errno.EFAULT, call => call.Functions(8, 0, LoadBench.MainId).Core(16, 0, 1, 1, 1).Set(128, LoadBench.Unmapped)),

        // Rights.
        Rights("no rights", Errno.EPERM, Capabilities.None, _ => { }),
        Rights("no rights, before the number of instructions", Errno.EPERM, Capabilities.None, call => call.Set(4, 0u)),
        Rights("no rights, behind flags", Errno.EINVAL, Capabilities.None, call => call.Set(44, 1u << 12)),
        Rights("no rights, token descriptor first", Errno.EBADF, Capabilities.None, call => call.Set(44, 1u << 16).Set(144, LoadBench.Closed)),
        Rights("CAP_BPF alone, sched_cls", Errno.EPERM, Capabilities.Bpf, _ => { }),
        Rights("CAP_BPF and CAP_NET_ADMIN, sched_cls", Errno.None, Capabilities.Bpf | Capabilities.NetAdmin, _ => { }),
        Rights("CAP_BPF alone, socket filter", Errno.None, Capabilities.Bpf, call => call.Set(0, (uint)ProgramType.SocketFilter)),
        Rights("CAP_BPF alone, kprobe", Errno.EPERM, Capabilities.Bpf, call => call.Set(0, (uint)ProgramType.Kprobe)),
        Rights("CAP_SYS_ADMIN alone", Errno.None, Capabilities.SysAdmin, _ => { }),
        Rights("CAP_BPF alone, types", Errno.EPERM, Capabilities.Bpf, call => call.Set(0, (uint)ProgramType.LwtIn)),

        .. BtfRows.All,
        .. ProgCallRows.All,
    ];

    internal static byte[] Words(params uint[] words) => System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(words).ToArray();

    private static LoadRow Load(string name, Errno answer, Action<LoadBench.LoadCall> change, string? notLive = null) => new("PROG_LOAD: " + name, answer, bench => bench.Load(change), notLive);

    private static LoadRow Rights(string name, Errno answer, Capabilities rights, Action<LoadBench.LoadCall> change) => Rights("PROG_LOAD: " + name, answer, rights, bench => bench.Load(change));

    internal static LoadRow Rights(string name, Errno answer, Capabilities rights, Func<LoadBench, int> ask) => new(
        name,
        answer,
        bench =>
        {
            bench.Process!.Capabilities = rights;
            return ask(bench);
        },
        NoCaps);
}
