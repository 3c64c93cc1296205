using Vm.Abi;
using Vm.Memory;
using Vm.Specs;

namespace Vm.Maps;

/// <summary>BPF_MAP_TYPE_SK_STORAGE: a value for each socket. There are no sockets here, so it stays empty.</summary>
/// <remarks>User space names a socket by its descriptor, and none is open. Source: Linux 6.12 net/core/bpf_sk_storage.c, bpf_fd_sk_storage_*.</remarks>
public sealed class SocketStorageMap : Map
{
    internal SocketStorageMap(MapSpec spec, int cpuCount)
        : base(spec, cpuCount)
    {
    }

    /// <inheritdoc/>
    public override Errno Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags = 0) => Errno.EBADF;

    /// <inheritdoc/>
    public override Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0) => Errno.EBADF;

    /// <inheritdoc/>
    public override Errno Delete(ReadOnlySpan<byte> key) => Errno.EBADF;

    /// <inheritdoc/>
    public override Errno NextKey(ReadOnlySpan<byte> key, Span<byte> next) => Errno.EOPNOTSUPP;

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access) => false;
}
