using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Vm.Abi;
using Vm.Specs;
using Vm.Syscall;

namespace Sim.Live;

/// <summary>A map of the live kernel, made from the same spec as ours, with the calls of user space.</summary>
internal sealed class KernelMap : IDisposable
{
    private readonly BpfTarget _target;
    private readonly BpfHandle _handle;

    private KernelMap(BpfTarget target, MapSpec spec, BpfHandle handle)
    {
        _target = target;
        Spec = spec;
        _handle = handle;
    }

    /// <summary>What it was made from.</summary>
    public MapSpec Spec { get; }

    /// <summary>Bytes of one value as user space passes it: for per-CPU maps one copy, rounded up to 8, for every possible CPU.</summary>
    public int UserValueBytes => IsPerCpu ? Stride * _target.PossibleCpus : (int)Spec.ValueSize;

    /// <summary>True for maps with a value a CPU.</summary>
    public bool IsPerCpu => Spec.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash;

    /// <summary>Bytes from one CPU's copy to the next.</summary>
    public int Stride => (int)((Spec.ValueSize + 7) & ~7u);

    internal uint Number => _handle.Number;

    /// <summary>Makes it. A data section gets its contents, and is frozen when its spec says so.</summary>
    /// <param name="spec">What it is to be.</param>
    /// <param name="btf">Types of the object; null without.</param>
    /// <param name="objectName">The object, for messages.</param>
    /// <param name="into">The kernel; null for the live one.</param>
    /// <exception cref="KernelRefusedException">The kernel refuses the numbers.</exception>
    internal static KernelMap Create(MapSpec spec, KernelBtf? btf, string objectName, BpfTarget? into = null)
    {
        var target = into ?? BpfTarget.Live;
        using var inner = spec.Inner is { } template ? Create(template, btf, objectName, target) : null;
        var attributes = new MapCreateAttr
        {
            MapType = (uint)spec.Type,
            KeySize = spec.KeySize,
            ValueSize = spec.ValueSize,
            MaxEntries = spec.Type == MapType.PerfEventArray && spec.MaxEntries == 0 ? (uint)target.PossibleCpus : spec.MaxEntries,
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
        var (errno, descriptor) = Make(target, attributes);
        if (errno != Errno.None && attributes.BtfValueTypeId != 0)
        {
            // As libbpf does: types the kernel does not take are left out.
            (attributes.BtfFd, attributes.BtfKeyTypeId, attributes.BtfValueTypeId) = (0, 0, 0);
            (errno, descriptor) = Make(target, attributes);
        }
        if (errno != Errno.None) throw new KernelRefusedException(objectName, $"map '{spec.Name}'", $"the kernel refuses to make it ({errno})", errno);
        var map = new KernelMap(target, spec, new BpfHandle(target, descriptor));
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
        byte[] keyBytes = key.ToArray(), valueBytes = Padded(value);
        return _target.Ask(calls => calls.Call(BpfCommand.MapUpdate, Element(calls, keyBytes) with { Value = calls.Memory.Put(valueBytes), Flags = flags }, out _));
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
        byte[] keyBytes = key.ToArray();
        return _target.Ask(calls => calls.Call(BpfCommand.MapDelete, Element(calls, keyBytes), out _));
    }

    /// <summary>All keys there are, in the kernel's order.</summary>
    public IReadOnlyList<byte[]> Keys() => _target.Ask(calls =>
    {
        var keys = new List<byte[]>();
        ulong key = calls.Memory.Allocate((int)Spec.KeySize), next = calls.Memory.Allocate((int)Spec.KeySize), at = calls.Memory.Allocate(Unsafe.SizeOf<MapElementAttr>());
        ref var attributes = ref calls.Memory.Ref<MapElementAttr>(at);
        attributes = new MapElementAttr { MapFd = Number, Value = next };
        while (calls.Bpf(BpfCommand.MapGetNextKey, at, (uint)Unsafe.SizeOf<MapElementAttr>()) == 0)
        {
            var found = calls.Memory.Bytes(next, (int)Spec.KeySize);
            keys.Add(found.ToArray());
            found.CopyTo(calls.Memory.Bytes(key, (int)Spec.KeySize));
            attributes.Key = key;
        }
        return keys;
    });

    /// <summary>The values of an array from an index on, as many as fit (BPF_MAP_LOOKUP_BATCH).</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">How many; none of them behind the end.</param>
    /// <returns>The values one after another; empty when this kernel cannot read so.</returns>
    internal ReadOnlySpan<byte> ReadValues(uint first, int count) => _target.Ask(calls =>
    {
        // The place to go on is the index before the first, as the call itself gives it.
        var attributes = new MapBatchAttr
        {
            InBatch = first == 0 ? 0 : calls.Memory.Put(first - 1),
            OutBatch = calls.Memory.Allocate(sizeof(uint)),
            Keys = calls.Memory.Allocate(sizeof(uint) * count),
            Values = calls.Memory.Allocate(count * UserValueBytes),
            Count = (uint)count,
            MapFd = Number,
        };
        var errno = calls.Call(BpfCommand.MapLookupBatch, ref attributes, out _);
        return errno is Errno.None or Errno.ENOENT && attributes.Count == count ? calls.Memory.Bytes(attributes.Values, count * UserValueBytes).ToArray() : [];
    });

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    // The kernel knows no types for maps that hold descriptors. Source: tools/lib/bpf/libbpf.c, bpf_object__create_map.
    private static bool TakesTypes(MapSpec spec) => spec.Name != ".kconfig" && spec.ValueTypeId != 0 && (spec.KeyTypeId != 0 || spec.DataSection || spec.KeySize == 0)
        && spec.Type is not (MapType.PerfEventArray or MapType.CgroupArray or MapType.StackTrace or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.DevMap
            or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap or MapType.SockMap or MapType.SockHash);

    private void Fill(byte[] contents, string objectName)
    {
        var errno = Update(stackalloc byte[4], contents);
        if (errno == Errno.None && Spec.Frozen) errno = _target.Ask(calls => calls.Call(BpfCommand.MapFreeze, new MapElementAttr { MapFd = Number }, out _));
        if (errno != Errno.None) throw new KernelRefusedException(objectName, $"map '{Spec.Name}'", $"the kernel refuses its initial contents ({errno})", errno);
    }

    private Errno Read(BpfCommand command, ReadOnlySpan<byte> key, Span<byte> value)
    {
        byte[] keyBytes = key.ToArray();
        var (errno, bytes) = _target.Ask(calls =>
        {
            ulong at = calls.Memory.Allocate(UserValueBytes);
            var answer = calls.Call(command, Element(calls, keyBytes) with { Value = at }, out _);
            return (answer, answer == Errno.None ? calls.Memory.Bytes(at, UserValueBytes).ToArray() : []);
        });
        if (errno == Errno.None) bytes.AsSpan(0, value.Length).CopyTo(value);
        return errno;
    }

    private MapElementAttr Element(IBpfCalls calls, byte[] key) => new() { MapFd = Number, Key = Spec.KeySize == 0 ? 0 : calls.Memory.Put(key) };

    // What is given may be shorter than what the kernel reads.
    private byte[] Padded(ReadOnlySpan<byte> value)
    {
        var whole = new byte[Math.Max(UserValueBytes, value.Length)];
        value.CopyTo(whole);
        return whole;
    }

    private static (Errno Errno, int Descriptor) Make(BpfTarget target, MapCreateAttr attributes) => target.Ask(calls => (calls.Call(BpfCommand.MapCreate, attributes, out int descriptor), descriptor));
}
