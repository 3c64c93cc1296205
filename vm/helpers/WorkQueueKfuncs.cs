using Vm.Abi;
using Vm.Maps;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Work in map values: a function that may sleep, run once the packet at hand has been dealt with and before the next one.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/helpers.c, bpf_wq_init, bpf_wq_set_callback_impl, bpf_wq_start.</remarks>
public static class WorkQueueKfuncs
{
    /// <summary>Makes the work.</summary>
    /// <returns>0; EINVAL for flags; EBUSY when it was made already; EPERM when user space has let go of the map.</returns>
    [Kfunc("bpf_wq_init")]
    public static int Init(WorkQueueRef work, Map map, uint flags) =>
        flags != 0 ? -(int)Errno.EINVAL : (int)TimerHelpers.Make(work.Address, map, MapCallback.Monotonic);

    /// <summary>Says what the work calls.</summary>
    /// <param name="work">The work.</param>
    /// <param name="callback">The function.</param>
    /// <param name="flags">Must be 0.</param>
    /// <param name="program">Filled in by the kernel; unused.</param>
    /// <returns>0; EINVAL for flags, and before <see cref="Init"/>.</returns>
    [Kfunc("bpf_wq_set_callback_impl", Flags = CallFlags.CallsBackLater)]
    public static int SetCallback(WorkQueueRef work, GuestCallback callback, uint flags, [Arg(Flags = ArgFlags.Unchecked)] ulong program) =>
        flags != 0 ? -(int)Errno.EINVAL : (int)TimerHelpers.Set(work.Address, callback);

    /// <summary>Has the work done soon; once, however often this is called before.</summary>
    /// <returns>0; EINVAL for flags, and before init and set_callback.</returns>
    [Kfunc("bpf_wq_start")]
    public static int Start(ExecContext x, WorkQueueRef work, uint flags)
    {
        if (flags != 0) return -(int)Errno.EINVAL;
        DeferredCall.Lock(work.Address);
        var call = DeferredCall.At<MapCallback>(work.Address);
        bool ready = call?.Callback is not null;
        // Work that waits already keeps its place.
        if (ready && call!.Queue is null) x.Work.Add(call, x.WorkRound);
        DeferredCall.Unlock(work.Address);
        return ready ? 0 : -(int)Errno.EINVAL;
    }
}
