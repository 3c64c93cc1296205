using CsCheck;
using Sim.Commands;
using Sim.Control;
using Sim.Live.Net;
using Sim.Scenarios;
using Tests.Verifier;

namespace Tests.Sim;

/// <summary>The control-plane scripts: every errno, order and revision as stated, here and in the running kernel.</summary>
public sealed class ControlScriptTests
{
    public static TheoryData<string> Scripts => [.. ControlCommand.Find([Repository.PathOf("tests/cases/controlplane"), Repository.PathOf("tests/cases/syscall")]).Select(path => Path.GetRelativePath(Repository.PathOf("tests/cases"), path))];

    private static ControlScript Read(string name) => ControlScriptReader.ReadFile(Repository.PathOf(Path.Combine("tests/cases", name)));

    private static IEnumerable<string> Missed(ControlResult result) =>
        result.Answers.Where(answer => !answer.Met).Select(answer => $"line {answer.Step.Line} ({answer.DirectionName}): {answer.Step.Text}: {answer.Host} says {answer.Answer}, not {answer.Expected}");

    [Theory]
    [MemberData(nameof(Scripts))]
    public void TheSimulator_AnswersAsStated(string name) => Assert.Empty(Missed(ControlResult.Of(Read(name), [() => new SimulatedHost()])));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void TheKernel_AnswersAsStated(string name)
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        var result = ControlResult.Of(Read(name), [() => new KernelHost()]);
        foreach (var (_, lacks) in result.NotAsked) Assert.Skip(lacks);
        Assert.Empty(Missed(result));
    }

    [Fact]
    public void AWrongStatement_IsNoticed()
    {
        var result = ControlResult.Of(ControlScriptReader.Read("program p\nattach p => EEXIST\nquery => nothing revision 1", "wrong.tcx"), [() => new SimulatedHost()]);
        Assert.Equal(["ok", "ok", "p revision 2"], result.Answers.Select(answer => answer.Answer));
        Assert.Equal([true, false, false], result.Answers.Select(answer => answer.Met));
    }

    [Theory]
    [InlineData("attach", "line 1: a program is missing after 'attach'")]
    [InlineData("program p\nattach p BEFORE p 7", "line 2: '7' is one word too many after 'attach'")]
    [InlineData("program p\nattach q", "line 2: there is no 'q'; make it first with program, xdp, map, link-create or bpf … -> NAME")]
    [InlineData("attach 0 => ok => ok", "line 1: more than one '=>'")]
    [InlineData("=> ok", "line 1: an expected answer, but no step")]
    [InlineData("program p1..p999", "line 1: 'p1..p999' is no range; write p1..p9, at most 256 names")]
    [InlineData("program p\nprogram p", "line 2: there is a 'p' already")]
    [InlineData("program 7", "line 1: '7' is a number, not a name")]
    [InlineData("on eth7", "line 1: there is no device 'eth7'; devices are: eth0")]
    [InlineData("on eth0 sideways", "line 1: 'sideways' is no direction; write ingress or egress")]
    [InlineData("query room 99999", "line 1: room is at most 4096")]
    [InlineData("query room x", "line 1: 'x' is no number")]
    [InlineData("query\neach direction", "line 2: 'each direction' comes before all steps")]
    [InlineData("qdisc-add eth0 htb", "line 1: 'htb' is no qdisc with tcx; write clsact or ingress")]
    [InlineData("# nothing", "no step in it; a script has a call a line, such as 'attach p1 BEFORE p2 => ENOENT'")]
    public void ABadScript_NamesTheLine(string text, string complaint)
    {
        var wrong = Assert.Throws<ScenarioFormatException>(() => ControlResult.Of(ControlScriptReader.Read(text, "bad.tcx"), [() => new SimulatedHost()]));
        Assert.Equal($"bad.tcx: {complaint}", wrong.Message);
    }

    [Fact]
    public void AnyText_RunsOrIsRefused()
    {
        string[] words = ["program", "attach", "detach", "link-create", "link-update", "query", "close", "on", "delete", "p1", "p2", "l1", "eth0", "BEFORE", "ID|LINK", "-", "0", "0xffffffffffffffff", "p1..p3", "=>", "revision", "#", "\n", "enter", "other", "move", "qdisc-add", "clsact", "\0", "room"];
        Check.Sample(Gen.Int[0, words.Length - 1].Array[0, 60], picks =>
        {
            try
            {
                ControlResult.Of(ControlScriptReader.Read(string.Join(' ', picks.Select(pick => words[pick])), "any.tcx"), [() => new SimulatedHost()]);
            }
            catch (ScenarioFormatException)
            {
                // The one kind of refusal there is; anything else fails the test.
            }
        }, iter: 3000);
    }
}
