using System.Runtime.InteropServices;
using Vm.Memory;

namespace Vm.Allocations;

/// <summary>The order of a tree.</summary>
public interface ITreeOrder
{
    /// <summary>True when node <paramref name="a"/> comes before node <paramref name="b"/>.</summary>
    bool Less(ulong a, ulong b);
}

/// <summary>Red-black trees through nodes inside objects, laid out as the kernel lays them out; a root of zeros is an empty tree.</summary>
/// <remarks>
/// Callers hold the lock beside the root. Balancing follows the textbook that the kernel follows, so the order function is called for the
/// same pairs. Source: Linux 6.12 kernel/bpf/helpers.c, __bpf_rbtree_add, bpf_rbtree_remove, bpf_rb_root_free; lib/rbtree.c.
/// </remarks>
public static class GuestTree
{
    private const ulong BlackBit = 1;

    /// <summary>In the root's second word: a node is being sorted in. The order function is the program's, and could add while it is asked.</summary>
    private const ulong SearchBit = 1;

    [StructLayout(LayoutKind.Sequential)]
    private struct Root
    {
        public ulong Top, Leftmost;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Node
    {
        /// <summary>Address of the parent (0 for none), and in the lowest bit the colour: 1 is black.</summary>
        public ulong ParentAndColour;
        public ulong Right, Left;

        /// <summary>Root of the tree it is in, <see cref="NodeOwner.Busy"/> while it is put there, 0 for none.</summary>
        public ulong Owner;

        public readonly ulong Parent => ParentAndColour & ~BlackBit;

        public readonly bool IsBlack => (ParentAndColour & BlackBit) != 0;
    }

    /// <summary>Puts a node behind all that are not greater. O(log n) calls of the order.</summary>
    /// <returns>False when it is in a tree already, or the order function tries to add to the tree it orders.</returns>
    public static bool TryAdd<TOrder>(ulong root, ulong node, TOrder order) where TOrder : ITreeOrder
    {
        ref var tree = ref Native.Ref<Root>(root);
        if ((tree.Leftmost & SearchBit) != 0 || !NodeOwner.TryClaim(ref At(node).Owner)) return false;
        tree.Leftmost |= SearchBit;
        bool found = false;
        try
        {
            ulong parent = 0, at = tree.Top;
            bool left = false, leftmost = true;
            while (at != 0)
            {
                parent = at;
                left = order.Less(node, at);
                leftmost &= left;
                at = left ? At(at).Left : At(at).Right;
            }
            tree.Leftmost &= ~SearchBit;
            found = true;
            Link(root, node, parent, left, leftmost);
            return true;
        }
        finally
        {
            // The order function may use up the run's loop budget.
            if (!found)
            {
                tree.Leftmost &= ~SearchBit;
                Volatile.Write(ref At(node).Owner, 0);
            }
        }
    }

    private static void Link(ulong root, ulong node, ulong parent, bool left, bool leftmost)
    {
        ref var added = ref At(node);
        (added.ParentAndColour, added.Left, added.Right) = (parent, 0, 0);
        if (parent == 0) Native.Ref<Root>(root).Top = node;
        else if (left) At(parent).Left = node;
        else At(parent).Right = node;
        if (leftmost) Native.Ref<Root>(root).Leftmost = node;
        BalanceAdded(root, node);
        Volatile.Write(ref At(node).Owner, root);
    }

    /// <summary>The first node in order; 0 when there is none.</summary>
    public static ulong First(ulong root) => Native.Ref<Root>(root).Leftmost & ~SearchBit;

    /// <summary>Takes a node out; false when it is not in this tree.</summary>
    public static bool TryRemove(ulong root, ulong node)
    {
        if (Volatile.Read(ref At(node).Owner) != root) return false;
        Unlink(root, node);
        ref var removed = ref At(node);
        (removed.ParentAndColour, removed.Left, removed.Right) = (0, 0, 0);
        Volatile.Write(ref removed.Owner, 0);
        return true;
    }

    /// <summary>Empties a tree and drops every object in it. O(n log n).</summary>
    /// <param name="root">Address of the root.</param>
    /// <param name="lockWord">Address of the lock beside it.</param>
    /// <param name="nodeOffset">Where in its objects the node is.</param>
    public static void Release(ulong root, ulong lockWord, int nodeOffset)
    {
        while (true)
        {
            GuestLock.Take(lockWord);
            ulong node = First(root);
            if (node != 0) TryRemove(root, node);
            GuestLock.Give(lockWord);
            if (node == 0) return;
            AllocationHeap.Drop(node - (ulong)nodeOffset);
        }
    }

    private static ref Node At(ulong address) => ref Native.Ref<Node>(address);

    private static bool IsRed(ulong node) => node != 0 && !At(node).IsBlack;

    private static void Paint(ulong node, bool black) => At(node).ParentAndColour = At(node).Parent | (black ? BlackBit : 0);

    private static void SetParent(ulong node, ulong parent)
    {
        if (node != 0) At(node).ParentAndColour = parent | (At(node).ParentAndColour & BlackBit);
    }

    private static void Replace(ulong root, ulong parent, ulong old, ulong node)
    {
        if (parent == 0) Native.Ref<Root>(root).Top = node;
        else if (At(parent).Left == old) At(parent).Left = node;
        else At(parent).Right = node;
        SetParent(node, parent);
    }

    /// <summary>Turns a node down to the left or right; its child on the other side takes its place. Colours stay.</summary>
    private static void Rotate(ulong root, ulong node, bool toLeft)
    {
        ulong parent = At(node).Parent, child = toLeft ? At(node).Right : At(node).Left;
        ulong inner = toLeft ? At(child).Left : At(child).Right;
        if (toLeft) (At(node).Right, At(child).Left) = (inner, node);
        else (At(node).Left, At(child).Right) = (inner, node);
        SetParent(inner, node);
        Replace(root, parent, node, child);
        SetParent(node, child);
    }

    private static void BalanceAdded(ulong root, ulong node)
    {
        while (IsRed(At(node).Parent))
        {
            ulong parent = At(node).Parent, grand = At(parent).Parent;
            bool parentLeft = At(grand).Left == parent;
            ulong uncle = parentLeft ? At(grand).Right : At(grand).Left;
            if (IsRed(uncle))
            {
                Paint(parent, black: true);
                Paint(uncle, black: true);
                Paint(grand, black: false);
                node = grand;
                continue;
            }
            if (node == (parentLeft ? At(parent).Right : At(parent).Left))
            {
                Rotate(root, parent, toLeft: parentLeft);
                parent = node;
            }
            Paint(parent, black: true);
            Paint(grand, black: false);
            Rotate(root, grand, toLeft: !parentLeft);
            break;
        }
        Paint(Native.Ref<Root>(root).Top, black: true);
    }

    private static void Unlink(ulong root, ulong node)
    {
        ref var top = ref Native.Ref<Root>(root);
        if (top.Leftmost == node) top.Leftmost = Next(node);
        ulong left = At(node).Left, right = At(node).Right, parent = At(node).Parent;
        bool removedBlack;
        ulong child, childParent;
        if (left == 0 || right == 0)
        {
            (child, childParent, removedBlack) = (left == 0 ? right : left, parent, At(node).IsBlack);
            Replace(root, parent, node, child);
        }
        else
        {
            // The next in order takes the node's place and colour; what is missing is missing where it was.
            ulong next = right;
            while (At(next).Left != 0) next = At(next).Left;
            removedBlack = At(next).IsBlack;
            child = At(next).Right;
            childParent = At(next).Parent;
            if (childParent == node)
            {
                childParent = next;
            }
            else
            {
                Replace(root, childParent, next, child);
                At(next).Right = right;
                SetParent(right, next);
            }
            Replace(root, parent, node, next);
            At(next).Left = left;
            SetParent(left, next);
            Paint(next, At(node).IsBlack);
        }
        if (removedBlack) BalanceRemoved(root, child, childParent);
    }

    private static void BalanceRemoved(ulong root, ulong node, ulong parent)
    {
        while (parent != 0 && !IsRed(node))
        {
            bool isLeft = At(parent).Left == node;
            ulong sibling = isLeft ? At(parent).Right : At(parent).Left;
            if (IsRed(sibling))
            {
                Paint(sibling, black: true);
                Paint(parent, black: false);
                Rotate(root, parent, toLeft: isLeft);
                sibling = isLeft ? At(parent).Right : At(parent).Left;
            }
            ulong near = isLeft ? At(sibling).Left : At(sibling).Right, far = isLeft ? At(sibling).Right : At(sibling).Left;
            if (!IsRed(near) && !IsRed(far))
            {
                Paint(sibling, black: false);
                (node, parent) = (parent, At(parent).Parent);
                continue;
            }
            if (!IsRed(far))
            {
                Paint(near, black: true);
                Paint(sibling, black: false);
                Rotate(root, sibling, toLeft: !isLeft);
                (sibling, far) = (near, sibling);
            }
            Paint(sibling, At(parent).IsBlack);
            Paint(parent, black: true);
            Paint(far, black: true);
            Rotate(root, parent, toLeft: isLeft);
            return;
        }
        if (node != 0) Paint(node, black: true);
    }

    private static ulong Next(ulong node)
    {
        if (At(node).Right != 0)
        {
            for (node = At(node).Right; At(node).Left != 0;) node = At(node).Left;
            return node;
        }
        ulong parent = At(node).Parent;
        while (parent != 0 && At(parent).Right == node) (node, parent) = (parent, At(parent).Parent);
        return parent;
    }
}
