using Netdev.Tcx;
using Netdev.Devices;
using Netdev.Helpers;
using Netdev.Skbs;
using Netdev.Wire;

namespace Tests.NetDev;

/// <summary>Where redirected packets end. Source: Linux 6.12 net/core/filter.c, skb_do_redirect; drivers/net/veth.c.</summary>
public sealed class RedirectTests : IDisposable
{
    private readonly Bed _bed = new();
    private readonly NetDevice _eth1;
    private readonly NetDevice _host;
    private readonly NetDevice _guest;

    public RedirectTests()
    {
        _eth1 = _bed.Network.AddDevice("eth1");
        _eth1.WireSink = _bed;
        (_host, _guest) = _bed.Network.AddVethPair("host", "guest", null, _bed.Network.AddNamespace("ns"));
    }

    public void Dispose() => _bed.Dispose();

    private void AtEth0(Func<NetContext, Skb, long> body) => _bed.Eth0.Ingress.Attach(Bed.Tc("redirect", body));

    private static uint Index(NetDevice device) => (uint)device.Ifindex;

    private void EndsIn(NetDevice device, PacketEnd end, DropReason reason = DropReason.None) =>
        Assert.Equal((device, end, reason), (_bed.Last.Device, _bed.Last.End, _bed.Last.Reason));

    [Fact]
    public void Redirect_LeavesOnTheWireThroughEgress()
    {
        AtEth0((x, _) => RedirectHelpers.Redirect(x, Index(_eth1), 0));
        _eth1.Egress.Attach(Bed.Tc("out", 0));
        var frame = Bed.Udp();
        _bed.Receive(frame);
        Assert.Equal(["eth0/Ingress redirect=7", "eth1/Egress out=0"], _bed.Crossings);
        EndsIn(_eth1, PacketEnd.Transmitted);
        Assert.Equal(frame, Assert.Single(_bed.Frames));
        Assert.Equal((1, frame.Length), (_eth1.Counters().TxPackets, _eth1.Counters().TxBytes));
    }

    [Fact]
    public void Redirect_ToIngress_IsReceivedThere()
    {
        AtEth0((x, _) => RedirectHelpers.Redirect(x, Index(_eth1), 1));
        PacketType type = default;
        _eth1.Ingress.Attach(Bed.Tc("in", (_, skb) =>
        {
            type = skb.Fields.PacketType;
            return 0;
        }));
        _bed.Receive(Bed.Udp());
        EndsIn(_eth1, PacketEnd.Delivered);
        Assert.Equal(PacketType.OtherHost, type);
    }

    [Fact]
    public void Redirect_AcrossNamespaces_LosesMarkAndPriority_KeepsControlBlockAndTag()
    {
        (uint, uint, ulong, ushort, uint) seen = default;
        AtEth0((x, skb) =>
        {
            skb.Fields.Mark = 0x77;
            skb.Fields.Priority = 5;
            skb.Fields.Cb01 = 9;
            skb.Fields.VlanProtocol = 0x0081;
            skb.Fields.VlanTci = 33;
            return RedirectHelpers.Redirect(x, Index(_host), 0);
        });
        _guest.Ingress.Attach(Bed.Tc("in", (_, skb) =>
        {
            ref var fields = ref skb.Fields;
            seen = (fields.Mark, fields.Priority, fields.Cb01, fields.VlanTci, fields.IngressIfindex);
            return 0;
        }));
        _bed.Receive(Bed.Udp());
        EndsIn(_guest, PacketEnd.Delivered);
        Assert.Equal((0u, 0u, 9ul, (ushort)33, Index(_guest)), seen);
    }

    [Fact]
    public void Redirect_WithinANamespace_KeepsTheMark()
    {
        uint mark = 0;
        var (a, b) = _bed.Network.AddVethPair("a", "b");
        AtEth0((x, skb) =>
        {
            skb.Fields.Mark = 0x77;
            return RedirectHelpers.Redirect(x, Index(a), 0);
        });
        b.Ingress.Attach(Bed.Tc("in", (_, skb) =>
        {
            mark = skb.Fields.Mark;
            return 0;
        }));
        _bed.Receive(Bed.Udp());
        Assert.Equal(0x77u, mark);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Veth_CrossingKeepsWhatTheKernelKeeps(bool otherNamespace)
    {
        // The values were read off a live kernel with the same two programs on a veth pair.
        var (a, b) = otherNamespace ? (_host, _guest) : _bed.Network.AddVethPair("a", "b");
        SkBuff seen = default;
        a.Egress.Attach(Bed.Tc("out", (_, skb) =>
        {
            ref var fields = ref skb.Fields;
            (fields.Mark, fields.Cb01, fields.Cb4, fields.TcClassId, fields.Priority, fields.QueueMapping) = (0x77, 0x1111, 0x4444, 0x55, 9, 3);
            return SkbStateHelpers.SetHash(skb, 0xabcd);
        }));
        b.Ingress.Attach(Bed.Tc("in", (_, skb) =>
        {
            seen = skb.Fields;
            return 0;
        }));
        var frame = Bed.Udp("ff:ff:ff:ff:ff:ff");
        _bed.Network.Transmit(a, frame, 1);
        Assert.Equal((otherNamespace ? 0u : 0x77u, 0x1111ul, 0x4444u, (ushort)0x55, 0u, (ushort)0), (seen.Mark, seen.Cb01, seen.Cb4, seen.TcClassId, seen.Priority, seen.QueueMapping));
        Assert.Equal((0xabcdu, (ushort)0x55, (uint)frame.Length - 14, Index(b)), (seen.Hash, seen.TcIndex, seen.WireLength, seen.IngressIfindex));
        Assert.Equal(PacketType.Broadcast, seen.PacketType);
    }

    [Theory]
    [InlineData(99u, DropReason.RedirectNoDevice)]
    [InlineData(0u, DropReason.RedirectNoDevice)]
    [InlineData(uint.MaxValue, DropReason.RedirectNoDevice)]
    public void Redirect_ToNowhere_Drops(uint ifindex, DropReason reason)
    {
        AtEth0((x, _) => RedirectHelpers.Redirect(x, ifindex, 0));
        _bed.Receive(Bed.Udp());
        EndsIn(_bed.Eth0, PacketEnd.Dropped, reason);
    }

    [Fact]
    public void Redirect_DeviceDown_Drops()
    {
        ulong flags = 0;
        AtEth0((x, _) => RedirectHelpers.Redirect(x, Index(_eth1), flags));
        _eth1.IsUp = false;
        _bed.Receive(Bed.Udp());
        EndsIn(_eth1, PacketEnd.Dropped, DropReason.DeviceDown);
        flags = 1;
        _bed.Receive(Bed.Udp());
        EndsIn(_eth1, PacketEnd.Dropped, DropReason.DeviceDown);
    }

    [Fact]
    public void RedirectPeer_EntersTheNamespaceWithoutTheQueue_AndKeepsTheMark()
    {
        uint mark = 0;
        AtEth0((x, skb) =>
        {
            skb.Fields.Mark = 3;
            return RedirectHelpers.RedirectPeer(x, Index(_host), 0);
        });
        _guest.Ingress.Attach(Bed.Tc("in", (_, skb) =>
        {
            mark = skb.Fields.Mark;
            return 0;
        }));
        _bed.Receive(Bed.Udp());
        EndsIn(_guest, PacketEnd.Delivered);
        Assert.Equal((3u, 1L), (mark, _guest.Counters().RxPackets));
    }

    [Fact]
    public void RedirectPeer_OnlyAtIngressToAnUpPeerElsewhere()
    {
        var target = _eth1;
        AtEth0((x, _) => RedirectHelpers.RedirectPeer(x, Index(target), 0));
        _bed.Receive(Bed.Udp());
        EndsIn(_bed.Eth0, PacketEnd.Dropped, DropReason.RedirectNoPeer);
        target = _bed.Network.AddVethPair("a", "b").First;
        _bed.Receive(Bed.Udp());
        EndsIn(_bed.Eth0, PacketEnd.Dropped, DropReason.RedirectNoPeer);
        target = _host;
        _guest.IsUp = false;
        _bed.Receive(Bed.Udp());
        EndsIn(_bed.Eth0, PacketEnd.Dropped, DropReason.RedirectNoPeer);
        _guest.IsUp = true;
        _bed.Eth0.Egress.Attach(Bed.Tc("peer", (x, _) => RedirectHelpers.RedirectPeer(x, Index(_host), 0)));
        _bed.Network.Transmit(_bed.Eth0, Bed.Udp(), 1);
        EndsIn(_bed.Eth0, PacketEnd.Dropped, DropReason.RedirectNoPeer);
    }

    [Fact]
    public void Neighbour_ByRouteAndByNextHop_WritesTheHeader()
    {
        byte[] nextHop = new byte[20];
        nextHop[0] = 2;
        nextHop[4] = 192;
        bool given = false;
        AtEth0((x, _) => RedirectHelpers.RedirectNeigh(x, Index(_eth1), given ? nextHop : [], 0));
        _bed.Receive(Bed.Udp());
        EndsIn(_eth1, PacketEnd.Dropped, DropReason.RedirectNoRoute);
        var fib = _bed.Network.Root.Fib;
        fib.Add(new Route(IpAddress.V4(0x0a000000), 8) { Device = _eth1 });
        _bed.Receive(Bed.Udp());
        EndsIn(_eth1, PacketEnd.Dropped, DropReason.NeighbourUnknown);
        fib.SetNeighbour(_eth1, IpAddress.V4(0x0a000002), MacAddress.Parse("02:00:00:00:00:42"));
        _bed.Receive(Bed.Udp());
        EndsIn(_eth1, PacketEnd.Transmitted);
        Assert.Equal((MacAddress.Parse("02:00:00:00:00:42"), _eth1.Mac), (MacAddress.Read(_bed.Frames[^1]), MacAddress.Read(_bed.Frames[^1].AsSpan(6))));
        given = true;
        fib.SetNeighbour(_eth1, IpAddress.V4(0xc0000000), MacAddress.Parse("02:00:00:00:00:43"));
        _bed.Receive(Bed.Udp());
        Assert.Equal(MacAddress.Parse("02:00:00:00:00:43"), MacAddress.Read(_bed.Frames[^1]));
        _bed.Receive(Bed.Udp("01:00:5e:00:00:01"));
        EndsIn(_bed.Eth0, PacketEnd.Dropped, DropReason.RedirectNoProtocol);
    }

    [Fact]
    public void ADeviceThatIsDown_IsNoDeviceForItsHost_AndSwallowsWhatProgramsSend()
    {
        _eth1.Egress.Attach(Bed.Tc("seen", -1));
        _eth1.IsUp = false;
        _bed.Network.Transmit(_eth1, Bed.Udp(), 1);
        EndsIn(_eth1, PacketEnd.Dropped, DropReason.DeviceDown);
        Assert.Empty(_bed.Crossings);
        Assert.Equal(2, _bed.At(Bed.Udp(), (x, skb) => RedirectHelpers.CloneRedirect(x, skb, Index(_eth1), 0)));
        Assert.Contains("eth1/Egress seen=-1", _bed.Crossings);
    }

    [Fact]
    public void Neighbour_OfAGroup_HasTheGroupsLinkAddress()
    {
        byte[] nextHop = new byte[20];
        AtEth0((x, _) => RedirectHelpers.RedirectNeigh(x, Index(_eth1), nextHop[0] == 2 ? nextHop : [], 0));
        _bed.Receive(PacketBuilder.Ethernet(Bed.OtherMac, Bed.HostMac).Ipv6("fd00::1", "ff02::1:2").Udp(1, 2).Build());
        EndsIn(_eth1, PacketEnd.Transmitted);
        Assert.Equal(MacAddress.Parse("33:33:00:01:00:02"), MacAddress.Read(_bed.Frames[^1]));
        new byte[] { 2, 0, 0, 0, 239, 129, 2, 3 }.CopyTo(nextHop, 0);
        _bed.Receive(Bed.Udp());
        Assert.Equal(MacAddress.Parse("01:00:5e:01:02:03"), MacAddress.Read(_bed.Frames[^1]));
        new byte[] { 2, 0, 0, 0, 255, 255, 255, 255 }.CopyTo(nextHop, 0);
        _bed.Receive(Bed.Udp());
        Assert.Equal(MacAddress.Broadcast, MacAddress.Read(_bed.Frames[^1]));
    }

    [Fact]
    public void HelperFlags_AreCheckedWithTheVerdictDrop()
    {
        Assert.Equal((2L, 2L, 2L, 2L, 7L), _bed.At(Bed.Udp(), (x, _) => (
            RedirectHelpers.Redirect(x, 1, 2), RedirectHelpers.RedirectPeer(x, 1, 1), RedirectHelpers.RedirectNeigh(x, 1, [], 1),
            RedirectHelpers.RedirectNeigh(x, 1, new byte[19], 0), RedirectHelpers.RedirectNeigh(x, 1, new byte[20], 0))));
    }

    [Fact]
    public void CloneRedirect_SendsACopyNow_TheOriginalGoesOn()
    {
        var frame = Bed.Udp();
        Assert.Equal(0, _bed.At(frame, (x, skb) =>
        {
            long result = RedirectHelpers.CloneRedirect(x, skb, Index(_eth1), 0);
            skb.Bytes[20] = 0xee;
            return result;
        }));
        Assert.Equal([(_eth1, PacketEnd.Transmitted, 1ul), (_bed.Eth0, PacketEnd.Delivered, 0ul)], _bed.Outcomes.Select(o => (o.Device, o.End, o.ParentId)));
        Assert.Equal(frame, _bed.Frames[0]);
    }

    [Fact]
    public void CloneRedirect_ReturnsWhatSendingSaid()
    {
        _eth1.Egress.Attach(Bed.Tc("drop", 2));
        Assert.Equal((-22L, -22L, 1L), _bed.At(Bed.Udp(), (x, skb) => (
            RedirectHelpers.CloneRedirect(x, skb, Index(_eth1), 2), RedirectHelpers.CloneRedirect(x, skb, 77, 0),
            RedirectHelpers.CloneRedirect(x, skb, Index(_eth1), 0))));
        _eth1.IsUp = false;
        // NET_XMIT_CN of the queue that swallows everything.
        _eth1.Egress.Detach(Place.Last);
        Assert.Equal((2L, 1L), _bed.At(Bed.Udp(), (x, skb) => (
            RedirectHelpers.CloneRedirect(x, skb, Index(_eth1), 0), RedirectHelpers.CloneRedirect(x, skb, Index(_eth1), 1))));
    }

    [Fact]
    public void CloneRedirect_NestedRedirect_TakesTheOuterTarget()
    {
        // Redirect state is one per CPU: the hook of the copy consumes what the outer program noted.
        _eth1.Egress.Attach(Bed.Tc("nested", (_, _) => 7));
        AtEth0((x, skb) =>
        {
            long verdict = RedirectHelpers.Redirect(x, Index(_host), 0);
            RedirectHelpers.CloneRedirect(x, skb, Index(_eth1), 0);
            return verdict;
        });
        _bed.Receive(Bed.Udp());
        Assert.Equal([(_guest, PacketEnd.Delivered), (_bed.Eth0, PacketEnd.Dropped)], _bed.Outcomes.OrderByDescending(o => o.PacketId).Select(o => (o.Device, o.End)));
    }

    [Fact]
    public void EgressLoop_StopsAtTheRecursionLimit()
    {
        _eth1.Egress.Attach(Bed.Tc("again", (x, _) => RedirectHelpers.Redirect(x, Index(_eth1), 0)));
        _bed.Network.Transmit(_eth1, Bed.Udp(), 1);
        EndsIn(_eth1, PacketEnd.Dropped, DropReason.RecursionLimit);
        Assert.Equal(10, _bed.Crossings.Count);
        Assert.Equal(0, _bed.Cpu.TransmitDepth);
    }

    [Fact]
    public void IngressLoop_StopsAtTheHopLimit()
    {
        AtEth0((x, _) => RedirectHelpers.Redirect(x, Index(_bed.Eth0), 1));
        _bed.Receive(Bed.Udp());
        EndsIn(_bed.Eth0, PacketEnd.Dropped, DropReason.HopLimit);
        Assert.Equal(_bed.Network.MaxHops + 1, _bed.Crossings.Count);
    }

    [Fact]
    public void CloneBomb_StopsAtTheBudget()
    {
        _bed.Network.Observer = null;
        AtEth0((x, skb) =>
        {
            for (int i = 0; i < 4; i++) RedirectHelpers.CloneRedirect(x, skb, Index(_bed.Eth0), 1);
            return 0;
        });
        _bed.Receive(Bed.Udp());
        var counters = _bed.Eth0.Counters();
        Assert.Equal(NetContext.MaxClones + 1, counters.Delivered + counters.Drops);
        Assert.InRange(counters.DropsFor(DropReason.BacklogFull), 1, NetContext.MaxClones);
    }

    [Fact]
    public void Veth_TooLongForThePeer_Drops()
    {
        _bed.Network.Transmit(_host, Bed.Udp(payload: 1476), 1);
        EndsIn(_guest, PacketEnd.Delivered);
        _bed.Network.Transmit(_host, Bed.Udp(payload: 1477), 1);
        EndsIn(_guest, PacketEnd.Dropped, DropReason.MtuExceeded);
        Assert.Equal((1L, 1L, 1L), (_host.Counters().TxDropped, _host.Counters().TxPackets, _guest.Counters().RxDropped));
    }

    [Fact]
    public void WhatLoopbackSends_ComesInThere()
    {
        var lo = _bed.Network.Loopback(_bed.Network.Root);
        lo.StackSink = _bed;
        _bed.Network.Transmit(lo, Bed.Udp("00:00:00:00:00:00"), 1);
        Assert.Equal((lo, PacketEnd.Delivered), (_bed.Last.Device, _bed.Last.End));
        Assert.Equal((1, 1), (lo.Counters().TxPackets, lo.Counters().RxPackets));
    }
}
