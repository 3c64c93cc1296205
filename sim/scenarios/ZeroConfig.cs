using Vm.Abi;
using Vm.Elf;

namespace Sim.Scenarios;

/// <summary>A scenario without a file: a folder with one object, <c>eth0_in.pcap</c>, and what must come out of it.</summary>
/// <remarks>
/// <c>DEVICE_in.pcap</c> arrives on the device's wire, <c>DEVICE_out.pcap</c> must leave on it, <c>DEVICE_stack.pcap</c> must reach its stack (each also as pcapng).
/// Every tc program runs on the ingress of every device with input, in file order; egress sections on the egress of all devices.
/// </remarks>
internal static class ZeroConfig
{
    private static readonly string[] s_endings = [".pcap", ".pcapng"];

    /// <summary>The names of expected captures, for messages.</summary>
    public const string Goldens = "DEVICE_out.pcap (what leaves on its wire) or DEVICE_stack.pcap (what reaches its stack)";

    /// <summary>True when the folder has a capture to put in and an object.</summary>
    public static bool IsOne(string folder) => Captures(folder, "_in").Any() && Directory.EnumerateFiles(folder, "*.o").Any();

    /// <summary>The scenario with both captures expected of every device that has input: what <c>--accept</c> writes when there are none.</summary>
    public static Scenario ExpectingAll(Scenario scenario)
    {
        CaptureExpectation Of(string device, bool delivered) => new(device, delivered, $"{device}{(delivered ? "_stack" : "_out")}.pcap", false, [], "");
        return scenario with { Expect = new Expectations { Captures = [.. scenario.Replays.Select(replay => replay.Device).Distinct().SelectMany(device => new[] { Of(device, false), Of(device, true) })] } };
    }

    /// <summary>Makes the scenario.</summary>
    /// <exception cref="ScenarioFormatException">There is more than one object, more than one XDP program, or none that a device could run.</exception>
    public static Scenario Read(string folder)
    {
        string[] objects = [.. Directory.EnumerateFiles(folder, "*.o").Order(StringComparer.Ordinal)];
        if (objects.Length != 1) throw new ScenarioFormatException(folder, "", $"there are {objects.Length} objects in the folder; with more than one, write a scenario.yaml");
        var spec = ObjectReader.Open(objects[0]);
        var inputs = Captures(folder, "_in").ToArray();
        var outputs = Captures(folder, "_out").Select(c => (c.Device, c.File, Delivered: false)).Concat(Captures(folder, "_stack").Select(c => (c.Device, c.File, Delivered: true))).ToArray();
        string[] devices = [.. inputs.Select(i => i.Device).Concat(outputs.Select(o => o.Device)).Distinct().Order(StringComparer.Ordinal)];
        var attachments = new List<Attachment>();
        var untyped = spec.Programs.FirstOrDefault(p => p.Type == ProgramType.Unspec && p.AutoLoad);
        if (untyped is not null)
            throw new ElfFormatException(objects[0], $"section {untyped.Section}", $"'{untyped.Name}' has no program type: libbpf knows no such section; to give it one, write a scenario.yaml with 'type' at the object");
        var xdps = spec.Programs.Where(p => p is { Type: ProgramType.Xdp, AutoLoad: true, AttachType: not (AttachType.XdpDevMap or AttachType.XdpCpuMap) }).ToArray();
        if (xdps.Length > 1) throw new ScenarioFormatException(folder, "", $"there are {xdps.Length} XDP programs and a device takes one; write a scenario.yaml that says which");
        var xdp = xdps.FirstOrDefault();
        foreach (var program in spec.Programs.Where(p => p.Type == ProgramType.SchedCls && p.AutoLoad))
        {
            bool egress = program.Section.EndsWith("egress", StringComparison.Ordinal);
            foreach (string device in egress ? devices : [.. inputs.Select(i => i.Device)])
                attachments.Add(new Attachment(new HookName(device, egress ? Hook.Egress : Hook.Ingress), program.Name, null, null, ""));
        }
        if (attachments.Count == 0 && xdp is null) throw new ScenarioFormatException(objects[0], "", "no program in it is for a tc hook or XDP, so no packet would meet one");
        return new Scenario(Path.GetFileName(Path.GetFullPath(folder)), folder, folder)
        {
            Objects = [new ObjectUse("object", Path.GetFileName(objects[0]), "")],
            Devices = [.. devices.Select(name => new DeviceUse(name, "") { Xdp = inputs.Any(i => i.Device == name) ? xdp?.Name : null })],
            Attachments = attachments,
            Replays = [.. inputs.Select(i => new Replay(i.Device, false, "") { Capture = i.File })],
            Expect = new Expectations { Captures = [.. outputs.Select(o => new CaptureExpectation(o.Device, o.Delivered, o.File, false, [], ""))] },
        };
    }

    private static IEnumerable<(string Device, string File)> Captures(string folder, string suffix) =>
        from file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
        let name = Path.GetFileName(file)
        from ending in s_endings
        where name.EndsWith(suffix + ending, StringComparison.Ordinal)
        select (name[..^(suffix.Length + ending.Length)], name);
}
