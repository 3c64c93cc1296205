using Vm.Memory;

namespace Vm.Runtime;

/// <summary>What a struct bpf_timer or bpf_wq in guest memory leads to: something to be run later, at most once for each time it is queued.</summary>
/// <remarks>
/// The 16 bytes of the struct are a handle, 0 until initialised, and a lock word. Whoever reads or changes the handle holds the lock.
/// Source: Linux 6.12 kernel/bpf/helpers.c, struct bpf_async_kern.
/// </remarks>
public abstract class DeferredCall : GuestReferent
{
    private const ulong LockOffset = 8;

    /// <summary>The queue it waits in; null when it is not queued.</summary>
    public CallQueue? Queue { get; internal set; }

    /// <summary>Virtual monotonic time it is due at, in nanoseconds; meaningful while queued.</summary>
    public long DueNs { get; internal set; }

    /// <summary>Rank among calls due at the same time: the order they were queued in.</summary>
    internal ulong Order;

    /// <summary>Where in the queue's heap it is.</summary>
    internal int Place;

    /// <summary>The advance of the clock it ran in last, and how often since that began.</summary>
    internal ulong LastAdvance;
    internal int RunsThisAdvance;

    /// <summary>Does it. The CPU's clock shows the time it was due, or a later one if it is late.</summary>
    public abstract void Run(ExecContext x);

    /// <summary>Takes it out of its queue; false when it was in none. O(log queued).</summary>
    public bool TryCancel() => Queue is { } queue && queue.TryRemove(this);

    /// <summary>The call a struct leads to; null before it is initialised. The caller holds the struct's lock.</summary>
    public static T? At<T>(ulong address) where T : DeferredCall
    {
        ulong handle = Native.Ref<ulong>(address);
        return handle == 0 ? null : Resolve<T>(handle);
    }

    /// <summary>Makes a struct lead to this call. The caller holds the struct's lock, and the struct led nowhere.</summary>
    public void PutAt(ulong address) => Native.Ref<ulong>(address) = Handle;

    /// <summary>Waits for the lock of a struct and takes it.</summary>
    public static void Lock(ulong address)
    {
        ref int word = ref Native.Ref<int>(address + LockOffset);
        var wait = new SpinWait();
        while (Interlocked.CompareExchange(ref word, 1, 0) != 0) wait.SpinOnce();
    }

    /// <summary>Gives the lock back.</summary>
    public static void Unlock(ulong address) => Volatile.Write(ref Native.Ref<int>(address + LockOffset), 0);

    /// <summary>Cancels and frees what a struct leads to, and makes it lead nowhere: its element is going away.</summary>
    /// <remarks>A call that is running when this happens finishes. Source: Linux 6.12 kernel/bpf/helpers.c, bpf_timer_cancel_and_free, bpf_wq_cancel_and_free.</remarks>
    public static void Free(ulong address)
    {
        if (Native.Ref<ulong>(address) == 0) return;
        Lock(address);
        var call = At<DeferredCall>(address);
        Native.Ref<ulong>(address) = 0;
        Unlock(address);
        call?.Dispose();
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        TryCancel();
        base.OnDispose();
    }
}
