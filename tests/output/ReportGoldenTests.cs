using System.Text;
using System.Xml.Linq;
using Sim.Commands;
using Sim.Output;
using Tests.Verifier;

namespace Tests.Output;

/// <summary>What people and their tools read, word for word: ScoreReport, JsonReport, JUnitReport, PacketTrace, RejectionReport, the tables of inspect and replay.</summary>
public sealed class ReportGoldenTests
{
    private static readonly string s_misses = Repository.PathOf("tests/cases/output/misses/scenario.yaml"), s_rejections = Repository.PathOf("tests/objects/rejections.o"), s_tails = Repository.PathOf("tests/objects/tails-tagged.o");

    [Fact]
    public void ScoreReport_ShowsEveryKindOfMiss() => Check("score.txt", 1, "run", s_misses);

    [Fact]
    public void JsonReport_SaysTheSame() => Check("score.json", 1, "run", s_misses, "--json");

    [Fact]
    public void JUnitReport_SaysTheSameWithoutByteOrderMark()
    {
        var bytes = new MemoryStream();
        Terminal.Use(Terminal.Over(TextWriter.Null, TextWriter.Null, bytes: bytes));
        Assert.Equal(1, CommandLine.Run(["run", s_misses, "--junit", "-"]));
        Terminal.Use(null);
        Assert.Equal((byte)'<', bytes.ToArray()[0]);
        string xml = Encoding.UTF8.GetString(bytes.ToArray());
        Assert.Equal("testsuites", XDocument.Parse(xml).Root!.Name.LocalName);
        Golden.Check("junit.xml", xml);
    }

    [Fact]
    public void RejectionReport_HasLineAndHintForEveryMistake() => Check("rejections.txt", 3, "verify", s_rejections);

    [Fact]
    public void RejectionReport_IsTheSameInJson() => Check("rejection.json", 3, "verify", s_rejections, "--program", "core_deeper", "--json");

    [Fact]
    public void RejectionReport_IsTheSameInReplay() => Check("rejection-replay.txt", 3, "replay", Repository.PathOf("pcaps/web.pcap"), "--prog", s_rejections + ":zero_sized");

    [Fact]
    public void RejectionReport_IsTheSameInRun() => Check("rejection-run.txt", 3, "run", Repository.PathOf("tests/cases/output/rejected/scenario.yaml"));

    [Fact]
    public void PacketTrace_NamesTailCalledProgramsAndLines() => Check("trace-tails.txt", 0, "trace", Repository.PathOf("tests/cases/output/tails/scenario.yaml"));

    [Fact]
    public void PacketTrace_ChangedBytesHaveBracketsInTheirName() => Check("trace-bytes.txt", 0, "trace", Repository.PathOf("scenarios/11-decrypt"));

    [Fact]
    public void PacketTrace_ShowsAFewCallsOfALoopAndHowManyThereWere() => Check("trace-loop.txt", 0, "trace", Repository.PathOf("tests/cases/output/loop/scenario.yaml"));

    [Fact]
    public void PacketTrace_FollowsRedirectsAndChanges() => Check("trace-redirect.txt", 0, "trace", Repository.PathOf("scenarios/13-namespaces"), "--packet", "2");

    [Fact]
    public void Inspect_ShowsTypesAndSlots() => Check("inspect.txt", 0, "inspect", s_tails);

    [Fact]
    public void Replay_ShowsVerdictsAndEnds() => Check("replay.txt", 0, "replay", Repository.PathOf("pcaps/web.pcap"), "--prog", s_tails + ":start");

    [Fact]
    public void Verify_TakesManyObjects_OneThatCannotBeReadHidesNone() => Check("verify-many.txt", 3, "verify", s_tails, Repository.PathOf("README.md"), Repository.PathOf("tests/objects/tails-sections.o"));

    private static void Check(string golden, int code, params string[] args)
    {
        var ran = Invocation.Of(args);
        Golden.Check(golden, ran.Out + (ran.Error.Length > 0 ? "-- standard error\n" + ran.Error : ""));
        Assert.Equal(code, ran.Code);
    }
}
