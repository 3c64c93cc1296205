using System.Buffers;
using System.Buffers.Binary;
using Vm.Abi;
using Vm.Kernel;
using Vm.Maps;

namespace Vm.Syscall;

/// <summary>BPF_MAP_*_ELEM: one element of a map looked up, changed, deleted, or the next key asked for.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, map_lookup_elem and its brothers.</remarks>
internal static class MapElements
{
    private const int MapFd = 0, Key = 8, Value = 16, NextKeyAt = 16, Flags = 24;

    public static int Lookup(Call call)
    {
        ulong flags = call.U64(Flags);
        if ((flags & ~MapUpdateFlags.Lock) != 0) return Call.Fail(Errno.EINVAL);
        var errno = Find(call, FileRights.Read, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            if (flags != 0 && !HasLock(map)) return Call.Fail(Errno.EINVAL);
            using var key = new Buffer(map.Spec.KeySize);
            errno = TryReadKey(call, map, key.Bytes);
            if (errno != Errno.None) return Call.Fail(errno);
            using var value = new Buffer((uint)map.Memory.UserValueBytes);
            errno = map.Memory.Lookup(key.Bytes, value.Bytes, flags);
            if (errno != Errno.None) return Call.Fail(errno);
            return call.Memory.TryWrite(call.U64(Value), value.Bytes) ? 0 : Call.Fail(Errno.EFAULT);
        }
    }

    public static int Update(Call call)
    {
        ulong flags = call.U64(Flags);
        var errno = Find(call, FileRights.Write, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            if (map.Frozen) return Call.Fail(Errno.EPERM);
            if ((flags & MapUpdateFlags.Lock) != 0 && !HasLock(map)) return Call.Fail(Errno.EINVAL);
            using var key = new Buffer(map.Spec.KeySize);
            errno = TryReadKey(call, map, key.Bytes);
            if (errno != Errno.None) return Call.Fail(errno);
            using var value = new Buffer((uint)map.Memory.UserValueBytes);
            if (!call.Memory.TryRead(call.U64(Value), value.Bytes)) return Call.Fail(Errno.EFAULT);
            return Call.Fail(Update(call, map, key.Bytes, value.Bytes, flags));
        }
    }

    public static int Delete(Call call)
    {
        var errno = Find(call, FileRights.Write, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            if (map.Frozen) return Call.Fail(Errno.EPERM);
            using var key = new Buffer(map.Spec.KeySize);
            errno = TryReadKey(call, map, key.Bytes);
            return Call.Fail(errno != Errno.None ? errno : map.Memory.Delete(key.Bytes));
        }
    }

    public static int NextKey(Call call)
    {
        var errno = Find(call, FileRights.Read, out var held);
        if (errno != Errno.None) return Call.Fail(errno);
        using (held)
        {
            var map = held.Object;
            using var key = new Buffer(map.Spec.KeySize);
            using var next = new Buffer(map.Spec.KeySize);
            bool first = call.U64(Key) == 0;
            errno = first ? Errno.None : TryReadKey(call, map, key.Bytes);
            if (errno == Errno.None) errno = map.Memory.NextKey(first ? [] : key.Bytes, next.Bytes);
            if (errno != Errno.None) return Call.Fail(errno);
            return call.Memory.TryWrite(call.U64(NextKeyAt), next.Bytes) ? 0 : Call.Fail(Errno.EFAULT);
        }
    }

    public static int LookupAndDelete(Call call) => Call.Fail(Errno.EINVAL);

    /// <summary>Puts a value in; where values are descriptors, what they stand for.</summary>
    internal static Errno Update(Call call, BpfMap map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
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
                errno = call.Find<BpfMap>(BinaryPrimitives.ReadUInt32LittleEndian(value), out var inner);
                if (errno != Errno.None) return errno;
                using (inner) return maps.Set(key, inner.Object.Memory, flags);
            default:
                return map.Memory.Update(key, value, flags);
        }
    }

    private static Errno Find(Call call, FileRights rights, out Held<BpfMap> held)
    {
        var errno = call.Find(call.U32(MapFd), out held);
        if (errno != Errno.None || (held.Rights & rights) == rights) return errno;
        held.Dispose();
        return Errno.EPERM;
    }

    private static Errno TryReadKey(Call call, BpfMap map, Span<byte> key)
    {
        if (map.Spec.KeySize == 0) return call.U64(Key) == 0 ? Errno.None : Errno.EINVAL;
        return call.Memory.TryRead(call.U64(Key), key) ? Errno.None : Errno.EFAULT;
    }

    private static bool HasLock(BpfMap map) => SpecialFields.Of(map.Spec).Any(field => field.Kind == SpecialFieldKind.SpinLock);

    /// <summary>Bytes for the length of a call.</summary>
    private readonly ref struct Buffer
    {
        private readonly byte[] _rented;
        private readonly int _bytes;

        public Buffer(uint bytes)
        {
            _bytes = (int)bytes;
            _rented = ArrayPool<byte>.Shared.Rent(_bytes);
        }

        public Span<byte> Bytes => _rented.AsSpan(0, _bytes);

        public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
    }
}
