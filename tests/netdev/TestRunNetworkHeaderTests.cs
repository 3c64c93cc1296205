using Netdev.Skbs;
using Netdev.TestRun;
using Vm.Abi;
using Vm.Runtime;

namespace Tests.NetDev;

/// <summary>Where a packet begins for each program type in a test run, and what is left of it.</summary>
public sealed class TestRunNetworkHeaderTests : IDisposable
{
    private readonly ProgramTestRun _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(ProgramType.SchedCls, 0)]
    [InlineData(ProgramType.SchedAct, 0)]
    [InlineData(ProgramType.Xdp, 0)]
    [InlineData(ProgramType.SocketFilter, 14)]
    [InlineData(ProgramType.CgroupSkb, 14)]
    public void AProgram_SeesThePacketFromItsHeaderOn_AndGetsItBackWhole(ProgramType type, int start)
    {
        byte[] frame = Bed.Udp();
        byte[]? seen = null;
        var program = new ExecutableProgram("see", type, AttachType.None, (ctx, _) =>
        {
            seen = new Skb(ctx).Bytes.ToArray();
            return 1;
        }, "test");
        foreach (int times in (int[])[1, 3])
        {
            var result = _bench.Repeat(program, frame, times);
            Assert.Equal((Errno.None, 1u, (uint)frame.Length), (result.Errno, result.Retval, result.Length));
            Assert.Equal(frame[start..], seen);
            Assert.Equal([.. new byte[start], .. frame[start..]], _bench.Packet.ToArray());
        }
    }

    [Fact]
    public void LengthOnTheWire_IsThePacketsOwn_FromWhereItBegins()
    {
        byte[] frame = Bed.Udp();
        var filter = new ExecutableProgram("see", ProgramType.SocketFilter, AttachType.None, (ctx, _) => new Skb(ctx).Fields.WireLength, "test");
        Assert.Equal((uint)frame.Length - 14, _bench.Run(filter, frame, new SkbTestContext()).Retval);
        Assert.Equal(Errno.EINVAL, _bench.Run(filter, frame, new SkbTestContext { WireLength = (uint)frame.Length - 15 }).Errno);
        Assert.Equal((uint)frame.Length - 14, _bench.Run(filter, frame, new SkbTestContext { WireLength = (uint)frame.Length - 14 }).Retval);
    }
}
