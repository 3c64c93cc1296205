using System.Buffers.Binary;
using System.Numerics;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_LPM_TRIE: the value of the longest stored prefix that matches.</summary>
/// <remarks>
/// A binary trie whose nodes stand for prefixes; a node without a value of its own ("intermediate") always has two children.
/// Keys are a u32 prefix length and data, most significant byte first. Lookups take no lock.
/// Source: Linux 6.12 kernel/bpf/lpm_trie.c.
/// </remarks>
public sealed unsafe class LpmTrieMap : Map
{
    // Node: left child, right child (node + 1, 0 for none), prefix length, 1 if intermediate; then data, then value, each padded to 8.
    private const int HeaderBytes = 16;

    private readonly NativeBlock _nodes;
    private readonly NativeBlock _freeQueue;
    private readonly ValueLayout _layout;
    private readonly int _dataBytes, _nodeBytes, _valueOffset;
    private readonly uint _maxNodes;
    private SpinGate _gate;
    private int _root;
    private uint _fresh, _freeHead, _freeTail, _freeCount;

    internal LpmTrieMap(MapSpec spec, int cpuCount, ValueLayout layout)
        : base(spec, cpuCount)
    {
        _layout = layout;
        _dataBytes = (int)spec.KeySize - 4;
        _valueOffset = HeaderBytes + ((_dataBytes + 7) & ~7);
        _nodeBytes = _valueOffset + (int)((spec.ValueSize + 7) & ~7u);
        _maxNodes = (uint)Math.Min(int.MaxValue - 1L, 2L * spec.MaxEntries + 1);
        _nodes = MapMemory.Allocate(spec, (long)_nodeBytes * _maxNodes);
        _freeQueue = MapMemory.Allocate(spec, 4L * _maxNodes);
    }

    /// <summary>Prefixes in the trie.</summary>
    public uint Count { get; private set; }

    private uint MaxPrefix => (uint)_dataBytes * 8;

    /// <inheritdoc/>
    public override ulong ProgramLookup(ExecContext x, ulong key)
    {
        uint wanted = Native.Ref<uint>(key);
        if (wanted > MaxPrefix) return 0;
        ulong data = key + 4, found = 0;
        for (int link = Volatile.Read(ref _root); link != 0;)
        {
            ulong node = NodeAt(link);
            uint match = MatchLength(node, data, wanted);
            if (match == MaxPrefix) return node + (ulong)_valueOffset;
            uint prefix = PrefixOf(node);
            if (match < prefix) break;
            if (!IntermediateOf(node)) found = node + (ulong)_valueOffset;
            link = Volatile.Read(ref ChildOf(node, Bit(data, prefix)));
        }
        return found;
    }

    /// <inheritdoc/>
    public override long ProgramUpdate(ExecContext x, ulong key, ulong value, ulong flags) => -(long)Write(key, value, flags);

    /// <inheritdoc/>
    public override long ProgramDelete(ExecContext x, ulong key) => -(long)Remove(key);

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        if (flags != 0) return Errno.EINVAL;
        fixed (byte* bytes = key)
        {
            ulong found = ProgramLookup(null!, (ulong)bytes);
            if (found == 0) return Errno.ENOENT;
            _layout.CopyOut(found, value);
            return Errno.None;
        }
    }

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        fixed (byte* keyBytes = key, valueBytes = value) return Write((ulong)keyBytes, (ulong)valueBytes, flags);
    }

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key)
    {
        fixed (byte* bytes = key) return Remove((ulong)bytes);
    }

    /// <summary>Keys in postorder: more specific prefixes before the ones that contain them.</summary>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        if (_root == 0) return Errno.ENOENT;
        var path = new List<int>();
        if (key.IsEmpty || !TryPath(key, path)) return Emit(Leftmost(_root), next);
        int link = path[^1];
        for (int depth = path.Count - 1; depth > 0; depth--)
        {
            ulong parent = NodeAt(path[depth - 1]);
            int right = ChildOf(parent, 1);
            if (ChildOf(parent, 0) == link && right != 0) return Emit(Leftmost(right), next);
            if (!IntermediateOf(parent)) return Emit(path[depth - 1], next);
            link = path[depth - 1];
        }
        return Errno.ENOENT;
    }

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (!_nodes.Contains(address, bytes)) return false;
        int offset = (int)((address - _nodes.Address) % (ulong)_nodeBytes) - _valueOffset;
        return offset >= 0 && offset + bytes <= Spec.ValueSize;
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        _nodes.Dispose();
        _freeQueue.Dispose();
        base.OnDispose();
    }

    private Errno Write(ulong key, ulong value, ulong flags)
    {
        if (flags > MapUpdateFlags.Exist) return Errno.EINVAL;
        if (Native.Ref<uint>(key) > MaxPrefix) return Errno.EINVAL;
        _gate.Enter();
        var errno = WriteHeld(key, value, flags);
        _gate.Exit();
        return errno;
    }

    private Errno WriteHeld(ulong key, ulong value, ulong flags)
    {
        uint prefix = Native.Ref<uint>(key);
        ulong data = key + 4;
        ref int slot = ref _root;
        ulong node = 0;
        uint match = 0;
        while (slot != 0)
        {
            node = NodeAt(slot);
            match = MatchLength(node, data, prefix);
            if (PrefixOf(node) != match || PrefixOf(node) == prefix) break;
            slot = ref ChildOf(node, Bit(data, PrefixOf(node)));
        }
        bool exact = slot != 0 && PrefixOf(node) == match && match == prefix;
        bool present = exact && !IntermediateOf(node);
        if (present && flags == MapUpdateFlags.NoExist) return Errno.EEXIST;
        if (!present && flags == MapUpdateFlags.Exist) return Errno.ENOENT;
        if (!present && Count == Spec.MaxEntries) return Errno.ENOSPC;

        int made = NewNode(prefix, data);
        ulong fresh = NodeAt(made);
        _layout.InitialiseSpecial(fresh + (ulong)_valueOffset);
        _layout.Copy(value, fresh + (ulong)_valueOffset);
        if (!present) Count++;
        if (slot == 0)
        {
            Volatile.Write(ref slot, made);
            return Errno.None;
        }
        if (exact)
        {
            ChildOf(fresh, 0) = ChildOf(node, 0);
            ChildOf(fresh, 1) = ChildOf(node, 1);
            int replaced = slot;
            Volatile.Write(ref slot, made);
            Retire(replaced);
            return Errno.None;
        }
        if (match == prefix)
        {
            // The new prefix contains the node that is there.
            ChildOf(fresh, BitOf(node, match)) = slot;
            Volatile.Write(ref slot, made);
            return Errno.None;
        }
        int split = NewNode(match, node + HeaderBytes);
        ulong between = NodeAt(split);
        Native.Ref<int>(between + 12) = 1;
        int side = Bit(data, match);
        ChildOf(between, side) = made;
        ChildOf(between, 1 - side) = slot;
        Volatile.Write(ref slot, split);
        return Errno.None;
    }

    private Errno Remove(ulong key)
    {
        if (Native.Ref<uint>(key) > MaxPrefix) return Errno.EINVAL;
        _gate.Enter();
        var errno = RemoveHeld(key);
        _gate.Exit();
        return errno;
    }

    private Errno RemoveHeld(ulong key)
    {
        uint prefix = Native.Ref<uint>(key), match = 0;
        ulong data = key + 4, node = 0, parent = 0;
        ref int slot = ref _root;
        ref int parentSlot = ref _root;
        while (slot != 0)
        {
            node = NodeAt(slot);
            match = MatchLength(node, data, prefix);
            if (PrefixOf(node) != match || PrefixOf(node) == prefix) break;
            parent = node;
            parentSlot = ref slot;
            slot = ref ChildOf(node, Bit(data, PrefixOf(node)));
        }
        if (slot == 0 || PrefixOf(node) != prefix || PrefixOf(node) != match || IntermediateOf(node)) return Errno.ENOENT;
        Count--;
        _layout.ReleaseSpecial(node + (ulong)_valueOffset);
        int left = ChildOf(node, 0), right = ChildOf(node, 1), removed = slot;
        if (left != 0 && right != 0)
        {
            Native.Ref<int>(node + 12) = 1;
            return Errno.None;
        }
        if (left == 0 && right == 0 && parent != 0 && IntermediateOf(parent))
        {
            // The parent existed only to fork; its other child takes its place.
            int other = ChildOf(parent, 0) == removed ? ChildOf(parent, 1) : ChildOf(parent, 0);
            int fork = parentSlot;
            Volatile.Write(ref parentSlot, other);
            Retire(fork);
        }
        else
        {
            Volatile.Write(ref slot, left != 0 ? left : right);
        }
        Retire(removed);
        return Errno.None;
    }

    private bool TryPath(ReadOnlySpan<byte> key, List<int> path)
    {
        fixed (byte* bytes = key)
        {
            ulong data = (ulong)bytes + 4;
            uint prefix = BinaryPrimitives.ReadUInt32LittleEndian(key);
            if (prefix > MaxPrefix) return false;
            for (int link = _root; link != 0;)
            {
                path.Add(link);
                ulong node = NodeAt(link);
                uint match = MatchLength(node, data, prefix);
                if (PrefixOf(node) != match) return false;
                if (PrefixOf(node) == prefix) return !IntermediateOf(node);
                link = ChildOf(node, Bit(data, PrefixOf(node)));
            }
            return false;
        }
    }

    private int Leftmost(int link)
    {
        int found = link;
        for (int at = link; at != 0;)
        {
            ulong node = NodeAt(at);
            if (!IntermediateOf(node)) found = at;
            int left = ChildOf(node, 0);
            at = left != 0 || IntermediateOf(node) ? left : ChildOf(node, 1);
        }
        return found;
    }

    private Errno Emit(int link, Span<byte> next)
    {
        ulong node = NodeAt(link);
        BinaryPrimitives.WriteUInt32LittleEndian(next, PrefixOf(node));
        Native.Bytes(node + HeaderBytes, _dataBytes).CopyTo(next[4..]);
        return Errno.None;
    }

    // Retired nodes are used again oldest first, so that a pointer into one stays meaningful as long as possible.
    private int NewNode(uint prefix, ulong data)
    {
        int link;
        if (_fresh < _maxNodes)
        {
            link = (int)++_fresh;
        }
        else
        {
            link = Native.Ref<int>(_freeQueue.Address + 4ul * _freeHead);
            _freeHead = (_freeHead + 1) % _maxNodes;
            _freeCount--;
        }
        ulong node = NodeAt(link);
        ChildOf(node, 0) = ChildOf(node, 1) = 0;
        Native.Ref<uint>(node + 8) = prefix;
        Native.Ref<int>(node + 12) = 0;
        Native.Copy(data, node + HeaderBytes, _dataBytes);
        return link;
    }

    private void Retire(int link)
    {
        Native.Ref<int>(_freeQueue.Address + 4ul * _freeTail) = link;
        _freeTail = (_freeTail + 1) % _maxNodes;
        _freeCount++;
    }

    private uint MatchLength(ulong node, ulong data, uint wanted)
    {
        uint limit = Math.Min(PrefixOf(node), wanted), match = 0;
        ulong stored = node + HeaderBytes;
        int at = 0;
        for (; at + 8 <= _dataBytes; at += 8, match += 64)
        {
            ulong difference = Native.Ref<ulong>(stored + (ulong)at) ^ Native.Ref<ulong>(data + (ulong)at);
            if (difference == 0 && match + 64 < limit) continue;
            uint equal = difference == 0 ? 64 : (uint)BitOperations.LeadingZeroCount(BinaryPrimitives.ReverseEndianness(difference));
            return Math.Min(match + equal, limit);
        }
        if (at + 4 <= _dataBytes)
        {
            uint difference = Native.Ref<uint>(stored + (ulong)at) ^ Native.Ref<uint>(data + (ulong)at);
            if (difference != 0) return Math.Min(match + (uint)BitOperations.LeadingZeroCount(BinaryPrimitives.ReverseEndianness(difference)), limit);
            match += 32;
            at += 4;
        }
        for (; at < _dataBytes && match < limit; at++, match += 8)
        {
            uint difference = (uint)(Native.Ref<byte>(stored + (ulong)at) ^ Native.Ref<byte>(data + (ulong)at));
            if (difference != 0) return Math.Min(match + (uint)BitOperations.LeadingZeroCount(difference << 24), limit);
        }
        return Math.Min(match, limit);
    }

    private static int Bit(ulong data, uint index) => (Native.Ref<byte>(data + index / 8) >> (int)(7 - index % 8)) & 1;

    private static int BitOf(ulong node, uint index) => Bit(node + HeaderBytes, index);

    private ulong NodeAt(int link) => _nodes.Address + (ulong)((link - 1L) * _nodeBytes);

    private static uint PrefixOf(ulong node) => Native.Ref<uint>(node + 8);

    private static bool IntermediateOf(ulong node) => Native.Ref<int>(node + 12) != 0;

    private static ref int ChildOf(ulong node, int side) => ref Native.Ref<int>(node + (ulong)(4 * side));
}
