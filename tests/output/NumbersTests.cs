using Tests.Verifier;

namespace Tests.Output;

/// <summary>A number that does not fit is refused, never cut; an option that would have no effect is refused, never ignored.</summary>
public sealed class NumbersTests : IDisposable
{
    private static readonly string s_object = Repository.PathOf("scenarios/02-firewall/firewall.bpf.o"), s_capture = Repository.PathOf("pcaps/web.pcap");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sim-numbers");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("mark=99999999999", "'mark=99999999999': the field has 32 bits, and goes up to 4294967295")]
    [InlineData("cb[4]=0x100000000", "'cb[4]=0x100000000': the field has 32 bits, and goes up to 4294967295")]
    [InlineData("gso_segs=70000000000", "'gso_segs=70000000000': the field has 32 bits, and goes up to 4294967295")]
    public void Context_TooLarge(string context, string problem) =>
        Assert.Equal((2, $"sim: --ctx: {problem}\n"), (Invocation.Of("exec", s_object, "--in", s_capture, "--ctx", context) is var ran ? ran.Code : 0, ran.Error));

    [Fact]
    public void Context_OfXdp_IsNotIgnored()
    {
        var ran = Invocation.Of("exec", Repository.PathOf("tests/objects/loops.o"), "-p", "nested_xdp", "--in", s_capture, "--ctx", "mark=1");
        Assert.Equal(2, ran.Code);
        Assert.Contains("--ctx: 'mark' cannot be set; fields are data (bytes of metadata each packet begins with)", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ipv4: { src: 1.1.1.1, dst: 2.2.2.2, ttl: 256 }", "'ttl' is 256; 0 to 255 are allowed")]
    [InlineData("ipv4: { src: 1.1.1.1, dst: 2.2.2.2, id: -1 }", "'id' is -1; 0 to 65535 are allowed")]
    [InlineData("vlan: { id: 4096 }", "'id' is 4096; 0 to 4095 are allowed")]
    [InlineData("ipv6: { src: '::1', dst: '::2', hlim: 999 }", "'hlim' is 999; 0 to 255 are allowed")]
    [InlineData("ipv4: { src: 1.1.1.1, dst: 2.2.2.2 }, tcp: { src: 1, dst: 2, seq: 4294967296 }", "'seq' is 4294967296; 0 to 4294967295 are allowed")]
    [InlineData("ipv4: { src: 1.1.1.1, dst: 2.2.2.2 }, udp: { src: 1, dst: 65536 }", "'dst' is 65536; 0 to 65535 are allowed")]
    [InlineData("ipv4: { src: 1.1.1.1, dst: 2.2.2.2 }, udp: { dst: 6 }", "the port 'src' is missing")]
    [InlineData("pad_to: 65536", "'pad_to' is 65536; 0 to 65535 are allowed")]
    [InlineData("repeat: 0", "'repeat' is 0; 1 to 100000 are allowed")]
    [InlineData("at: 9000000000s, every: 1000000000s, repeat: 3", "the times of its repeats run past the year 2262")]
    public void Packet_FieldTooLarge(string packet, string problem) => Refused(packet, problem);

    [Theory]
    [InlineData("ipv4: { src: 1.1.1.1, dst: 2.2.2.2 }, udp: { src: 1, dst: 2 }", 65528, "the Udp header would have to say 65536 bytes; its length field goes up to 65535")]
    [InlineData("ipv4: { src: 1.1.1.1, dst: 2.2.2.2 }, udp: { src: 1, dst: 2 }", 65508, "the Ipv4 header would have to say 65536 bytes; its length field goes up to 65535")]
    [InlineData("ipv6: { src: '::1', dst: '::2' }, tcp: { src: 1, dst: 2 }", 65516, "the Ipv6 header would have to say 65536 bytes; its length field goes up to 65535")]
    [InlineData("eth: {}", 200_000, "its layers and payload have 200014 bytes; an IP packet has at most 65535, its link headers aside")]
    public void Packet_PayloadTooLong(string packet, int payload, string problem) => Refused($"{packet}, payload: {new string('A', payload)}", problem);

    [Fact]
    public void Hex_RemarksAndSeparatorsAreSkipped()
    {
        File.WriteAllText(In("packets.txt"), "# two packets\n\n ffffffffffff-02:00:00:00:00:01 0806 # ARP\nffffffffffff0200000000010806");
        var ran = Invocation.Of("exec", s_object, "--hex", In("packets.txt"));
        Assert.Equal((0, 2), (ran.Code, ran.Out.Count(c => c == '\n')));
        File.WriteAllText(In("packets.txt"), "ff\nfg # no\n");
        Assert.EndsWith("line 2: 'g' is no hexadecimal digit; a packet is a line of pairs of them, and # begins a remark\n", Invocation.Of("exec", s_object, "--hex", In("packets.txt")).Error, StringComparison.Ordinal);
    }

    private void Refused(string packet, string problem)
    {
        File.WriteAllText(In("scenario.yaml"), $$"""
            objects: { o: { file: {{s_object}} } }
            devices: { eth0: {} }
            attach: [ { at: eth0 ingress, program: firewall } ]
            replay: [ { device: eth0, packets: [ { {{packet}} } ] } ]
            expect: { delivered: { eth0: 1 } }
            """);
        var ran = Invocation.Of("run", In("scenario.yaml"));
        Assert.Equal(2, ran.Code);
        Assert.Contains(problem, ran.Out, StringComparison.Ordinal);
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);
}
