using Netdev.Helpers;
using Netdev.TestRun;

namespace Tests.NetDev;

/// <summary>What a program can tell of the headroom a kernel's test run has. The numbers are a live kernel's.</summary>
public sealed class TestRunHeadroomTests
{
    private const int EthernetBytes = 14;

    [Theory]
    [InlineData(0, 14)]
    [InlineData(64, 78)]
    [InlineData(65, 79)]
    [InlineData(70, 5)]
    [InlineData(100, 35)]
    [InlineData(128, 63)]
    [InlineData(129, 64)]
    [InlineData(192, 127)]
    [InlineData(300, 235)]
    public void ChangeTail_AfterChangeHead_GoesDownToAnUnsetTransportHeaderThatWrappedRound(uint head, uint smallest)
    {
        Assert.Equal(-22, HeadThenTail(head, smallest - 1));
        Assert.Equal(0, HeadThenTail(head, smallest));
    }

    private static long HeadThenTail(uint head, uint tail)
    {
        using var bench = new ProgramTestRun();
        Assert.True(bench.Cpu.Pool.TryTake(70, out var skb));
        skb.ResetMacHeader();
        skb.Fields.NetworkHeader = skb.Fields.MacHeader + EthernetBytes;
        Assert.Equal(0, ResizeHelpers.ChangeHead(bench.Cpu, skb, head, 0));
        return ResizeHelpers.ChangeTail(bench.Cpu, skb, tail, 0);
    }
}
