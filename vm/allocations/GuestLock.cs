using Vm.Memory;

namespace Vm.Allocations;

/// <summary>A struct bpf_spin_lock in guest memory: 0 free, 1 held. Source: Linux 6.12 kernel/bpf/helpers.c, __bpf_spin_lock.</summary>
public static class GuestLock
{
    /// <summary>Waits until the lock at an address is free and takes it.</summary>
    public static void Take(ulong address)
    {
        ref int word = ref Native.Ref<int>(address);
        var wait = new SpinWait();
        while (Interlocked.CompareExchange(ref word, 1, 0) != 0) wait.SpinOnce();
    }

    /// <summary>Gives it back.</summary>
    public static void Give(ulong address) => Volatile.Write(ref Native.Ref<int>(address), 0);
}
