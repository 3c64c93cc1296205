using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Sim.Kernel.Net;
using Vm.Runtime;

namespace Sim.Kernel;

/// <summary>A frame that came out of the simulator.</summary>
/// <param name="Place">Where.</param>
/// <param name="Bytes">The frame; a delivered one without its outermost VLAN tag, which the kernel takes off before its receivers see it.</param>
/// <param name="Mark">Its mark when the last program on that device had seen it; null when none had.</param>
internal sealed record SimulatedFrame(OutputPlace Place, byte[] Bytes, uint? Mark);

/// <summary>Writes down what comes of one packet in the simulator: frames out, programs run.</summary>
internal sealed class SimulatedOutputs : IPacketObserver
{
    private readonly Dictionary<ulong, (NetDevice Device, uint Mark)> _marks = [];

    /// <summary>Frames that came out, in order.</summary>
    public List<SimulatedFrame> Frames { get; } = [];

    /// <summary>Runs of each program.</summary>
    public Dictionary<ExecutableProgram, ulong> Runs { get; } = [];

    /// <summary>Forgets the packet before.</summary>
    public void Begin()
    {
        Frames.Clear();
        Runs.Clear();
        _marks.Clear();
    }

    /// <inheritdoc/>
    public void Entered(NetContext x, NetDevice device, Skb skb)
    {
    }

    /// <inheritdoc/>
    public void ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb) =>
        Runs[program] = Runs.GetValueOrDefault(program) + 1;

    /// <inheritdoc/>
    public void ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict)
    {
        if (hook == HookPoint.Ingress) _marks[skb.Fields.Id] = (device, skb.Fields.Mark);
    }

    /// <inheritdoc/>
    public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
    {
        if (outcome.End == PacketEnd.Dropped) return;
        bool delivered = outcome.End == PacketEnd.Delivered;
        bool marked = _marks.TryGetValue(outcome.PacketId, out var last) && last.Device == outcome.Device && delivered;
        Frames.Add(new SimulatedFrame(new OutputPlace(outcome.Device.Name, delivered), delivered ? Untagged(frame) : frame.ToArray(), marked ? last.Mark : null));
    }

    private static byte[] Untagged(ReadOnlySpan<byte> frame)
    {
        const int addressBytes = 2 * MacAddress.Bytes, tagBytes = 4;
        bool tagged = frame.Length >= addressBytes + tagBytes && BinaryPrimitives.ReadUInt16BigEndian(frame[addressBytes..]) is EtherType.Vlan or EtherType.ServiceVlan;
        return tagged ? [.. frame[..addressBytes], .. frame[(addressBytes + tagBytes)..]] : frame.ToArray();
    }
}
