using System.Numerics;
using Vm.Memory;

namespace Vm.Runtime;

/// <summary>Blocks of 511 words that iterators of a simulated CPU copy what they walk over into.</summary>
/// <remarks>
/// 32 at a time, reserved with the first one. Which are lent is a number (<see cref="RunState.LentWords"/>), so that a run which is broken
/// off gives back what it took.
/// </remarks>
public sealed class WordPool : IDisposable
{
    /// <summary>Words in a block. Source: Linux 6.12 kernel/bpf/helpers.c, BITS_ITER_NR_WORDS_MAX.</summary>
    public const int BlockWords = 511;

    private const int Blocks = 32, BlockBytes = 4096;

    private NativeBlock? _memory;

    /// <summary>Lends a block.</summary>
    /// <param name="run">Where it is noted.</param>
    /// <param name="address">Its first byte.</param>
    /// <returns>False when all are lent.</returns>
    public bool TryLend(ref RunState run, out ulong address)
    {
        int free = BitOperations.TrailingZeroCount(~run.LentWords);
        address = 0;
        if (free == Blocks) return false;
        _memory ??= new NativeBlock(Blocks * BlockBytes);
        run.LentWords |= 1u << free;
        address = _memory.Address + (ulong)(free * BlockBytes);
        return true;
    }

    /// <summary>Takes a block back; what is none of ours is left alone.</summary>
    public void Return(ref RunState run, ulong address)
    {
        ulong offset = address - (_memory?.Address ?? 0);
        if (_memory is not null && offset < Blocks * BlockBytes) run.LentWords &= ~(1u << (int)(offset / BlockBytes));
    }

    /// <inheritdoc/>
    public void Dispose() => _memory?.Dispose();
}
