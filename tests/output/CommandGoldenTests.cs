using Sim.Commands;
using Sim.Compare;
using Sim.Dissect;
using Sim.Output;
using Tests.Verifier;
using Vm.Abi;

namespace Tests.Output;

/// <summary>What the commands themselves say, word for word: help, mistakes on the command line, exec, verify, control, and the tables of compare.</summary>
public sealed class CommandGoldenTests
{
    private static readonly string s_tails = Repository.PathOf("tests/objects/tails-tagged.o"), s_capture = Repository.PathOf("pcaps/web.pcap");

    public static TheoryData<string> Commands => ["run", "replay", "verify", "exec", "trace", "inspect", "bench", "generate", "compare", "control", "fuzz", "conformance-plugin"];

    [Fact]
    public void Help_ListsEveryCommand()
    {
        var ran = Invocation.Of("--help");
        Golden.Check("help.txt", Named(ran.Out));
        Assert.All(Commands, command => Assert.Contains($"\n  {(string)command.Data}", ran.Out));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_OfACommand(string command)
    {
        var ran = Invocation.Of(command, "--help");
        Golden.Check($"help-{command}.txt", Named(ran.Out) + ran.Error);
        Assert.Equal(ExitCodes.Met, ran.Code);
    }

    [Fact]
    public void CommandLine_SaysWhatIsWrongWithIt()
    {
        string[][] wrong =
        [
            ["verfy", s_tails], ["run"], ["run", "nowhere"], ["verify", s_tails, "--program", "strat"], ["replay", "--prog", s_tails],
            ["replay", s_capture, "--prog", s_tails + ":start", "--hook", "sideways"], ["replay", s_capture, "--prog", s_tails + ":start", "--engine", "steam"], ["replay", s_capture, "--prog", s_tails + ":start", "--set", "a"],
        ];
        var said = new StringWriter { NewLine = "\n" };
        foreach (string[] args in wrong)
        {
            var ran = Invocation.Of(args);
            said.WriteLine($"$ sim {string.Join(' ', args)}\n{ran.All.TrimEnd()}\n=> {ran.Code}");
        }
        Golden.Check("mistakes.txt", said.ToString());
    }

    [Fact]
    public void Exec_IsALineAPacket() => Check("exec.json", ExitCodes.Met, "exec", s_tails, "--program", "start", "--hex", Repository.PathOf("tests/cases/output/two-packets.hex"));

    [Fact]
    public void Verify_WithLogIsTheKernels() => Check("verify-log.txt", ExitCodes.Met, "verify", s_tails, "--program", "start", "--log");

    [Fact]
    public void Control_SaysWhatWasAskedAndWhatWasToBeAnswered() => Check("control.txt", ExitCodes.Missed, "control", Repository.PathOf("tests/cases/output/wrong.tcx"));

    [Fact]
    public void CompareReport_TellsEqualExplainedAndDifferent()
    {
        var equal = new Comparison { Name = "equal", Programs = { "a", "b" }, Runs = 14, Maps = 4 };
        var random = KnownDifferences.All.Single(known => known.Helper == HelperId.GetPrandomU32);
        var different = new Comparison
        {
            Name = "different", Programs = { "a" }, Runs = 3, Maps = 1,
            Differences =
            {
                new Difference("a", 2, [new FieldDifference("__sk_buff", "mark", "7", "8")]),
                new Difference("a", 3, [new FieldDifference("program", "retval", "0", "2")], random),
                new Difference("", 0, [new FieldDifference("map", "value", "01", "02")]) { Map = "counts" },
            },
            NotCompared = { "map 'ids': ids of programs" }, Notes = { "one packet is cut" },
        };
        var unbuilt = new Comparison { Name = "unbuilt", NotBuilt = "no device can do that" };
        Golden.Check("compare.txt", Said(terminal => CompareReport.Write(terminal, [equal, different, unbuilt])));
        Golden.Check("compare.json", Said(terminal => Array.ForEach([equal, different, unbuilt], one => CompareReport.WriteJson(terminal.Out, one))));
    }

    [Fact]
    public void CompareReport_TellsWhatBothVerifiersSay()
    {
        VerifierPair[] pairs =
        [
            new("o.o", "both", Errno.None, "", Errno.None, ""), new("o.o", "neither", Errno.EACCES, "R1 !read_ok", Errno.EACCES, "R1 !read_ok"),
            new("o.o", "strict", Errno.EINVAL, "too strict", Errno.None, ""), new("o.o", "unsafe", Errno.None, "", Errno.EACCES, "R0 leaks"),
            new("o.o", "lacks", Errno.ENOTSUPP, "not simulated: arena", Errno.None, "") { Unsupported = true },
        ];
        Golden.Check("compare-verifiers.txt", Said(terminal => CompareReport.Write(terminal, pairs)));
        Golden.Check("compare-verifiers.json", Said(terminal => Array.ForEach(pairs, pair => CompareReport.WriteJson(terminal.Out, pair))));
    }

    // The usage line names the process, which is the tests here.
    private static string Named(string help) => help.Replace("Usage:\n  Tests ", "Usage:\n  sim ", StringComparison.Ordinal);

    private static string Said(Action<Terminal> write)
    {
        var output = new StringWriter();
        var terminal = Terminal.Over(output, output);
        write(terminal);
        return output.ToString();
    }

    private static void Check(string golden, int code, params string[] args)
    {
        var ran = Invocation.Of(args);
        Golden.Check(golden, ran.Out + (ran.Error.Length > 0 ? "-- standard error\n" + ran.Error : ""));
        Assert.Equal(code, ran.Code);
    }
}
