using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>A live map: memory for keys and values, the calls of programs, the calls of user space.</summary>
/// <remarks>
/// Two faces. Programs use the <c>Program*</c> members: native addresses, kernel return values, no allocation; the address
/// a lookup gives stays readable and writable for the life of the map. User space uses the span members, which copy, as
/// bpf(2) does. Both may be called from several threads at once.
/// Source: Linux 6.12 include/linux/bpf.h, struct bpf_map_ops; kernel/bpf/syscall.c.
/// </remarks>
public abstract class Map : GuestObject, IGuestMemory
{
    private static int s_lastId;

    /// <summary>Takes the spec over; subclasses check it and allocate.</summary>
    protected Map(MapSpec spec, int cpuCount)
    {
        Spec = spec;
        CpuCount = cpuCount;
        Id = (uint)Interlocked.Increment(ref s_lastId);
    }

    /// <summary>What this map was made from.</summary>
    public MapSpec Spec { get; }

    /// <summary>Map id, from 1, unique in the process.</summary>
    public uint Id { get; }

    /// <summary>How many copies a per-CPU map keeps.</summary>
    public int CpuCount { get; }

    /// <summary>Name, for messages.</summary>
    public string Name => Spec.Name;

    /// <summary>Map type.</summary>
    public MapType Type => Spec.Type;

    /// <summary>
    /// Bytes that user space passes for one value: the value size, or for per-CPU maps the value size rounded up to 8 times the
    /// number of CPUs.
    /// </summary>
    public virtual int UserValueBytes => (int)Spec.ValueSize;

    /// <summary>bpf_map_lookup_elem: address of the value, or 0.</summary>
    /// <param name="x">The calling CPU; picks the copy of per-CPU maps.</param>
    /// <param name="key">Address of the key, <see cref="MapSpec.KeySize"/> bytes.</param>
    public virtual ulong ProgramLookup(ExecContext x, ulong key) => 0;

    /// <summary>bpf_map_update_elem: 0 or a negative errno.</summary>
    public virtual long ProgramUpdate(ExecContext x, ulong key, ulong value, ulong flags) => -(long)Errno.EOPNOTSUPP;

    /// <summary>bpf_map_delete_elem: 0 or a negative errno.</summary>
    public virtual long ProgramDelete(ExecContext x, ulong key) => -(long)Errno.EOPNOTSUPP;

    /// <summary>BPF_MAP_LOOKUP_ELEM: copies the value out.</summary>
    /// <param name="key">The key; empty for queues and stacks.</param>
    /// <param name="value">At least <see cref="UserValueBytes"/> bytes; filled when the result is <see cref="Errno.None"/>.</param>
    /// <param name="flags">Lookup flags.</param>
    public virtual Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0) => Errno.EOPNOTSUPP;

    /// <summary>BPF_MAP_UPDATE_ELEM: copies the value in.</summary>
    public virtual Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0) => Errno.EOPNOTSUPP;

    /// <summary>BPF_MAP_DELETE_ELEM.</summary>
    public virtual Errno Delete(ReadOnlySpan<byte> key) => Errno.EOPNOTSUPP;

    /// <summary>BPF_MAP_GET_NEXT_KEY: the key after <paramref name="key"/>; an empty key asks for the first. ENOENT at the end.</summary>
    public virtual Errno NextKey(ReadOnlySpan<byte> key, Span<byte> next) => Errno.EOPNOTSUPP;

    /// <summary>Finds the element a field of its value belongs to.</summary>
    /// <param name="field">Address inside a value.</param>
    /// <param name="key">Address of the key; 0 for arrays, whose keys are not in memory.</param>
    /// <param name="index">For arrays the key; 0 otherwise.</param>
    /// <param name="value">Address of the value.</param>
    /// <returns>False when maps of this type have no such fields, or the address is in none of the values.</returns>
    public virtual bool TryElementOf(ulong field, out ulong key, out uint index, out ulong value)
    {
        (key, index, value) = (0, 0, 0);
        return false;
    }

    /// <inheritdoc/>
    public abstract bool Allows(ulong address, int bytes, MemoryAccess access);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}#{Id}";
}
