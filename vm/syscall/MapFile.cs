using System.Buffers;
using Vm.Abi;
using Vm.Kernel;
using Vm.Maps;

namespace Vm.Syscall;

/// <summary>What the commands on maps share: the map behind a descriptor with the rights asked for, and buffers for keys and values.</summary>
/// <remarks>Source: Linux 6.12 kernel/bpf/syscall.c, map_get_sys_perms, bpf_map_value_size, __bpf_copy_key.</remarks>
internal static class MapFile
{
    /// <summary>The map behind a descriptor.</summary>
    /// <returns>EBADF, EINVAL; EPERM when the descriptor, or a frozen map, does not give the rights.</returns>
    public static Errno Find(Call call, uint descriptor, FileRights rights, out Held<BpfMap> held)
    {
        var errno = call.Find(descriptor, out held);
        if (errno != Errno.None) return errno;
        var given = held.Object.Frozen ? held.Rights & ~FileRights.Write : held.Rights;
        if ((given & rights) == rights) return Errno.None;
        held.Dispose();
        return Errno.EPERM;
    }

    /// <summary>Reads a key; a map without keys must be given none.</summary>
    public static Errno TryReadKey(Call call, BpfMap map, ulong address, Span<byte> key)
    {
        if (map.Spec.KeySize == 0) return address == 0 ? Errno.None : Errno.EINVAL;
        return call.Memory.TryRead(address, key) ? Errno.None : Errno.EFAULT;
    }

    /// <summary>BPF_F_LOCK is for maps whose values have a lock.</summary>
    public static bool AllowsLock(BpfMap map, ulong flags) => (flags & MapUpdateFlags.Lock) == 0 || SpecialFields.Of(map.Spec).Any(field => field.Kind == SpecialFieldKind.SpinLock);
}

/// <summary>Zeroed bytes for the length of a call.</summary>
internal readonly ref struct CallBuffer
{
    private readonly byte[] _rented;

    public CallBuffer(long bytes)
    {
        _rented = ArrayPool<byte>.Shared.Rent((int)bytes);
        Bytes = _rented.AsSpan(0, (int)bytes);
        Bytes.Clear();
    }

    public Span<byte> Bytes { get; }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}
