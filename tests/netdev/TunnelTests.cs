using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Helpers;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Abi;

namespace Tests.NetDev;

/// <summary>Tunnel devices: what they send, what they take, and what becomes of the metadata. VXLAN is compared with the kernel's, see tests/kernel/topology/tunnels.</summary>
public sealed class TunnelTests : IDisposable
{
    private const int OuterAt = EthernetView.HeaderBytes, UdpAt = OuterAt + Ipv4View.MinHeaderBytes, TunnelAt = UdpAt + UdpView.HeaderBytes;
    private const uint Here = 0xc0000201, There = 0xc0000202;

    private static readonly byte[] s_option = [1, 7, 0x80, 1, 0xde, 0xad, 0xbe, 0xef];

    private readonly Bed _bed = new();
    private readonly MacAddress _neighbour = MacAddress.Parse("02:00:00:00:02:02");

    public void Dispose() => _bed.Dispose();

    private NetDevice AddTunnel(TunnelKind kind, ushort port = 0)
    {
        _bed.Eth0.AddAddress(IpAddress.V4(Here), 24);
        _bed.Network.Root.Fib.SetNeighbour(_bed.Eth0, IpAddress.V4(There), _neighbour);
        return _bed.Network.AddTunnel("tunnel0", new TunnelEndpoint(kind, port == 0 ? TunnelEndpoint.DefaultPort(kind) : port));
    }

    private static byte[] Key(uint id, uint remote, byte tos = 0, byte ttl = 64)
    {
        var key = new byte[44];
        BinaryPrimitives.WriteUInt32LittleEndian(key, id);
        BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(4), remote);
        (key[20], key[21]) = (tos, ttl);
        return key;
    }

    private static bool ChecksumIsRight(byte[] frame)
    {
        var datagram = frame.AsSpan(UdpAt);
        return InternetChecksum.Fold(InternetChecksum.Partial(datagram, InternetChecksum.PseudoHeader(Here, There, IpProtocol.Udp, datagram.Length))) == 0;
    }

    // Attached at egress of the tunnel device: whatever it sends goes where the key says that was attached last.
    private static void SendTo(NetDevice tunnel, byte[] key, byte[]? options = null, ulong flags = 0) => tunnel.Egress.Attach(Bed.Tc("to", (x, skb) =>
    {
        Assert.Equal(0, TunnelHelpers.SetTunnelKey(x, skb, key, flags));
        if (options is not null) Assert.Equal(0, TunnelHelpers.SetTunnelOpt(x, skb, options));
        return (int)TcxAction.TCX_NEXT;
    }));

    [Fact]
    public void Geneve_WritesItsOptions_AndTheWireHasARightChecksum()
    {
        var tunnel = AddTunnel(TunnelKind.Geneve);
        SendTo(tunnel, Key(0x123456, There, tos: 0x28, ttl: 9), s_option);
        byte[] inner = Bed.Udp();
        _bed.Network.Transmit(tunnel, inner, 1);
        byte[] frame = Assert.Single(_bed.Frames);
        Assert.Equal(_neighbour, MacAddress.Read(frame));
        Assert.True(Ipv4View.TryParse(frame.AsSpan(OuterAt), out var ip));
        Assert.Equal((There, Here, (byte)0x28, (byte)9), (ip.Destination, ip.Source, frame[OuterAt + 1], frame[OuterAt + 8]));
        Assert.True(UdpView.TryParse(frame.AsSpan(UdpAt), out var udp));
        Assert.Equal(GeneveView.Port, udp.DestinationPort);
        Assert.True(ChecksumIsRight(frame));
        Assert.True(GeneveView.TryParse(frame.AsSpan(TunnelAt), out var geneve));
        Assert.Equal(0x123456u, geneve.Vni);
        Assert.Equal(s_option, geneve.Options.ToArray());
        Assert.Equal(inner, geneve.Payload.ToArray());
    }

    [Theory]
    [InlineData(TunnelKind.Geneve)]
    [InlineData(TunnelKind.Vxlan)]
    public void WhatATunnelSends_AnotherTakes_WithItsMetadata(TunnelKind kind)
    {
        var tunnel = AddTunnel(kind, port: 7000);
        SendTo(tunnel, Key(77, There, ttl: 5), kind == TunnelKind.Geneve ? s_option : null);
        byte[] inner = Bed.Udp();
        _bed.Network.Transmit(tunnel, inner, 1);
        byte[] frame = _bed.Frames[^1];

        using var other = new Network();
        var under = other.AddDevice("under0", mac: _neighbour);
        under.AddAddress(IpAddress.V4(There), 24);
        var end = other.AddTunnel("tunnel0", new TunnelEndpoint(kind, 7000));
        byte[] key = new byte[44], options = new byte[16], seen = [];
        long got = -1;
        end.Ingress.Attach(Bed.Tc("from", (x, skb) =>
        {
            Assert.Equal(0, TunnelHelpers.GetTunnelKey(x, skb, key, 0));
            got = TunnelHelpers.GetTunnelOpt(x, skb, options);
            seen = skb.Bytes.ToArray();
            return (int)TcxAction.TCX_DROP;
        }));
        other.Receive(under, frame, 1);
        Assert.Equal(inner, seen);
        Assert.Equal(Key(77, Here, ttl: 5)[..24], key[..24]);
        Assert.Equal(There, BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(28)));
        if (kind == TunnelKind.Geneve) Assert.Equal((s_option.Length, Convert.ToHexString(s_option)), ((int)got, Convert.ToHexString(options.AsSpan(0, (int)got))));
        else Assert.Equal(-(long)Errno.ENOENT, got);
        Assert.Equal((0, 0), (other.Cpus[0].Pool.Tunnels.InUse, other.Cpus[0].Pool.InUse));
    }

    [Fact]
    public void Clones_ShareMetadata_AndTheLastOneGivesItBack()
    {
        var pool = _bed.Cpu.Pool;
        Assert.True(pool.TryTake(60, out var original));
        pool.Tunnels.TakeNew(original).Id = 5;
        Assert.True(pool.TryClone(original, out var clone));
        pool.Release(original);
        Assert.Equal((1, 5u), (pool.Tunnels.InUse, pool.Tunnels.Of(clone).Id));
        pool.Release(clone);
        Assert.Equal(0, pool.Tunnels.InUse);
    }

    [Fact]
    public void WithoutAPlaceToGo_ThePacketIsDropped_AndTheReasonSaysWhy()
    {
        var tunnel = AddTunnel(TunnelKind.Vxlan);
        _bed.Network.Transmit(tunnel, Bed.Udp(), 1);
        Assert.Equal(DropReason.TunnelNoMetadata, _bed.Last.Reason);
        SendTo(tunnel, Key(1, 0x08080808));
        _bed.Network.Transmit(tunnel, Bed.Udp(), 1);
        Assert.Equal(DropReason.TunnelNoRoute, _bed.Last.Reason);
        SendTo(tunnel, Key(1, There + 1));
        _bed.Network.Transmit(tunnel, Bed.Udp(), 1);
        Assert.Equal(DropReason.NeighbourUnknown, _bed.Last.Reason);
        SendTo(tunnel, Key(1, There));
        _bed.Network.Transmit(tunnel, Bed.Udp(payload: 1500 - 28 - 50), 1);
        Assert.Equal(PacketEnd.Transmitted, _bed.Last.End);
        _bed.Network.Transmit(tunnel, Bed.Udp(payload: 1500 - 28 - 49), 1);
        Assert.Equal(DropReason.MtuExceeded, _bed.Last.Reason);
        Assert.Equal(0, _bed.Cpu.Pool.InUse);
    }

    [Fact]
    public void TwoTunnelsOnOnePort_AreRefused()
    {
        AddTunnel(TunnelKind.Vxlan, port: 5000);
        Assert.Throws<ArgumentException>(() => _bed.Network.AddTunnel("tunnel1", new TunnelEndpoint(TunnelKind.Geneve, 5000)));
    }
}
