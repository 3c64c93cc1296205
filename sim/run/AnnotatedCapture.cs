using Netdev.Devices;
using Netdev.Pcap;
using Netdev.Skbs;
using Sim.Scenarios;
using Vm.Abi;
using Vm.Runtime;

namespace Sim.Run;

/// <summary>Writes a pcapng with one interface for each device and hook and one packet block for each hook crossing.</summary>
/// <remarks>
/// All crossings of a packet carry its id; each has the standard verdict option (Linux eBPF TC or XDP) and a comment with program and drop reason, so
/// that <c>tshark -Y 'frame.verdict.ebpf_tc == 7'</c> finds redirected packets.
/// </remarks>
internal sealed class AnnotatedCapture : IPacketObserver, IDisposable
{
    private readonly Stream _stream;
    private readonly PcapngWriter _writer;
    private readonly Dictionary<(NetDevice, HookPoint), int> _interfaces = [];

    /// <summary>Starts writing; the stream is closed on dispose.</summary>
    public AnnotatedCapture(Stream stream)
    {
        _stream = stream;
        _writer = new PcapngWriter(stream);
    }

    /// <summary>Declares the interfaces of a network, so that they stand in front and in order.</summary>
    public AnnotatedCapture Begin(Testbed testbed)
    {
        foreach (var device in testbed.Network.Devices)
        {
            if (device.Xdp is not null) Interface(device, HookPoint.Xdp);
            if (device.Ingress.IsActive) Interface(device, HookPoint.Ingress);
            if (device.Egress.IsActive) Interface(device, HookPoint.Egress);
        }
        return this;
    }

    /// <inheritdoc/>
    public void Entered(NetContext x, NetDevice device, Skb skb)
    {
    }

    /// <inheritdoc/>
    public void ProgramStarts(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb)
    {
    }

    /// <inheritdoc/>
    public void ProgramEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram program, Skb skb, int verdict)
    {
        bool xdp = hook == HookPoint.Xdp;
        string name = VerdictNames.OfProgram(hook, verdict), taken = VerdictNames.OfHook(hook, verdict);
        if (taken != name) name = $"{name}, taken for {taken}";
        var notes = new PacketNotes
        {
            Direction = hook == HookPoint.Egress ? PacketDirection.Outbound : PacketDirection.Inbound,
            PacketId = skb.Fields.Id,
            TcVerdict = xdp ? null : verdict,
            XdpVerdict = xdp ? verdict : null,
            Comment = verdict == (int)TcxAction.TCX_DROP && !xdp ? $"{program.Name}: {name}, drop reason TC_{hook.ToString().ToUpperInvariant()}" : $"{program.Name}: {name}",
        };
        _writer.Write(Interface(device, hook), x.RealtimeNs, skb.Bytes, skb.Bytes.Length, notes);
    }

    /// <inheritdoc/>
    public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
    {
        // Drops inside hooks are told by the crossing; a packet that dies elsewhere gets a block of its own.
        if (outcome.End != PacketEnd.Dropped || outcome.Hook != HookPoint.None) return;
        var notes = new PacketNotes { PacketId = outcome.PacketId, Comment = $"dropped at {outcome.Device.Name}: {VerdictNames.OfDrop(outcome.Reason)}" };
        _writer.Write(Interface(outcome.Device, HookPoint.None), outcome.TimestampNs, frame, frame.Length, notes);
    }

    /// <summary>Hands everything written so far to the stream.</summary>
    public void Flush() => _writer.Flush();

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _stream.Dispose();
    }

    private int Interface(NetDevice device, HookPoint hook)
    {
        if (_interfaces.TryGetValue((device, hook), out int id)) return id;
        string name = hook == HookPoint.None ? device.Name : new HookName(device.Name, hook switch { HookPoint.Ingress => Hook.Ingress, HookPoint.Egress => Hook.Egress, _ => Hook.Xdp }).ToString();
        id = _writer.AddInterface(name, LinkType.Ethernet);
        _interfaces.Add((device, hook), id);
        return id;
    }
}
