using Vm.Abi;

namespace Sim.Scenarios;

/// <summary>What the parts of a scenario must agree on: every name in it stands for something, and every expectation can be missed.</summary>
/// <remarks>An expectation about what cannot happen (a misspelt verdict, a hook without programs) would be met for ever.</remarks>
internal sealed class ScenarioRules
{
    private readonly Scenario _scenario;
    private readonly Dictionary<string, DeviceUse> _devices;
    private readonly ILookup<HookName, string> _programs;

    private ScenarioRules(Scenario scenario)
    {
        _scenario = scenario;
        _devices = scenario.Devices.ToDictionary(device => device.Name);
        _programs = scenario.Attachments.Select(attachment => (attachment.Hook, attachment.Program))
            .Concat(scenario.Devices.Where(device => device.Xdp is not null).Select(device => (new HookName(device.Name, Hook.Xdp), device.Xdp!)))
            .ToLookup(pair => pair.Item1, pair => pair.Item2);
    }

    /// <summary>Checks a scenario.</summary>
    /// <returns>It, with programs and verdicts in expectations named as the run will name them.</returns>
    /// <exception cref="ScenarioFormatException">Something in it stands for nothing.</exception>
    public static Scenario Check(Scenario scenario)
    {
        if (scenario.Objects.Count == 0) throw new ScenarioFormatException(scenario.File, "", "the scenario names no 'objects'");
        if (scenario.Replays.Count == 0) throw new ScenarioFormatException(scenario.File, "", "the scenario replays nothing; add 'replay'");
        scenario = WithOneNameEach(scenario);
        var rules = new ScenarioRules(scenario);
        foreach (var device in scenario.Devices) rules.CheckPeer(device);
        foreach (var attachment in scenario.Attachments) rules.Device(attachment.Hook.Device, attachment.Where);
        foreach (var replay in scenario.Replays) rules.Device(replay.Device, replay.Where);
        return scenario with { Expect = rules.Check(scenario.Expect) };
    }

    // A program that is written with its object's alias in one place and without in another is one program.
    private static Scenario WithOneNameEach(Scenario scenario)
    {
        var written = scenario.Attachments.Select(attachment => attachment.Program).Concat(scenario.Devices.Select(device => device.Xdp).OfType<string>()).ToHashSet();
        string One(string name) => written.Contains(Bare(name)) ? Bare(name) : name;
        return scenario with
        {
            Attachments = [.. scenario.Attachments.Select(attachment => attachment with { Program = One(attachment.Program) })],
            Devices = [.. scenario.Devices.Select(device => device with { Xdp = device.Xdp is { } xdp ? One(xdp) : null })],
        };
    }

    private Expectations Check(Expectations expect)
    {
        foreach (var capture in expect.Captures) CheckPlace(capture.Device, capture.Delivered, capture.Where);
        foreach (var payload in expect.Payloads) CheckPlace(payload.Device, payload.Delivered, payload.Where);
        foreach (var count in expect.Delivered) CheckPlace(count.Name, true, count.Where);
        foreach (var count in expect.Transmitted) CheckPlace(count.Name, false, count.Where);
        foreach (var count in expect.Drops) CheckDrop(count.Name, count.Where);
        return expect with
        {
            Verdicts = [.. expect.Verdicts.Select(Check)],
            Packets = [.. expect.Packets.Select(Check)],
        };
    }

    private VerdictCount Check(VerdictCount count)
    {
        string verdict = Verdict(count.At, count.Verdict, count.Where);
        if (count.Program is null && !VerdictNames.Of(count.At.Hook).Contains(verdict))
            throw Bad(count.Where, $"no hook ends with verdict {verdict}, which it takes for {(count.At.Hook == Hook.Xdp ? "ABORTED" : "NEXT")}; name the 'program' that returns it");
        return count with { Verdict = verdict, Program = count.Program is { } program ? Program(count.At, program, count.Where) : null };
    }

    private PacketExpectation Check(PacketExpectation packet)
    {
        if (packet.Ends is { } ends) CheckEnd(ends, packet.Where);
        if (packet.At is not { } at) return packet;
        if (packet.Mark is not null && at.Hook == Hook.Xdp) throw Bad(packet.Where, "there is no skb at XDP, and so no mark");
        if (packet.Verdict is not { } verdict)
        {
            CheckHook(at, packet.Where);
            return packet;
        }
        string name = Verdict(at, verdict, packet.Where);
        if (!VerdictNames.Of(at.Hook).Contains(name)) throw Bad(packet.Where, $"no hook ends with verdict {name}; known here: {string.Join(", ", VerdictNames.Of(at.Hook))}");
        return packet with { Verdict = name };
    }

    private string Verdict(HookName at, string text, string where)
    {
        CheckHook(at, where);
        return VerdictNames.TryParse(at.Hook, text, out string verdict) ? verdict
            : throw Bad(where, $"there is no verdict '{text}' at {(at.Hook == Hook.Xdp ? "XDP" : "a tc hook")}; {Spelling.Hint(text, VerdictNames.Of(at.Hook))}");
    }

    private void CheckHook(HookName at, string where)
    {
        Device(at.Device, where);
        if (!_programs.Contains(at)) throw Bad(where, $"no program is on {at}, so it has no verdicts; hooks with programs are: {Joined(_programs.Select(hook => hook.Key.ToString()))}");
    }

    private string Program(HookName at, string name, string where)
    {
        string[] meant = [.. _programs[at].Where(program => program == name || Bare(program) == name || program == Bare(name))];
        return meant.Length switch
        {
            1 => meant[0],
            0 => throw Bad(where, $"no program '{name}' is on {at}; {Spelling.Hint(name, [.. _programs[at]])}"),
            _ => throw Bad(where, $"{Joined(meant)} are both on {at}; write ALIAS/{name}"),
        };
    }

    private void CheckEnd(string ends, string where)
    {
        string[] words = ends.Split(' ', 2);
        if (words.Length == 2 && words[0] == "dropped") CheckDrop(words[1], where);
        else if (words.Length == 2 && words[0] is "delivered" or "transmitted") CheckPlace(words[1], words[0] == "delivered", where);
        else throw Bad(where, $"'{ends}' is no end of a packet; write delivered DEVICE, transmitted DEVICE or dropped REASON");
    }

    private void CheckDrop(string reason, string where)
    {
        if (!VerdictNames.Drops.Contains(reason)) throw Bad(where, $"no packet is dropped with '{reason}'; {Spelling.Hint(reason, VerdictNames.Drops)}");
        Hook? needed = reason switch { "TC_INGRESS" => Hook.Ingress, "TC_EGRESS" => Hook.Egress, _ when reason.StartsWith("XDP_", StringComparison.Ordinal) => Hook.Xdp, _ => null };
        if (needed is { } hook && !_programs.Any(programs => programs.Key.Hook == hook))
            throw Bad(where, $"nothing can be dropped with {reason}: no device has a program on its {hook.ToString().ToLowerInvariant()} hook");
    }

    private void CheckPlace(string name, bool delivered, string where)
    {
        var device = Device(name, where);
        string? peer = device.Peer ?? _scenario.Devices.FirstOrDefault(other => other.Peer == name)?.Name;
        if (delivered) return;
        if (peer is not null) throw Bad(where, $"'{name}' has no wire: what it sends comes in at '{peer}'");
        if (device.Tunnel is not null) throw Bad(where, $"'{name}' has no wire: it is a tunnel, and its datagrams leave by another device");
    }

    private void CheckPeer(DeviceUse device)
    {
        if (device.Peer is not { } peer) return;
        var other = _devices.GetValueOrDefault(peer) ?? throw Bad(device.Where, $"the peer '{peer}' of '{device.Name}' is not in 'devices'");
        if (other == device || (other.Peer is not null && other.Peer != device.Name)) throw Bad(device.Where, $"'{device.Name}' and '{peer}' do not name each other as peers");
    }

    private DeviceUse Device(string name, string where) =>
        _devices.GetValueOrDefault(name) ?? throw Bad(where, $"there is no device '{name}'; devices are: {Joined(_devices.Keys)}");

    private ScenarioFormatException Bad(string where, string what) => new(_scenario.File, where, what);

    private static string Bare(string program) => program[(program.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string Joined(IEnumerable<string> names) => names.DefaultIfEmpty("none").Aggregate((one, other) => $"{one}, {other}");
}
