using Netdev.Devices;
using Netdev.Helpers;
using Netdev.Skbs;
using Vm.Abi;
using Vm.Maps;
using Vm.Specs;

namespace Tests.NetDev;

/// <summary>XDP verdicts and helpers. Source: Linux 6.12 net/core/filter.c, bpf_xdp_*; drivers/net/veth.c.</summary>
public sealed class XdpTests : IDisposable
{
    private readonly Bed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData(0, PacketEnd.Dropped, DropReason.XdpAborted)]
    [InlineData(1, PacketEnd.Dropped, DropReason.XdpDrop)]
    [InlineData(2, PacketEnd.Delivered, DropReason.None)]
    [InlineData(3, PacketEnd.Transmitted, DropReason.None)]
    [InlineData(4, PacketEnd.Dropped, DropReason.XdpRedirect)]
    [InlineData(5, PacketEnd.Dropped, DropReason.XdpAborted)]
    [InlineData(-1, PacketEnd.Dropped, DropReason.XdpAborted)]
    public void Verdict_DecidesTheFrame(int verdict, PacketEnd end, DropReason reason)
    {
        _bed.Eth0.AttachXdp(Bed.Xdp("x", (_, _) => verdict));
        _bed.Eth0.Egress.Attach(Bed.Tc("never", 2));
        _bed.Receive(Bed.Udp());
        Assert.Equal((_bed.Eth0, end, reason), (_bed.Last.Device, _bed.Last.End, _bed.Last.Reason));
    }

    [Fact]
    public void AdjustHead_KeepsToHeadroomAndHeader()
    {
        var frame = Bed.Udp();
        Assert.Equal((-22L, 0L), _bed.AtXdp(frame, (_, xdp) => (XdpHelpers.AdjustHead(xdp, -217), XdpHelpers.AdjustHead(xdp, -216))));
        Assert.Equal((-22L, 0L), _bed.AtXdp(frame, (_, xdp) => (XdpHelpers.AdjustHead(xdp, frame.Length - 13), XdpHelpers.AdjustHead(xdp, frame.Length - 14))));
        Assert.Equal(14, _bed.Frames[^1].Length);
    }

    [Fact]
    public void AdjustMeta_IsSeenByTcAndMovesWithTheHead()
    {
        Assert.Equal((-22L, -13L, 0L, 0L), _bed.AtXdp(Bed.Udp(), (_, xdp) => (
            XdpHelpers.AdjustMeta(xdp, -220), XdpHelpers.AdjustMeta(xdp, -3), XdpHelpers.AdjustMeta(xdp, -216), XdpHelpers.AdjustMeta(xdp, 212))));
        int meta = 0;
        _bed.Eth0.Ingress.Attach(Bed.Tc("see", (_, skb) =>
        {
            meta = (int)(skb.Fields.Data - skb.Fields.DataMeta);
            return 0;
        }));
        _bed.AtXdp(Bed.Udp(), (_, xdp) =>
        {
            XdpHelpers.AdjustMeta(xdp, -8);
            Vm.Memory.Native.Ref<ulong>(xdp.Fields.DataMeta) = 0x1122334455667788;
            XdpHelpers.AdjustHead(xdp, -4);
            Assert.Equal(0x1122334455667788ul, Vm.Memory.Native.Ref<ulong>(xdp.Fields.DataMeta));
            return 0L;
        });
        Assert.Equal(8, meta);
    }

    [Fact]
    public void AdjustTail_KeepsToTheFrameAndZeroesNewBytes()
    {
        var frame = Bed.Udp();
        Assert.Equal((-22L, 0L, -22L, 0L), _bed.AtXdp(frame, (_, xdp) => (
            XdpHelpers.AdjustTail(xdp, 3521 - frame.Length), XdpHelpers.AdjustTail(xdp, 3520 - frame.Length),
            XdpHelpers.AdjustTail(xdp, 13 - 3520), XdpHelpers.AdjustTail(xdp, 14 - 3520))));
        Assert.Equal(14, _bed.Frames[^1].Length);
    }

    [Fact]
    public void LoadAndStore_Errors()
    {
        var frame = Bed.Udp();
        uint length = (uint)frame.Length;
        Assert.Equal((-14L, -22L, 0L, -14L, -22L, 0L, (ulong)length), _bed.AtXdp(frame, (_, xdp) => (
            XdpHelpers.LoadBytes(xdp, 0x10000, new byte[1]), XdpHelpers.LoadBytes(xdp, length, new byte[1]), XdpHelpers.LoadBytes(xdp, length - 1, new byte[1]),
            XdpHelpers.StoreBytes(xdp, 0x10000, new byte[1]), XdpHelpers.StoreBytes(xdp, length - 1, new byte[2]), XdpHelpers.StoreBytes(xdp, 0, new byte[1]),
            XdpHelpers.GetBuffLen(xdp))));
    }

    [Fact]
    public void Redirect_SkipsEgressAndKeepsBytesOnly()
    {
        var eth1 = _bed.Network.AddDevice("eth1");
        eth1.WireSink = _bed;
        eth1.Egress.Attach(Bed.Tc("never", 2));
        _bed.Eth0.AttachXdp(Bed.Xdp("x", (x, _) => XdpHelpers.Redirect(x, (uint)eth1.Ifindex, 0)));
        _bed.Receive(Bed.Udp());
        Assert.Equal((eth1, PacketEnd.Transmitted), (_bed.Last.Device, _bed.Last.End));
        _bed.Receive(Bed.Udp(payload: 1477));
        Assert.Equal(DropReason.XdpRedirect, _bed.Last.Reason);
    }

    [Fact]
    public void Veth_TakesFramesOnlyWithXdpOnTheOtherEnd()
    {
        var (a, b) = _bed.Network.AddVethPair("a", "b");
        _bed.Eth0.AttachXdp(Bed.Xdp("x", (x, _) => XdpHelpers.Redirect(x, (uint)a.Ifindex, 0)));
        _bed.Receive(Bed.Udp());
        Assert.Equal(DropReason.XdpRedirect, _bed.Last.Reason);
        b.AttachXdp(Bed.Xdp("y", (_, _) => 2));
        _bed.Receive(Bed.Udp());
        Assert.Equal((b, PacketEnd.Delivered), (_bed.Last.Device, _bed.Last.End));
        b.AttachXdp(Bed.Xdp("y", (_, _) => 3));
        _bed.Network.Transmit(a, Bed.Udp(), 1);
        Assert.Equal((b, DropReason.XdpTransmit), (_bed.Last.Device, _bed.Last.Reason));
    }

    [Fact]
    public void ATunnel_TakesNoBareFrames()
    {
        var tunnel = _bed.Network.AddTunnel("vx0", new TunnelEndpoint(TunnelKind.Vxlan, 4789));
        tunnel.WireSink = _bed;
        _bed.Eth0.AttachXdp(Bed.Xdp("x", (x, _) => XdpHelpers.Redirect(x, (uint)tunnel.Ifindex, 0)));
        _bed.Receive(Bed.Udp());
        Assert.Equal((_bed.Eth0, DropReason.XdpRedirect), (_bed.Last.Device, _bed.Last.Reason));
        Assert.Empty(_bed.Frames);
    }

    [Fact]
    public void RedirectMap_HitMissFlagsAndBroadcast()
    {
        var devices = Enumerable.Range(1, 3).Select(i => _bed.Network.AddDevice($"out{i}")).ToArray();
        using var map = (DevMap)MapFactory.Create(new MapSpec { Name = "ports", Type = MapType.DevMap, KeySize = 4, ValueSize = 4, MaxEntries = 8 }, 1, new ValueLayout(4, []));
        for (int i = 0; i < 3; i++) Assert.Equal(Errno.None, map.Update(BitConverter.GetBytes(i * 2), BitConverter.GetBytes(devices[i].Ifindex)));
        Assert.Equal((4L, 2L, 0L, 3L, 0L, 4L, 1L), _bed.AtXdp(Bed.Udp(), (x, _) => (
            XdpHelpers.RedirectMap(x, map, 0, 2), XdpHelpers.RedirectMap(x, map, 1, 2), XdpHelpers.RedirectMap(x, map, 1, 0), XdpHelpers.RedirectMap(x, map, 99, 3),
            XdpHelpers.RedirectMap(x, map, 0, 4), XdpHelpers.RedirectMap(x, map, 1, 8), XdpHelpers.RedirectMap(x, map, 1, 17))));
        _bed.Eth0.AttachXdp(Bed.Xdp("x", (x, _) => XdpHelpers.RedirectMap(x, map, 4, 0)));
        _bed.Receive(Bed.Udp());
        Assert.Equal(devices[2], _bed.Last.Device);
        _bed.Eth0.AttachXdp(Bed.Xdp("x", (x, _) => XdpHelpers.RedirectMap(x, map, 0, 8)));
        int before = _bed.Outcomes.Count;
        _bed.Receive(Bed.Udp());
        Assert.Equal(devices, _bed.Outcomes.Skip(before).Select(outcome => outcome.Device).OrderBy(device => device.Ifindex));
    }
}
