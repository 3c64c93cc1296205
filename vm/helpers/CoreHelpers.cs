using Vm.Abi;
using Vm.Allocations;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Clock, chance, CPU and locks. Source: Linux 6.12 kernel/bpf/helpers.c.</summary>
public static class CoreHelpers
{
    /// <summary>TAI is ahead of UTC by this many seconds (2017 to the time of Linux 6.12).</summary>
    private const long TaiOffsetNs = 37_000_000_000;

    /// <summary>Nanoseconds a jiffy lasts at CONFIG_HZ=250.</summary>

    /// <summary>jiffies64 starts five minutes before it would wrap in 32 bits. Source: include/linux/jiffies.h, INITIAL_JIFFIES.</summary>
    private const ulong InitialJiffies = unchecked((uint)(-300 * 250));

    /// <summary>Virtual monotonic time in ns.</summary>
    [Helper(HelperId.KtimeGetNs)]
    public static ulong KtimeGetNs(ExecContext x) => (ulong)x.MonotonicNs;

    /// <summary>32 random bits of this CPU's seeded sequence.</summary>
    [Helper(HelperId.GetPrandomU32)]
    public static uint GetPrandomU32(ExecContext x) => x.Random.NextUInt32();

    /// <summary>Number of the simulated CPU.</summary>
    [Helper(HelperId.GetSmpProcessorId)]
    public static uint GetSmpProcessorId(ExecContext x) => (uint)x.Cpu;

    /// <summary>Always node 0.</summary>
    [Helper(HelperId.GetNumaNodeId)]
    public static long GetNumaNodeId() => 0;

    /// <summary>Virtual 64-bit jiffies at 250 Hz.</summary>
    [Helper(HelperId.Jiffies64)]
    public static ulong Jiffies64(ExecContext x) => InitialJiffies + (ulong)(x.MonotonicNs / CoarseClock.JiffyNs);

    /// <summary>As bpf_ktime_get_ns: simulated machines are never suspended.</summary>
    [Helper(HelperId.KtimeGetBootNs)]
    public static ulong KtimeGetBootNs(ExecContext x) => (ulong)x.MonotonicNs;

    /// <summary>Virtual international atomic time in ns since 1970.</summary>
    [Helper(HelperId.KtimeGetTaiNs)]
    public static ulong KtimeGetTaiNs(ExecContext x) => (ulong)(x.RealtimeNs + TaiOffsetNs);

    /// <summary>Takes the lock in a map value. The verifier saw to it that it is given back on every path.</summary>
    [Helper(HelperId.SpinLock)]
    public static void SpinLock(ExecContext x, SpinLockRef spinLock)
    {
        GuestLock.Take(spinLock.Address);
        x.Run.HeldLock = spinLock.Address;
    }

    /// <summary>Gives the lock back.</summary>
    [Helper(HelperId.SpinUnlock)]
    public static void SpinUnlock(ExecContext x, SpinLockRef spinLock)
    {
        x.Run.HeldLock = 0;
        GuestLock.Give(spinLock.Address);
    }

    /// <summary>Swaps an owned pointer into a kptr field; the old one is the program's now.</summary>
    [Helper(HelperId.KptrXchg, Flags = CallFlags.Acquire | CallFlags.Release)]
    [Returns(ReturnKind.KptrOrNull)]
    public static ulong KptrXchg(KptrFieldRef field, [Arg(KindOverride = (int)ArgKind.BtfPointer, Flags = ArgFlags.Release | ArgFlags.MaybeNull)] ulong pointer) => field.Exchange(pointer);

    /// <summary>Compares a buffer with a constant string: as strncmp.</summary>
    [Helper(HelperId.Strncmp)]
    public static long Strncmp(ReadOnlySpan<byte> text, ConstStringRef other)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int a = text[i], b = Native.Ref<byte>(other.Address + (ulong)i);
            if (a != b) return a < b ? -1 : 1;
            if (a == 0) return 0;
        }
        return 0;
    }

    /// <summary>Opens an RCU read-side section. Nothing to do: what a run may see stays until the run is over.</summary>
    [Kfunc("bpf_rcu_read_lock", Flags = CallFlags.RcuLock)]
    public static void RcuReadLock()
    {
    }

    /// <summary>Closes it.</summary>
    [Kfunc("bpf_rcu_read_unlock", Flags = CallFlags.RcuUnlock)]
    public static void RcuReadUnlock()
    {
    }

    /// <summary>Disables preemption; nests. Nothing to do: one thread drives a simulated CPU.</summary>
    [Kfunc("bpf_preempt_disable", Flags = CallFlags.PreemptDisable)]
    public static void PreemptDisable()
    {
    }

    /// <summary>Enables it again.</summary>
    [Kfunc("bpf_preempt_enable", Flags = CallFlags.PreemptEnable)]
    public static void PreemptEnable()
    {
    }
}
