using Netdev.Skbs;
using Vm.Runtime;

namespace Netdev.Devices;

/// <summary>Where programs meet packets.</summary>
public enum HookPoint : byte
{
    /// <summary>No hook: the wire, the stack, a queue.</summary>
    None,

    /// <summary>XDP, before there is an skb.</summary>
    Xdp,

    /// <summary>tcx ingress.</summary>
    Ingress,

    /// <summary>tcx egress.</summary>
    Egress,
}

/// <summary>How a packet's way ended.</summary>
public enum PacketEnd : byte
{
    /// <summary>The network stack of the device's namespace has it.</summary>
    Delivered,

    /// <summary>It left on the device's wire.</summary>
    Transmitted,

    /// <summary>It was dropped.</summary>
    Dropped,
}

/// <summary>How and where a packet ended.</summary>
/// <param name="PacketId">Number of the packet on its CPU; 0 when it was refused before it got one.</param>
/// <param name="ParentId">Packet it was cloned from; 0 for an original.</param>
/// <param name="Device">Where.</param>
/// <param name="End">How.</param>
/// <param name="Reason">Why, for a drop.</param>
/// <param name="Hook">Hook it was at, for a drop; None outside hooks.</param>
/// <param name="Program">Program that decided, for a drop; null when none did.</param>
/// <param name="TimestampNs">Virtual time, ns since 1970.</param>
public readonly record struct PacketOutcome(
    ulong PacketId, ulong ParentId, NetDevice Device, PacketEnd End, DropReason Reason, HookPoint Hook, ExecutableProgram? Program, long TimestampNs);

/// <summary>Told of everything that happens to packets. Off by default; switched on it costs a call per hook and packet.</summary>
/// <remarks>Called on the CPU's thread. Packets and spans are valid during the call only and must not be changed.</remarks>
public interface IPacketObserver
{
    /// <summary>A packet came in from a wire or from the stack, or was cloned (<c>skb.Fields.ParentId</c>).</summary>
    void Entered(NetContext x, NetDevice device, Skb skb);

    /// <summary>A program is about to run.</summary>
    void ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb);

    /// <summary>It has run and returned <paramref name="verdict"/>, which may be a number that means nothing. Not told when its loop budget ran out.</summary>
    void ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict);

    /// <summary>The programs of a hook have spoken, directly after the last of them ended. Nothing by default.</summary>
    /// <param name="x">The CPU.</param>
    /// <param name="device">Where.</param>
    /// <param name="hook">Where.</param>
    /// <param name="last">The program that decided.</param>
    /// <param name="skb">The packet.</param>
    /// <param name="verdict">What is done with the packet: a <see cref="Vm.Abi.TcxAction"/> or a <see cref="Vm.Abi.XdpAction"/>, never another number.</param>
    void HookEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram last, Skb skb, int verdict)
    {
    }

    /// <summary>A tunnel device put outer headers around a packet, or took them off. Nothing by default.</summary>
    /// <param name="x">The CPU.</param>
    /// <param name="tunnel">The tunnel device.</param>
    /// <param name="under">The device the datagram leaves by or came in on.</param>
    /// <param name="info">What the outer headers say.</param>
    /// <param name="skb">The packet, with the headers or without.</param>
    void Tunnelled(NetContext x, NetDevice tunnel, NetDevice under, in TunnelInfo info, Skb skb)
    {
    }

    /// <summary>A packet's way ended.</summary>
    /// <param name="x">The CPU.</param>
    /// <param name="outcome">How and where.</param>
    /// <param name="frame">The frame as it is then, with its VLAN tag in place.</param>
    void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame);
}

/// <summary>Takes frames: what leaves on a wire, or what the stack got.</summary>
public interface IFrameSink
{
    /// <summary>One frame, its VLAN tag in place. The span is valid during the call only.</summary>
    void Frame(NetContext x, NetDevice device, long timestampNs, ReadOnlySpan<byte> frame);
}
