using System.Runtime.CompilerServices;
using Vm.Memory;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>The storage under every hash map: fixed-size nodes in native memory, chained in buckets, found without a lock.</summary>
/// <remarks>
/// A node never moves, so an address a program holds stays readable. Lookups run beside updates: a chain ends in a marker that
/// names its bucket, so a reader that was led astray by a reused node notices and starts again. Changes are made by one thread at
/// a time (the map's gate). The hash function is ours and fixed, so iteration order is the same in every run.
/// Source of the idea: Linux 6.12 kernel/bpf/hashtab.c, lookup_nulls_elem_raw.
/// </remarks>
internal sealed class HashTable : IDisposable
{
    private const int HeaderBytes = 8;

    private readonly NativeBlock _nodes;
    private readonly NativeBlock _buckets;
    private readonly uint _mask;
    private readonly int _keyBytes;
    private readonly int _nodeBytes;

    /// <summary>Allocates <paramref name="nodes"/> nodes.</summary>
    public HashTable(MapSpec spec, long nodes, int valueAreaBytes)
    {
        _keyBytes = (int)spec.KeySize;
        ValueOffset = HeaderBytes + ((_keyBytes + 7) & ~7);
        _nodeBytes = ValueOffset + valueAreaBytes;
        uint buckets = (uint)Math.Min(1L << 31, (long)System.Numerics.BitOperations.RoundUpToPowerOf2(spec.MaxEntries));
        _mask = buckets - 1;
        Count = nodes;
        _nodes = MapMemory.Allocate(spec, nodes * _nodeBytes);
        _buckets = MapMemory.Allocate(spec, 4L * buckets);
        // An empty chain is the end marker of its bucket. 0 stands for it, so fresh memory is an empty table.
    }

    /// <summary>Nodes there are.</summary>
    public long Count { get; }

    /// <summary>Byte offset of the value area in a node.</summary>
    public int ValueOffset { get; }

    /// <summary>Buckets there are.</summary>
    public uint Buckets => _mask + 1;

    /// <summary>Address of the key of a node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong KeyOf(int node) => _nodes.Address + (ulong)((long)node * _nodeBytes) + HeaderBytes;

    /// <summary>Address of the value area of a node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ValueOf(int node) => _nodes.Address + (ulong)((long)node * _nodeBytes) + (ulong)ValueOffset;

    /// <summary>The node with this key, or -1. Safe beside changes.</summary>
    public int Find(ulong key, uint hash)
    {
        uint bucket = hash & _mask;
        while (true)
        {
            int link = Volatile.Read(ref Head(bucket));
            while (link > 0)
            {
                int node = link - 1;
                if (HashOf(node) == hash && KeyEquals(KeyOf(node), key)) return node;
                link = Volatile.Read(ref NextOf(node));
            }
            if (link == 0 || link == EndOf(bucket)) return -1;
        }
    }

    /// <summary>Writes the key into a free node and puts it at the front of its chain. The value must be complete already.</summary>
    public void Link(int node, ulong key, uint hash)
    {
        HashOf(node) = hash;
        Native.Copy(key, KeyOf(node), _keyBytes);
        uint bucket = hash & _mask;
        int first = Head(bucket);
        Volatile.Write(ref NextOf(node), first == 0 ? EndOf(bucket) : first);
        Volatile.Write(ref Head(bucket), node + 1);
    }

    /// <summary>Takes a node out of its chain. Its bytes stay as they are until it is used again.</summary>
    public void Unlink(int node)
    {
        ref int link = ref Head(HashOf(node) & _mask);
        while (link != node + 1) link = ref NextOf(link - 1);
        Volatile.Write(ref link, NextOf(node));
    }

    /// <summary>The first node of the first chain that has one, from <paramref name="bucket"/> on; -1 at the end.</summary>
    public int FirstFrom(uint bucket)
    {
        for (; bucket <= _mask; bucket++)
        {
            int link = Volatile.Read(ref Head(bucket));
            if (link > 0) return link - 1;
            if (bucket == uint.MaxValue) break;
        }
        return -1;
    }

    /// <summary>The node after this one in iteration order; -1 at the end.</summary>
    public int After(int node)
    {
        int link = Volatile.Read(ref NextOf(node));
        return link > 0 ? link - 1 : FirstFrom((HashOf(node) & _mask) + 1);
    }

    /// <summary>The first node of a chain; -1 when it is empty.</summary>
    public int FirstIn(uint bucket) => Volatile.Read(ref Head(bucket)) is > 0 and int link ? link - 1 : -1;

    /// <summary>The node after this one in its chain; -1 at the end.</summary>
    public int NextIn(int node) => Volatile.Read(ref NextOf(node)) is > 0 and int link ? link - 1 : -1;

    /// <summary>Hash of the key at an address.</summary>
    public uint Hash(ulong key)
    {
        ulong h = 0x9E3779B97F4A7C15 ^ (ulong)_keyBytes;
        int at = 0;
        for (; at + 8 <= _keyBytes; at += 8) h = Mix(h ^ Native.Ref<ulong>(key + (ulong)at));
        if (at + 4 <= _keyBytes)
        {
            h = Mix(h ^ Native.Ref<uint>(key + (ulong)at));
            at += 4;
        }
        for (; at < _keyBytes; at++) h = Mix(h ^ Native.Ref<byte>(key + (ulong)at));
        return (uint)(h >> 32);
    }

    /// <summary>Which node's value area holds this range, and where in it; false when none does.</summary>
    public bool TryLocate(ulong address, int bytes, out int node, out int offset)
    {
        node = offset = 0;
        if (!_nodes.Contains(address, bytes)) return false;
        ulong at = address - _nodes.Address;
        node = (int)(at / (ulong)_nodeBytes);
        offset = (int)(at % (ulong)_nodeBytes) - ValueOffset;
        return offset >= 0 && offset + bytes <= _nodeBytes - ValueOffset;
    }

    /// <summary>True when the range lies inside the key of one node (keys handed to for_each callbacks).</summary>
    public bool IsKey(ulong address, int bytes)
    {
        if (!_nodes.Contains(address, bytes)) return false;
        int offset = (int)((address - _nodes.Address) % (ulong)_nodeBytes) - HeaderBytes;
        return offset >= 0 && offset + bytes <= _keyBytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _nodes.Dispose();
        _buckets.Dispose();
    }

    // Links: 0 = never used chain, node + 1 = a node, negative = end marker of bucket -(bucket + 1).
    private static int EndOf(uint bucket) => (int)~bucket;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int Head(uint bucket) => ref Native.Ref<int>(_buckets.Address + 4ul * bucket);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int NextOf(int node) => ref Native.Ref<int>(_nodes.Address + (ulong)((long)node * _nodeBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref uint HashOf(int node) => ref Native.Ref<uint>(_nodes.Address + (ulong)((long)node * _nodeBytes) + 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool KeyEquals(ulong a, ulong b) => _keyBytes switch
    {
        4 => Native.Ref<uint>(a) == Native.Ref<uint>(b),
        8 => Native.Ref<ulong>(a) == Native.Ref<ulong>(b),
        _ => Native.Bytes(a, _keyBytes).SequenceEqual(Native.Bytes(b, _keyBytes)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong h)
    {
        h *= 0xBF58476D1CE4E5B9;
        return h ^ (h >> 29);
    }
}
