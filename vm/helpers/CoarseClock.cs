using Vm.Abi;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>The clock of jiffies, for programs on packets and sockets. Source: Linux 6.12 net/core/filter.c, bpf_sk_base_func_proto.</summary>
public static class CoarseClock
{
    /// <summary>Nanoseconds of a jiffy, at 250 Hz.</summary>
    internal const long JiffyNs = 4_000_000;

    /// <summary>Virtual monotonic time, at the granularity of a jiffy.</summary>
    [Helper(HelperId.KtimeGetCoarseNs)]
    public static ulong KtimeGetCoarseNs(ExecContext x) => (ulong)(x.MonotonicNs / JiffyNs * JiffyNs);
}
