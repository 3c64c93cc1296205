using System.Buffers.Binary;
using Vm.Abi;
using Vm.Specs;

namespace Sim.Live;

/// <summary>A map of the live kernel, made from the same spec as ours, with the calls of user space.</summary>
public sealed class KernelMap : IDisposable
{
    private readonly KernelHandle _handle;
    private readonly PinnedBytes _key, _value, _next;
    private PinnedBytes? _batch, _batchKeys;

    private KernelMap(MapSpec spec, KernelHandle handle)
    {
        Spec = spec;
        _handle = handle;
        _key = new PinnedBytes((int)spec.KeySize);
        _next = new PinnedBytes((int)spec.KeySize);
        _value = new PinnedBytes(UserValueBytes);
    }

    /// <summary>What it was made from.</summary>
    public MapSpec Spec { get; }

    /// <summary>Bytes of one value as user space passes it: for per-CPU maps one copy, rounded up to 8, for every possible CPU.</summary>
    public int UserValueBytes => IsPerCpu ? Stride * KernelTarget.PossibleCpus : (int)Spec.ValueSize;

    /// <summary>True for maps with a value a CPU.</summary>
    public bool IsPerCpu => Spec.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash;

    /// <summary>Bytes from one CPU's copy to the next.</summary>
    public int Stride => (int)((Spec.ValueSize + 7) & ~7u);

    internal uint Number => _handle.Number;

    /// <summary>Makes it. A data section gets its contents, and is frozen when its spec says so.</summary>
    /// <exception cref="KernelRefusedException">The kernel refuses the numbers.</exception>
    internal static KernelMap Create(MapSpec spec, KernelBtf? btf, string objectName)
    {
        using var inner = spec.Inner is { } template ? Create(template, btf, objectName) : null;
        var attributes = new MapCreateAttr
        {
            MapType = (uint)spec.Type,
            KeySize = spec.KeySize,
            ValueSize = spec.ValueSize,
            MaxEntries = spec.Type == MapType.PerfEventArray && spec.MaxEntries == 0 ? (uint)KernelTarget.PossibleCpus : spec.MaxEntries,
            MapFlags = (uint)spec.Flags,
            NumaNode = (uint)spec.NumaNode,
            InnerMapFd = inner?.Number ?? 0,
            MapExtra = spec.Extra,
            Name = KernelName.Of(spec.Name),
        };
        if (btf is not null && TakesTypes(spec))
        {
            attributes.BtfFd = btf.Number;
            attributes.BtfKeyTypeId = spec.KeyTypeId;
            attributes.BtfValueTypeId = spec.ValueTypeId;
        }
        var errno = BpfSyscall.Call(BpfCommand.MapCreate, ref attributes, out int descriptor);
        if (errno != Errno.None && attributes.BtfValueTypeId != 0)
        {
            // As libbpf does: types the kernel does not take are left out.
            (attributes.BtfFd, attributes.BtfKeyTypeId, attributes.BtfValueTypeId) = (0, 0, 0);
            errno = BpfSyscall.Call(BpfCommand.MapCreate, ref attributes, out descriptor);
        }
        if (errno != Errno.None) throw new KernelRefusedException(objectName, $"map '{spec.Name}'", $"the kernel refuses to make it ({errno})", errno);
        var map = new KernelMap(spec, new KernelHandle(descriptor));
        if (spec is { DataSection: true, Contents: { } contents }) map.Fill(contents, objectName);
        return map;
    }

    /// <summary>BPF_MAP_LOOKUP_ELEM.</summary>
    public Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value) => Read(BpfCommand.MapLookup, key, value);

    /// <summary>BPF_MAP_LOOKUP_AND_DELETE_ELEM: takes an element off a queue or stack.</summary>
    public Errno Pop(Span<byte> value) => Read(BpfCommand.MapLookupAndDelete, default, value);

    /// <summary>BPF_MAP_UPDATE_ELEM.</summary>
    public Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0)
    {
        key.CopyTo(_key.Bytes);
        value.CopyTo(_value.Bytes);
        var attributes = Element(_value.Address);
        attributes.Flags = flags;
        return BpfSyscall.Call(BpfCommand.MapUpdate, ref attributes);
    }

    /// <summary>Puts a program or map where the map holds such.</summary>
    internal Errno Set(ReadOnlySpan<byte> key, uint descriptor)
    {
        Span<byte> value = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(value, descriptor);
        return Update(key, value);
    }

    /// <summary>BPF_MAP_DELETE_ELEM.</summary>
    public Errno Delete(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_key.Bytes);
        var attributes = Element(0);
        return BpfSyscall.Call(BpfCommand.MapDelete, ref attributes);
    }

    /// <summary>All keys there are, in the kernel's order.</summary>
    public IReadOnlyList<byte[]> Keys()
    {
        var keys = new List<byte[]>();
        var attributes = new MapElementAttr { MapFd = Number, Value = _next.Address };
        while (BpfSyscall.Call(BpfCommand.MapGetNextKey, ref attributes) == Errno.None)
        {
            _next.Bytes.CopyTo(_key.Bytes, 0);
            keys.Add(_next.Bytes.AsSpan(0, (int)Spec.KeySize).ToArray());
            attributes.Key = _key.Address;
        }
        return keys;
    }

    /// <summary>The values of an array from an index on, as many as fit (BPF_MAP_LOOKUP_BATCH).</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">How many; none of them behind the end.</param>
    /// <returns>The values one after another, valid until the next call; empty when this kernel cannot read so.</returns>
    internal ReadOnlySpan<byte> ReadValues(uint first, int count)
    {
        if (_batch is null || _batch.Bytes.Length < count * UserValueBytes) _batch = new PinnedBytes(count * UserValueBytes);
        _batchKeys ??= new PinnedBytes(0);
        if (_batchKeys.Bytes.Length < 4 * count) _batchKeys = new PinnedBytes(4 * count);
        // The place to go on is the index before the first, as the call itself gives it.
        BinaryPrimitives.WriteUInt32LittleEndian(_key.Bytes, first - 1);
        var attributes = new MapBatchAttr
        {
            InBatch = first == 0 ? 0 : _key.Address,
            OutBatch = _next.Address,
            Keys = _batchKeys.Address,
            Values = _batch.Address,
            Count = (uint)count,
            MapFd = Number,
        };
        var errno = BpfSyscall.Call(BpfCommand.MapLookupBatch, ref attributes);
        return errno is Errno.None or Errno.ENOENT && attributes.Count == count ? _batch.Bytes.AsSpan(0, count * UserValueBytes) : default;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    // The kernel knows no types for maps that hold descriptors. Source: tools/lib/bpf/libbpf.c, bpf_object__create_map.
    private static bool TakesTypes(MapSpec spec) => spec.Name != ".kconfig" && spec.ValueTypeId != 0 && (spec.KeyTypeId != 0 || spec.DataSection || spec.KeySize == 0)
        && spec.Type is not (MapType.PerfEventArray or MapType.CgroupArray or MapType.StackTrace or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.DevMap
            or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap or MapType.SockMap or MapType.SockHash);

    private void Fill(byte[] contents, string objectName)
    {
        var errno = Update(stackalloc byte[4], contents);
        if (errno == Errno.None && Spec.Frozen)
        {
            var freeze = new MapElementAttr { MapFd = Number };
            errno = BpfSyscall.Call(BpfCommand.MapFreeze, ref freeze);
        }
        if (errno != Errno.None) throw new KernelRefusedException(objectName, $"map '{Spec.Name}'", $"the kernel refuses its initial contents ({errno})", errno);
    }

    private Errno Read(BpfCommand command, ReadOnlySpan<byte> key, Span<byte> value)
    {
        key.CopyTo(_key.Bytes);
        var attributes = Element(_value.Address);
        var errno = BpfSyscall.Call(command, ref attributes);
        if (errno == Errno.None) _value.Bytes.AsSpan(0, value.Length).CopyTo(value);
        return errno;
    }

    private MapElementAttr Element(ulong value) => new() { MapFd = Number, Key = Spec.KeySize == 0 ? 0 : _key.Address, Value = value };
}
