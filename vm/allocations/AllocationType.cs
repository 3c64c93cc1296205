using System.Diagnostics;
using Vm.Memory;

namespace Vm.Allocations;

/// <summary>One struct programs allocate: its size, its reference count, what it owns, and its free objects.</summary>
/// <remarks>
/// Each object is preceded by a word of ours: <see cref="LiveMark"/> while it exists, afterwards the next in a chain of dead ones.
/// All members may be called from several threads at once. Source: Linux 6.12 kernel/bpf/helpers.c, bpf_obj_new_impl, __bpf_obj_drop_impl.
/// </remarks>
public sealed class AllocationType : GuestReferent
{
    /// <summary>Largest object. Source: Linux 6.12 kernel/bpf/memalloc.c, bpf_mem_cache_idx: 4096 with the allocator's own word.</summary>
    public const int MostBytes = 4096 - WordBytes;

    private const int WordBytes = 8, ChunkHeaderBytes = 64;
    private const ulong LiveMark = ulong.MaxValue;

    [ThreadStatic]
    private static ulong t_dying;

    [ThreadStatic]
    private static bool t_freeing;

    private readonly Lock _gate = new();
    private readonly AllocationHeap _heap;
    private readonly Action<ulong>? _releaseFields;
    private readonly int _stride;
    private ulong _free;
    private ulong _fresh, _freshEnd;

    /// <summary>Describes a struct.</summary>
    /// <param name="heap">Where its objects live.</param>
    /// <param name="id">Its BTF id.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="refcountOffset">Offset of its bpf_refcount; -1 when it has one owner at most.</param>
    /// <param name="releaseFields">Gives back what the fields of the object at an address own; null when they own nothing.</param>
    public AllocationType(AllocationHeap heap, uint id, uint bytes, int refcountOffset, Action<ulong>? releaseFields)
    {
        (_heap, Id, Bytes, RefcountOffset, _releaseFields) = (heap, id, (int)Math.Min(bytes, int.MaxValue), refcountOffset, releaseFields);
        _stride = bytes is > 0 and <= MostBytes ? ((Bytes + 7) & ~7) + WordBytes : 0;
    }

    /// <summary>BTF id of the struct.</summary>
    public uint Id { get; }

    /// <summary>Size in bytes.</summary>
    public int Bytes { get; }

    /// <summary>Offset of the reference count; -1 for none.</summary>
    public int RefcountOffset { get; }

    /// <summary>Objects of this type that exist.</summary>
    public long Live { get; private set; }

    /// <summary>A new object, all zero but its reference count; 0 when it is empty, too big, or memory is used up. O(size), allocates nothing on the host.</summary>
    public ulong New()
    {
        if (_stride == 0) return 0;
        ulong start;
        lock (_gate)
        {
            start = Take();
            if (start == 0) return 0;
            Live++;
        }
        Native.Clear(start, Bytes);
        WordOf(start) = LiveMark;
        if (RefcountOffset >= 0) Native.Ref<int>(start + (ulong)RefcountOffset) = 1;
        return start;
    }

    /// <summary>Takes another reference to a counted object unless the last one is gone. Source: bpf_refcount_acquire_impl.</summary>
    public bool TryAcquire(ulong start)
    {
        ref int count = ref Native.Ref<int>(start + (ulong)RefcountOffset);
        int seen = Volatile.Read(ref count);
        while (seen > 0)
        {
            int was = Interlocked.CompareExchange(ref count, seen + 1, seen);
            if (was == seen) return true;
            seen = was;
        }
        return false;
    }

    internal void Drop(ulong start)
    {
        if (RefcountOffset >= 0 && Interlocked.Decrement(ref Native.Ref<int>(start + (ulong)RefcountOffset)) != 0) return;
        Debug.Assert(WordOf(start) == LiveMark, "An object dies once.");
        // What an object owns may own more, to any depth: the dying form a chain, so that the host's stack does not grow with them.
        WordOf(start) = t_dying;
        t_dying = start;
        if (t_freeing) return;
        t_freeing = true;
        while (t_dying != 0)
        {
            ulong next = t_dying;
            t_dying = WordOf(next);
            AllocationHeap.TypeAt(next).Free(next);
        }
        t_freeing = false;
    }

    internal ulong StartOf(ulong address)
    {
        ulong first = (address & ~(ulong)(AllocationHeap.ChunkBytes - 1)) + ChunkHeaderBytes;
        return address - (address - first) % (ulong)_stride + WordBytes;
    }

    /// <summary>True for bytes inside one object, whether it still exists or not: see <see cref="AllocationHeap"/>.</summary>
    internal bool Allows(ulong address, int bytes)
    {
        ulong chunk = address & ~(ulong)(AllocationHeap.ChunkBytes - 1);
        if (address < chunk + ChunkHeaderBytes + WordBytes) return false;
        ulong start = StartOf(address);
        return address >= start && bytes >= 0 && address - start + (ulong)bytes <= (ulong)Bytes && start + (ulong)Bytes <= chunk + AllocationHeap.ChunkBytes;
    }

    private static ref ulong WordOf(ulong start) => ref Native.Ref<ulong>(start - WordBytes);

    private void Free(ulong start)
    {
        _releaseFields?.Invoke(start);
        lock (_gate)
        {
            WordOf(start) = _free;
            _free = start;
            Live--;
        }
    }

    private ulong Take()
    {
        if (_free != 0)
        {
            ulong start = _free;
            _free = WordOf(start);
            return start;
        }
        if (_fresh + (ulong)_stride > _freshEnd || _fresh == 0)
        {
            ulong chunk = _heap.TakeChunk(this);
            if (chunk == 0) return 0;
            (_fresh, _freshEnd) = (chunk + ChunkHeaderBytes, chunk + AllocationHeap.ChunkBytes);
        }
        ulong next = _fresh + WordBytes;
        _fresh += (ulong)_stride;
        return next;
    }
}
