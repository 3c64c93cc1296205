using Netdev.Devices;
using Sim.Scenarios;

namespace Sim.Run;

/// <summary>A program's verdict on a packet at a hook.</summary>
/// <param name="Hook">Where.</param>
/// <param name="Program">Program name.</param>
/// <param name="Verdict">What it returned.</param>
/// <param name="Final">What the hook made of it when it was the last program to run; null when the next one ran.</param>
/// <param name="Mark">skb mark afterwards; 0 in XDP.</param>
internal sealed record Crossing(HookName Hook, string Program, int Verdict, string? Final, uint Mark);

/// <summary>How one packet, or a copy of it, ended.</summary>
/// <param name="Device">Where.</param>
/// <param name="End">How.</param>
/// <param name="Reason">Kernel-style reason for a drop; empty otherwise.</param>
/// <param name="Copy">True for a clone.</param>
internal sealed record Ending(string Device, PacketEnd End, string Reason, bool Copy)
{
    /// <summary>In the words of scenarios: <c>delivered eth0</c>, <c>dropped TC_INGRESS</c>.</summary>
    public string Words => End == PacketEnd.Dropped ? $"dropped {Reason}" : $"{End.ToString().ToLowerInvariant()} {Device}";
}

/// <summary>Everything that happened to one replayed packet.</summary>
/// <param name="Number">From 1.</param>
internal sealed record PacketStory(long Number)
{
    /// <summary>Programs run, in order.</summary>
    public List<Crossing> Crossings { get; } = [];

    /// <summary>Ends, of the packet and its copies, in order.</summary>
    public List<Ending> Endings { get; } = [];
}

/// <summary>A frame that came out.</summary>
/// <param name="TimestampNs">Virtual time.</param>
/// <param name="Bytes">The frame.</param>
internal sealed record OutFrame(long TimestampNs, byte[] Bytes);

/// <summary>What a run left behind, besides the maps.</summary>
internal sealed class RunResult
{
    /// <summary>Packets replayed.</summary>
    public long Packets { get; set; }

    /// <summary>What is to be known of the captures replayed (<see cref="Netdev.Pcap.FrameReader.Notes"/>) and of programs broken off, in sentences.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>How often a hook (no program) or a program gave a verdict.</summary>
    public Dictionary<(HookName Hook, string? Program, string Verdict), long> Verdicts { get; } = [];

    /// <summary>Packets dropped, by reason.</summary>
    public SortedDictionary<string, long> Drops { get; } = new(StringComparer.Ordinal);

    /// <summary>Packets given up because a program used up its loop budget.</summary>
    public long BrokenOff { get; set; }

    /// <summary>Packets given to the stack, by device.</summary>
    public Dictionary<string, long> Delivered { get; } = [];

    /// <summary>Packets sent on wires, by device.</summary>
    public Dictionary<string, long> Transmitted { get; } = [];

    /// <summary>Stories of single packets by number, of those that were asked for.</summary>
    public Dictionary<long, PacketStory> Stories { get; } = [];

    /// <summary>Frames that came out, by device and place (true: delivered).</summary>
    public Dictionary<(string Device, bool Delivered), List<OutFrame>> Frames { get; } = [];

    /// <summary>Records read from ring buffers and perf event arrays, by map as the scenario names it.</summary>
    public Dictionary<string, List<byte[]>> Records { get; } = [];
}
