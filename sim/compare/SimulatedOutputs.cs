using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Runtime;

namespace Sim.Compare;

/// <summary>A frame that came out of the simulator.</summary>
/// <param name="Place">Where.</param>
/// <param name="Bytes">The frame; a delivered one without the VLAN tag the kernel takes off before its receivers see it.</param>
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
        byte[] seen = frame.ToArray();
        if (delivered ? !TryUntag(ref seen) : IsCut(seen)) return;
        Frames.Add(new SimulatedFrame(new OutputPlace(outcome.Device.Name, delivered), seen, marked ? last.Mark : null));
    }

    // What the kernel does between tcx and the receivers when no VLAN device takes the frame: the tag goes, and behind an id of 0 the next one too.
    // False for a frame cut inside such a next tag, which is dropped. Source: Linux 6.12 net/core/dev.c, __netif_receive_skb_core; skbuff.c, skb_vlan_untag.
    private static bool TryUntag(ref byte[] frame)
    {
        const int addressBytes = 2 * MacAddress.Bytes, tagBytes = 4, idMask = 0xfff;
        for (bool first = true; ; first = false)
        {
            if (!IsTagged(frame)) return true;
            if (!first && IsCut(frame) || frame.Length < addressBytes + tagBytes + sizeof(ushort)) return false;
            int id = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(addressBytes + 2)) & idMask;
            frame = [.. frame.AsSpan(0, addressBytes), .. frame.AsSpan(addressBytes + tagBytes)];
            if (id != 0) return true;
        }
    }

    private static bool IsTagged(byte[] frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(2 * MacAddress.Bytes)) is EtherType.Vlan or EtherType.ServiceVlan;

    // Too short for its tag and a type: whoever receives it drops it before anybody can listen, at the far end of a wire too.
    private static bool IsCut(byte[] frame) => IsTagged(frame) && frame.Length < 20;
}
