using System.Buffers.Binary;
using Vm.Abi;

namespace Sim.Live.Net;

/// <summary>Adds and removes the qdiscs that classic tc hangs its filters on: clsact and ingress.</summary>
/// <remarks>Source: Linux 6.12 net/sched/sch_api.c; net/sched/sch_ingress.c; include/uapi/linux/pkt_sched.h.</remarks>
internal static class QdiscControl
{
    private const ushort NewQdisc = 36, DelQdisc = 37, Exclusive = 0x200, CreateFlag = 0x400, Kind = 1;
    private const uint Handle = 0xffff_0000, Parent = 0xffff_fff1;
    private const int MessageBytes = 20;

    /// <summary>Adds one to a device of the calling thread's namespace.</summary>
    /// <param name="ifindex">Device.</param>
    /// <param name="kind">clsact or ingress.</param>
    public static void Add(int ifindex, string kind) => Ask(new NetlinkMessage(NewQdisc, CreateFlag | Exclusive, Header(ifindex)).Put(Kind, kind), ifindex, $"add the qdisc {kind}");

    /// <summary>Removes what <see cref="Add"/> added.</summary>
    public static void Remove(int ifindex) => Ask(new NetlinkMessage(DelQdisc, 0, Header(ifindex)), ifindex, "remove its clsact or ingress qdisc");

    private static void Ask(NetlinkMessage request, int ifindex, string what)
    {
        using var socket = new NetlinkSocket();
        var errno = socket.Ask(request);
        if (errno != Errno.None) throw new KernelRefusedException("kernel", $"device {ifindex}", $"the kernel refuses to {what} ({errno})", errno);
    }

    // struct tcmsg: family, padding, ifindex, handle, parent, info.
    private static byte[] Header(int ifindex)
    {
        var header = new byte[MessageBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), ifindex);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Handle);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), Parent);
        return header;
    }
}
