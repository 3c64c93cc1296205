using Netdev.Devices;
using Vm.Abi;
using Vm.Btf;

namespace Sim.Scenarios;

/// <summary>A scenario file as plain data: what is built, what is replayed, what must come out.</summary>
/// <param name="Name">Title.</param>
/// <param name="File">The file, as the user named it; or the folder of a zero-configuration scenario.</param>
/// <param name="Folder">Where relative paths start.</param>
internal sealed record Scenario(string Name, string File, string Folder)
{
    /// <summary>What the scenario shows, in a sentence or two.</summary>
    public string About { get; init; } = "";

    /// <summary>Seed of every random choice.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Simulated CPUs, 1-256.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Object files.</summary>
    public IReadOnlyList<ObjectUse> Objects { get; init; } = [];

    /// <summary>SYSCALL programs to run once before any packet, in order.</summary>
    public IReadOnlyList<SetupRun> Setup { get; init; } = [];

    /// <summary>Devices in the order they are made.</summary>
    public IReadOnlyList<DeviceUse> Devices { get; init; } = [];

    /// <summary>Programs on hooks, in the order they are attached.</summary>
    public IReadOnlyList<Attachment> Attachments { get; init; } = [];

    /// <summary>Static neighbours.</summary>
    public IReadOnlyList<NeighbourUse> Neighbours { get; init; } = [];

    /// <summary>Static routes.</summary>
    public IReadOnlyList<RouteUse> Routes { get; init; } = [];

    /// <summary>Map contents before the first packet.</summary>
    public IReadOnlyList<MapContents> Maps { get; init; } = [];

    /// <summary>Packets, in order.</summary>
    public IReadOnlyList<Replay> Replays { get; init; } = [];

    /// <summary>What must come out.</summary>
    public Expectations Expect { get; init; } = new();

    /// <summary>Path of a replay's capture; <c>-</c> for standard input.</summary>
    /// <exception cref="InvalidOperationException">Its packets are inline.</exception>
    public string CaptureOf(Replay replay) => replay.Capture switch
    {
        null => throw new InvalidOperationException("The replay has no capture."),
        "-" => "-",
        var file => Path.Combine(Folder, file),
    };
}

/// <summary>An object file and what is set in it before it is loaded.</summary>
/// <param name="Alias">Name used in this file.</param>
/// <param name="File">Path, relative to the scenario.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record ObjectUse(string Alias, string File, string Where)
{
    /// <summary>Global variables by C name or path.</summary>
    public IReadOnlyList<KeyValuePair<string, WrittenValue>> Globals { get; init; } = [];

    /// <summary>Map sizes by map name.</summary>
    public IReadOnlyList<KeyValuePair<string, uint>> MaxEntries { get; init; } = [];

    /// <summary>BTF to relocate against; null for the built-in types.</summary>
    public string? TargetBtf { get; init; }

    /// <summary>Type of programs in sections libbpf does not know; Unspec when not given: such programs are refused then.</summary>
    public ProgramType Type { get; init; }
}

/// <summary>One run of a SYSCALL program.</summary>
/// <param name="Program">Program name.</param>
/// <param name="Context">Context bytes.</param>
/// <param name="Returns">R0 it must return.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record SetupRun(string Program, byte[] Context, long Returns, string Where);

/// <summary>A device.</summary>
/// <param name="Name">Interface name.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record DeviceUse(string Name, string Where)
{
    /// <summary>Interface index; null: the next free one from 2 on.</summary>
    public int? Ifindex { get; init; }

    /// <summary>Hardware address; null: 02:00:00:00:00:NN.</summary>
    public byte[]? Mac { get; init; }

    /// <summary>MTU in bytes.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Network namespace.</summary>
    public string Namespace { get; init; } = "host";

    /// <summary>The other end of a veth pair; null for a device with a wire.</summary>
    public string? Peer { get; init; }

    /// <summary>Addresses with the bits of their networks.</summary>
    public IReadOnlyList<AddressUse> Addresses { get; init; } = [];

    /// <summary>What makes it a tunnel device; null for one that is none.</summary>
    public TunnelEndpoint? Tunnel { get; init; }

    /// <summary>False for a device that does not forward what comes in: bpf_fib_lookup says so.</summary>
    public bool Forwarding { get; init; } = true;

    /// <summary>False for a device that is down.</summary>
    public bool Up { get; init; } = true;

    /// <summary>XDP program; null for none.</summary>
    public string? Xdp { get; init; }
}

/// <summary>An address of a device.</summary>
/// <param name="Address">IP address.</param>
/// <param name="PrefixLength">Bits of its network.</param>
internal sealed record AddressUse(System.Net.IPAddress Address, int PrefixLength);

/// <summary>Which way packets pass a device.</summary>
internal enum Hook
{
    /// <summary>Coming in.</summary>
    Ingress,

    /// <summary>Going out.</summary>
    Egress,

    /// <summary>XDP, before ingress.</summary>
    Xdp,
}

/// <summary>A hook of a device.</summary>
/// <param name="Device">Interface name.</param>
/// <param name="Hook">Which hook.</param>
internal readonly record struct HookName(string Device, Hook Hook)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Device} {Hook.ToString().ToLowerInvariant()}";
}

/// <summary>A program to attach to a tcx hook.</summary>
/// <param name="Hook">Where.</param>
/// <param name="Program">Program name.</param>
/// <param name="Before">Program it goes directly before; empty for the front; null for no such wish.</param>
/// <param name="After">Program it goes directly after; empty for the end; null for no such wish.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record Attachment(HookName Hook, string Program, string? Before, string? After, string Where);

/// <summary>A static neighbour.</summary>
/// <param name="Device">Interface.</param>
/// <param name="Address">IP address.</param>
/// <param name="Mac">Its hardware address.</param>
internal sealed record NeighbourUse(string Device, System.Net.IPAddress Address, byte[] Mac);

/// <summary>A static route.</summary>
/// <param name="Device">Interface packets leave by.</param>
/// <param name="Prefix">Destination.</param>
/// <param name="PrefixLength">Its length in bits.</param>
/// <param name="Gateway">Next hop; null when on link.</param>
internal sealed record RouteUse(string Device, System.Net.IPAddress Prefix, int PrefixLength, System.Net.IPAddress? Gateway);

/// <summary>Entries of one map.</summary>
/// <param name="Map">Map name.</param>
/// <param name="Entries">Keys with values.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record MapContents(string Map, IReadOnlyList<MapEntry> Entries, string Where);

/// <summary>One entry.</summary>
/// <param name="Key">The key; null for queues and stacks.</param>
/// <param name="Value">The value; null when <paramref name="Target"/> is given, or in expectations for an entry that must be absent.</param>
/// <param name="Target">Program, map or device that goes there, for maps that hold such.</param>
/// <param name="Absent">In expectations: the key must not be there.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record MapEntry(WrittenValue? Key, WrittenValue? Value, string? Target, bool Absent, string Where);

/// <summary>Packets put into a device.</summary>
/// <param name="Device">Interface name.</param>
/// <param name="Egress">False: they arrive on its wire. True: its host sends them.</param>
/// <param name="Where">Place in the scenario.</param>
internal sealed record Replay(string Device, bool Egress, string Where)
{
    /// <summary>Capture file; null when packets are inline.</summary>
    public string? Capture { get; init; }

    /// <summary>Inline packets.</summary>
    public IReadOnlyList<InlinePacket> Packets { get; init; } = [];
}

/// <summary>A packet written in the scenario.</summary>
/// <param name="Bytes">The frame.</param>
/// <param name="TimestampNs">Time in ns since the epoch; null: 1 ms after the packet before.</param>
internal sealed record InlinePacket(byte[] Bytes, long? TimestampNs);
