using System.Globalization;
using System.Runtime.InteropServices;
using Netdev.Devices;
using Netdev.Skbs;
using Sim.Scenarios;
using Vm.Helpers;
using Vm.Runtime;

namespace Sim.Run;

/// <summary>Watches a network and writes down what scores need.</summary>
/// <param name="result">Where to.</param>
/// <param name="keepStory">Says of which packets, by number, to keep everything that happens.</param>
/// <param name="keepFrames">Says whose frames to keep: device and place (true: delivered).</param>
/// <param name="nameOf">What to call a program; its own name when null.</param>
public sealed class RunRecorder(RunResult result, Func<long, bool> keepStory, Func<string, bool, bool> keepFrames, Func<ExecutableProgram, string>? nameOf = null) : IPacketObserver
{
    /// <summary>Packets a run may lose to loop budgets: whoever loses more is not replayed to the end, which might never come.</summary>
    public const int MostBrokenOff = 3;

    private PacketStory? _story;
    private ExecutableProgram? _looping;
    private ulong _brokenCalls;

    /// <summary>Says which packet comes next.</summary>
    /// <exception cref="LoopBudgetException">More than <see cref="MostBrokenOff"/> packets, or calls of timers, were given up: the run has a budget, too.</exception>
    public void Begin(long number)
    {
        if (result.BrokenOff > MostBrokenOff) throw new LoopBudgetException(_looping!);
        if (_brokenCalls > MostBrokenOff) throw new LoopBudgetException(string.Create(CultureInfo.InvariantCulture, $"timers or work used up their loop budget of {ExecContext.DefaultLoopBudget:N0} iterations {_brokenCalls} times"));
        result.Packets = number;
        _story = keepStory(number) ? result.Stories[number] = new PacketStory(number) : null;
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
        string name = nameOf?.Invoke(program) ?? program.Name;
        Count((at, name, VerdictNames.OfProgram(hook, verdict)));
        _story?.Crossings.Add(new Crossing(at, name, verdict, null, hook == HookPoint.Xdp ? 0 : skb.Fields.Mark));
    }

    /// <inheritdoc/>
    public void HookEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram last, Skb skb, int verdict)
    {
        string final = VerdictNames.OfProgram(hook, verdict);
        Count((new HookName(device.Name, HookOf(hook)), null, final));
        // The hook's last program has just been written down: whatever ran inside it came before.
        if (_story is { } story) story.Crossings[^1] = story.Crossings[^1] with { Final = final };
    }

    /// <inheritdoc/>
    public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
    {
        _brokenCalls = Math.Max(_brokenCalls, x.BrokenCalls);
        string reason = outcome.End == PacketEnd.Dropped ? VerdictNames.OfDrop(outcome.Reason) : "";
        _story?.Endings.Add(new Ending(outcome.Device.Name, outcome.End, reason, outcome.ParentId != 0));
        switch (outcome.End)
        {
            case PacketEnd.Dropped:
                result.Drops[reason] = result.Drops.GetValueOrDefault(reason) + 1;
                if (outcome is { Reason: DropReason.LoopBudget, Program: { } program }) BrokenOff(program);
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

    // Said once of each program; the run goes on with the next packet, a few times.
    private void BrokenOff(ExecutableProgram program)
    {
        result.BrokenOff++;
        _looping = program;
        string note = LoopBudgetException.Describe(program) + "; the packet is dropped";
        if (!result.Notes.Contains(note)) result.Notes.Add(note);
    }

    private void Count((HookName, string?, string) key) => CollectionsMarshal.GetValueRefOrAddDefault(result.Verdicts, key, out _)++;

    private static Hook HookOf(HookPoint hook) => hook switch
    {
        HookPoint.Ingress => Hook.Ingress,
        HookPoint.Egress => Hook.Egress,
        _ => Hook.Xdp,
    };
}
