using Vm.Abi;
using Vm.Verifier.Paths;
using Vm.Verifier.States;

namespace Vm.Verifier.Rules;

/// <summary>Which bytes of a socket a program may read.</summary>
/// <remarks>
/// A socket pointer that is not null stands for no memory the program could reach: engines read it as kernel memory that may fault
/// (<see cref="Proofs.AccessKind.Probe"/>), so a host without sockets needs nothing behind it.
/// Source: Linux 6.12 kernel/bpf/verifier.c, check_sock_access; net/core/filter.c, bpf_sock_is_valid_access and kin;
/// include/uapi/linux/bpf.h, struct bpf_sock, bpf_tcp_sock, bpf_xdp_sock.
/// </remarks>
internal static class SocketFields
{
    /// <summary>Offsets in struct bpf_sock.</summary>
    private const int BoundInterface = 0, Family = 4, Type = 8, Mark = 16, SourceIp4 = 24, DestinationPort = 48, Padding = 50, DestinationIp4 = 52,
        ReceiveQueue = 76, SocketBytes = 80;

    /// <summary>Offsets in struct bpf_tcp_sock: the two 8-byte counters, and the end of what can be read.</summary>
    private const int BytesReceived = 80, BytesAcked = 88, TcpBytes = 112;

    private const int XdpBytes = 4, Word = 4;

    /// <summary>A load of one field, whole or, where the kernel allows it, in part.</summary>
    public static bool TryRead(Verification v, in RegState pointer, int offset, in Access access)
    {
        if (pointer.Num.SMin < 0)
            return v.Refuse(Errno.EACCES, $"R{access.Pointer} min value is negative, either use unsigned index or do a if (index >=0) check.");
        int bytes = access.Bytes;
        bool aligned = pointer.Num.IsZero && offset >= 0 && offset % bytes == 0;
        bool readable = aligned && pointer.Kind switch
        {
            RegKind.Socket => IsSocketField(offset, bytes),
            RegKind.SockCommon => offset is < Type or >= SourceIp4 && IsSocketField(offset, bytes),
            RegKind.TcpSock => offset < TcpBytes && bytes == (offset is BytesReceived or BytesAcked ? 8 : Word),
            RegKind.XdpSock => offset < XdpBytes && bytes == Word,
            _ => false,
        };
        return readable || v.Refuse(Errno.EACCES, $"R{access.Pointer} invalid {StatePrinter.TypeName(pointer)} access off={offset} size={bytes}");
    }

    private static bool IsSocketField(int offset, int bytes) => offset switch
    {
        < 0 or >= SocketBytes => false,
        // Two bytes in a word: the word may be read whole, for programs from before the field was narrowed.
        >= DestinationPort and < Padding => bytes <= 2 || (offset == DestinationPort && bytes == Word),
        >= Padding and < DestinationIp4 => false,
        // Addresses are byte ranges, other fields may be cut short from their start only.
        (>= SourceIp4 and < SourceIp4 + 20) or (>= DestinationIp4 and < DestinationIp4 + 20) => bytes <= Word,
        _ when offset % Word == 0 && !IsWhole(offset) => bytes <= Word,
        _ => bytes == Word,
    };

    /// <summary>Fields only ever read whole.</summary>
    private static bool IsWhole(int offset) => offset is BoundInterface or (>= Mark and < SourceIp4);
}
