using System.Globalization;
using System.Runtime.InteropServices;
using Netdev.Devices;
using Netdev.Skbs;
using Sim.Scenarios;
using Vm.Helpers;
using Vm.Runtime;

namespace Sim.Run;

/// <summary>Watches a network and writes down what scores need. Verdicts and ends are counted by what they are, and put into words by <see cref="Finish"/>.</summary>
/// <param name="result">Where to.</param>
/// <param name="keepStory">Says of which packets, by number, to keep everything that happens.</param>
/// <param name="keepFrames">Says whose frames to keep: device and place (true: delivered).</param>
/// <param name="nameOf">What to call a program; its own name when null.</param>
internal sealed class RunRecorder(RunResult result, Func<long, bool> keepStory, Func<string, bool, bool> keepFrames, Func<ExecutableProgram, string>? nameOf = null) : IPacketObserver
{
    /// <summary>Packets a run may lose to loop budgets: whoever loses more is not replayed to the end, which might never come.</summary>
    public const int MostBrokenOff = 3;

    private readonly Tally<VerdictAt> _ofPrograms = new(), _ofHooks = new();
    private readonly Tally<EndAt> _ends = new();
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

    /// <summary>Puts what was counted since the last time into the result.</summary>
    public void Finish()
    {
        foreach (var (at, count) in _ofPrograms.Take().Concat(_ofHooks.Take()))
        {
            var key = (new HookName(at.Device.Name, HookOf(at.Hook)), at.Program is null ? null : NameOf(at.Program), VerdictNames.OfProgram(at.Hook, at.Verdict));
            CollectionsMarshal.GetValueRefOrAddDefault(result.Verdicts, key, out _) += count;
        }
        foreach (var (at, count) in _ends.Take())
        {
            string reason = VerdictNames.OfDrop(at.Reason);
            if (at.End == PacketEnd.Dropped) result.Drops[reason] = result.Drops.GetValueOrDefault(reason) + count;
            else CollectionsMarshal.GetValueRefOrAddDefault(at.End == PacketEnd.Delivered ? result.Delivered : result.Transmitted, at.Device.Name, out _) += count;
        }
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
        _ofPrograms.Count(new VerdictAt(device, hook, program, verdict));
        _story?.Crossings.Add(new Crossing(new HookName(device.Name, HookOf(hook)), NameOf(program), verdict, null, hook == HookPoint.Xdp ? 0 : skb.Fields.Mark));
    }

    /// <inheritdoc/>
    public void HookEnded(NetContext x, NetDevice device, HookPoint hook, ExecutableProgram last, Skb skb, int verdict)
    {
        _ofHooks.Count(new VerdictAt(device, hook, null, verdict));
        // The hook's last program has just been written down: whatever ran inside it came before.
        if (_story is { } story) story.Crossings[^1] = story.Crossings[^1] with { Final = VerdictNames.OfProgram(hook, verdict) };
    }

    /// <inheritdoc/>
    public void Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
    {
        _brokenCalls = Math.Max(_brokenCalls, x.BrokenCalls);
        _ends.Count(new EndAt(outcome.Device, outcome.End, outcome.Reason));
        _story?.Endings.Add(new Ending(outcome.Device.Name, outcome.End, outcome.End == PacketEnd.Dropped ? VerdictNames.OfDrop(outcome.Reason) : "", outcome.ParentId != 0));
        if (outcome.End == PacketEnd.Dropped)
        {
            if (outcome is { Reason: DropReason.LoopBudget, Program: { } program }) BrokenOff(program);
            return;
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

    private string NameOf(ExecutableProgram program) => nameOf?.Invoke(program) ?? program.Name;

    private static Hook HookOf(HookPoint hook) => hook switch
    {
        HookPoint.Ingress => Hook.Ingress,
        HookPoint.Egress => Hook.Egress,
        _ => Hook.Xdp,
    };

    private readonly struct VerdictAt(NetDevice device, HookPoint hook, ExecutableProgram? program, int verdict) : IEquatable<VerdictAt>
    {
        public readonly NetDevice Device = device;
        public readonly ExecutableProgram? Program = program;
        public readonly HookPoint Hook = hook;
        public readonly int Verdict = verdict;

        public bool Equals(VerdictAt other) => Device == other.Device && Program == other.Program && Hook == other.Hook && Verdict == other.Verdict;

        public override bool Equals(object? other) => other is VerdictAt at && Equals(at);

        public override int GetHashCode() => (Device.Ifindex << 16) ^ ((int)(Program?.Id ?? 0) << 8) ^ ((int)Hook << 5) ^ Verdict;
    }

    private readonly struct EndAt(NetDevice device, PacketEnd end, DropReason reason) : IEquatable<EndAt>
    {
        public readonly NetDevice Device = device;
        public readonly PacketEnd End = end;
        public readonly DropReason Reason = reason;

        public bool Equals(EndAt other) => Device == other.Device && End == other.End && Reason == other.Reason;

        public override bool Equals(object? other) => other is EndAt at && Equals(at);

        public override int GetHashCode() => (Device.Ifindex << 16) ^ ((int)End << 8) ^ (int)Reason;
    }
}
