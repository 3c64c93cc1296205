using Netdev.Wire;
using Sim.Inputs;
using Sim.Live.Net;
using Vm.Abi;

namespace Tests.Inputs;

/// <summary>Packets from a real interface: one end of a pair in a namespace of the test's own.</summary>
public sealed class LiveFramesTests
{
    private static readonly MacAddress s_near = MacAddress.Parse("02:00:00:00:00:05");

    private static byte[] Frame(ushort port, string destination = "02:00:00:00:00:05") =>
        PacketBuilder.Ethernet("02:00:00:00:00:06", destination).Ipv4("192.0.2.6", "192.0.2.5").Udp(9, port).Payload("live").Build();

    private static NetworkNamespace Pair()
    {
        if (NetworkNamespace.WhyNot() is { } why) Assert.Skip(why);
        var space = NetworkNamespace.Create("live");
        space.Run(() => space.Links.AddVethPair(new LinkSpec("near", 5, [2, 0, 0, 0, 0, 5]), new LinkSpec("far", 6, [2, 0, 0, 0, 0, 6])));
        foreach (string device in (string[])["near", "far"])
        {
            space.Run(() => space.Set($"ipv6/conf/{device}/disable_ipv6", "1"));
            space.Run(() => space.Links.BringUp(device));
        }
        space.Links.AwaitRunning("near");
        space.Links.AwaitRunning("far");
        return space;
    }

    private static void Send(NetworkNamespace space, int ifindex, params byte[][] frames) => space.Run(() =>
    {
        using var socket = PacketSocket.Sender(ifindex, "sender");
        foreach (byte[] frame in frames) Assert.Equal(Errno.None, socket.Send(frame));
    });

    private static byte[] Next(LiveFrames frames)
    {
        Assert.True(frames.TryRead(out var frame));
        Assert.True(frame.TimestampNs > 1_600_000_000_000_000_000);
        return frame.Data.ToArray();
    }

    [Fact]
    public void WhatComesIn_IsTaken_AndWhatGoesOutIsNot()
    {
        using var space = Pair();
        using var frames = space.Run(() => new LiveFrames("near", s_near, outgoing: false, filter: null));
        Send(space, 5, Frame(1));
        Send(space, 6, Frame(2), Frame(3));
        Assert.Equal(Frame(2), Next(frames));
        Assert.Equal(Frame(3), Next(frames));
        Assert.Empty(frames.Notes);
    }

    [Fact]
    public void AFilter_GoesTogetherWithTheDirection()
    {
        using var space = Pair();
        using var frames = space.Run(() => new LiveFrames("near", s_near, outgoing: true, filter: "udp dst port 7 or udp dst port 8"));
        Send(space, 6, Frame(7));
        Send(space, 5, Frame(6), Frame(7), Frame(8));
        Assert.Equal(Frame(7), Next(frames));
        Assert.Equal(Frame(8), Next(frames));
    }

    [Fact]
    public void WhatCannotBe_IsSaidInOneSentence()
    {
        using var space = Pair();
        var nobody = Assert.Throws<UsageException>(() => space.Run(() => new LiveFrames("neer", s_near, outgoing: false, filter: null)));
        Assert.Equal("libpcap knows no interface 'neer'; did you mean 'near'?", nobody.Message);
        var wrong = Assert.Throws<UsageException>(() => space.Run(() => new LiveFrames("near", s_near, outgoing: false, filter: "tcp prot 80")));
        Assert.StartsWith("--filter 'tcp prot 80': libpcap says ", wrong.Message, StringComparison.Ordinal);
    }
}
