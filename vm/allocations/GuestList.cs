using System.Runtime.InteropServices;
using Vm.Memory;

namespace Vm.Allocations;

/// <summary>Doubly linked lists through nodes inside objects, laid out as the kernel lays them out; a head of zeros is an empty list.</summary>
/// <remarks>
/// Callers hold the lock beside the head. A node knows the head it is on, so one that is on a list already is told from one that is not.
/// Source: Linux 6.12 kernel/bpf/helpers.c, __bpf_list_add, __bpf_list_del, bpf_list_head_free; include/linux/bpf.h, struct bpf_list_node_kern.
/// </remarks>
public static class GuestList
{
    /// <summary>Behind the links of a node: the head it is on, <see cref="NodeOwner.Busy"/> while it is put there, 0 for none. Heads have no such word.</summary>
    private const int OwnerOffset = 16;

    [StructLayout(LayoutKind.Sequential)]
    private struct Links
    {
        public ulong Next, Previous;
    }

    /// <summary>Puts a node on a list; false when it is on one already.</summary>
    /// <param name="head">Address of the head.</param>
    /// <param name="node">Address of the node.</param>
    /// <param name="atBack">True for the far end.</param>
    public static bool TryPush(ulong head, ulong node, bool atBack)
    {
        ref ulong owner = ref Native.Ref<ulong>(node + OwnerOffset);
        if (!NodeOwner.TryClaim(ref owner)) return false;
        ref var links = ref Native.Ref<Links>(node);
        ulong before = atBack ? At(head).Previous : head;
        ulong after = At(before).Next;
        (links.Previous, links.Next) = (before, after);
        At(before).Next = node;
        At(after).Previous = node;
        Volatile.Write(ref owner, head);
        return true;
    }

    /// <summary>Takes the first or last node off a list; 0 when it is empty.</summary>
    public static ulong Pop(ulong head, bool fromBack)
    {
        ulong node = fromBack ? At(head).Previous : At(head).Next;
        if (node == head) return 0;
        Unlink(node);
        return node;
    }

    /// <summary>Empties a list and drops every object on it. O(length).</summary>
    /// <param name="head">Address of the head.</param>
    /// <param name="lockWord">Address of the lock beside it.</param>
    /// <param name="nodeOffset">Where in its objects the node is.</param>
    public static void Release(ulong head, ulong lockWord, int nodeOffset)
    {
        while (true)
        {
            GuestLock.Take(lockWord);
            ulong node = Pop(head, fromBack: false);
            GuestLock.Give(lockWord);
            if (node == 0) return;
            AllocationHeap.Drop(node - (ulong)nodeOffset);
        }
    }

    /// <summary>The head or node at an address; a head that was never used becomes an empty list.</summary>
    private static ref Links At(ulong address)
    {
        ref var links = ref Native.Ref<Links>(address);
        if (links.Next == 0) (links.Next, links.Previous) = (address, address);
        return ref links;
    }

    private static void Unlink(ulong node)
    {
        ref var links = ref Native.Ref<Links>(node);
        At(links.Previous).Next = links.Next;
        At(links.Next).Previous = links.Previous;
        (links.Next, links.Previous) = (node, node);
        Volatile.Write(ref Native.Ref<ulong>(node + OwnerOffset), 0);
    }
}

/// <summary>The word in a node that says whose it is.</summary>
internal static class NodeOwner
{
    /// <summary>While a node is being put somewhere. Source: Linux 6.12 include/linux/poison.h, BPF_PTR_POISON.</summary>
    public const ulong Busy = 0xeB9F;

    /// <summary>Claims a node that belongs nowhere; of several that try, one succeeds.</summary>
    public static bool TryClaim(ref ulong owner) => Interlocked.CompareExchange(ref owner, Busy, 0) == 0;
}
