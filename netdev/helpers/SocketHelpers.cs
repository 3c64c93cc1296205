using Netdev.Skbs;
using Vm.Abi;
using Vm.Helpers;
using Vm.Maps;

namespace Netdev.Helpers;

/// <summary>A socket as programs hold it. There are none here: every lookup finds nothing, so no program ever holds one.</summary>
/// <param name="Address">Always 0 at run time.</param>
[GuestArgument(ArgKind.SockCommon)]
public readonly record struct SocketRef(ulong Address);

/// <summary>A socket in any of its shapes, kernel structs included. Always 0 at run time.</summary>
[GuestArgument(ArgKind.AnySocket)]
public readonly record struct AnySocketRef(ulong Address);

/// <summary>Sockets, in a network without any: what the kernel answers when nobody listens.</summary>
/// <remarks>
/// The helpers that take a socket are verified but can never run, because null has to be ruled out before.
/// Source: Linux 6.12 net/core/filter.c, __bpf_sk_lookup, bpf_sk_release, bpf_sk_fullsock, bpf_tcp_sock, bpf_get_listener_sock.
/// </remarks>
public static class SocketHelpers
{
    /// <summary>Looks up a TCP socket: null.</summary>
    [Helper(HelperId.SkLookupTcp, Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupTcp(Skb skb, [OrZero] ReadOnlySpan<byte> tuple, ulong netns, ulong flags) => 0;

    /// <summary>Looks up a UDP socket: null.</summary>
    [Helper(HelperId.SkLookupUdp, Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupUdp(Skb skb, [OrZero] ReadOnlySpan<byte> tuple, ulong netns, ulong flags) => 0;

    /// <summary>Looks up a TCP socket of any state: null.</summary>
    [Helper(HelperId.SkcLookupTcp, Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SockCommonOrNull)]
    public static ulong LookupTcpCommon(Skb skb, [OrZero] ReadOnlySpan<byte> tuple, ulong netns, ulong flags) => 0;

    /// <summary>Gives a socket back: 0.</summary>
    [Helper(HelperId.SkRelease, Flags = CallFlags.Release)]
    public static long Release([Arg(Flags = ArgFlags.Release)] AnySocketRef socket) => 0;

    /// <summary>The full socket behind a common one: null.</summary>
    [Helper(HelperId.SkFullsock)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong FullSocket(SocketRef socket) => 0;

    /// <summary>The TCP part of a socket: null.</summary>
    [Helper(HelperId.TcpSock)]
    [Returns(ReturnKind.TcpSockOrNull)]
    public static ulong TcpSocket(SocketRef socket) => 0;

    /// <summary>The listener a socket came from: null.</summary>
    [Helper(HelperId.GetListenerSock)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong Listener(SocketRef socket) => 0;

    /// <summary>The value a map keeps for a socket: null.</summary>
    [Helper(HelperId.SkStorageGet)]
    public static MapValueOrNull StorageGet(SocketStorageMap map, AnySocketRef socket, [OrNull] MapValue initial, ulong flags) => default;

    /// <summary>Forgets the value a map keeps for a socket: ENOENT.</summary>
    [Helper(HelperId.SkStorageDelete)]
    public static long StorageDelete(SocketStorageMap map, AnySocketRef socket) => -(long)Errno.ENOENT;

    /// <summary>Gives the packet to a socket: EINVAL.</summary>
    [Helper(HelperId.SkAssign)]
    public static long Assign(Skb skb, AnySocketRef socket, ulong flags) => -(long)Errno.EINVAL;
}

/// <summary>Casts of a socket to the kernel struct of its protocol: there is no socket, so none is of that kind.</summary>
/// <remarks>Source: Linux 6.12 net/core/filter.c, bpf_skc_to_tcp6_sock and kin; bpf_sk_base_func_proto.</remarks>
public static class SocketCasts
{
    private const CallFlags Flags = CallFlags.NeedsPerfmon;

    /// <summary>A TCP socket over IPv6: null.</summary>
    [Helper(HelperId.SkcToTcp6Sock, Flags = Flags)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "tcp6_sock")]
    public static ulong ToTcp6(AnySocketRef socket) => 0;

    /// <summary>A TCP socket: null.</summary>
    [Helper(HelperId.SkcToTcpSock, Flags = Flags)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "tcp_sock")]
    public static ulong ToTcp(AnySocketRef socket) => 0;

    /// <summary>A TCP socket in TIME_WAIT: null.</summary>
    [Helper(HelperId.SkcToTcpTimewaitSock, Flags = Flags)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "tcp_timewait_sock")]
    public static ulong ToTimeWait(AnySocketRef socket) => 0;

    /// <summary>A TCP connection request: null.</summary>
    [Helper(HelperId.SkcToTcpRequestSock, Flags = Flags)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "tcp_request_sock")]
    public static ulong ToRequest(AnySocketRef socket) => 0;

    /// <summary>A UDP socket over IPv6: null.</summary>
    [Helper(HelperId.SkcToUdp6Sock, Flags = Flags)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "udp6_sock")]
    public static ulong ToUdp6(AnySocketRef socket) => 0;

    /// <summary>A Unix socket: null.</summary>
    [Helper(HelperId.SkcToUnixSock, Flags = Flags)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "unix_sock")]
    public static ulong ToUnix(AnySocketRef socket) => 0;

    /// <summary>An MPTCP socket: null.</summary>
    [Helper(HelperId.SkcToMptcpSock, Flags = Flags)]
    [Returns(ReturnKind.BtfPointerOrNull, TypeName = "mptcp_sock")]
    public static ulong ToMptcp(AnySocketRef socket) => 0;
}

/// <summary>The same lookups from XDP. Source: Linux 6.12 net/core/filter.c, xdp_func_proto.</summary>
public static class XdpSocketHelpers
{
    /// <summary>Looks up a TCP socket: null.</summary>
    [Helper(HelperId.SkLookupTcp, Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupTcp(XdpBuff xdp, [OrZero] ReadOnlySpan<byte> tuple, uint netns, ulong flags) => 0;

    /// <summary>Looks up a UDP socket: null.</summary>
    [Helper(HelperId.SkLookupUdp, Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SocketOrNull)]
    public static ulong LookupUdp(XdpBuff xdp, [OrZero] ReadOnlySpan<byte> tuple, uint netns, ulong flags) => 0;

    /// <summary>Looks up a TCP socket of any state: null.</summary>
    [Helper(HelperId.SkcLookupTcp, Flags = CallFlags.Acquire | CallFlags.TakesPacket)]
    [Returns(ReturnKind.SockCommonOrNull)]
    public static ulong LookupTcpCommon(XdpBuff xdp, [OrZero] ReadOnlySpan<byte> tuple, uint netns, ulong flags) => 0;
}
