using Vm.Btf;

namespace Sim.Scenarios;

/// <summary>Everything a scenario states about its outcome. Each item counts one towards the score.</summary>
internal sealed record Expectations
{
    /// <summary>Counts of verdicts at hooks and of single programs.</summary>
    public IReadOnlyList<VerdictCount> Verdicts { get; init; } = [];

    /// <summary>Single packets.</summary>
    public IReadOnlyList<PacketExpectation> Packets { get; init; } = [];

    /// <summary>Frames that leave or are delivered.</summary>
    public IReadOnlyList<CaptureExpectation> Captures { get; init; } = [];

    /// <summary>Map contents at the end.</summary>
    public IReadOnlyList<MapContents> Maps { get; init; } = [];

    /// <summary>Global variables at the end.</summary>
    public IReadOnlyList<GlobalExpectation> Globals { get; init; } = [];

    /// <summary>Ring buffer and perf records.</summary>
    public IReadOnlyList<RecordsExpectation> Records { get; init; } = [];

    /// <summary>How often packets died for a reason.</summary>
    public IReadOnlyList<CountExpectation> Drops { get; init; } = [];

    /// <summary>Frames delivered to the stack of a device.</summary>
    public IReadOnlyList<CountExpectation> Delivered { get; init; } = [];

    /// <summary>Frames that left a device by its wire.</summary>
    public IReadOnlyList<CountExpectation> Transmitted { get; init; } = [];

    /// <summary>Bytes inside packets that came out.</summary>
    public IReadOnlyList<PayloadExpectation> Payloads { get; init; } = [];

    /// <summary>Things stated; with none a run has nothing to be held against.</summary>
    public int Count => Verdicts.Count + Packets.Count + Captures.Count + Maps.Count + Globals.Count + Records.Count + Drops.Count + Delivered.Count + Transmitted.Count + Payloads.Count;
}

/// <summary>How often a hook, or one program on it, gave a verdict.</summary>
/// <param name="At">The hook.</param>
/// <param name="Program">Program; null for the hook's final verdict.</param>
/// <param name="Verdict">NEXT, PASS, DROP, REDIRECT, an XDP name, or a number.</param>
/// <param name="Count">How often.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record VerdictCount(HookName At, string? Program, string Verdict, long Count, string Where);

/// <summary>What happens to one packet.</summary>
/// <param name="Packet">Number, from 1, in order of replay.</param>
/// <param name="At">Hook the verdict is for; null for where the packet ends.</param>
/// <param name="Verdict">Verdict at the hook; null when not stated.</param>
/// <param name="Ends">How it ends: <c>delivered eth0</c>, <c>transmitted eth1</c>, <c>dropped TC_INGRESS</c>; null when not stated.</param>
/// <param name="Mark">skb mark after the hook; null when not stated.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record PacketExpectation(long Packet, HookName? At, string? Verdict, string? Ends, uint? Mark, string Where);

/// <summary>Frames that must come out of a device.</summary>
/// <param name="Device">Interface name.</param>
/// <param name="Delivered">True: delivered to its stack. False: sent on its wire.</param>
/// <param name="File">Expected capture.</param>
/// <param name="AnyOrder">True when order does not matter.</param>
/// <param name="Ignore">Fields left out, as Wireshark names them.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record CaptureExpectation(string Device, bool Delivered, string File, bool AnyOrder, IReadOnlyList<string> Ignore, string Where);

/// <summary>Value of a global variable.</summary>
/// <param name="Variable">C name or path.</param>
/// <param name="Value">Expected value.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record GlobalExpectation(string Variable, WrittenValue Value, string Where);

/// <summary>Records of a ring buffer or perf event array.</summary>
/// <param name="Map">Map name.</param>
/// <param name="Type">C type of a record; null: compared as hexadecimal text.</param>
/// <param name="Records">Expected records, in order.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record RecordsExpectation(string Map, string? Type, IReadOnlyList<WrittenValue> Records, string Where);

/// <summary>A count by name.</summary>
/// <param name="Name">Drop reason or device.</param>
/// <param name="Count">How often.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record CountExpectation(string Name, long Count, string Where);

/// <summary>Bytes at the end of, or inside, a frame that came out.</summary>
/// <param name="Device">Interface.</param>
/// <param name="Delivered">True: delivered to its stack. False: sent on its wire.</param>
/// <param name="Frame">Number among the frames of that place, from 1.</param>
/// <param name="Offset">Byte offset in the frame.</param>
/// <param name="Bytes">Expected bytes.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record PayloadExpectation(string Device, bool Delivered, long Frame, int Offset, byte[] Bytes, string Where);
