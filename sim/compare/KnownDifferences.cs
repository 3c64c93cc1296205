using Vm.Abi;
using Vm.Specs;

namespace Sim.Compare;

/// <summary>What the kernel's side of a comparison runs on.</summary>
internal enum KernelSide
{
    /// <summary>BPF_PROG_TEST_RUN: no device, no routes.</summary>
    TestRun,

    /// <summary>Real devices in namespaces of our own, with the scenario's routes.</summary>
    RealDevices,
}

/// <summary>A reason why the simulator and a kernel may differ: a helper whose result they need not share.</summary>
/// <param name="Helper">Which.</param>
/// <param name="Name">Its name.</param>
/// <param name="Why">What differs and since when.</param>
/// <param name="Source">Where the kernel says so.</param>
/// <param name="Constants">What both sides are made to get from it, one rerun each, to see whether it is really the reason.</param>
/// <param name="Only">The side it applies to; null for both.</param>
internal sealed record KnownDifference(HelperId Helper, string Name, string Why, string Source, IReadOnlyList<int> Constants, KernelSide? Only = null)
{
    /// <summary>True when an object has a program that calls the helper; which of its programs runs for a packet is up to tail calls.</summary>
    public bool AppliesTo(ObjectSpec spec) => spec.Programs.Any(program => program.Calls(Helper));
}

/// <summary>The list of reasons there can be. None of them excuses anything by itself: see <see cref="ProvenComparison"/>.</summary>
internal static class KnownDifferences
{
    /// <summary>Timers of a kernel wait for its own clock, whatever time its programs are shown. It explains maps as well: callbacks change them.</summary>
    public static KnownDifference Timers { get; } = new(HelperId.TimerStart, "bpf_timer_start", "a kernel's timers run down on its own clock, which cannot be set; the simulator's on the packets'",
        "Linux 6.12 kernel/bpf/helpers.c, bpf_timer_start", [0]);

    /// <summary>All there are.</summary>
    public static IReadOnlyList<KnownDifference> All { get; } =
    [
        new(HelperId.GetPrandomU32, "bpf_get_prandom_u32", "random numbers are the kernel's own; the simulator's are seeded", "Linux 6.12 kernel/bpf/core.c, bpf_user_rnd_u32", [7, 0x5bd1e995]),
        new(HelperId.CsumDiff, "bpf_csum_diff", "6.12 returns the unfolded 32-bit sum, kernels from 6.13 on fold it to 16 bits; 6.12 refuses sizes that are no multiple of 4", "Linux 6.12 net/core/filter.c, bpf_csum_diff",
            [0, 0x1234]),
        new(HelperId.GetHashRecalc, "bpf_get_hash_recalc", "a flow's hash depends on a secret each kernel makes up when it starts; the simulator's is seeded", "Linux 6.12 net/core/flow_dissector.c, __skb_get_hash",
            [1, 0x2545f491]),
        new(HelperId.XdpAdjustTail, "bpf_xdp_adjust_tail", "how far a frame can grow is up to the driver; a veth leaves only what rounding up its length leaves, often less than 16 bytes",
            "Linux 6.12 drivers/net/veth.c, veth_convert_skb_to_xdp_buff; net/core/skbuff.c, skb_pp_cow_data", [0, -22], KernelSide.RealDevices),
        new(HelperId.FibLookup, "bpf_fib_lookup", "the answer depends on the routing tables of the network namespace asked in", "Linux 6.12 net/core/filter.c, bpf_ipv4_fib_lookup", [4], KernelSide.TestRun),
        Timers,
    ];
}
