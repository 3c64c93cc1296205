using CsCheck;
using Vm.Allocations;
using Vm.Memory;

namespace Tests.Objects;

/// <summary>Trees and lists on native memory, without programs: shape, order, ownership.</summary>
public sealed class ObjectTreeTests : IDisposable
{
    private const int Nodes = 200, NodeBytes = 48, KeyAt = 40;
    private readonly NativeBlock _memory = new(64 + Nodes * NodeBytes);

    private ulong Root => _memory.Address;

    [Fact]
    public void RandomAddsAndRemoves_KeepTheTreeSortedAndBalanced()
    {
        Gen.Select(Gen.Int[0, Nodes - 1], Gen.UInt[0, 50]).Array[400].Sample(steps =>
        {
            _memory.Bytes(0, (int)_memory.Length).Clear();
            var model = new List<ulong>();
            foreach (var (index, key) in steps)
            {
                ulong node = NodeAt(index);
                if (model.Remove(node)) Assert.True(GuestTree.TryRemove(Root, node));
                else
                {
                    Assert.False(GuestTree.TryRemove(Root, node));
                    Native.Ref<uint>(node + KeyAt) = key;
                    Assert.True(GuestTree.TryAdd(Root, node, default(ByKey)));
                    Assert.False(GuestTree.TryAdd(Root, node, default(ByKey)));
                    int at = model.FindIndex(other => Native.Ref<uint>(other + KeyAt) > key);
                    model.Insert(at < 0 ? model.Count : at, node);
                }
                Assert.Equal(model.Count == 0 ? 0 : model[0], GuestTree.First(Root));
            }
            var inOrder = new List<ulong>();
            BlackHeight(Native.Ref<ulong>(Root), 0, inOrder);
            Assert.Equal(model, inOrder);
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void NodeOfOneTree_IsNotTakenOutOfAnother()
    {
        ulong other = Root + 16, node = NodeAt(0);
        Assert.True(GuestTree.TryAdd(Root, node, default(ByKey)));
        Assert.False(GuestTree.TryRemove(other, node));
        Assert.False(GuestTree.TryAdd(other, node, default(ByKey)));
        Assert.True(GuestTree.TryRemove(Root, node));
        Assert.True(GuestTree.TryAdd(other, node, default(ByKey)));
    }

    [Fact]
    public void HeapObjects_LeadToTheirTypeAndStart_AndAreNeverAnotherType()
    {
        using var heap = new AllocationHeap(4 << 16);
        var small = heap.TypeOf(1, () => new AllocationType(heap, 1, 20, -1, null));
        var large = heap.TypeOf(2, () => new AllocationType(heap, 2, AllocationType.MostBytes, 8, null));
        var tooLarge = heap.TypeOf(3, () => new AllocationType(heap, 3, AllocationType.MostBytes + 1, -1, null));
        Assert.Equal(0ul, tooLarge.New());
        var seen = new Dictionary<ulong, AllocationType>();
        for (int round = 0; round < 3; round++)
        {
            var made = new List<ulong>();
            for (int i = 0; i < 40; i++)
            {
                foreach (var type in (AllocationType[])[small, large])
                {
                    ulong start = type.New();
                    if (start == 0) continue;
                    made.Add(start);
                    Assert.Same(type, seen.GetValueOrDefault(start, type));
                    seen[start] = type;
                    foreach (int inside in (int[])[0, 1, type.Bytes - 1]) Assert.Equal(start, AllocationHeap.StartOf(start + (ulong)inside));
                    Assert.True(heap.Allows(start, type.Bytes, MemoryAccess.Write));
                    Assert.False(heap.Allows(start + 1, type.Bytes, MemoryAccess.Write));
                    Assert.False(heap.Allows(start - 8, 8, MemoryAccess.Read));
                }
            }
            Assert.Equal(made.Count, heap.Live);
            foreach (ulong start in made) AllocationHeap.Drop(start);
            Assert.Equal(0, heap.Live);
        }
    }

    [Fact]
    public void ObjectsThatOwnOneAnother_AreFreedToAnyDepth()
    {
        using var heap = new AllocationHeap();
        AllocationType type = null!;
        type = heap.TypeOf(1, () => new AllocationType(heap, 1, 16, -1, start =>
        {
            if (Native.Ref<ulong>(start) != 0) AllocationHeap.Drop(Native.Ref<ulong>(start));
        }));
        ulong chain = 0;
        for (int i = 0; i < 200_000; i++)
        {
            ulong next = type.New();
            Native.Ref<ulong>(next) = chain;
            chain = next;
        }
        AllocationHeap.Drop(chain);
        Assert.Equal(0, heap.Live);
    }

    [Fact]
    public void ObjectsMadeAndDroppedByManyThreads_AreNeitherSharedNorLost()
    {
        using var heap = new AllocationHeap(1 << 16);
        var type = heap.TypeOf(1, () => new AllocationType(heap, 1, 24, 16, null));
        Parallel.For(0, 4, worker =>
        {
            var mine = new Stack<ulong>();
            for (int i = 0; i < 20_000; i++)
            {
                ulong start = i % 3 == 2 ? 0 : type.New();
                if (start != 0)
                {
                    Assert.Equal(0ul, Native.Ref<ulong>(start));
                    Native.Ref<ulong>(start) = (ulong)worker + 1;
                    Assert.True(type.TryAcquire(start));
                    AllocationHeap.Drop(start);
                    mine.Push(start);
                }
                else if (mine.TryPop(out ulong old))
                {
                    Assert.Equal((ulong)worker + 1, Native.Ref<ulong>(old));
                    AllocationHeap.Drop(old);
                }
            }
            while (mine.TryPop(out ulong left)) AllocationHeap.Drop(left);
        });
        Assert.Equal(0, heap.Live);
    }

    public void Dispose() => _memory.Dispose();

    private ulong NodeAt(int index) => Root + 64 + (ulong)(index * NodeBytes);

    /// <summary>Checks the rules of red-black trees below a node: parents, no red child of a red node, as many black ones on every way down.</summary>
    private static int BlackHeight(ulong node, ulong parent, List<ulong> inOrder)
    {
        if (node == 0) return 1;
        ulong word = Native.Ref<ulong>(node), right = Native.Ref<ulong>(node + 8), left = Native.Ref<ulong>(node + 16);
        bool black = (word & 1) != 0;
        Assert.Equal(parent, word & ~1ul);
        Assert.True(black || (parent != 0 && (Native.Ref<ulong>(parent) & 1) != 0), "red below red, or a red top");
        int below = BlackHeight(left, node, inOrder);
        inOrder.Add(node);
        Assert.Equal(below, BlackHeight(right, node, inOrder));
        return below + (black ? 1 : 0);
    }

    private readonly struct ByKey : ITreeOrder
    {
        public bool Less(ulong a, ulong b) => Native.Ref<uint>(a + KeyAt) < Native.Ref<uint>(b + KeyAt);
    }
}
