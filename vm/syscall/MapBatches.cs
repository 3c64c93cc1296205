using System.Buffers.Binary;
using Vm.Abi;
using Vm.Kernel;
using Vm.Maps;

namespace Vm.Syscall;

/// <summary>BPF_MAP_*_BATCH: many elements in one call. How many were done is written back, also when the call fails half way.</summary>
/// <remarks>
/// Source: Linux 6.12 kernel/bpf/syscall.c, bpf_map_do_batch, generic_map_lookup_batch, generic_map_update_batch, generic_map_delete_batch;
/// kernel/bpf/hashtab.c, __htab_map_lookup_and_delete_batch.
/// </remarks>
internal static class MapBatches
{
    private const int InBatch = 0, OutBatch = 8, Keys = 16, Values = 24, Count = 32, MapFd = 36, ElementFlags = 40, Flags = 48;


    public static int Lookup(Call call) => On(call, FileRights.Read, map => map.Memory.Buckets > 0 ? ReadHash(call, map, delete: false) : Read(call, map), IsArray, IsHash, IsTrie);

    public static int LookupAndDelete(Call call) => On(call, FileRights.ReadWrite, map => ReadHash(call, map, delete: true), IsHash);

    public static int Update(Call call) => On(call, FileRights.Write, map => Write(call, map), IsArray, IsHash, IsTrie);

    public static int Delete(Call call) => On(call, FileRights.Write, map => Remove(call, map), IsHash, IsTrie);

    private static bool IsArray(MapType type) => type is MapType.Array or MapType.PerCpuArray or MapType.ArrayOfMaps;

    private static bool IsHash(MapType type) => type is MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.HashOfMaps;

    private static bool IsTrie(MapType type) => type == MapType.LpmTrie;

    private static int On(Call call, FileRights rights, Func<BpfMap, Errno> work, params ReadOnlySpan<Func<MapType, bool>> types)
    {
        var errno = MapFile.Find(call, call.U32(MapFd), rights, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            bool supported = false;
            foreach (var isType in types) supported |= isType(map.Spec.Type);
            if (!supported) return Call.Fail(Errno.ENOTSUPP);
            ulong flags = call.U64(ElementFlags);
            if ((flags & ~MapUpdateFlags.Lock) != 0 || !MapFile.AllowsLock(map, flags)) return Call.Fail(Errno.EINVAL);
            return Call.Fail(work(map));
        }
    }

    private static Errno Read(Call call, BpfMap map)
    {
        uint most = call.U32(Count), done = 0;
        if (most == 0) return Errno.None;
        if (!call.TryPut(Count, 0u)) return Errno.EFAULT;
        int keyBytes = (int)map.Spec.KeySize, valueBytes = map.Memory.UserValueBytes;
        byte[] before = new byte[keyBytes], key = new byte[keyBytes], value = new byte[valueBytes];
        bool first = call.U64(InBatch) == 0;
        if (!first && !call.Memory.TryRead(call.U64(InBatch), before)) return Errno.EFAULT;
        var errno = Errno.None;
        while (done < most)
        {
            errno = map.Memory.NextKey(first ? [] : before, key);
            if (errno != Errno.None) break;
            errno = map.Memory.Lookup(key, value, call.U64(ElementFlags));
            if (errno == Errno.None)
            {
                if (!call.Memory.TryWrite(call.U64(Keys) + (ulong)done * (ulong)keyBytes, key)) return Errno.EFAULT;
                if (!call.Memory.TryWrite(call.U64(Values) + (ulong)done * (ulong)valueBytes, value)) return Errno.EFAULT;
                done++;
            }
            else if (errno != Errno.ENOENT) return errno;
            errno = Errno.None;
            (before, key, first) = (key, before, false);
        }
        if (!call.TryPut(Count, done) || (done > 0 && !call.Memory.TryWrite(call.U64(OutBatch), before))) return Errno.EFAULT;
        return errno;
    }

    private static Errno ReadHash(Call call, BpfMap map, bool delete)
    {
        if (call.U64(Flags) != 0) return Errno.EINVAL;
        uint most = call.U32(Count), done = 0, bucket = 0;
        if (most == 0) return Errno.None;
        if (!call.TryPut(Count, 0u)) return Errno.EFAULT;
        Span<byte> word = stackalloc byte[4];
        if (call.U64(InBatch) != 0)
        {
            if (!call.Memory.TryRead(call.U64(InBatch), word)) return Errno.EFAULT;
            bucket = BinaryPrimitives.ReadUInt32LittleEndian(word);
        }
        if (bucket >= map.Memory.Buckets) return Errno.ENOENT;
        int keyBytes = (int)map.Spec.KeySize, valueBytes = map.Memory.UserValueBytes;
        var errno = Errno.None;
        byte[] keys = new byte[keyBytes], values = new byte[valueBytes];
        while (bucket < map.Memory.Buckets)
        {
            int count = map.Memory.CountIn(bucket);
            if (count > most - done)
            {
                if (done == 0) errno = Errno.ENOSPC;
                break;
            }
            if (count > 0)
            {
                if (keys.Length < count * keyBytes) (keys, values) = (new byte[count * keyBytes], new byte[count * valueBytes]);
                int read = map.Memory.ReadBucket(bucket, keys.AsSpan(0, count * keyBytes), values, delete, call.U64(ElementFlags));
                // It grew in between: look again.
                if (read > count) continue;
                if (!call.Memory.TryWrite(call.U64(Keys) + (ulong)done * (ulong)keyBytes, keys.AsSpan(0, read * keyBytes))
                    || !call.Memory.TryWrite(call.U64(Values) + (ulong)done * (ulong)valueBytes, values.AsSpan(0, read * valueBytes))) return Errno.EFAULT;
                done += (uint)read;
            }
            bucket++;
        }
        if (errno == Errno.None && bucket >= map.Memory.Buckets) errno = Errno.ENOENT;
        BinaryPrimitives.WriteUInt32LittleEndian(word, bucket);
        return call.Memory.TryWrite(call.U64(OutBatch), word) && call.TryPut(Count, done) ? errno : Errno.EFAULT;
    }

    private static Errno Write(Call call, BpfMap map)
    {
        using var value = new CallBuffer(map.Memory.UserValueBytes);
        var bytes = value.Bytes;
        uint most = call.U32(Count), done = 0;
        if (most == 0) return Errno.None;
        if (!call.TryPut(Count, 0u)) return Errno.EFAULT;
        using var key = new CallBuffer(map.Spec.KeySize);
        var errno = Errno.None;
        for (; done < most; done++)
        {
            errno = call.Memory.TryRead(call.U64(Keys) + (ulong)done * map.Spec.KeySize, key.Bytes) && call.Memory.TryRead(call.U64(Values) + (ulong)done * (ulong)bytes.Length, bytes)
                ? MapElements.Put(call, map, key.Bytes, bytes, call.U64(ElementFlags))
                : Errno.EFAULT;
            if (errno != Errno.None) break;
        }
        return call.TryPut(Count, done) ? errno : Errno.EFAULT;
    }

    private static Errno Remove(Call call, BpfMap map)
    {
        uint most = call.U32(Count), done = 0;
        if (most == 0) return Errno.None;
        if (!call.TryPut(Count, 0u)) return Errno.EFAULT;
        using var key = new CallBuffer(map.Spec.KeySize);
        var errno = Errno.None;
        for (; done < most; done++)
        {
            errno = call.Memory.TryRead(call.U64(Keys) + (ulong)done * map.Spec.KeySize, key.Bytes) ? map.Memory.Delete(key.Bytes) : Errno.EFAULT;
            if (errno != Errno.None) break;
        }
        return call.TryPut(Count, done) ? errno : Errno.EFAULT;
    }
}
