using System.Buffers.Binary;
using Vm.Abi;
using Vm.Memory;
using Vm.Runtime;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_ARRAY_OF_MAPS and BPF_MAP_TYPE_HASH_OF_MAPS: a lookup yields a map.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/map_in_map.c, arraymap.c array_of_map_lookup_elem, hashtab.c htab_of_map_lookup_elem.</remarks>
public sealed unsafe class MapOfMaps : Map
{
    private readonly Map _handles;

    internal MapOfMaps(MapSpec spec, int cpuCount)
        : base(spec, cpuCount)
    {
        InnerMapRules.Check(spec);
        // User space passes 4-byte descriptors; inside, a slot holds the 8-byte handle of the inner map.
        var layout = new ValueLayout(8, []);
        var inside = spec with { ValueSize = 8, Inner = null, Flags = spec.Flags & ~MapFlags.InnerMap };
        _handles = spec.Type == MapType.ArrayOfMaps ? new ArrayMap(inside, cpuCount, layout) : new HashMap(inside, cpuCount, layout, perCpu: false);
    }

    /// <inheritdoc/>
    public override ulong ProgramLookup(ExecContext x, ulong key)
    {
        ulong slot = _handles.ProgramLookup(x, key);
        return slot == 0 ? 0 : Volatile.Read(ref Native.Ref<ulong>(slot));
    }

    /// <summary>Puts an inner map in.</summary>
    /// <returns>EINVAL when its numbers differ from the template's; E2BIG, EEXIST, ENOENT as for any update.</returns>
    public Errno Set(ReadOnlySpan<byte> key, Map inner, ulong flags = 0)
    {
        if (Type == MapType.ArrayOfMaps && flags != 0) return Errno.EINVAL;
        if (Type == MapType.ArrayOfMaps && BinaryPrimitives.ReadUInt32LittleEndian(key) >= Spec.MaxEntries) return Errno.E2BIG;
        if (!InnerMapRules.Matches(Spec.Inner!, inner.Spec)) return Errno.EINVAL;
        using var held = Hold();
        ulong old = HandleAt(key), handle = inner.Handle;
        inner.Acquire();
        var errno = _handles.Update(key, new ReadOnlySpan<byte>(&handle, 8), flags);
        if (errno != Errno.None)
        {
            inner.Release();
            return errno;
        }
        if (old != 0) Resolve<Map>(old).Release();
        return Errno.None;
    }

    /// <summary>The inner map at a key; false when there is none.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out Map inner)
    {
        using var held = Hold();
        ulong handle = HandleAt(key);
        inner = handle == 0 ? null! : Resolve<Map>(handle);
        return handle != 0;
    }

    /// <summary>Copies out the inner map's id.</summary>
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        if (!TryGet(key, out var inner)) return Errno.ENOENT;
        BinaryPrimitives.WriteUInt32LittleEndian(value, inner.Id);
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key)
    {
        ulong old = HandleAt(key);
        if (Type == MapType.HashOfMaps)
        {
            var errno = _handles.Delete(key);
            if (errno != Errno.None) return errno;
        }
        else
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(key) >= Spec.MaxEntries) return Errno.E2BIG;
            if (old == 0) return Errno.ENOENT;
            ulong none = 0;
            _handles.Update(key, new ReadOnlySpan<byte>(&none, 8));
        }
        if (old != 0) Resolve<Map>(old).Release();
        return Errno.None;
    }

    /// <inheritdoc/>
    public override uint Buckets => _handles.Buckets;

    /// <inheritdoc/>
    public override int CountIn(uint bucket) => _handles.CountIn(bucket);

    /// <inheritdoc/>
    public override int ReadBucket(uint bucket, Span<byte> keys, Span<byte> values, bool delete, ulong flags)
    {
        using var held = Hold();
        var handles = new byte[keys.Length / (int)Spec.KeySize * sizeof(ulong)];
        int count = _handles.ReadBucket(bucket, keys, handles, delete, flags);
        if (count * sizeof(ulong) > handles.Length) return count;
        for (int i = 0; i < count; i++)
        {
            var inner = Resolve<Map>(BinaryPrimitives.ReadUInt64LittleEndian(handles.AsSpan(i * sizeof(ulong))));
            BinaryPrimitives.WriteUInt32LittleEndian(values[(i * sizeof(uint))..], inner.Id);
            if (delete) inner.Release();
        }
        return count;
    }

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => _handles.NextKey(key, next);

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access) => false;

    /// <inheritdoc/>
    protected override void OnDispose()
    {
        byte[] key = new byte[Spec.KeySize], next = new byte[Spec.KeySize];
        for (var errno = _handles.NextKey([], key); errno == Errno.None; errno = _handles.NextKey(key, next), next.CopyTo(key, 0))
        {
            if (HandleAt(key) is not 0 and var inner) Resolve<Map>(inner).Release();
        }
        _handles.Dispose();
        base.OnDispose();
    }

    private ulong HandleAt(ReadOnlySpan<byte> key)
    {
        ulong handle = 0;
        return _handles.Lookup(key, new Span<byte>(&handle, 8)) == Errno.None ? handle : 0;
    }
}
