using System.Globalization;
using System.Runtime.InteropServices;
using Netdev.Devices;
using Netdev.Skbs;
using Sim.Scenarios;
using Vm.Abi;
using Vm.Runtime;

namespace Sim.Run;

/// <summary>Watches a network and writes down what scores need.</summary>
/// <param name="result">Where to.</param>
/// <param name="keepStories">True to keep what happens to every single packet.</param>
/// <param name="keepFrames">Says whose frames to keep: device and place (true: delivered).</param>
public sealed class RunRecorder(RunResult result, bool keepStories, Func<string, bool, bool> keepFrames) : IPacketObserver
{
    private PacketStory? _story;

    /// <summary>Says which packet comes next.</summary>
    public void Begin(long number)
    {
        result.Packets = number;
        if (keepStories) result.Stories.Add(_story = new PacketStory(number));
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
        var at = new HookName(device.Name, HookOf(hook));
        Count((at, program.Name, VerdictNames.OfProgram(hook, verdict)));
        string? final = FinalOf(device, hook, program, verdict);
        if (final is not null) Count((at, null, final));
        _story?.Crossings.Add(new Crossing(at, program.Name, verdict, final, hook == HookPoint.Xdp ? 0 : skb.Fields.Mark));
    }

    /// <inheritdoc/>
    public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
    {
        string reason = outcome.End == PacketEnd.Dropped ? VerdictNames.OfDrop(outcome.Reason) : "";
        _story?.Endings.Add(new Ending(outcome.Device.Name, outcome.End, reason, outcome.ParentId != 0));
        switch (outcome.End)
        {
            case PacketEnd.Dropped:
                result.Drops[reason] = result.Drops.GetValueOrDefault(reason) + 1;
                return;
            case PacketEnd.Delivered:
                CollectionsMarshal.GetValueRefOrAddDefault(result.Delivered, outcome.Device.Name, out _)++;
                break;
            default:
                CollectionsMarshal.GetValueRefOrAddDefault(result.Transmitted, outcome.Device.Name, out _)++;
                break;
        }
        bool delivered = outcome.End == PacketEnd.Delivered;
        if (!keepFrames(outcome.Device.Name, delivered)) return;
        var key = (outcome.Device.Name, delivered);
        if (!result.Frames.TryGetValue(key, out var frames)) result.Frames.Add(key, frames = []);
        frames.Add(new OutFrame(outcome.TimestampNs, frame.ToArray()));
    }

    private void Count((HookName, string?, string) key) => CollectionsMarshal.GetValueRefOrAddDefault(result.Verdicts, key, out _)++;

    private static Hook HookOf(HookPoint hook) => hook switch
    {
        HookPoint.Ingress => Hook.Ingress,
        HookPoint.Egress => Hook.Egress,
        _ => Hook.Xdp,
    };

    // A hook's verdict is known when a program says something else than NEXT, or when the last one has spoken.
    private static string? FinalOf(NetDevice device, HookPoint hook, ExecutableProgram program, int verdict)
    {
        if (hook == HookPoint.Xdp) return VerdictNames.OfProgram(hook, verdict);
        var programs = (hook == HookPoint.Ingress ? device.Ingress : device.Egress).Programs;
        bool last = programs.Length == 0 || ReferenceEquals(programs[^1], program);
        if (verdict == (int)TcxAction.TCX_NEXT && !last) return null;
        return verdict is (int)TcxAction.TCX_PASS or (int)TcxAction.TCX_DROP or (int)TcxAction.TCX_REDIRECT ? VerdictNames.OfProgram(hook, verdict) : "NEXT";
    }
}

/// <summary>Names of verdicts and drop reasons, as scenarios and reports write them.</summary>
public static class VerdictNames
{
    /// <summary>NEXT, PASS, DROP, REDIRECT; ABORTED, DROP, PASS, TX, REDIRECT for XDP; a number for anything else.</summary>
    public static string OfProgram(HookPoint hook, int verdict) => hook == HookPoint.Xdp
        ? verdict switch { 0 => "ABORTED", 1 => "DROP", 2 => "PASS", 3 => "TX", 4 => "REDIRECT", _ => verdict.ToString(CultureInfo.InvariantCulture) }
        : verdict switch { -1 => "NEXT", 0 => "PASS", 2 => "DROP", 7 => "REDIRECT", _ => verdict.ToString(CultureInfo.InvariantCulture) };

    /// <summary>A drop reason in the kernel's spelling, without its prefix: TC_INGRESS, RECURSION_LIMIT.</summary>
    public static string OfDrop(DropReason reason)
    {
        var text = new System.Text.StringBuilder();
        foreach (char c in reason.ToString())
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToUpperInvariant(c));
        }
        return text.ToString();
    }
}
