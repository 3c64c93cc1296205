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
    protected override Errno UserLookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => Errno.EBADF;

    /// <inheritdoc/>
    protected override Errno UserUpdate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => Errno.EBADF;

    /// <inheritdoc/>
    protected override Errno UserDelete(ReadOnlySpan<byte> key) => Errno.EBADF;

    /// <inheritdoc/>
    protected override Errno UserNextKey(ReadOnlySpan<byte> key, Span<byte> next) => Errno.EOPNOTSUPP;

    /// <inheritdoc/>
    public override bool Allows(ulong address, int bytes, MemoryAccess access) => false;
}
