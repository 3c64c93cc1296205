using Vm.Abi;
using Vm.Allocations;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Helpers;

/// <summary>Address of an object a program made.</summary>
[GuestArgument(ArgKind.Allocation)]
public readonly record struct Allocation(ulong Address);

/// <summary>Address in an object with a reference count.</summary>
[GuestArgument(ArgKind.RefcountedAllocation)]
public readonly record struct RefcountedAllocation(ulong Address);

/// <summary>Address of a struct bpf_list_head.</summary>
[GuestArgument(ArgKind.ListHead)]
public readonly record struct ListHeadRef(ulong Address);

/// <summary>Address of a struct bpf_list_node.</summary>
[GuestArgument(ArgKind.ListNode)]
public readonly record struct ListNodeRef(ulong Address);

/// <summary>Address of a struct bpf_rb_root.</summary>
[GuestArgument(ArgKind.RbRoot)]
public readonly record struct RbRootRef(ulong Address);

/// <summary>Address of a struct bpf_rb_node.</summary>
[GuestArgument(ArgKind.RbNode)]
public readonly record struct RbNodeRef(ulong Address);

/// <summary>Objects programs make, and the lists and trees that hold them.</summary>
/// <remarks>
/// The verifier knows who owns an object, and that the lock beside a list or tree is held. What it passes as meta data the kernel fills in;
/// here only bpf_obj_new needs it, the other functions find an object's type by its address. Source: Linux 6.12 kernel/bpf/helpers.c.
/// </remarks>
public static class AllocationKfuncs
{
    /// <summary>A zeroed object with one owner, or NULL when memory for objects is used up or the struct exceeds 4088 bytes.</summary>
    /// <param name="localTypeId">BTF id of the struct.</param>
    /// <param name="type">Handle of its <see cref="AllocationType"/>: put there by the engine.</param>
    [Kfunc("bpf_obj_new_impl", Flags = CallFlags.Acquire)]
    [Returns(ReturnKind.NewAllocationOrNull)]
    public static ulong New([Arg(Flags = ArgFlags.Constant)] ulong localTypeId, [Arg(Flags = ArgFlags.Unchecked)] ulong type) =>
        GuestReferent.Resolve<AllocationType>(type).New();

    /// <summary>Gives an object back; the last owner frees it and what it owns.</summary>
    [Kfunc("bpf_obj_drop_impl", Flags = CallFlags.Release)]
    public static void Drop(Allocation owned, [Arg(Flags = ArgFlags.Unchecked)] ulong meta) => AllocationHeap.Drop(owned.Address);

    /// <summary>Another owner's reference to an object, or NULL when its last owner is gone.</summary>
    [Kfunc("bpf_refcount_acquire_impl", Flags = CallFlags.Acquire | CallFlags.Rcu | CallFlags.UnderLock)]
    [Returns(ReturnKind.RefcountedObjectOrNull)]
    public static ulong RefcountAcquire([Arg(Flags = ArgFlags.RcuEnough)] RefcountedAllocation counted, [Arg(Flags = ArgFlags.Unchecked)] ulong meta)
    {
        ulong start = AllocationHeap.StartOf(counted.Address);
        return AllocationHeap.TypeAt(start).TryAcquire(start) ? start : 0;
    }

    /// <summary>Puts an object in front: 0; EINVAL when it is on a list already, and then it is dropped.</summary>
    [Kfunc("bpf_list_push_front_impl", Flags = CallFlags.UnderLock)]
    public static int PushFront(ListHeadRef head, ListNodeRef node, [Arg(Flags = ArgFlags.Unchecked)] ulong meta, ulong offset) => Push(head, node, atBack: false);

    /// <summary>Puts an object at the end: as <see cref="PushFront"/>.</summary>
    [Kfunc("bpf_list_push_back_impl", Flags = CallFlags.UnderLock)]
    public static int PushBack(ListHeadRef head, ListNodeRef node, [Arg(Flags = ArgFlags.Unchecked)] ulong meta, ulong offset) => Push(head, node, atBack: true);

    /// <summary>Takes the first object, or NULL. Its owner is now the program.</summary>
    [Kfunc("bpf_list_pop_front", Flags = CallFlags.Acquire | CallFlags.UnderLock)]
    [Returns(ReturnKind.GraphNodeOrNull)]
    public static ulong PopFront(ListHeadRef head) => GuestList.Pop(head.Address, fromBack: false);

    /// <summary>Takes the last object, or NULL.</summary>
    [Kfunc("bpf_list_pop_back", Flags = CallFlags.Acquire | CallFlags.UnderLock)]
    [Returns(ReturnKind.GraphNodeOrNull)]
    public static ulong PopBack(ListHeadRef head) => GuestList.Pop(head.Address, fromBack: true);

    /// <summary>Sorts an object in: 0; EINVAL when it is in a tree already, and then it is dropped. Calls back O(log n) times.</summary>
    [Kfunc("bpf_rbtree_add_impl", Flags = CallFlags.CallsBack | CallFlags.UnderLock)]
    public static int Add(ExecContext x, RbRootRef root, RbNodeRef node, GuestCallback less, [Arg(Flags = ArgFlags.Unchecked)] ulong meta, ulong offset)
    {
        bool added = false;
        try
        {
            added = GuestTree.TryAdd(root.Address, node.Address, new Order(x, less));
            return added ? 0 : -(int)Errno.EINVAL;
        }
        finally
        {
            if (!added) AllocationHeap.Drop(AllocationHeap.StartOf(node.Address));
        }
    }

    /// <summary>Takes an object out of its tree, or NULL when it is not in this one. Its owner is now the program.</summary>
    [Kfunc("bpf_rbtree_remove", Flags = CallFlags.Acquire | CallFlags.UnderLock)]
    [Returns(ReturnKind.GraphNodeOrNull)]
    public static ulong Remove(RbRootRef root, RbNodeRef node) => GuestTree.TryRemove(root.Address, node.Address) ? node.Address : 0;

    /// <summary>The first object in order, still owned by the tree, or NULL.</summary>
    [Kfunc("bpf_rbtree_first", Flags = CallFlags.UnderLock)]
    [Returns(ReturnKind.GraphNodeOrNull)]
    public static ulong First(RbRootRef root) => GuestTree.First(root.Address);

    private static int Push(ListHeadRef head, ListNodeRef node, bool atBack)
    {
        if (GuestList.TryPush(head.Address, node.Address, atBack)) return 0;
        AllocationHeap.Drop(AllocationHeap.StartOf(node.Address));
        return -(int)Errno.EINVAL;
    }

    private readonly struct Order(ExecContext x, GuestCallback less) : ITreeOrder
    {
        public bool Less(ulong a, ulong b) => less.Invoke(x, a, b, 0, 0, 0) != 0;
    }
}
