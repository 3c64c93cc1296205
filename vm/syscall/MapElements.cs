using System.Buffers.Binary;
using Vm.Abi;
using Vm.Kernel;
using Vm.Maps;

namespace Vm.Syscall;

/// <summary>BPF_MAP_*_ELEM and BPF_MAP_FREEZE: one element of a map looked up, changed, deleted, or the next key asked for.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, map_lookup_elem and its brothers.</remarks>
internal static class MapElements
{
    private const int MapFd = 0, Key = 8, Value = 16, NextKeyAt = 16, Flags = 24;

    public static int Lookup(Call call)
    {
        ulong flags = call.U64(Flags);
        if ((flags & ~MapUpdateFlags.Lock) != 0) return Call.Fail(Errno.EINVAL);
        var errno = MapFile.Find(call, call.U32(MapFd), FileRights.Read, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            if (!MapFile.AllowsLock(map, flags)) return Call.Fail(Errno.EINVAL);
            using var key = new CallBuffer(map.Spec.KeySize);
            errno = MapFile.TryReadKey(call, map, call.U64(Key), key.Bytes);
            if (errno != Errno.None) return Call.Fail(errno);
            using var value = new CallBuffer(map.Memory.UserValueBytes);
            errno = map.Memory.Lookup(key.Bytes, value.Bytes, flags);
            if (errno != Errno.None) return Call.Fail(errno);
            return call.Memory.TryWrite(call.U64(Value), value.Bytes) ? 0 : Call.Fail(Errno.EFAULT);
        }
    }

    public static int Update(Call call)
    {
        ulong flags = call.U64(Flags);
        var errno = MapFile.Find(call, call.U32(MapFd), FileRights.Write, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            if (!MapFile.AllowsLock(map, flags)) return Call.Fail(Errno.EINVAL);
            using var key = new CallBuffer(map.Spec.KeySize);
            errno = MapFile.TryReadKey(call, map, call.U64(Key), key.Bytes);
            if (errno != Errno.None) return Call.Fail(errno);
            using var value = new CallBuffer(map.Memory.UserValueBytes);
            if (!call.Memory.TryRead(call.U64(Value), value.Bytes)) return Call.Fail(Errno.EFAULT);
            return Call.Fail(Put(call, map, key.Bytes, value.Bytes, flags));
        }
    }

    public static int Delete(Call call)
    {
        var errno = MapFile.Find(call, call.U32(MapFd), FileRights.Write, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            using var key = new CallBuffer(map.Spec.KeySize);
            errno = MapFile.TryReadKey(call, map, call.U64(Key), key.Bytes);
            return Call.Fail(errno != Errno.None ? errno : map.Memory.Delete(key.Bytes));
        }
    }

    public static int NextKey(Call call)
    {
        var errno = MapFile.Find(call, call.U32(MapFd), FileRights.Read, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            using var key = new CallBuffer(map.Spec.KeySize);
            using var next = new CallBuffer(map.Spec.KeySize);
            bool first = call.U64(Key) == 0;
            errno = first ? Errno.None : MapFile.TryReadKey(call, map, call.U64(Key), key.Bytes);
            if (errno == Errno.None) errno = map.Memory.NextKey(first ? [] : key.Bytes, next.Bytes);
            if (errno != Errno.None) return Call.Fail(errno);
            return call.Memory.TryWrite(call.U64(NextKeyAt), next.Bytes) ? 0 : Call.Fail(Errno.EFAULT);
        }
    }

    public static int LookupAndDelete(Call call)
    {
        ulong flags = call.U64(Flags);
        if ((flags & ~MapUpdateFlags.Lock) != 0) return Call.Fail(Errno.EINVAL);
        var errno = MapFile.Find(call, call.U32(MapFd), FileRights.ReadWrite, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            if (flags != 0 && map.Memory is QueueStackMap) return Call.Fail(Errno.EINVAL);
            if (!MapFile.AllowsLock(map, flags)) return Call.Fail(Errno.EINVAL);
            using var key = new CallBuffer(map.Spec.KeySize);
            errno = MapFile.TryReadKey(call, map, call.U64(Key), key.Bytes);
            if (errno != Errno.None) return Call.Fail(errno);
            using var value = new CallBuffer(map.Memory.UserValueBytes);
            errno = map.Memory.LookupAndDelete(key.Bytes, value.Bytes, flags);
            if (errno != Errno.None) return Call.Fail(errno);
            return call.Memory.TryWrite(call.U64(Value), value.Bytes) ? 0 : Call.Fail(Errno.EFAULT);
        }
    }

    public static int Freeze(Call call)
    {
        var errno = call.Find<BpfMap>(call.U32(MapFd), out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            if (SpecialFields.Of(map.Spec).Count > 0) return Call.Fail(Errno.ENOTSUPP);
            if (map.Frozen || (held.Rights & FileRights.Write) == 0) return Call.Fail(Errno.EPERM);
            map.Frozen = true;
            return 0;
        }
    }

    /// <summary>Puts a value in; where values are descriptors or interface numbers, what they stand for.</summary>
    public static Errno Put(Call call, BpfMap map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        switch (map.Memory)
        {
            case ProgArrayMap programs:
                if (flags != 0) return Errno.EINVAL;
                uint slot = BinaryPrimitives.ReadUInt32LittleEndian(key);
                if (slot >= map.Spec.MaxEntries) return Errno.E2BIG;
                var errno = call.Find<BpfProg>(BinaryPrimitives.ReadUInt32LittleEndian(value), out var prog);
                if (errno != Errno.None) return errno;
                using (prog) return programs.Set(slot, prog.Object.Code);
            case MapOfMaps maps:
                if (maps.Type == MapType.ArrayOfMaps && flags != 0) return Errno.EINVAL;
                if (maps.Type == MapType.ArrayOfMaps && BinaryPrimitives.ReadUInt32LittleEndian(key) >= map.Spec.MaxEntries) return Errno.E2BIG;
                errno = call.Find<BpfMap>(BinaryPrimitives.ReadUInt32LittleEndian(value), out var inner);
                if (errno != Errno.None) return errno;
                using (inner) return maps.Set(key, inner.Object.Memory, flags);
            case DevMap devices:
                return devices.Set(key, value, flags, ifindex => call.Syscalls.Settings.HasInterface(call.Caller, ifindex));
            default:
                return map.Memory.Update(key, value, flags);
        }
    }
}
