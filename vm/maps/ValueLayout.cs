using Vm.Allocations;
using Vm.Memory;
using Vm.Runtime;

namespace Vm.Maps;

/// <summary>Special fields a map value may contain. Source: Linux 6.12 include/linux/bpf.h, enum btf_field_type.</summary>
public enum SpecialFieldKind
{
    /// <summary>struct bpf_spin_lock, 4 bytes.</summary>
    SpinLock,

    /// <summary>struct bpf_timer, 16 bytes.</summary>
    Timer,

    /// <summary>struct bpf_wq, 16 bytes.</summary>
    WorkQueue,

    /// <summary>An unreferenced kptr (<c>__kptr_untrusted</c>), 8 bytes.</summary>
    KptrUntrusted,

    /// <summary>A referenced kptr (<c>__kptr</c>), 8 bytes: a guest handle or 0.</summary>
    Kptr,

    /// <summary>A per-CPU kptr, 8 bytes.</summary>
    KptrPerCpu,

    /// <summary>struct bpf_list_head, 16 bytes.</summary>
    ListHead,

    /// <summary>struct bpf_list_node, 24 bytes.</summary>
    ListNode,

    /// <summary>struct bpf_rb_root, 16 bytes.</summary>
    RbRoot,

    /// <summary>struct bpf_rb_node, 32 bytes.</summary>
    RbNode,

    /// <summary>struct bpf_refcount, 4 bytes.</summary>
    RefCount,
}

/// <summary>One special field.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Byte offset in the value.</param>
/// <param name="Bytes">Size in bytes.</param>
/// <param name="TypeName">Name of the struct a kptr points to or a list or tree holds; null for the others.</param>
/// <param name="TypeId">Its BTF id when it is a struct of the program's own; 0 for the kernel's.</param>
/// <param name="NodeOffset">Where in the objects of a list or tree the node is, in bytes.</param>
public readonly record struct SpecialField(SpecialFieldKind Kind, int Offset, int Bytes, string? TypeName = null, uint TypeId = 0, int NodeOffset = 0)
{
    /// <summary>True for pointers that own what they point at, for lists and trees, and for timers and work queues.</summary>
    public bool Owns => Kind is SpecialFieldKind.Kptr or SpecialFieldKind.KptrPerCpu or SpecialFieldKind.ListHead or SpecialFieldKind.RbRoot || IsAsync;

    /// <summary>True where objects programs have made with bpf_obj_new may lie.</summary>
    public bool HoldsAllocations => TypeId != 0 && Owns && !IsAsync;

    /// <summary>True for timers and work queues.</summary>
    public bool IsAsync => Kind is SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue;
}

/// <summary>How a map value is copied: plain bytes, except special fields, which only their own helpers change.</summary>
/// <remarks>Source: Linux 6.12 include/linux/bpf.h, copy_map_value, zero_map_value, bpf_obj_free_fields.</remarks>
public sealed class ValueLayout
{
    private readonly SpecialField[] _special;

    /// <summary>Describes a value.</summary>
    /// <param name="bytes">Value size in bytes.</param>
    /// <param name="special">Special fields, ascending, not overlapping.</param>
    public ValueLayout(int bytes, IEnumerable<SpecialField> special)
    {
        Bytes = bytes;
        _special = [.. special];
    }

    /// <summary>Value size in bytes.</summary>
    public int Bytes { get; }

    /// <summary>Special fields, ascending.</summary>
    public IReadOnlyList<SpecialField> Special => _special;

    /// <summary>True when a value has a spin lock (BPF_F_LOCK is allowed).</summary>
    public bool HasSpinLock => Array.Exists(_special, f => f.Kind == SpecialFieldKind.SpinLock);

    /// <summary>True when a value has timers or work queues.</summary>
    public bool HasAsync => Array.Exists(_special, f => f.IsAsync);

    /// <summary>True for flags BPF_MAP_LOOKUP_ELEM takes: none, or BPF_F_LOCK when there is a lock. Source: Linux 6.12 kernel/bpf/syscall.c, map_lookup_elem.</summary>
    public bool AllowsLookup(ulong flags) => flags == 0 || (flags == Abi.MapUpdateFlags.Lock && HasSpinLock);

    /// <summary>Copies a value, leaving special fields of the target as they are.</summary>
    public void Copy(ulong from, ulong to)
    {
        int at = 0;
        foreach (var field in _special)
        {
            if (field.Offset > at) Native.Copy(from + (ulong)at, to + (ulong)at, field.Offset - at);
            at = field.Offset + field.Bytes;
        }
        if (at < Bytes) Native.Copy(from + (ulong)at, to + (ulong)at, Bytes - at);
    }

    /// <summary>Copies a value in from user space, leaving special fields as they are.</summary>
    public void CopyIn(ReadOnlySpan<byte> from, ulong to)
    {
        var target = Native.Bytes(to, Bytes);
        int at = 0;
        foreach (var field in _special)
        {
            if (field.Offset > at) from[at..field.Offset].CopyTo(target[at..]);
            at = field.Offset + field.Bytes;
        }
        if (at < Bytes) from[at..Bytes].CopyTo(target[at..]);
    }

    /// <summary>Copies a value out to user space; special fields read as zero.</summary>
    public void CopyOut(ulong from, Span<byte> to)
    {
        Native.Bytes(from, Bytes).CopyTo(to);
        foreach (var field in _special) to.Slice(field.Offset, field.Bytes).Clear();
    }

    /// <summary>Bytes user space exchanges with one CPU's copy: whole words, so that what is behind an odd value goes in and comes out too.</summary>
    /// <remarks>Source: Linux 6.12 include/linux/bpf.h, copy_map_value_long: values with special fields are copied without.</remarks>
    public int RoundedBytes => _special.Length > 0 ? Bytes : (Bytes + 7) & ~7;

    /// <summary>Copies one CPU's value in from user space.</summary>
    public void CopyWordsIn(ReadOnlySpan<byte> from, ulong to)
    {
        if (_special.Length > 0) CopyIn(from, to);
        else from[..RoundedBytes].CopyTo(Native.Bytes(to, RoundedBytes));
    }

    /// <summary>Copies one CPU's value out to user space.</summary>
    public void CopyWordsOut(ulong from, Span<byte> to)
    {
        if (_special.Length > 0) CopyOut(from, to);
        else Native.Bytes(from, RoundedBytes).CopyTo(to);
    }

    /// <summary>Readies the special fields of an element that is about to be used, perhaps again: memory that was never used is zero.</summary>
    public void InitialiseSpecial(ulong value)
    {
        // A program may have put something into an element that was deleted under its hands, and may still hold its lock.
        ReleaseSpecial(value);
        foreach (var field in _special)
            if (!field.Owns && field.Kind != SpecialFieldKind.SpinLock) Native.Clear(value + (ulong)field.Offset, field.Bytes);
    }

    /// <summary>Releases what the special fields own: kptrs give their reference back, lists and trees drop their objects, timers and work are cancelled.</summary>
    /// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, bpf_obj_free_fields.</remarks>
    public void ReleaseSpecial(ulong value)
    {
        foreach (var field in _special)
        {
            ulong at = value + (ulong)field.Offset;
            switch (field.Kind)
            {
                case SpecialFieldKind.Kptr or SpecialFieldKind.KptrPerCpu:
                    ulong held = Interlocked.Exchange(ref Native.Ref<ulong>(at), 0);
                    if (held == 0) break;
                    if (field.TypeId != 0) AllocationHeap.Drop(held);
                    else GuestReferent.Resolve<GuestReferent>(held).Release();
                    break;
                case SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue:
                    DeferredCall.Free(at);
                    break;
                case SpecialFieldKind.ListHead when field.TypeId != 0:
                    GuestList.Release(at, value + (ulong)LockOffset, field.NodeOffset);
                    break;
                case SpecialFieldKind.RbRoot when field.TypeId != 0:
                    GuestTree.Release(at, value + (ulong)LockOffset, field.NodeOffset);
                    break;
            }
        }
    }

    /// <summary>Cancels and frees timers and work only. Source: Linux 6.12 kernel/bpf/hashtab.c, htab_free_malloced_timers_and_wq.</summary>
    public void ReleaseAsync(ulong value)
    {
        foreach (var field in _special)
        {
            if (field.IsAsync) DeferredCall.Free(value + (ulong)field.Offset);
        }
    }

    private int LockOffset => Array.Find(_special, f => f.Kind == SpecialFieldKind.SpinLock).Offset;
}
