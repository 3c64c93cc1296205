using Netdev.Devices;
using Netdev.Skbs;
using Vm.Helpers;

namespace Tests.NetDev;

/// <summary>What return codes do to the loop and the packet. Source: Linux 6.12 net/core/dev.c, tcx_run; live checks on 6.18.</summary>
public sealed class RunLoopTests : IDisposable
{
    private readonly Bed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData(-1, true, PacketEnd.Delivered, DropReason.None)]
    [InlineData(0, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(1, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(2, false, PacketEnd.Dropped, DropReason.TcIngress)]
    [InlineData(3, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(4, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(5, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(6, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(7, false, PacketEnd.Dropped, DropReason.RedirectNoDevice)]
    [InlineData(8, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(9, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(100, false, PacketEnd.Delivered, DropReason.None)]
    [InlineData(-2, false, PacketEnd.Delivered, DropReason.None)]
    public void Ingress_ReturnCode_DecidesLoopAndPacket(int verdict, bool nextRuns, PacketEnd end, DropReason reason)
    {
        _bed.Eth0.Ingress.Attach(Bed.Tc("first", verdict));
        _bed.Eth0.Ingress.Attach(Bed.Tc("second", 0));
        _bed.Receive(Bed.Udp());
        Assert.Equal(nextRuns ? 2 : 1, _bed.Crossings.Count);
        Assert.Equal((end, reason), (_bed.Last.End, _bed.Last.Reason));
        if (end == PacketEnd.Dropped) Assert.Equal((HookPoint.Ingress, "first"), (_bed.Last.Hook, _bed.Last.Program!.Name));
    }

    [Theory]
    [InlineData(2, PacketEnd.Dropped, DropReason.TcEgress)]
    [InlineData(0, PacketEnd.Transmitted, DropReason.None)]
    [InlineData(-1, PacketEnd.Transmitted, DropReason.None)]
    [InlineData(4, PacketEnd.Transmitted, DropReason.None)]
    public void Egress_ReturnCode_DecidesPacket(int verdict, PacketEnd end, DropReason reason)
    {
        _bed.Eth0.Egress.Attach(Bed.Tc("only", verdict));
        _bed.Network.Transmit(_bed.Eth0, Bed.Udp(), 1);
        Assert.Equal((end, reason), (_bed.Last.End, _bed.Last.Reason));
    }

    [Fact]
    public void UpperHalfOfR0_DoesNotCount()
    {
        _bed.Eth0.Ingress.Attach(Bed.Tc("wide", (_, _) => 0x1_0000_0002));
        _bed.Receive(Bed.Udp());
        Assert.Equal(DropReason.TcIngress, _bed.Last.Reason);
    }

    [Theory, InlineData(0, 0x1234), InlineData(-1, 0)]
    public void Pass_CopiesClassIdToTcIndex_NextDoesNot(int verdict, int expected)
    {
        int seen = -1;
        var (a, b) = _bed.Network.AddVethPair("a", "b");
        a.Egress.Attach(Bed.Tc("class", (_, skb) =>
        {
            skb.Fields.TcClassId = 0x1234;
            return verdict;
        }));
        b.Ingress.Attach(Bed.Tc("see", (_, skb) =>
        {
            seen = skb.Fields.TcIndex;
            return 0;
        }));
        _bed.Network.Transmit(a, Bed.Udp(), 1);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public void ControlBlockAndMark_StayBetweenPrograms()
    {
        (ulong, uint) seen = default;
        _bed.Eth0.Ingress.Attach(Bed.Tc("write", (_, skb) =>
        {
            skb.Fields.Cb23 = 42;
            skb.Fields.Mark = 7;
            return -1;
        }));
        _bed.Eth0.Ingress.Attach(Bed.Tc("read", (_, skb) =>
        {
            seen = (skb.Fields.Cb23, skb.Fields.Mark);
            return 0;
        }));
        _bed.Receive(Bed.Udp());
        Assert.Equal((42ul, 7u), seen);
    }

    [Fact]
    public void WireLength_LeavesTheEthernetHeaderOutAtIngressOnly()
    {
        var frame = Bed.Udp();
        Assert.Equal(((uint)frame.Length - 14, (byte)1), _bed.At(frame, (_, skb) => (skb.Fields.WireLength, skb.Fields.AtIngress)));
        Assert.Equal(((uint)frame.Length, (byte)0), _bed.At(_bed.Eth0.Egress, frame, (_, skb) => (skb.Fields.WireLength, skb.Fields.AtIngress)));
    }

    [Fact]
    public void LoopBudget_UsedUp_DropsAndTheNextPacketRuns()
    {
        ulong framePointer = _bed.Cpu.Run.FramePointer;
        bool endless = true;
        _bed.Eth0.Ingress.Attach(Bed.Tc("loop", (x, _) =>
        {
            if (!endless) return 0;
            x.Run.FramePointer -= 512;
            throw new LoopBudgetException();
        }));
        _bed.Receive(Bed.Udp());
        Assert.Equal((DropReason.LoopBudget, framePointer), (_bed.Last.Reason, _bed.Cpu.Run.FramePointer));
        endless = false;
        _bed.Receive(Bed.Udp());
        Assert.Equal(PacketEnd.Delivered, _bed.Last.End);
    }

    [Fact]
    public void WithoutObserver_NothingIsAllocated()
    {
        _bed.Network.Observer = null;
        _bed.Eth0.StackSink = null;
        var (a, b) = _bed.Network.AddVethPair("a", "b");
        _bed.Eth0.Ingress.Attach(Bed.Tc("redirect", (x, _) =>
        {
            x.Redirect.Target = (uint)a.Ifindex;
            return 7;
        }));
        b.Ingress.Attach(Bed.Tc("pass", 0));
        var frame = Bed.Udp();
        for (int i = 0; i < 1000; i++) _bed.Receive(frame);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) _bed.Receive(frame);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2000, b.Counters().Delivered);
    }
}
