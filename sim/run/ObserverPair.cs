using Netdev.Devices;
using Netdev.Skbs;
using Vm.Runtime;

namespace Sim.Run;

/// <summary>Two observers behind one.</summary>
internal sealed class ObserverPair(IPacketObserver first, IPacketObserver second) : IPacketObserver
{
    public void Entered(NetContext x, NetDevice device, Skb skb)
    {
        first.Entered(x, device, skb);
        second.Entered(x, device, skb);
    }

    public void ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb)
    {
        first.ProgramStarts(x, device, hook, program, skb);
        second.ProgramStarts(x, device, hook, program, skb);
    }

    public void ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict)
    {
        first.ProgramEnded(x, device, hook, program, skb, verdict);
        second.ProgramEnded(x, device, hook, program, skb, verdict);
    }

    public void HookEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram last, Skb skb, int verdict)
    {
        first.HookEnded(x, device, hook, last, skb, verdict);
        second.HookEnded(x, device, hook, last, skb, verdict);
    }

    public void Tunnelled(NetContext x, NetDevice tunnel, NetDevice under, in TunnelInfo info, Skb skb)
    {
        first.Tunnelled(x, tunnel, under, info, skb);
        second.Tunnelled(x, tunnel, under, info, skb);
    }

    public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
    {
        first.Ended(x, outcome, frame);
        second.Ended(x, outcome, frame);
    }
}
