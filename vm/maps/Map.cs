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
public abstract class Map : GuestReferent, IGuestMemory
{
    private readonly List<RefCounted> _kept = [];
    private int _users = 1;

    /// <summary>Takes the spec over; subclasses check it and allocate.</summary>
    protected Map(MapSpec spec, int cpuCount)
    {
        Spec = spec;
        CpuCount = cpuCount;
    }

    /// <summary>What this map was made from.</summary>
    public MapSpec Spec { get; }

    /// <summary>Map id, from 1, unique in its kernel; 0 for a map no kernel knows.</summary>
    public uint Id { get; internal set; }

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
    /// <exception cref="ArgumentException">Key or value are shorter than the map's.</exception>
    /// <exception cref="ObjectDisposedException">The map has been freed.</exception>
    public Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        RefuseShort(key, nameof(key), (int)Spec.KeySize);
        RefuseShort(value, nameof(value), UserValueBytes);
        using var held = Hold();
        return UserLookup(key, value, flags);
    }

    /// <summary>BPF_MAP_UPDATE_ELEM: copies the value in. Throws as <see cref="Lookup"/> does.</summary>
    public Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0)
    {
        RefuseShort(key, nameof(key), (int)Spec.KeySize);
        RefuseShort(value, nameof(value), UserValueBytes);
        using var held = Hold();
        return UserUpdate(key, value, flags);
    }

    /// <summary>BPF_MAP_DELETE_ELEM. Throws as <see cref="Lookup"/> does.</summary>
    public Errno Delete(ReadOnlySpan<byte> key)
    {
        RefuseShort(key, nameof(key), (int)Spec.KeySize);
        using var held = Hold();
        return UserDelete(key);
    }

    /// <summary>BPF_MAP_LOOKUP_AND_DELETE_ELEM: copies the value out and takes the element away, with nobody between. Throws as <see cref="Lookup"/> does.</summary>
    /// <param name="key">The key; empty for queues and stacks.</param>
    /// <param name="value">At least <see cref="UserValueBytes"/> bytes.</param>
    /// <param name="flags">0 or BPF_F_LOCK.</param>
    /// <returns>ENOTSUPP for maps of other types than queues, stacks and hashes.</returns>
    public Errno LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0)
    {
        RefuseShort(key, nameof(key), (int)Spec.KeySize);
        RefuseShort(value, nameof(value), UserValueBytes);
        using var held = Hold();
        return UserLookupAndDelete(key, value, flags);
    }

    /// <summary>Chains the elements lie in, for reading many at once; 0 for maps that are no hashes.</summary>
    public virtual uint Buckets => 0;

    /// <summary>Elements in a chain.</summary>
    public virtual int CountIn(uint bucket) => 0;

    /// <summary>Copies the elements of a chain out, keys and values one after another, and takes them away if asked.</summary>
    /// <param name="bucket">Below <see cref="Buckets"/>.</param>
    /// <param name="keys">Room for keys; how many fit decides how many elements are wanted.</param>
    /// <param name="values">Room for as many values.</param>
    /// <param name="delete">True to take them away.</param>
    /// <param name="flags">0 or BPF_F_LOCK.</param>
    /// <returns>Elements in the chain; when that is more than fit, nothing was done.</returns>
    public virtual int ReadBucket(uint bucket, Span<byte> keys, Span<byte> values, bool delete, ulong flags) => 0;

    /// <summary>BPF_MAP_GET_NEXT_KEY: the key after <paramref name="key"/>; an empty key asks for the first. ENOENT at the end. Throws as <see cref="Lookup"/> does.</summary>
    public Errno NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        if (!key.IsEmpty) RefuseShort(key, nameof(key), (int)Spec.KeySize);
        RefuseShort(next, nameof(next), (int)Spec.KeySize);
        using var held = Hold();
        return UserNextKey(key, next);
    }

    /// <summary>Owners that user space sees: objects, pins. What a map does for them ends with the last one, though programs may use it on (bpf_map usercnt).</summary>
    public int Users => Volatile.Read(ref _users);

    /// <summary>Becomes another user and holder of the map; undone by <see cref="LeaveUser"/>.</summary>
    /// <returns>False when it has been freed.</returns>
    public bool TryJoinUser()
    {
        if (!TryAcquire()) return false;
        Interlocked.Increment(ref _users);
        return true;
    }

    /// <summary>Gives back what <see cref="TryJoinUser"/> took.</summary>
    public void LeaveUser()
    {
        DropUser();
        Release();
    }

    /// <summary>Keeps something alive as long as the map: the memory of what its values point at. Asking twice keeps it once.</summary>
    public void Keep(RefCounted owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        lock (_kept)
        {
            if (_kept.Contains(owner)) return;
            owner.Acquire();
            _kept.Add(owner);
        }
    }

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
    public override string ToString() => $"map {Name}#{Id}";

    /// <summary>What <see cref="Lookup"/> does once the map is held and the sizes fit.</summary>
    protected virtual Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => Errno.EOPNOTSUPP;

    /// <summary>What <see cref="Update"/> does once the map is held and the sizes fit.</summary>
    protected virtual Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => Errno.EOPNOTSUPP;

    /// <summary>What <see cref="Delete"/> does once the map is held and the size fits.</summary>
    protected virtual Errno UserDelete(ReadOnlySpan<byte> key) => Errno.EOPNOTSUPP;

    /// <summary>What <see cref="LookupAndDelete"/> does once the map is held and the sizes fit.</summary>
    protected virtual Errno UserLookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => Errno.ENOTSUPP;

    /// <summary>What <see cref="NextKey"/> does once the map is held and the sizes fit.</summary>
    protected virtual Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => Errno.EOPNOTSUPP;

    /// <summary>Called when the last user is gone: prog arrays forget their programs, timers and work are cancelled. Source: Linux 6.12 kernel/bpf/syscall.c, bpf_map_put_uref.</summary>
    protected virtual void OnUserless()
    {
    }

    /// <inheritdoc/>
    protected override void OnReturned() => DropUser();

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        base.OnDispose();
        foreach (var owner in _kept) owner.Release();
    }

    /// <summary>Holds the map for the length of a call of user space, so that nobody frees it meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">It has been freed.</exception>
    private protected UserHold Hold()
    {
        Acquire();
        return new UserHold(this);
    }

    private void DropUser()
    {
        if (Interlocked.Decrement(ref _users) == 0) OnUserless();
    }

    private void RefuseShort(ReadOnlySpan<byte> given, string name, int bytes)
    {
        if (given.Length < bytes) throw new ArgumentException($"{this} takes {bytes} bytes of {name}, not {given.Length}.", name);
    }

    /// <summary>A reference for the length of a call.</summary>
    private protected readonly ref struct UserHold(Map map)
    {
        /// <summary>Lets go.</summary>
        public void Dispose() => map.Release();
    }
}
