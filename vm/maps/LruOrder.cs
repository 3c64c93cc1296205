using Vm.Memory;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>Decides which element an LRU map gives up, as the kernel decides.</summary>
/// <remarks>
/// The kernel's order is not a strict least-recently-used one: every CPU keeps a small stock of free elements and a list of its
/// latest insertions; a shared pair of active and inactive lists is rotated and shrunk in steps, guided by a reference bit that lookups
/// set. With BPF_F_NO_COMMON_LRU each CPU has lists of its own. Small maps therefore evict earlier than their capacity suggests, and a test
/// must see that here too. Callers hold the map's gate.
/// Source: Linux 6.12 kernel/bpf/bpf_lru_list.c.
/// </remarks>
internal sealed class LruOrder : IDisposable
{
    private const int LocalFreeTarget = 128, PerCpuFreeTarget = 4;

    private enum List : byte
    {
        Active,
        Inactive,
        Free,
        LocalFree,
        LocalPending,
    }

    /// <summary>One set of shared lists: all CPUs' together, or one CPU's.</summary>
    private sealed class Shared(int active, int inactive, int free)
    {
        public readonly int Active = active, Inactive = inactive, Free = free;
        public int ActiveCount, InactiveCount;
        public int Rotation = inactive;

        /// <summary>Elements never used yet: from FreshFirst up to, not including, FreshEnd. They count as the tail of the free list.</summary>
        public int FreshFirst, FreshEnd;

        public int Owner;
    }

    private readonly Func<int, bool> _remove;
    private readonly int _nodes, _cpuCount, _scans;
    private readonly bool _perCpu;
    private readonly NativeBlock _memory;
    private readonly Shared[] _shared;
    private readonly int[] _nextSteal;
    private readonly int _targetFree;

    /// <summary>Starts with all elements free. O(CPUs).</summary>
    /// <param name="spec">The map; its size and flags.</param>
    /// <param name="nodes">Elements there are, numbered from 0.</param>
    /// <param name="cpuCount">Simulated CPUs.</param>
    /// <param name="remove">Takes an element out of the hash table; false when it is not in there.</param>
    public LruOrder(MapSpec spec, int nodes, int cpuCount, Func<int, bool> remove)
    {
        _remove = remove;
        _nodes = nodes;
        _cpuCount = cpuCount;
        _perCpu = (spec.Flags & Abi.MapFlags.NoCommonLru) != 0;
        // Each node and each list head has two links; nodes also have a list name, an owner CPU and a reference bit.
        int heads = _perCpu ? 3 * cpuCount : 3 + 2 * cpuCount;
        _memory = MapMemory.Allocate(spec, 8L * (nodes + heads) + 8L * nodes);
        for (int head = nodes; head < nodes + heads; head++) Next(head) = Prev(head) = head;
        _shared = new Shared[_perCpu ? cpuCount : 1];
        for (int i = 0; i < _shared.Length; i++) _shared[i] = new Shared(nodes + 3 * i, nodes + 3 * i + 1, nodes + 3 * i + 2);
        _nextSteal = [.. Enumerable.Range(0, cpuCount)];
        _scans = _perCpu ? PerCpuFreeTarget : LocalFreeTarget;
        _targetFree = Math.Clamp(nodes / cpuCount / 2, 1, LocalFreeTarget);
        Populate();
    }

    /// <summary>Notes that a program looked the element up.</summary>
    public void Touch(int node)
    {
        ref byte referenced = ref Referenced(node);
        if (referenced == 0) referenced = 1;
    }

    /// <summary>A free element for CPU <paramref name="cpu"/>, after evicting if it must; -1 when there is none.</summary>
    public int Pop(int cpu) => _perCpu ? PopOwn(cpu) : PopCommon(cpu);

    /// <summary>Gives an element back that is in no hash table.</summary>
    public void Push(int node)
    {
        if (!_perCpu && ListOf(node) == List.LocalPending)
        {
            ListOf(node) = List.LocalFree;
            Referenced(node) = 0;
            Move(node, LocalFree(OwnerOf(node)));
            return;
        }
        MoveShared(_perCpu ? _shared[OwnerOf(node)] : _shared[0], node, List.Free);
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    // Shares the elements out. None is touched yet, so that a large map costs memory only as it fills.
    private void Populate()
    {
        int share = Math.Max(1, _nodes / _cpuCount);
        for (int i = 0; i < _shared.Length; i++)
        {
            _shared[i].Owner = i;
            _shared[i].FreshFirst = _perCpu ? Math.Min(i * share, _nodes) : 0;
            _shared[i].FreshEnd = _perCpu && i < _cpuCount - 1 ? Math.Min((i + 1) * share, _nodes) : _nodes;
        }
    }

    // Brings the next element that was never used into the free list, at its tail; the kernel's list hands out the highest first.
    private bool TryFresh(Shared lists)
    {
        if (lists.FreshFirst == lists.FreshEnd) return false;
        int node = --lists.FreshEnd;
        OwnerOf(node) = (ushort)lists.Owner;
        ListOf(node) = List.Free;
        Insert(node, Prev(lists.Free));
        return true;
    }

    private int PopOwn(int cpu)
    {
        var lists = _shared[cpu];
        Rotate(lists);
        if (IsEmpty(lists.Free) && !TryFresh(lists)) Shrink(lists, PerCpuFreeTarget, lists.Free, List.Free);
        if (IsEmpty(lists.Free)) return -1;
        int node = Next(lists.Free);
        MoveShared(lists, node, List.Inactive);
        return node;
    }

    private int PopCommon(int cpu)
    {
        int node = PopHead(LocalFree(cpu));
        if (node < 0)
        {
            Refill(cpu);
            node = PopHead(LocalFree(cpu));
        }
        if (node < 0)
        {
            int first = _nextSteal[cpu], steal = first;
            do
            {
                node = PopHead(LocalFree(steal));
                if (node < 0) node = PopPending(steal);
                steal = steal + 1 == _cpuCount ? 0 : steal + 1;
            }
            while (node < 0 && steal != first);
            _nextSteal[cpu] = steal;
            if (node < 0) return -1;
        }
        OwnerOf(node) = (ushort)cpu;
        ListOf(node) = List.LocalPending;
        Referenced(node) = 0;
        Insert(node, LocalPending(cpu));
        return node;
    }

    private void Refill(int cpu)
    {
        var lists = _shared[0];
        for (int pending = LocalPending(cpu), node = Prev(pending); node != pending;)
        {
            int before = Prev(node);
            MoveIn(lists, node, Referenced(node) != 0 ? List.Active : List.Inactive);
            node = before;
        }
        Rotate(lists);
        int taken = 0;
        while (taken < _targetFree && (!IsEmpty(lists.Free) || TryFresh(lists)))
        {
            MoveToFree(lists, Next(lists.Free), LocalFree(cpu), List.LocalFree);
            taken++;
        }
        if (taken < _targetFree) Shrink(lists, _targetFree - taken, LocalFree(cpu), List.LocalFree);
    }

    private int PopPending(int cpu)
    {
        int pending = LocalPending(cpu);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int node = Prev(pending); node != pending; node = Prev(node))
            {
                if ((Referenced(node) != 0 && pass == 0) || !_remove(node)) continue;
                Unlink(node);
                return node;
            }
        }
        return -1;
    }

    private void Rotate(Shared lists)
    {
        if (lists.InactiveCount < lists.ActiveCount) RotateActive(lists);
        RotateInactive(lists);
    }

    private void RotateActive(Shared lists)
    {
        int first = Next(lists.Active), scanned = 0;
        for (int node = Prev(lists.Active); node != lists.Active;)
        {
            int before = Prev(node);
            MoveShared(lists, node, Referenced(node) != 0 ? List.Active : List.Inactive);
            if (++scanned == _scans || node == first) break;
            node = before;
        }
    }

    private void RotateInactive(Shared lists)
    {
        int head = lists.Inactive;
        if (IsEmpty(head)) return;
        int last = Next(lists.Rotation);
        if (last == head) last = Next(last);
        int current = lists.Rotation, next = head;
        for (int scanned = 0; scanned < _scans;)
        {
            if (current == head)
            {
                current = Prev(current);
                continue;
            }
            next = Prev(current);
            if (Referenced(current) != 0) MoveShared(lists, current, List.Active);
            if (current == last) break;
            current = next;
            scanned++;
        }
        lists.Rotation = next;
    }

    private void Shrink(Shared lists, int wanted, int target, List targetName)
    {
        int taken = 0, scanned = 0;
        for (int node = Prev(lists.Inactive); node != lists.Inactive;)
        {
            int before = Prev(node);
            if (Referenced(node) != 0) MoveShared(lists, node, List.Active);
            else if (_remove(node))
            {
                MoveToFree(lists, node, target, targetName);
                if (++taken == wanted) break;
            }
            if (++scanned == _scans) break;
            node = before;
        }
        if (taken > 0) return;
        // Nothing without a reference: one element goes all the same.
        int forced = IsEmpty(lists.Inactive) ? lists.Active : lists.Inactive;
        for (int node = Prev(forced); node != forced; node = Prev(node))
        {
            if (!_remove(node)) continue;
            MoveToFree(lists, node, target, targetName);
            return;
        }
    }

    private void MoveToFree(Shared lists, int node, int target, List name)
    {
        if (node == lists.Rotation) lists.Rotation = Prev(lists.Rotation);
        Count(lists, ListOf(node), -1);
        ListOf(node) = name;
        Move(node, target);
    }

    private void MoveIn(Shared lists, int node, List name)
    {
        Count(lists, name, 1);
        ListOf(node) = name;
        Referenced(node) = 0;
        Move(node, HeadOf(lists, name));
    }

    private void MoveShared(Shared lists, int node, List name)
    {
        if (ListOf(node) != name)
        {
            Count(lists, ListOf(node), -1);
            Count(lists, name, 1);
            ListOf(node) = name;
        }
        Referenced(node) = 0;
        if (node == lists.Rotation) lists.Rotation = Prev(lists.Rotation);
        Move(node, HeadOf(lists, name));
    }

    private static void Count(Shared lists, List name, int by)
    {
        if (name == List.Active) lists.ActiveCount += by;
        else if (name == List.Inactive) lists.InactiveCount += by;
    }

    private static int HeadOf(Shared lists, List name) => name switch
    {
        List.Active => lists.Active,
        List.Inactive => lists.Inactive,
        _ => lists.Free,
    };

    private int LocalFree(int cpu) => _nodes + 3 + 2 * cpu;

    private int LocalPending(int cpu) => _nodes + 3 + 2 * cpu + 1;

    private bool IsEmpty(int head) => Next(head) == head;

    private int PopHead(int head)
    {
        int node = Next(head);
        if (node == head) return -1;
        Unlink(node);
        return node;
    }

    private void Insert(int node, int head)
    {
        int first = Next(head);
        Next(node) = first;
        Prev(node) = head;
        Prev(first) = node;
        Next(head) = node;
    }

    private void Unlink(int node)
    {
        int next = Next(node), prev = Prev(node);
        Next(prev) = next;
        Prev(next) = prev;
    }

    private void Move(int node, int head)
    {
        Unlink(node);
        Insert(node, head);
    }

    private ref int Next(int i) => ref Native.Ref<int>(_memory.Address + 8ul * (ulong)i);

    private ref int Prev(int i) => ref Native.Ref<int>(_memory.Address + 8ul * (ulong)i + 4);

    private ulong Extra(int node) => _memory.End - 8ul * (ulong)(_nodes - node);

    private ref List ListOf(int node) => ref Native.Ref<List>(Extra(node));

    private ref byte Referenced(int node) => ref Native.Ref<byte>(Extra(node) + 1);

    private ref ushort OwnerOf(int node) => ref Native.Ref<ushort>(Extra(node) + 2);
}
