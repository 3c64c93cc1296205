using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>What all hash maps share: finding, walking, copying in and out, with one value or one value a CPU.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/hashtab.c.</remarks>
public abstract unsafe class HashMapBase : Map
{
    private protected readonly HashTable Table;
    private protected readonly ValueLayout Layout;
    private protected SpinGate Gate;

    private protected HashMapBase(MapSpec spec, int cpuCount, ValueLayout layout, bool perCpu, long nodes)
        : base(spec, cpuCount)
    {
        Layout = layout;
        PerCpu = perCpu;
        Stride = (int)((spec.ValueSize + 7) & ~7u);
        Table = new HashTable(spec, nodes, Stride * (perCpu ? cpuCount : 1));
    }

    /// <summary>True when every CPU has its own copy of each value.</summary>
    public bool PerCpu { get; }

    /// <summary>Elements in the map.</summary>
    public int Count { get; private protected set; }

    /// <summary>Bytes of one value, rounded up to 8.</summary>
    private protected int Stride { get; }

    /// <inheritdoc/>
    public override int UserValueBytes => PerCpu ? Stride * CpuCount : (int)Spec.ValueSize;

    /// <inheritdoc/>
    public override ulong ProgramLookup(ExecContext x, ulong key)
    {
        int node = Table.Find(key, Table.Hash(key));
        if (node < 0) return 0;
        OnLookup(node);
        return ValueOf(node, x.Cpu);
    }

    /// <summary>bpf_map_lookup_percpu_elem: the copy of another CPU, or 0.</summary>
    public ulong LookupOn(int cpu, ulong key)
    {
        if ((uint)cpu >= (uint)CpuCount) return 0;
        int node = Table.Find(key, Table.Hash(key));
        if (node < 0) return 0;
        OnLookup(node);
        return ValueOf(node, cpu);
    }

    /// <inheritdoc/>
    public override long ProgramUpdate(ExecContext x, ulong key, ulong value, ulong flags) => -(long)Write(x.Cpu, key, value, flags, everyCpu: false);

    /// <inheritdoc/>
    public override long ProgramDelete(ExecContext x, ulong key) => -(long)Remove(key);

    /// <inheritdoc/>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        if (!Layout.AllowsLookup(flags)) return Errno.EINVAL;
        int node = FindNode(key);
        if (node < 0) return Errno.ENOENT;
        CopyOut(node, value);
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
            return Write(0, (ulong)keyBytes, (ulong)valueBytes, flags, everyCpu: true);
    }

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key)
    {
        fixed (byte* bytes = key) return Remove((ulong)bytes);
    }

    /// <inheritdoc/>
    protected override Errno UserLookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        if (!Layout.AllowsLookup(flags)) return Errno.EINVAL;
        Gate.Enter();
        int node = FindNode(key);
        if (node >= 0)
        {
            CopyOut(node, value);
            RemoveHeld(node);
        }
        Gate.Exit();
        return node < 0 ? Errno.ENOENT : Errno.None;
    }

    /// <inheritdoc/>
    public override uint Buckets => Table.Buckets;

    /// <inheritdoc/>
    public override int CountIn(uint bucket)
    {
        int count = 0;
        for (int node = Table.FirstIn(bucket); node >= 0; node = Table.NextIn(node)) count++;
        return count;
    }

    /// <inheritdoc/>
    public override int ReadBucket(uint bucket, Span<byte> keys, Span<byte> values, bool delete, ulong flags)
    {
        int keyBytes = (int)Spec.KeySize, valueBytes = UserValueBytes, at = 0;
        Gate.Enter();
        int count = CountIn(bucket);
        if (count <= keys.Length / keyBytes)
        {
            for (int node = Table.FirstIn(bucket); node >= 0; at++)
            {
                int next = Table.NextIn(node);
                Native.Bytes(Table.KeyOf(node), keyBytes).CopyTo(keys[(at * keyBytes)..]);
                CopyOut(node, values.Slice(at * valueBytes, valueBytes));
                if (delete) RemoveHeld(node);
                node = next;
            }
        }
        Gate.Exit();
        return count;
    }

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        // A key that is gone restarts the walk, as in the kernel.
        int found = key.IsEmpty ? -1 : FindNode(key);
        int node = found < 0 ? Table.FirstFrom(0) : Table.After(found);
        if (node < 0) return Errno.ENOENT;
        Native.Bytes(Table.KeyOf(node), (int)Spec.KeySize).CopyTo(next);
        return Errno.None;
    }

    /// <summary>Calls back for every element, as bpf_for_each_map_elem does; the callback may delete the element it is shown.</summary>
    /// <param name="cpu">Whose copy of per-CPU values is shown.</param>
    /// <param name="visit">Key address, value address; true to stop.</param>
    /// <returns>Elements visited.</returns>
    public long ForEach(int cpu, Func<ulong, ulong, bool> visit)
    {
        long visited = 0;
        for (int node = Table.FirstFrom(0); node >= 0;)
        {
            int after = Table.After(node);
            visited++;
            if (visit(Table.KeyOf(node), ValueOf(node, cpu))) break;
            node = after;
        }
        return visited;
    }

    /// <inheritdoc/>
    public override bool TryElementOf(ulong field, out ulong key, out uint index, out ulong value)
    {
        index = 0;
        bool found = Table.TryLocate(field, 1, out int node, out int offset) && !PerCpu;
        (key, value) = found ? (Table.KeyOf(node), field - (ulong)offset) : (0, 0);
        return found;
    }

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access)
    {
        if (Table.TryLocate(address, bytes, out _, out int offset)) return offset % Stride + bytes <= Spec.ValueSize;
        return access == MemoryAccess.Read && Table.IsKey(address, bytes);
    }

    /// <summary>Inserts or replaces.</summary>
    /// <param name="cpu">CPU whose copy is written when not <paramref name="everyCpu"/>.</param>
    /// <param name="key">Address of the key.</param>
    /// <param name="value">Address of the value, or of one value a CPU.</param>
    /// <param name="flags">BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK.</param>
    /// <param name="everyCpu">True when user space passes the copies of all CPUs.</param>
    private protected abstract Errno Write(int cpu, ulong key, ulong value, ulong flags, bool everyCpu);

    /// <summary>Puts an unlinked element back where free ones are kept.</summary>
    private protected abstract void Free(int node);

    /// <summary>Told when a program found an element.</summary>
    private protected virtual void OnLookup(int node)
    {
    }

    private protected ulong ValueOf(int node, int cpu) => Table.ValueOf(node) + (PerCpu ? (ulong)(cpu * Stride) : 0);

    private protected static Errno CheckExistence(bool exists, ulong flags) => (flags & 3) switch
    {
        MapUpdateFlags.NoExist when exists => Errno.EEXIST,
        MapUpdateFlags.Exist when !exists => Errno.ENOENT,
        _ => Errno.None,
    };

    /// <summary>Fills a fresh element: copies the value, zeroes other CPUs' copies, starts special fields empty.</summary>
    private protected void FillNew(int node, int cpu, ulong value, bool everyCpu)
    {
        if (PerCpu && !everyCpu) Native.Clear(Table.ValueOf(node), Stride * CpuCount);
        if (PerCpu) WriteCopies(node, cpu, value, everyCpu);
        else
        {
            Layout.InitialiseSpecial(Table.ValueOf(node));
            Layout.Copy(value, Table.ValueOf(node));
        }
    }

    private protected void WriteCopies(int node, int cpu, ulong value, bool everyCpu)
    {
        if (!everyCpu) Layout.Copy(value, ValueOf(node, cpu));
        else for (int i = 0; i < CpuCount; i++) Layout.CopyWordsIn(Native.Bytes(value + (ulong)(i * Stride), Stride), ValueOf(node, i));
    }

    /// <inheritdoc/>
    protected override void OnUserless()
    {
        for (int node = Layout.HasAsync ? Table.FirstFrom(0) : -1; node >= 0; node = Table.After(node)) Layout.ReleaseAsync(ValueOf(node, 0));
    }

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        for (int node = Layout.Special.Count > 0 ? Table.FirstFrom(0) : -1; node >= 0; node = Table.After(node)) ReleaseSpecial(node);
        Table.Dispose();
        base.OnDispose();
    }

    /// <summary>Gives back what the special fields of an element hold, in the copies of all CPUs.</summary>
    private protected void ReleaseSpecial(int node)
    {
        for (int cpu = PerCpu ? CpuCount - 1 : 0; cpu >= 0; cpu--) Layout.ReleaseSpecial(ValueOf(node, cpu));
    }

    private Errno Remove(ulong key)
    {
        uint hash = Table.Hash(key);
        Gate.Enter();
        int node = Table.Find(key, hash);
        if (node >= 0) RemoveHeld(node);
        Gate.Exit();
        return node < 0 ? Errno.ENOENT : Errno.None;
    }

    private void RemoveHeld(int node)
    {
        Table.Unlink(node);
        Count--;
        ReleaseSpecial(node);
        Free(node);
    }

    private void CopyOut(int node, Span<byte> value)
    {
        if (!PerCpu) Layout.CopyOut(ValueOf(node, 0), value);
        else for (int cpu = 0; cpu < CpuCount; cpu++) Layout.CopyWordsOut(ValueOf(node, cpu), value.Slice(cpu * Stride, Stride));
    }

    private int FindNode(ReadOnlySpan<byte> key)
    {
        fixed (byte* bytes = key) return Table.Find((ulong)bytes, Table.Hash((ulong)bytes));
    }
}
