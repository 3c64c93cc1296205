using Vm.Memory;

namespace Vm.Allocations;

/// <summary>Memory of the objects programs make with bpf_obj_new: bounded, and never used for another type again.</summary>
/// <remarks>
/// Cut into chunks of 64 KiB, aligned so; each holds objects of one type and begins with that type's handle, so any address inside an
/// object leads to its type and its start. A pointer a program kept although its object was freed (the kernel would wait for an RCU grace
/// period) therefore only ever sees plain bytes of another object of its type. Freed whole once the object file, its programs and the maps that may hold its objects are gone: a
/// program that loses an object loses it until then. Source: Linux 6.12 kernel/bpf/memalloc.c, whose sizes it keeps.
/// </remarks>
public sealed class AllocationHeap : RefCounted, IGuestMemory
{
    /// <summary>Bytes all objects of one object file may take, unless told otherwise.</summary>
    public const long DefaultBytes = 64L << 20;

    internal const int ChunkBytes = 1 << 16;

    private readonly Lock _gate = new();
    private readonly List<AllocationType> _types = [];
    private readonly NativeBlock _memory;
    private readonly ulong _base;
    private readonly int _chunks;
    private int _used;

    /// <summary>Reserves the memory; pages cost something once objects lie on them.</summary>
    /// <param name="bytes">Bound in bytes; at least one chunk.</param>
    public AllocationHeap(long bytes = DefaultBytes)
    {
        _chunks = (int)Math.Max(1, bytes / ChunkBytes);
        _memory = new NativeBlock((_chunks + 1L) * ChunkBytes);
        _base = (_memory.Address + ChunkBytes - 1) & ~(ulong)(ChunkBytes - 1);
    }

    /// <summary>Objects that exist.</summary>
    public long Live
    {
        get
        {
            lock (_gate) return _types.Sum(type => type.Live);
        }
    }

    /// <summary>The type with an id, made when first asked for.</summary>
    /// <param name="id">Id of the struct in the object file's BTF.</param>
    /// <param name="make">Makes it.</param>
    public AllocationType TypeOf(uint id, Func<AllocationType> make)
    {
        lock (_gate)
        {
            if (_types.Find(type => type.Id == id) is { } known) return known;
            var made = make();
            _types.Add(made);
            return made;
        }
    }

    /// <summary>Gives back one reference to the object that starts at an address; the last one frees it and what it owns. O(what it owns).</summary>
    public static void Drop(ulong start) => TypeAt(start).Drop(start);

    /// <summary>The type of the object around an address inside it.</summary>
    public static AllocationType TypeAt(ulong address) => GuestReferent.Resolve<AllocationType>(Native.Ref<ulong>(address & ~(ulong)(ChunkBytes - 1)));

    /// <summary>The start of the object around an address inside it.</summary>
    public static ulong StartOf(ulong address) => TypeAt(address).StartOf(address);

    /// <inheritdoc/>
    public bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (address < _base || address - _base >= (ulong)Volatile.Read(ref _used) * ChunkBytes) return false;
        return TypeAt(address).Allows(address, bytes);
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        Volatile.Write(ref _used, 0);
        foreach (var type in _types) type.Dispose();
        _memory.Dispose();
    }

    /// <summary>A fresh zeroed chunk for a type; 0 when the bound is reached.</summary>
    internal ulong TakeChunk(AllocationType type)
    {
        lock (_gate)
        {
            if (_used == _chunks) return 0;
            ulong chunk = _base + (ulong)_used * ChunkBytes;
            Native.Ref<ulong>(chunk) = type.Handle;
            Volatile.Write(ref _used, _used + 1);
            return chunk;
        }
    }
}
