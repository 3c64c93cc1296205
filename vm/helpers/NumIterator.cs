using System.Runtime.InteropServices;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>The open-coded iterator over a range of integers. Source: Linux 6.12 kernel/bpf/bpf_iter.c, bpf_iter_num_*.</summary>
public static class NumIterator
{
    private const long MaxLoops = LoopHelpers.MaxLoops;

    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public int Current;
        public int End;
    }

    /// <summary>Address of the 8-byte iterator on the guest stack.</summary>
    [GuestArgument(ArgKind.Iterator, TypeName = "bpf_iter_num", FixedBytes = 8)]
    public readonly record struct Iterator(ulong Address);

    /// <summary>Starts over [start, end): 0; EINVAL when start is above end; E2BIG for more than 8388608 steps.</summary>
    [Kfunc("bpf_iter_num_new", Flags = CallFlags.IterNew)]
    public static int New([Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit)] Iterator it, int start, int end)
    {
        ref var state = ref Native.Ref<State>(it.Address);
        state = default;
        if (start > end) return -(int)Errno.EINVAL;
        if ((long)end - start > MaxLoops) return -(int)Errno.E2BIG;
        // Stored one below the first value: a step increments, then compares.
        state.Current = unchecked(start - 1);
        state.End = end;
        return 0;
    }

    /// <summary>Address of the next integer, or NULL at the end.</summary>
    [Kfunc("bpf_iter_num_next", Flags = CallFlags.IterNext)]
    [Returns(ReturnKind.IteratorElementOrNull, Bytes = 4)]
    public static ulong Next(ExecContext x, Iterator it)
    {
        LoopHelpers.Charge(x);
        ref var state = ref Native.Ref<State>(it.Address);
        if (unchecked(state.Current + 1) >= state.End)
        {
            state = default;
            return 0;
        }
        state.Current++;
        return it.Address;
    }

    /// <summary>Ends it.</summary>
    [Kfunc("bpf_iter_num_destroy", Flags = CallFlags.IterDestroy)]
    public static void Destroy([Arg(Flags = ArgFlags.Destroys)] Iterator it) => Native.Ref<State>(it.Address) = default;
}
