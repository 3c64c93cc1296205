using Sim.Scenarios;

namespace Tests.Sim;

public sealed class ScenarioReaderTests
{
    private const string Minimal = "objects: { a: a.o }\ndevices: { eth0: }\nreplay:\n  - { device: eth0, packets: [{ ipv4: { src: 10.0.0.1, dst: 10.0.0.2 }, udp: { src: 1, dst: 2 } }] }\n";

    [Fact]
    public void Minimal_IsRead()
    {
        var scenario = ScenarioReader.Read(Minimal, "folder/scenario.yaml");
        Assert.Equal("folder", scenario.Folder);
        Assert.Equal(42, Assert.Single(Assert.Single(scenario.Replays).Packets).Bytes.Length);
    }

    [Theory]
    [InlineData("nam: x\n" + Minimal, "line 1, column 1", "did you mean 'name'?")]
    [InlineData("name: a\nname: b\n" + Minimal, "line 2, column 1", "written twice")]
    [InlineData("cpus: 0\n" + Minimal, "line 1, column 1", "1 to 256 are allowed")]
    [InlineData(Minimal + "attach:\n  - { at: eth7 ingress, program: p }\n", "line 6, column 5", "no device 'eth7'")]
    [InlineData(Minimal + "attach:\n  - { at: eth0 sideways, program: p }\n", "line 6, column 11", "is no hook")]
    [InlineData(Minimal + "expect:\n  captures: [{ transmitted: eth0, file: x.pcap, ignore: [ip.chksum] }]\n", "line 6, column 58", "no field is called 'ip.chksum'")]
    [InlineData("a: &x 1\nb: *x\n", "line 1, column 4", "anchors and aliases")]
    [InlineData("", "", "the file is empty")]
    [InlineData("objects: [", "line 2", "this is not YAML")]
    public void WrongText_IsRefusedWithItsPlace(string text, string where, string what)
    {
        var wrong = Assert.Throws<ScenarioFormatException>(() => ScenarioReader.Read(text, "s.yaml"));
        Assert.StartsWith(where, wrong.Where, StringComparison.Ordinal);
        Assert.Contains(what, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNesting_IsRefusedBeforeItOverflowsAnything()
    {
        var wrong = Assert.Throws<ScenarioFormatException>(() => ScenarioReader.Read("a: " + new string('[', 100_000), "s.yaml"));
        Assert.Contains("nested deeper", wrong.Message, StringComparison.Ordinal);
    }
}
