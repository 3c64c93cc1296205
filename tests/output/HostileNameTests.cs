using System.Text;
using System.Xml.Linq;
using Sim.Commands;
using Sim.Output;
using Tests.Verifier;

namespace Tests.Output;

/// <summary>Names that are escape sequences, line ends, markup and overrides, in objects, scenarios, scripts and file names: no command lets one of them act.</summary>
public sealed class HostileNameTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sim-hostile");

    // As long as what they replace in the object: names of programs, maps, members, variables, source lines, license.
    public static TheoryData<string> Names => ["\x1b[2J\nFKE", "[/]a\u0007[re", "[red]\n]\r", "\u009b31m\nF", "\u202e\u2066ab", "\u2028FK\u200b", "\0\u007f\t\n\r\bFK", "[[]]{{}}"];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_OfTheObject(string name)
    {
        string path = Put("firewall.o", Replaced("scenarios/02-firewall/firewall.bpf.o", ["firewall", "verdicts", "allow_ic", "open_por", "prefixle", "protocol"], name));
        string program = Name(name);
        foreach (string[] args in (string[][])[["verify", path], ["verify", path, "--log"], ["verify", path, "--json"], ["inspect", path], ["exec", path, "--in", Capture], ["exec", path, "-p", "nobody", "--in", Capture],
            ["replay", Capture, "--prog", path], ["replay", Capture, "--prog", path, "--dev", program], ["replay", Capture, "--prog", path + ":nobody"], ["bench", path, "-p", "nobody", "--in", Capture], ["compare", path, "-p", "nobody", "--in", Capture], ["compare", "--verdict", path]]) Harmless(args);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_OfTheScenario(string name)
    {
        string quoted = Quoted(Name(name));
        string folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, "s")).FullName;
        string path = Put("s/scenario.yaml", Encoding.UTF8.GetBytes($$"""
            name: {{quoted}}
            about: {{quoted}}
            objects: { {{quoted}}: { file: {{Repository.PathOf("scenarios/02-firewall/firewall.bpf.o")}} } }
            devices: { {{quoted}}: , eth0: }
            attach: [ { at: eth0 ingress, program: firewall } ]
            maps: { open_ports: [ { key: { protocol: 6, port: 80 }, value: 1 } ] }
            replay: [ { device: {{quoted}}, capture: {{Capture}} }, { device: eth0, packets: [ { ipv4: { src: 1.1.1.1, dst: 2.2.2.2 }, tcp: { src: 1, dst: 80 }, payload: {{quoted}} } ] } ]
            expect:
              verdicts: [ { at: eth0 ingress, NEXT: 5 } ]
              delivered: { {{quoted}}: 1 }
              payloads: [ { delivered: eth0, frame: 1, text: {{quoted}} } ]
              maps: { open_ports: [ { key: { protocol: 6, port: 81 }, value: 1 } ] }
            """));
        foreach (string[] args in (string[][])[["run", path], ["run", path, "--json"], ["trace", path], ["trace", path, "--packet", "62"], ["run", folder]]) Harmless(args);
        string junit = Path.Combine(_folder.FullName, "junit.xml");
        Harmless(["run", path, "--junit", junit]);
        XDocument.Load(junit);
        foreach (string wrong in (string[])["objects", "attach", "expect", "nothing"])
        {
            string bad = Put("bad.yaml", Encoding.UTF8.GetBytes($"{wrong}: {{ {quoted}: {quoted} }}\n{quoted}: {quoted}\n"));
            Harmless(["run", bad]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_OfFilesScriptsAndArguments(string name)
    {
        string text = Name(name).Replace("\0", "", StringComparison.Ordinal);
        string script = Put("script.tcx", Encoding.UTF8.GetBytes($"# {text}\nprogram p1\nattach p1 => {text}\nattach {text} => EINVAL\n"));
        string missing = Path.Combine(_folder.FullName, text.Replace("/", "", StringComparison.Ordinal));
        foreach (string[] args in (string[][])[["control", script], ["control", script, "--json"], ["run", missing], ["verify", missing], ["replay", missing, "--prog", missing], ["exec", missing, "--hex", missing], ["generate", missing + "/x"],
            ["run", "--" + text], ["conformance-plugin", text], ["trace", missing], [text], ["fuzz", "--no-kernel", "--replay", missing], ["exec", Repository.PathOf("scenarios/02-firewall/firewall.bpf.o"), "--in", Capture, "--ctx", text]]) Harmless(args);
        Harmless(["fuzz", "--no-kernel", "--replay", Put("kept.case", Encoding.UTF8.GetBytes($"-- type {text}\n"))]);
    }

    private static string Capture => Repository.PathOf("pcaps/web.pcap");

    private static void Harmless(params string[] args)
    {
        var ran = Invocation.Of(args);
        string command = string.Join(' ', args.Select(Visible.Of));
        Assert.True(Visible.IsHarmless(ran.All.Replace("\n", "", StringComparison.Ordinal)), $"{command}: {Visible.Lines(ran.All)}");
        Assert.DoesNotContain(ran.All.Split('\n'), line => line.StartsWith('F'));
        Assert.NotEqual(ExitCodes.Fault, ran.Code);
        Assert.True(ran.All.Length > 0 || ran.Code == 0, $"{command}: not a word, and exit code {ran.Code}");
    }

    private string Put(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string Name(string name) => name.Length < 8 ? name.PadRight(8, 'F') : name;

    // Same length in bytes, so that string tables stay whole.
    private static byte[] Replaced(string file, string[] texts, string name)
    {
        byte[] bytes = File.ReadAllBytes(Repository.PathOf(file)), with = Encoding.UTF8.GetBytes(Name(name).Replace('\0', '\x1b'))[..8];
        foreach (string text in texts)
        {
            byte[] old = Encoding.ASCII.GetBytes(text);
            for (int at = bytes.AsSpan().IndexOf(old); at >= 0; at = bytes.AsSpan().IndexOf(old)) with.CopyTo(bytes, at);
        }
        return bytes;
    }

    private static string Quoted(string text) => "\"" + string.Concat(text.Select(c => c is >= ' ' and < '\x7f' and not ('"' or '\\') ? c.ToString() : $"\\u{(int)c:x4}")) + "\"";
}
