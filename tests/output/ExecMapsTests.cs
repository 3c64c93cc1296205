using Tests.Verifier;

namespace Tests.Output;

/// <summary>What exec prints: verdicts by number and name, context, and maps and variables after the last packet.</summary>
public sealed class ExecMapsTests : IDisposable
{
    // Two frames of 36 bytes and one of 40.
    private const string Packets = "0200000000010200000000020800000000000000000000000000000000000000000000aa\n0200000000010200000000020800000000000000000000000000000000000000000000bb\n0200000000010200000000020800000000000000000000000000000000000000000000ccdddddddd\n";

    private static readonly string s_object = Repository.PathOf("tests/objects/settings.o");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sim-exec-maps");

    public ExecMapsTests() => File.WriteAllText(Hex, Packets);

    private string Hex => Path.Combine(_folder.FullName, "packets.hex");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("jit")]
    [InlineData("interpreter")]
    public void Maps_AreTheLastLine_Typed(string engine)
    {
        string[] args = ["exec", s_object, "-p", "count", "--hex", Hex, "--type", "sched_cls", "--set", "verdict=2", "--set", "rule={ port: 80, mac: 02:00:00:00:00:01 }", "--engine", engine];
        var ran = Invocation.Of([.. args, "--maps"]);
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        string[] lines = ran.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("{\"n\":1,\"retval\":2,\"verdict\":\"DROP\",\"data\":\"0200", lines[0], StringComparison.Ordinal);
        Assert.Equal("""
            {"maps":{"flows":{"type":"hash","entries":[{"key":{"addr":"10.0.0.1","length":36},"value":2},{"key":{"addr":"10.0.0.1","length":40},"value":1}]},"packets":{"type":"percpu_array","entries":[{"key":0,"value":[3]}]}},"globals":{"verdict":2,"rule":{"port":80,"mac":"02:00:00:00:00:01"},"last_length":40,"balance":-5}}
            """, lines[3]);
        Assert.Equal(lines[..3], Invocation.Of(args).Out.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void XdpContext_GoesInAndComesOut()
    {
        var ran = Invocation.Of("exec", s_object, "-p", "told", "--hex", Hex, "--ctx", "data=8,ingress_ifindex=1");
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.StartsWith("{\"n\":1,\"retval\":2,\"verdict\":\"PASS\",\"data\":\"010000000000000002000000", ran.Out, StringComparison.Ordinal);
        Assert.Contains("\"ctx\":{\"data_meta\":8,\"metadata\":\"fdffffff00010200\",\"ingress_ifindex\":1,\"rx_queue_index\":0}}", ran.Out, StringComparison.Ordinal);
        Assert.Contains("{\"n\":1,\"errno\":\"EINVAL\"}", Invocation.Of("exec", s_object, "-p", "told", "--hex", Hex, "--ctx", "egress_ifindex=1").Out, StringComparison.Ordinal);
    }
}
