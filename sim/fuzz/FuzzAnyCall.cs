using Netdev.Programs;
using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;

namespace Sim.Fuzz;

/// <summary>
/// Calls any helper or kernel function a program type has, with what its signature asks for, or something that is not: wrong contexts, wrong maps,
/// sizes of every width. What it answers and fills in is nobody's business; that it touches nothing else is.
/// </summary>
internal sealed class FuzzAnyCall(FuzzText text)
{
    /// <summary>
    /// Left out: a tail call, callbacks and locks, which need more than a call; what sends packets of its own or writes into the kernel's trace; a lookup that takes a
    /// reference only where there are sockets.
    /// </summary>
    private static readonly HashSet<string> s_leftOut =
    [
        "bpf_tail_call", "bpf_loop", "bpf_for_each_map_elem", "bpf_spin_lock", "bpf_spin_unlock", "bpf_trace_printk", "bpf_trace_vprintk", "bpf_clone_redirect", "bpf_throw",
        "bpf_rcu_read_lock", "bpf_rcu_read_unlock", "bpf_preempt_disable", "bpf_preempt_enable", "bpf_ringbuf_reserve", "bpf_ringbuf_reserve_dynptr",
        "bpf_timer_set_callback", "bpf_wq_set_callback_impl", "bpf_rbtree_add_impl",
    ];

    private static readonly Dictionary<ProgramType, HelperBinding[]> s_calls = FuzzTypes.Programs.ToDictionary(type => type, type =>
        NetProgramKinds.For(type).Helpers.Values.Concat(NetProgramKinds.For(type).Kfuncs.Values)
            .Where(call => !(type == ProgramType.Syscall && call.Signature.Name == "bpf_ktime_get_coarse_ns") && !s_leftOut.Contains(call.Signature.Name) && !call.Signature.Name.StartsWith("bpf_iter_", StringComparison.Ordinal))
            .OrderBy(call => call.Id).ThenBy(call => call.Signature.Name, StringComparer.Ordinal).ToArray());

    /// <summary>Those that ask for nothing this cannot give.</summary>
    private static readonly Dictionary<ProgramType, HelperBinding[]> s_fitting = s_calls.ToDictionary(pair => pair.Key, pair =>
        pair.Value.Where(call => call.Signature.Args.All(arg => Fits(arg.Kind) && (arg.Flags & ArgFlags.Release) == 0) && call.Signature.Name is not ("bpf_obj_new_impl" or "bpf_dynptr_from_mem")).ToArray());

    private static bool Fits(ArgKind kind) => kind is ArgKind.Anything or ArgKind.Context or ArgKind.ConstMapPtr or ArgKind.MapKey or ArgKind.MapValue or ArgKind.Memory or ArgKind.ConstSize
        or ArgKind.ConstAllocSize or ArgKind.Dynptr or ArgKind.ConstString;

    /// <summary>Calls of a program type this can write.</summary>
    public static IReadOnlyList<HelperBinding> CallsOf(ProgramType type) => s_calls[type];

    public void Any()
    {
        bool wrong = text.OneIn(12);
        Call(text.Pick(wrong ? s_calls[text.Type] : s_fitting[text.Type]), wrong ? text.Choose(5) : -1);
    }

    /// <summary>Writes a call.</summary>
    /// <param name="call">What.</param>
    /// <param name="wrong">Argument that gets something else than it should; -1 for none.</param>
    /// <param name="size">What sizes and constant arguments are, as an operand of a wide move; null for something that fits, or not quite.</param>
    /// <param name="number">What other numbers are.</param>
    public void Call(HelperBinding call, int wrong, string? size = null, string? number = null)
    {
        var args = call.Signature.Args;
        var lines = new List<string>();
        for (int i = 0; i < args.Count; i++)
            if (args[i].Kind == ArgKind.Dynptr && (args[i].Flags & ArgFlags.Creates) == 0) lines.AddRange(MakeDynptr());
        for (int i = 0; i < args.Count; i++)
        {
            bool sized = i + 1 < args.Count && args[i + 1].Kind == ArgKind.ConstSize;
            lines.AddRange(i == wrong ? Wrong(i + 1) : Argument(call, args[i], i, sized, size, number));
        }
        string none = text.Label();
        lines.Add(call.IsKfunc ? $"call {call.Signature.Name}" : $"call {FuzzText.Text((int)call.Id)}");
        if ((call.Signature.Flags & CallFlags.Acquire) != 0)
            lines.AddRange([$"if r0 == 0 goto {none}", "r1 = r0", "r2 = 0", Release(call), $"{none}:"]);
        // Every scratch register may hold an address or the number of one.
        lines.AddRange(["r0 = 0", "r1 = 0", "r2 = 0", "r3 = 0", "r4 = 0", "r5 = 0", "r7 = 0"]);
        text.Unit([.. lines]);
        text.Reload();
    }

    private static string Release(HelperBinding call) => call.Signature switch
    {
        { Return: ReturnKind.SocketOrNull or ReturnKind.SockCommonOrNull or ReturnKind.TcpSockOrNull } => "call 86",
        { ReturnTypeName: "bpf_crypto_ctx" } => "call bpf_crypto_ctx_release",
        { ReturnTypeName: "cgroup" } => "call bpf_cgroup_release",
        { Return: ReturnKind.RingBufMemoryOrNull } => "call 133",
        _ => "call bpf_obj_drop_impl",
    };

    private IEnumerable<string> MakeDynptr() => text.HasPacket && text.OneIn(2)
        ? ["r1 = r6", "r2 = 0", .. FuzzText.Stack(3, FuzzText.Dynptr), text.IsXdp ? "call bpf_dynptr_from_xdp" : "call bpf_dynptr_from_skb"]
        : ["r1 = r9", "r2 = 64", "r3 = 0", .. FuzzText.Stack(4, FuzzText.Dynptr), "call 197"];

    private string[] Wrong(int register) => text.Choose(9) switch
    {
        0 => [$"r{register} = r6"],
        1 => [$"r{register} = r9"],
        2 => [$"r{register} = r10"],
        3 => [$"r{register} = r10", $"r{register} += {text.Pick(FuzzText.Dynptr, FuzzText.Iterator, FuzzText.Waste, FuzzText.Key)}"],
        4 => [$"r{register} = map_idx[{text.Choose(FuzzMaps.JumpsInside)}]"],
        5 when text.HasContext => [$"r{register} = r6", $"r{register} += {text.Pick(4, 8, -8)}"],
        6 when text.HasPacket => [$"r{register} = *(u32 *){FuzzText.At("r6", text.DataOffset)}"],
        7 => [$"r{register} = {FuzzDynptrs.Edge(text)} ll"],
        _ => [$"r{register} = {text.Constant()}"],
    };

    private string[] Argument(HelperBinding call, in ArgSpec arg, int index, bool sized, string? size, string? number)
    {
        int register = index + 1;
        bool none = (arg.Flags & ArgFlags.MaybeNull) != 0 && text.OneIn(3);
        switch (arg.Kind)
        {
            case ArgKind.Context:
                return [$"r{register} = r6"];
            case ArgKind.ConstMapPtr:
                return [$"r{register} = map_idx[{MapFor(call, register)}]"];
            case ArgKind.MapKey:
                return FuzzText.Stack(register, FuzzText.Key);
            case ArgKind.MapValue:
                return none ? [$"r{register} = 0"] : [$"r{register} = r9"];
            case ArgKind.Memory when none || (call.IsKfunc && sized && text.OneIn(3)):
                return [$"r{register} = 0"];
            case ArgKind.Memory when (arg.Flags & ArgFlags.Uninit) != 0 || (arg.Flags & ArgFlags.FixedSize) != 0 && (arg.Flags & ArgFlags.ReadOnly) == 0:
                return [$"*(u64 *)(r10 {FuzzText.Waste}) = 0", .. FuzzText.Stack(register, FuzzText.Waste)];
            case ArgKind.Memory when (arg.Flags & ArgFlags.ReadOnly) == 0:
                // What it needs initialised and changes: a copy of nothing anyone looks at.
                return [.. Enumerable.Range(0, FuzzText.WasteBytes / 8).Select(i => $"*(u64 *)(r10 {FuzzText.Waste + (8 * i)}) = {text.Constant()}"), .. FuzzText.Stack(register, FuzzText.Waste)];
            case ArgKind.Memory:
                return FuzzText.Stack(register, FuzzText.Buffer);
            case ArgKind.ConstSize or ArgKind.ConstAllocSize:
                return [size is not null ? $"r{register} = {size} ll" : text.OneIn(20) ? $"r{register} = {FuzzDynptrs.Edge(text)} ll" : $"r{register} = {1 + text.Choose(FuzzText.BufferBytes)}"];
            case ArgKind.Dynptr:
                return FuzzText.Stack(register, (arg.Flags & ArgFlags.Creates) != 0 ? FuzzText.OtherDynptr : FuzzText.Dynptr);
            case ArgKind.ConstString:
                return [$"r{register} = map_idx[{FuzzMaps.Text}][0]+{text.Choose(8)}"];
            case ArgKind.Anything when (arg.Flags & ArgFlags.Constant) != 0:
                return [size is not null ? $"r{register} = {size} ll" : $"r{register} = {FuzzTypes.ObjectId}"];
            case ArgKind.Anything when number is not null:
                return [$"r{register} = {number} ll"];
            case ArgKind.Anything:
                return [text.Choose(4) switch { 0 => $"r{register} = {FuzzDynptrs.Edge(text)} ll", 1 => $"r{register} = {text.Choose(64)}", _ => $"r{register} = 0" }];
            default:
                return Wrong(register);
        }
    }

    /// <summary>A map of the class the callee asks for; where any will do, mostly one that has elements.</summary>
    private int MapFor(HelperBinding call, int register)
    {
        var type = call.Parameters.First(parameter => parameter.Register == register).Type;
        if (type == typeof(QueueStackMap)) return text.Pick(FuzzMaps.Queue, FuzzMaps.Stack);
        if (type == typeof(RingBufMap)) return FuzzMaps.Ring;
        if (type == typeof(DevMap)) return FuzzMaps.Devices;
        if (type == typeof(PerfEventArrayMap)) return FuzzMaps.Events;
        if (type == typeof(ProgArrayMap)) return FuzzMaps.Jumps;
        if (call.Signature.Name == "bpf_map_lookup_percpu_elem") return text.Pick(FuzzMaps.PerCpuTable, FuzzMaps.PerCpuValues);
        return text.OneIn(20) ? text.Choose(FuzzMaps.JumpsInside) : text.Pick(FuzzMaps.Table, FuzzMaps.PerCpuTable, FuzzMaps.PerCpuValues, FuzzMaps.InnerTable);
    }
}
