using System.Net;
using Netdev.Devices;
using Sim.Dissect;
using Vm.Abi;
using Vm.Btf;

namespace Sim.Scenarios;

/// <summary>Reads <c>scenario.yaml</c>. Unknown keys, wrong kinds and impossible values are refused with line and column.</summary>
internal static class ScenarioReader
{
    /// <summary>Most bytes of a scenario file.</summary>
    public const long MaxFileBytes = 16L << 20;

    private const int MostKeys = 100_000, MostEntries = 1_000_000;

    /// <summary>Reads a scenario file.</summary>
    /// <exception cref="ScenarioFormatException">The file is not a scenario, or cannot be opened.</exception>
    public static Scenario ReadFile(string path) =>
        Read(InputFile.ReadText(path, MaxFileBytes, (what, errno) => new ScenarioFormatException(path, "", what, errno)), path);

    /// <summary>Reads a scenario text. Relative paths in it start at the folder of <paramref name="file"/>.</summary>
    public static Scenario Read(string text, string file)
    {
        string folder = Path.GetDirectoryName(file) ?? "";
        var top = new Section(YamlTree.Parse(text, file), file, "the scenario");
        var scenario = new Scenario(top.Text("name") ?? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))) ?? file, file, folder)
        {
            About = top.Text("about") ?? "",
            Seed = (ulong)(top.Number("seed") ?? 1),
            Cpus = InRange(top, top.Number("cpus") ?? 1, 1, 256, "cpus"),
            Objects = [.. top.Entries("objects").Select(e => ReadObject(e, file))],
            Setup = [.. top.List("setup").Select(node => ReadSetup(node, file))],
            Devices = [.. top.Entries("devices").Select(e => ReadDevice(e, file))],
            Attachments = [.. top.List("attach").Select(node => ReadAttachment(node, file))],
            Neighbours = [.. top.List("neighbours").Select(node => ReadNeighbour(node, file))],
            Routes = [.. top.List("routes").Select(node => ReadRoute(node, file))],
            Maps = ReadMaps(top.Entries("maps"), file),
            Replays = [.. top.List("replay").Select(node => ReadReplay(node, file))],
            Expect = ReadExpectations(top.Node("expect"), file),
        };
        top.End();
        return ScenarioRules.Check(scenario);
    }

    private static ObjectUse ReadObject(KeyValuePair<string, WrittenValue> entry, string source)
    {
        if (entry.Value is WrittenScalar file) return new ObjectUse(entry.Key, file.Text, file.Where);
        var section = new Section(entry.Value, source, $"object '{entry.Key}'");
        var use = new ObjectUse(entry.Key, section.RequiredText("file"), section.Where)
        {
            Globals = section.Entries("globals"),
            MaxEntries = [.. section.Entries("max_entries").Select(e => new KeyValuePair<string, uint>(
                e.Key, (uint)InRange(section, section.ParseNumber(section.Scalar(e.Value, e.Key), e.Key), 1, int.MaxValue, e.Key)))],
            TargetBtf = section.Text("target_btf"),
            Type = section.Node("type") is { } type ? ScenarioValues.ProgramType(section, type) : ProgramType.Unspec,
        };
        section.End();
        return use;
    }

    private static SetupRun ReadSetup(WrittenValue node, string source)
    {
        if (node is WrittenScalar name) return new SetupRun(name.Text, [], 0, name.Where);
        var section = new Section(node, source, "a setup run");
        var run = new SetupRun(section.RequiredText("program"), Hex(section, section.Node("ctx")), section.Number("returns") ?? 0, section.Where);
        section.End();
        return run;
    }

    private static DeviceUse ReadDevice(KeyValuePair<string, WrittenValue> entry, string source)
    {
        if (entry.Value is WrittenScalar { Text: "" or "~" or "null" } empty) return new DeviceUse(entry.Key, empty.Where);
        var section = new Section(entry.Value, source, $"device '{entry.Key}'");
        var mac = section.Node("mac");
        var device = new DeviceUse(entry.Key, section.Where)
        {
            Ifindex = section.Number("ifindex") is { } index ? InRange(section, index, 1, int.MaxValue, "ifindex") : null,
            Mac = mac is null ? null : ScenarioValues.Mac(section, mac),
            Mtu = InRange(section, section.Number("mtu") ?? 1500, 68, 65535, "mtu"),
            Namespace = section.Text("namespace") ?? "host",
            Peer = section.Text("peer"),
            Addresses = [.. section.Node("addresses") is { } addresses ? Items(addresses).Select(node => ReadAddress(section, node)) : []],
            Tunnel = ReadTunnel(section),
            Forwarding = section.Flag("forwarding") ?? true,
            Up = section.Flag("up") ?? true,
            Xdp = section.Text("xdp"),
        };
        section.End();
        return device;
    }

    private static AddressUse ReadAddress(Section section, WrittenValue node)
    {
        var text = section.Scalar(node, "address");
        int slash = text.Text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IPAddress.TryParse(text.Text.AsSpan(0, slash), out var address)
            || !int.TryParse(text.Text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int bits)
            || bits > 8 * address.GetAddressBytes().Length)
            throw section.Bad(text.Where, $"'{text.Text}' is no address with the bits of its network; write 10.0.0.1/24 or fd00::1/64");
        return new AddressUse(address, bits);
    }

    private static TunnelEndpoint? ReadTunnel(Section section)
    {
        long? port = section.Number("port");
        if (section.Text("tunnel") is not { } name)
            return port is null ? null : throw section.Bad(section.Where, "'port' is a tunnel's UDP port; add 'tunnel: vxlan' or 'tunnel: geneve'");
        TunnelKind kind = name switch
        {
            "vxlan" => TunnelKind.Vxlan,
            "geneve" => TunnelKind.Geneve,
            _ => throw section.Bad(section.Where, $"there is no tunnel '{name}'; write vxlan or geneve"),
        };
        return new TunnelEndpoint(kind, (ushort)InRange(section, port ?? TunnelEndpoint.DefaultPort(kind), 1, ushort.MaxValue, "port"));
    }

    private static Attachment ReadAttachment(WrittenValue node, string source)
    {
        var section = new Section(node, source, "an attachment");
        var attachment = new Attachment(
            ScenarioValues.Hook(section, section.Required("at")), section.RequiredText("program"), section.Text("before"), section.Text("after"), section.Where);
        section.End();
        if (attachment.Hook.Hook == Hook.Xdp)
            throw section.Bad(section.Where, "XDP programs are not attached in a list; write 'xdp: PROGRAM' at the device");
        return attachment;
    }

    private static NeighbourUse ReadNeighbour(WrittenValue node, string source)
    {
        var section = new Section(node, source, "a neighbour");
        var neighbour = new NeighbourUse(
            section.RequiredText("device"), ScenarioValues.Address(section, section.Required("address")), ScenarioValues.Mac(section, section.Required("mac")));
        section.End();
        return neighbour;
    }

    private static RouteUse ReadRoute(WrittenValue node, string source)
    {
        var section = new Section(node, source, "a route");
        var to = section.Scalar(section.Required("to"), "to");
        if (!IPNetwork.TryParse(to.Text, out var network)) throw section.Bad(to.Where, $"'{to.Text}' is no prefix; write 10.0.0.0/8 or fd00::/64");
        var gateway = section.Node("via") is { } via ? ScenarioValues.Address(section, via) : null;
        var route = new RouteUse(section.RequiredText("device"), network.BaseAddress, network.PrefixLength, gateway);
        section.End();
        return route;
    }

    private static IReadOnlyList<MapContents> ReadMaps(IReadOnlyList<KeyValuePair<string, WrittenValue>> maps, string source)
    {
        int total = 0;
        return [.. maps.Select(e => new MapContents(e.Key, [.. Items(e.Value).SelectMany(node => ReadEntries(node, source)).Select(Counted)], e.Value.Where))];

        MapEntry Counted(MapEntry entry) => ++total <= MostEntries ? entry : throw new ScenarioFormatException(source, entry.Where, $"more than {MostEntries} map entries; let a setup program fill the maps");
    }

    private static IReadOnlyList<WrittenValue> Items(WrittenValue node) => node is WrittenList list ? list.Items : [node];

    // One entry, or with 'keys: A..B' one for each number of a range.
    private static IEnumerable<MapEntry> ReadEntries(WrittenValue node, string source)
    {
        var section = new Section(node, source, "a map entry");
        var range = section.Node("keys");
        var entry = new MapEntry(
            section.Node("key"), section.Node("value"), section.Text("program") ?? section.Text("map") ?? section.Text("device"), section.Flag("absent") ?? false, section.Where);
        section.End();
        if (entry.Value is null && entry.Target is null && !entry.Absent)
            throw section.Bad(section.Where, "a map entry needs a 'value' (or 'program', 'map', 'device' for maps that hold those)");
        if (range is null) return [entry];
        string text = section.Scalar(range, "keys").Text;
        string[] ends = text.Split("..");
        if (ends.Length != 2 || !uint.TryParse(ends[0], out uint first) || !uint.TryParse(ends[1], out uint last) || last < first || last - first >= MostKeys)
            throw section.Bad(range.Where, $"'{text}' is no range of keys; write FIRST..LAST, at most {MostKeys} of them");
        return Enumerable.Range(0, (int)(last - first + 1)).Select(i => entry with { Key = new WrittenScalar($"{first + i}", range.Where) });
    }

    private static Replay ReadReplay(WrittenValue node, string source)
    {
        var section = new Section(node, source, "a replay");
        string direction = section.Text("direction") ?? "ingress";
        if (direction is not ("ingress" or "egress")) throw section.Bad(section.Where, $"'direction' is ingress (from the wire) or egress (from the host), not '{direction}'");
        var replay = new Replay(section.RequiredText("device"), direction == "egress", section.Where)
        {
            Capture = section.Text("capture"),
            Packets = InlinePackets.Read(section.List("packets"), source),
        };
        section.End();
        if ((replay.Capture is null) == (replay.Packets.Count == 0))
            throw section.Bad(section.Where, "a replay needs either 'capture' or 'packets'");
        return replay;
    }

    private static Expectations ReadExpectations(WrittenValue? node, string source)
    {
        if (node is null) return new Expectations();
        var section = new Section(node, source, "'expect'");
        var expect = new Expectations
        {
            Verdicts = [.. section.List("verdicts").SelectMany(n => ReadVerdicts(n, source))],
            Packets = [.. section.List("packets").Select(n => ReadPacket(n, source))],
            Captures = [.. section.List("captures").Select(n => ReadCapture(n, source))],
            Maps = ReadExpectedMaps(section, source),
            Globals = [.. section.Entries("globals").Select(e => new GlobalExpectation(e.Key, e.Value, e.Value.Where))],
            Records = [.. section.Entries("records").Select(e => ReadRecords(e, source))],
            Drops = ReadCounts(section, "drops"),
            Delivered = ReadCounts(section, "delivered"),
            Transmitted = ReadCounts(section, "transmitted"),
            Payloads = [.. section.List("payloads").Select(n => ReadPayload(n, source))],
        };
        section.End();
        foreach (var global in expect.Globals) Stated(section, global.Value, $"what '{global.Variable}' is");
        return expect;
    }

    private static IReadOnlyList<MapContents> ReadExpectedMaps(Section section, string source)
    {
        var maps = ReadMaps(section.Entries("maps"), source);
        foreach (var map in maps)
        {
            if (map.Entries.Count == 0) throw section.Bad(map.Where, $"nothing is stated about '{map.Map}'; write entries with 'key' and 'value', or 'absent: true'");
            foreach (var entry in map.Entries)
            {
                if (entry.Target is not null) throw section.Bad(entry.Where, "what is expected of a map is a 'value', or 'absent: true'; programs, maps and devices in maps are not compared");
                if (entry.Value is { } value) Stated(section, value, $"the value in '{map.Map}'");
            }
        }
        return maps;
    }

    // A value that names no member, at any depth, would be met by everything.
    private static void Stated(Section section, WrittenValue value, string what)
    {
        if (value is not WrittenMapping mapping) return;
        if (mapping.Entries.Count == 0) throw section.Bad(value.Where, $"nothing is stated about {what}: it names no member");
        foreach (var member in mapping.Entries) Stated(section, member.Value, what);
    }

    private static IEnumerable<VerdictCount> ReadVerdicts(WrittenValue node, string source)
    {
        var section = new Section(node, source, "a verdict count");
        var at = ScenarioValues.Hook(section, section.Required("at"));
        string? program = section.Text("program");
        var counts = section.Rest();
        if (counts.Count == 0) throw section.Bad(section.Where, "a verdict count counts nothing; write 'DROP: 2'");
        return counts.Select(count => new VerdictCount(at, program, count.Key, Count(section, count.Value, count.Key), count.Value.Where));
    }

    private static PacketExpectation ReadPacket(WrittenValue node, string source)
    {
        var section = new Section(node, source, "a packet expectation");
        long number = section.ParseNumber(section.Scalar(section.Required("packet"), "packet"), "packet");
        var at = section.Node("at") is { } hook ? ScenarioValues.Hook(section, hook) : (HookName?)null;
        var expected = new PacketExpectation(number, at, section.Text("verdict"), section.Text("ends"), (uint?)section.Number("mark", 0, uint.MaxValue), section.Where);
        section.End();
        if (number < 1) throw section.Bad(section.Where, "packets are numbered from 1");
        if (expected.At is null && (expected.Verdict ?? (object?)expected.Mark) is not null)
            throw section.Bad(section.Where, "'verdict' and 'mark' need 'at: DEVICE HOOK'");
        if (expected is { Verdict: null, Mark: null, Ends: null }) throw section.Bad(section.Where, "state 'verdict', 'mark' or 'ends'");
        return expected;
    }

    private static CaptureExpectation ReadCapture(WrittenValue node, string source)
    {
        var section = new Section(node, source, "an expected capture");
        string order = section.Text("order") ?? "same";
        if (order is not ("same" or "any")) throw section.Bad(section.Where, $"'order' is same or any, not '{order}'");
        var ignore = section.List("ignore").Select(n => section.Scalar(n, "ignore")).ToArray();
        foreach (var name in ignore)
        {
            if (!FieldTables.Knows(name.Text)) throw section.Bad(name.Where, $"no field is called '{name.Text}'; use display filter names such as ip.checksum, tcp, eth.src");
        }
        var (device, delivered) = ReadPlace(section);
        var capture = new CaptureExpectation(device, delivered, section.RequiredText("file"), order == "any", [.. ignore.Select(n => n.Text)], section.Where);
        section.End();
        return capture;
    }

    private static RecordsExpectation ReadRecords(KeyValuePair<string, WrittenValue> entry, string source)
    {
        if (entry.Value is WrittenList plain) return new RecordsExpectation(entry.Key, null, plain.Items, plain.Where);
        var section = new Section(entry.Value, source, $"records of '{entry.Key}'");
        var records = new RecordsExpectation(entry.Key, section.Text("type"), section.List("records"), section.Where);
        section.End();
        return records;
    }

    private static IReadOnlyList<CountExpectation> ReadCounts(Section section, string key) =>
        [.. section.Entries(key).Select(e => new CountExpectation(e.Key, Count(section, e.Value, e.Key), e.Value.Where))];

    private static long Count(Section section, WrittenValue node, string key)
    {
        long count = section.ParseNumber(section.Scalar(node, key), key);
        return count >= 0 ? count : throw section.Bad(node.Where, $"'{key}' is {count}; nothing happens less than 0 times");
    }

    private static PayloadExpectation ReadPayload(WrittenValue node, string source)
    {
        var section = new Section(node, source, "an expected payload");
        var (device, delivered) = ReadPlace(section);
        var text = section.Text("text");
        var bytes = text is null ? Hex(section, section.Required("hex")) : System.Text.Encoding.UTF8.GetBytes(text);
        if (bytes.Length == 0) throw section.Bad(section.Where, "an expected payload has at least one byte");
        var payload = new PayloadExpectation(
            device, delivered, section.Number("frame") ?? 1, InRange(section, section.Number("offset") ?? 42, 0, 65535, "offset"), bytes, section.Where);
        section.End();
        return payload;
    }

    private static (string Device, bool Delivered) ReadPlace(Section section)
    {
        string? stack = section.Text("delivered"), wire = section.Text("transmitted");
        if ((stack is null) == (wire is null)) throw section.Bad(section.Where, "say where: 'delivered: DEVICE' (to its stack) or 'transmitted: DEVICE' (on its wire)");
        return (stack ?? wire!, stack is not null);
    }

    private static byte[] Hex(Section section, WrittenValue? node) => node is null ? [] : ScenarioValues.Hex(section, node);

    private static int InRange(Section section, long value, long least, long most, string key) =>
        value >= least && value <= most ? (int)value : throw section.Bad(section.Where, $"'{key}' is {value}; {least} to {most} are allowed");
}
