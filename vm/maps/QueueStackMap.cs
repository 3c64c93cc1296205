using Vm.Abi;
using Vm.Memory;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK: values without keys, pushed, popped and peeked.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/queue_stack_maps.c.</remarks>
public sealed unsafe class QueueStackMap : Map
{
    private readonly NativeBlock _values;
    private SpinGate _gate;
    private uint _head;
    private uint _tail;

    internal QueueStackMap(MapSpec spec, int cpuCount)
        : base(spec, cpuCount)
    {
        _values = MapMemory.Allocate(spec, spec.ValueSize * (spec.MaxEntries + 1L));
    }

    /// <summary>Values waiting.</summary>
    public uint Count => _head >= _tail ? _head - _tail : _head + Slots - _tail;

    private bool IsStack => Type == MapType.Stack;

    // One slot more than entries tells full from empty.
    private uint Slots => Spec.MaxEntries + 1;

    /// <summary>bpf_map_push_elem. BPF_EXIST makes room in a full map by dropping its oldest value.</summary>
    public long Push(ulong value, ulong flags)
    {
        if (flags is not (MapUpdateFlags.Any or MapUpdateFlags.Exist)) return -(long)Errno.EINVAL;
        _gate.Enter();
        long result = 0;
        if (Count == Spec.MaxEntries)
        {
            if (flags != MapUpdateFlags.Exist) result = -(long)Errno.E2BIG;
            else _tail = _tail + 1 == Slots ? 0 : _tail + 1;
        }
        if (result == 0)
        {
            Native.Copy(value, AddressOf(_head), (int)Spec.ValueSize);
            _head = _head + 1 == Slots ? 0 : _head + 1;
        }
        _gate.Exit();
        return result;
    }

    /// <summary>bpf_map_pop_elem: ENOENT, and a zeroed buffer, when empty.</summary>
    public long Pop(ulong value) => Take(value, remove: true);

    /// <summary>bpf_map_peek_elem: ENOENT, and a zeroed buffer, when empty.</summary>
    public long Peek(ulong value) => Take(value, remove: false);

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        fixed (byte* bytes = value) return (Errno)(-Peek((ulong)bytes));
    }

    /// <inheritdoc/>
    protected override Errno UserLookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        fixed (byte* bytes = value) return (Errno)(-Pop((ulong)bytes));
    }

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        fixed (byte* bytes = value) return (Errno)(-Push((ulong)bytes, flags));
    }

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key) => Errno.EINVAL;

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => Errno.EINVAL;

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access) => false;

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        _values.Dispose();
        base.OnDispose();
    }

    private long Take(ulong value, bool remove)
    {
        _gate.Enter();
        bool some = _head != _tail;
        if (some)
        {
            uint at = IsStack ? (_head == 0 ? Spec.MaxEntries : _head - 1) : _tail;
            Native.Copy(AddressOf(at), value, (int)Spec.ValueSize);
            if (remove && IsStack) _head = at;
            else if (remove) _tail = _tail + 1 == Slots ? 0 : _tail + 1;
        }
        else
        {
            Native.Clear(value, (int)Spec.ValueSize);
        }
        _gate.Exit();
        return some ? 0 : -(long)Errno.ENOENT;
    }

    private ulong AddressOf(uint slot) => _values.Address + (ulong)slot * Spec.ValueSize;
}
