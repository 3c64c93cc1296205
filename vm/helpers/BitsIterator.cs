using System.Numerics;
using System.Runtime.InteropServices;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>The open-coded iterator over the set bits of some words. Source: Linux 6.12 kernel/bpf/helpers.c, bpf_iter_bits_*.</summary>
public static class BitsIterator
{
    private const int WordBits = 64, WordBytes = 8, BitOffset = 12;

    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        /// <summary>One word itself, or the address of the copy of several.</summary>
        public ulong Words;
        public int Bits;
        public int Bit;
    }

    /// <summary>Address of the 16-byte iterator on the guest stack.</summary>
    [GuestArgument(ArgKind.Iterator, TypeName = "bpf_iter_bits", FixedBytes = 16)]
    public readonly record struct Iterator(ulong Address);

    /// <summary>Starts over a copy of some words.</summary>
    /// <param name="x">Whose memory is read.</param>
    /// <param name="it">The iterator.</param>
    /// <param name="words">Address of the first word; any value, since it is read with care.</param>
    /// <param name="count">Words, 1 to 511.</param>
    /// <returns>0; EINVAL for no words; E2BIG for more than 511; EFAULT, or of several words ERANGE, when they cannot be read; ENOMEM when 32 iterators have copies already.</returns>
    [Kfunc("bpf_iter_bits_new", Flags = CallFlags.IterNew)]
    public static int New(ExecContext x, [Arg(Flags = ArgFlags.Creates | ArgFlags.Uninit)] Iterator it, [Arg(Flags = ArgFlags.Unchecked)] ulong words, uint count)
    {
        ref var state = ref Native.Ref<State>(it.Address);
        state = new State { Bit = -1 };
        if (words == 0 || count == 0) return -(int)Errno.EINVAL;
        if (count > WordPool.BlockWords) return -(int)Errno.E2BIG;
        if (count == 1)
        {
            if (!GuestAccess.TryCopy(words, x, MemoryMarshal.AsBytes(new Span<ulong>(ref state.Words)))) return -(int)Errno.EFAULT;
        }
        else
        {
            if (!x.Words.TryLend(ref x.Run, out ulong copy)) return -(int)Errno.ENOMEM;
            if (!GuestAccess.TryCopy(words, x, Native.Bytes(copy, (int)count * WordBytes)))
            {
                x.Words.Return(ref x.Run, copy);
                return -(int)ProbeHelpers.WhyNot(words);
            }
            state.Words = copy;
        }
        state.Bits = (int)count * WordBits;
        return 0;
    }

    /// <summary>Address of the number of the next set bit, or NULL at the end.</summary>
    [Kfunc("bpf_iter_bits_next", Flags = CallFlags.IterNext)]
    [Returns(ReturnKind.IteratorElementOrNull, Bytes = 4)]
    public static ulong Next(ExecContext x, Iterator it)
    {
        LoopHelpers.Charge(x);
        ref var state = ref Native.Ref<State>(it.Address);
        if (state.Bits == 0 || state.Bit >= state.Bits) return 0;
        state.Bit = NextSet(state, state.Bit + 1);
        return state.Bit < state.Bits ? it.Address + BitOffset : 0;
    }

    /// <summary>Ends it.</summary>
    [Kfunc("bpf_iter_bits_destroy", Flags = CallFlags.IterDestroy)]
    public static void Destroy(ExecContext x, [Arg(Flags = ArgFlags.Destroys)] Iterator it)
    {
        ref var state = ref Native.Ref<State>(it.Address);
        if (state.Bits > WordBits) x.Words.Return(ref x.Run, state.Words);
        state = default;
    }

    private static int NextSet(in State state, int from)
    {
        for (int word = from / WordBits; word * WordBits < state.Bits; word++)
        {
            ulong bits = state.Bits == WordBits ? state.Words : Native.Ref<ulong>(state.Words + (ulong)(word * WordBytes));
            if (word == from / WordBits) bits &= ulong.MaxValue << (from % WordBits);
            if (bits != 0) return word * WordBits + BitOperations.TrailingZeroCount(bits);
        }
        return state.Bits;
    }
}
