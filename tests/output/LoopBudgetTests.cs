using Tests.Verifier;

namespace Tests.Output;

/// <summary>Programs that would run for hours: every command says which one and where it loops, and ends.</summary>
public sealed class LoopBudgetTests
{
    private static readonly string s_object = Repository.PathOf("tests/objects/loops.o"), s_capture = Repository.PathOf("pcaps/web.pcap");

    [Theory]
    [InlineData("exec OBJECT -p nested --in CAPTURE", "nested", "loops.c:38, ./loops.c:29")]
    [InlineData("exec OBJECT -p iterators --in CAPTURE", "iterators", "loops.c:59, ./loops.c:48")]
    [InlineData("exec OBJECT -p jumper --in CAPTURE", "nested", "loops.c:38, ./loops.c:29")]
    [InlineData("exec OBJECT -p nested_xdp --in CAPTURE", "nested_xdp", "loops.c:75, ./loops.c:29")]
    [InlineData("exec OBJECT -p jumper --setup nested_syscall --in CAPTURE", "nested_syscall", "loops.c:84, ./loops.c:29")]
    [InlineData("bench OBJECT -p nested --in CAPTURE", "nested", "loops.c:38, ./loops.c:29")]
    [InlineData("replay CAPTURE --prog OBJECT:jumper", "nested", "loops.c:38, ./loops.c:29")]
    public void Command_NamesBudgetProgramAndLines(string command, string program, string lines)
    {
        var ran = Invocation.Of([.. command.Split(' ').Select(word => word.Replace("OBJECT", s_object, StringComparison.Ordinal).Replace("CAPTURE", s_capture, StringComparison.Ordinal))]);
        Assert.Equal((3, $"sim: program '{program}' used up its loop budget of 33,554,432 iterations; it loops at ./{lines}\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public void Run_GivesUpAfterAFewPackets()
    {
        var folder = Directory.CreateTempSubdirectory("sim-loops");
        string scenario = Path.Combine(folder.FullName, "scenario.yaml");
        File.WriteAllText(scenario, $$"""
            objects: { o: { file: {{s_object}} } }
            devices: { eth0: {} }
            attach: [ { at: eth0 ingress, program: nested } ]
            replay: [ { device: eth0, capture: {{s_capture}} } ]
            expect: { verdicts: [ { at: eth0 ingress, PASS: 61 } ] }
            """);
        var ran = Invocation.Of("run", scenario);
        folder.Delete(recursive: true);
        Assert.Equal(3, ran.Code);
        Assert.Contains("program 'nested' used up its loop budget of 33,554,432 iterations; it loops at ./loops.c:38, ./loops.c:29", ran.Out, StringComparison.Ordinal);
    }
}
