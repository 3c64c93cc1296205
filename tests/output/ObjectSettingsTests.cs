using System.Text.Json;
using Sim.Live;
using Tests.Verifier;

namespace Tests.Output;

/// <summary>What a command line says about objects: the type of programs nobody knows it of, global variables, kernel types.</summary>
public sealed class ObjectSettingsTests
{
    private static readonly string s_object = Repository.PathOf("tests/objects/settings.o"), s_capture = Repository.PathOf("pcaps/web.pcap");

    [Theory]
    [InlineData("exec")]
    [InlineData("bench")]
    public void ProgramWithoutAType_RunsOnlyWithOne(string command)
    {
        string[] args = [command, s_object, "-p", "count", "--in", s_capture];
        var refused = Invocation.Of(args);
        Assert.Equal(3, refused.Code);
        Assert.Contains("'count' has no program type: libbpf knows no section 'from-wire'; give the type (--type xdp on the command line,", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, Invocation.Of([.. args, "--type", "sched_cls"]).Code);
    }

    [Fact]
    public void ProgramWithoutAType_IsVerifiedAndReplayedAsTheTypeGiven()
    {
        Assert.Equal(3, Invocation.Of("verify", s_object).Code);
        var verified = Invocation.Of("verify", s_object, "--type", "sched_cls");
        Assert.Equal(0, verified.Code);
        Assert.Contains("from-wire, sched_cls,", verified.Out, StringComparison.Ordinal);
        Assert.Equal(3, Invocation.Of("replay", s_capture, "--prog", s_object + ":count").Code);
        Assert.Equal(0, Invocation.Of("replay", s_capture, "--prog", s_object + ":count", "--type", "sched_cls").Code);
    }

    [Theory]
    [InlineData("count", "sched_cl", "there is no program type 'sched_cl'; did you mean 'sched_cls'?")]
    [InlineData("told", "sched_cls", "--type sched_cls is for programs in sections libbpf does not know; 'told' is of type xdp by its section 'xdp'")]
    public void AType_ThatIsNone_OrWouldChangeNothing_IsRefused(string program, string type, string problem)
    {
        var ran = Invocation.Of("exec", s_object, "-p", program, "--in", s_capture, "--type", type);
        Assert.Equal(2, ran.Code);
        Assert.Contains(problem, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_AreSetAsInScenarios()
    {
        var ran = Invocation.Of("exec", s_object, "-p", "count", "--in", s_capture, "--type", "sched_cls", "--set", "verdict=7", "--set", "rule={ port: 80, mac: 02:00:00:00:00:01 }");
        Assert.Equal(0, ran.Code);
        using var first = JsonDocument.Parse(ran.Out.Split('\n')[0]);
        Assert.Equal(7, first.RootElement.GetProperty("retval").GetInt32());
        Assert.Equal(80 << 8, first.RootElement.GetProperty("ctx").GetProperty("mark").GetInt32());
    }

    [Theory]
    [InlineData("--set takes NAME=VALUE, not 'verdict'", "verdict")]
    [InlineData("--set gives 'verdict' two values", "verdict=1", "verdict=2")]
    [InlineData("--set verdict: -1 does not fit unsigned 32 bits", "verdict=-1")]
    [InlineData("--set rule: 99999 does not fit unsigned 16 bits", "rule={ port: 99999 }")]
    [InlineData("--set vercidt: there is no global variable 'vercidt'", "vercidt=1")]
    [InlineData("--set rule: this is not YAML: ", "rule=[")]
    public void AVariable_ThatCannotBeSet_IsRefused(string problem, params string[] values)
    {
        var ran = Invocation.Of(["exec", s_object, "-p", "count", "--in", s_capture, "--type", "sched_cls", .. values.SelectMany(value => (string[])["--set", value])]);
        Assert.Equal(2, ran.Code);
        Assert.StartsWith("sim: " + problem, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_GivesBothSidesTheSame()
    {
        Assert.SkipWhen(KernelProbe.WhyNot() is not null, KernelProbe.WhyNot() ?? "");
        string[] settings = ["--type", "sched_cls", "--set", "verdict=2", "--set", "rule.port=443"];
        var ran = Invocation.Of(["compare", s_object, "-p", "count", "--in", s_capture, "--json", .. settings, "--btf", "/sys/kernel/btf/vmlinux"]);
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Contains("\"runs\":61", ran.Out, StringComparison.Ordinal);
        Assert.Equal(0, Invocation.Of(["compare", s_object, "--verdict", .. settings]).Code);
        var refused = Invocation.Of(["compare", "--scenario", Repository.PathOf("scenarios/02-firewall"), .. settings]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("--type, --set and --btf are for objects", refused.Error, StringComparison.Ordinal);
    }
}
