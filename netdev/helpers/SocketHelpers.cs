using Netdev.Skbs;
using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;

namespace Netdev.Helpers;

/// <summary>A socket as programs hold it. There are none here: every lookup finds nothing, so no program ever holds one.</summary>
/// <param name="Address">Always 0 at run time.</param>
[GuestArgument(ArgKind.SockCommon)]
public readonly record struct SocketRef(ulong Address);

/// <summary>Sockets, in a network without any: what the kernel answers when nobody listens.</summary>
/// <remarks>
/// The helpers that take a socket are verified but can never run, because null has to be ruled out before.
/// Source: Linux 6.12 net/core/filter.c, __bpf_sk_lookup, bpf_sk_release, bpf_sk_fullsock, bpf_tcp_sock, bpf_get_listener_sock.
/// </remarks>
public static class SocketHelpers
{
    /// <summary>Looks up a TCP socket: null.</summary>
    [Helper(84, "bpf_sk_lookup_tcp", Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupTcp(Skb skb, [OrZero] ReadOnlySpan<byte> tuple, ulong netns, ulong flags) => 0;

    /// <summary>Looks up a UDP socket: null.</summary>
    [Helper(85, "bpf_sk_lookup_udp", Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupUdp(Skb skb, [OrZero] ReadOnlySpan<byte> tuple, ulong netns, ulong flags) => 0;

    /// <summary>Looks up a TCP socket of any state: null.</summary>
    [Helper(99, "bpf_skc_lookup_tcp", Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SockCommonOrNull)]
    public static ulong LookupTcpCommon(Skb skb, [OrZero] ReadOnlySpan<byte> tuple, ulong netns, ulong flags) => 0;

    /// <summary>Gives a socket back: 0.</summary>
    [Helper(86, "bpf_sk_release", Flags = CallFlags.Release)]
    public static long Release([Arg(Flags = ArgFlags.Release)] SocketRef socket) => 0;

    /// <summary>The full socket behind a common one: null.</summary>
    [Helper(95, "bpf_sk_fullsock")]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong FullSocket(SocketRef socket) => 0;

    /// <summary>The TCP part of a socket: null.</summary>
    [Helper(96, "bpf_tcp_sock")]
    [Returns(ReturnKind.TcpSockOrNull)]
    public static ulong TcpSocket(SocketRef socket) => 0;

    /// <summary>The listener a socket came from: null.</summary>
    [Helper(98, "bpf_get_listener_sock")]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong Listener(SocketRef socket) => 0;

    /// <summary>The value a map keeps for a socket: null.</summary>
    [Helper(107, "bpf_sk_storage_get")]
    public static MapValueOrNull StorageGet(SocketStorageMap map, SocketRef socket, [OrNull] MapValue initial, ulong flags) => default;

    /// <summary>Forgets the value a map keeps for a socket: ENOENT.</summary>
    [Helper(108, "bpf_sk_storage_delete")]
    public static long StorageDelete(SocketStorageMap map, SocketRef socket) => -(long)Errno.ENOENT;

    /// <summary>Gives the packet to a socket: EINVAL.</summary>
    [Helper(124, "bpf_sk_assign")]
    public static long Assign(Skb skb, SocketRef socket, ulong flags) => -(long)Errno.EINVAL;
}

/// <summary>The same lookups from XDP. Source: Linux 6.12 net/core/filter.c, xdp_func_proto.</summary>
public static class XdpSocketHelpers
{
    /// <summary>Looks up a TCP socket: null.</summary>
    [Helper(84, "bpf_sk_lookup_tcp", Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupTcp(XdpBuff xdp, [OrZero] ReadOnlySpan<byte> tuple, uint netns, ulong flags) => 0;

    /// <summary>Looks up a UDP socket: null.</summary>
    [Helper(85, "bpf_sk_lookup_udp", Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupUdp(XdpBuff xdp, [OrZero] ReadOnlySpan<byte> tuple, uint netns, ulong flags) => 0;

    /// <summary>Looks up a TCP socket of any state: null.</summary>
    [Helper(99, "bpf_skc_lookup_tcp", Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SockCommonOrNull)]
    public static ulong LookupTcpCommon(XdpBuff xdp, [OrZero] ReadOnlySpan<byte> tuple, uint netns, ulong flags) => 0;
}
