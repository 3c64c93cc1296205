using Sim.Live;
using Vm.Abi;

namespace Tests.Syscall;

/// <summary>Every row holds here, and on the running kernel but for those that say why not.</summary>
public sealed class LoadRowTests
{
    public static TheoryData<string> Names => [.. LoadRows.All.Select(row => row.Name)];

    public static TheoryData<string> LiveNames => [.. LoadRows.All.Where(row => row.NotLive is null).Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Here_TheAnswerIsTheRows(string name)
    {
        using var bench = LoadBench.Simulated();
        Hold(bench, Row(name));
    }

    [Theory]
    [MemberData(nameof(LiveNames))]
    public void TheKernel_AnswersAlike(string name)
    {
        if (KernelProbe.WhyNot() is { } why) Assert.Skip(why);
        using var bench = LoadBench.Live();
        Hold(bench, Row(name));
    }

    private static LoadRow Row(string name) => LoadRows.All.Single(row => row.Name == name);

    private static void Hold(LoadBench bench, LoadRow row)
    {
        int answer = row.Ask(bench);
        Assert.Equal(row.Answer, answer < 0 ? (Errno)(-answer) : Errno.None);
    }
}
