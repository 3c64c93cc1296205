using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Helpers;
using Netdev.Wire;
using Vm.Abi;
using Vm.Helpers;
using Vm.Memory;

namespace Tests.NetDev;

/// <summary>bpf_fib_lookup and bpf_check_mtu. Source: Linux 6.12 net/core/filter.c; prog_tests/fib_lookup.c and check_mtu.c.</summary>
public sealed class FibTests : IDisposable
{
    private readonly Bed _bed = new();
    private readonly NetDevice _out;
    private readonly Fib _fib;

    public FibTests()
    {
        _out = _bed.Network.AddDevice("out", mtu: 1400);
        _fib = _bed.Network.Root.Fib;
        _fib.Add(new Route(IpAddress.V4(0x0a000000), 8) { Device = _out, Gateway = IpAddress.V4(0x0a0000fe), Metric = 9 });
        _fib.Add(new Route(IpAddress.V4(0x0a010000), 16) { Type = RouteType.Blackhole });
        _fib.Add(new Route(IpAddress.V4(0x0a020000), 16) { Type = RouteType.Unreachable });
        _fib.Add(new Route(IpAddress.V4(0x0a030000), 16) { Type = RouteType.Prohibit });
        _fib.Add(new Route(IpAddress.V4(0x0a040000), 16) { Type = RouteType.Local, Table = Fib.LocalTable });
        _fib.Add(new Route(IpAddress.V4(0x0a050000), 16) { Device = _out, Table = 100 });
        _fib.SetNeighbour(_out, IpAddress.V4(0x0a0000fe), MacAddress.Parse("02:00:00:00:00:fe"));
    }

    public void Dispose() => _bed.Dispose();

    private static byte[] Query(uint destination, byte family = 2, uint ifindex = 2, ushort length = 0)
    {
        var query = new byte[64];
        query[0] = family;
        BinaryPrimitives.WriteUInt16LittleEndian(query.AsSpan(6), length);
        BinaryPrimitives.WriteUInt32LittleEndian(query.AsSpan(8), ifindex);
        BinaryPrimitives.WriteUInt32BigEndian(query.AsSpan(32), destination);
        return query;
    }

    private long Ask(byte[] query, uint flags = 0) => _bed.At(Bed.Udp(), (x, skb) => SkbFib.FibLookup(x, skb, query, flags));

    [Fact]
    public void Success_FillsTheStruct()
    {
        var query = Query(0x0a000007);
        Assert.Equal(0, Ask(query));
        Assert.Equal((9u, (uint)_out.Ifindex, 0x0a0000feu, (ushort)1400), (
            BinaryPrimitives.ReadUInt32LittleEndian(query.AsSpan(12)), BinaryPrimitives.ReadUInt32LittleEndian(query.AsSpan(8)),
            BinaryPrimitives.ReadUInt32BigEndian(query.AsSpan(32)), BinaryPrimitives.ReadUInt16LittleEndian(query.AsSpan(6))));
        Assert.Equal((_out.Mac, MacAddress.Parse("02:00:00:00:00:fe")), (MacAddress.Read(query.AsSpan(52)), MacAddress.Read(query.AsSpan(58))));
    }

    [Theory]
    [InlineData(0x0a010001u, 0u, 1L)]
    [InlineData(0x0a020001u, 0u, 2L)]
    [InlineData(0x0a030001u, 0u, 3L)]
    [InlineData(0x0a040001u, 0u, 4L)]
    [InlineData(0x0b000001u, 0u, 4L)]
    [InlineData(0x0a000001u, 2u, 4L)]
    [InlineData(0x0a000001u, 0x40u, -22L)]
    public void Results(uint destination, uint flags, long expected) => Assert.Equal(expected, Ask(Query(destination), flags));

    [Fact]
    public void CallErrors()
    {
        Assert.Equal(-22, Ask(new byte[63]));
        Assert.Equal(-(long)Errno.EAFNOSUPPORT, Ask(Query(0x0a000001, family: 7)));
        Assert.Equal(-(long)Errno.ENODEV, Ask(Query(0x0a000001, ifindex: 99)));
        _bed.Eth0.Forwarding = false;
        Assert.Equal(5, Ask(Query(0x0a000001)));
    }

    [Fact]
    public void MtuTableAndMark()
    {
        var query = Query(0x0a000001, length: 1401);
        Assert.Equal((8L, (ushort)1400), (Ask(query), BinaryPrimitives.ReadUInt16LittleEndian(query.AsSpan(6))));
        Assert.Equal(0, Ask(Query(0x0a000001, length: 1400)));
        var direct = Query(0x0a050001);
        direct[48] = 100;
        Assert.Equal(7, Ask(direct, 1 | 8));
        Assert.Equal(0, Ask(Query(0x0a050001), 4));
        _fib.Add(new RoutingRule(100, 7, 0xffffffff, 100));
        var marked = Query(0x0a050001);
        marked[52] = 7;
        Assert.Equal((7L, 0L), (Ask(marked, 32), Ask(Query(0x0a050001), 32)));
    }

    [Fact]
    public void CheckMtu_Results()
    {
        using var memory = new NativeBlock(8);
        long Check(int ifindex, int length, int difference, ulong flags)
        {
            Native.Ref<int>(memory.Address) = length;
            return _bed.At(Bed.Udp(), (x, skb) => SkbFib.CheckMtu(x, skb, (uint)ifindex, new Int32Ref(memory.Address), difference, flags));
        }
        Assert.Equal((0L, 1400), (Check(_out.Ifindex, 0, 0, 0), Native.Ref<int>(memory.Address)));
        Assert.Equal((1L, 1400), (Check(_out.Ifindex, 1401, 0, 0), Native.Ref<int>(memory.Address)));
        Assert.Equal((0L, 1500), (Check(0, 1401, 0, 0), Native.Ref<int>(memory.Address)));
        Assert.Equal((0L, 1L), (Check(_out.Ifindex, 1400, 0, 0), Check(_out.Ifindex, 1400, 1, 0)));
        Assert.Equal((-22L, -22L, -22L, -19L), (Check(0, 0, 0, 2), Check(0, 1, 0, 1), Check(0, 0, 1, 1), Check(99, 0, 0, 0)));
    }

    [Fact]
    public void LocalAndMain_AreOneTrieForIpv4_UntilThereIsARule()
    {
        Assert.Same(_out, _fib.LookupIn(Fib.LocalTable, IpAddress.V4(0x0a000007))?.Device);
        Assert.Equal(RouteType.Local, _fib.LookupIn(Fib.MainTable, IpAddress.V4(0x0a040001))?.Type);
        Assert.Null(_fib.LookupIn(100, IpAddress.V4(0x0a000007)));
        _fib.Add(new RoutingRule(10, 1, 1, 100));
        Assert.Null(_fib.LookupIn(Fib.LocalTable, IpAddress.V4(0x0a000007)));
        Assert.NotEqual(RouteType.Local, _fib.LookupIn(Fib.MainTable, IpAddress.V4(0x0a040001))?.Type);
    }

    [Fact]
    public void AnIpv6Route_OfAnotherDevice_IsSecondChoiceNotNone()
    {
        var other = _bed.Network.AddDevice("other");
        IpAddress prefix = IpAddress.V6((UInt128)0xfd05 << 112), address = IpAddress.V6((UInt128)0xfd05 << 112 | 1);
        _fib.Add(new Route(prefix, 16) { Device = _out });
        _fib.Add(new Route(prefix, 16) { Device = other });
        _fib.Add(new Route(IpAddress.V6(0), 0) { Device = _bed.Eth0 });
        Assert.Same(other, _fib.Lookup(address, 0, other)?.Device);
        Assert.Same(_out, _fib.Lookup(address, 0, _bed.Eth0)?.Device);
        Assert.Same(_bed.Eth0, _fib.Lookup(address, 0, _bed.Eth0, strict: true)?.Device);
        // IPv4 has no second choice.
        Assert.Null(_fib.Lookup(IpAddress.V4(0x0a000007), 0, other));
    }

    [Fact]
    public void AnIpv6Route_WithoutMetric_Gets1024_AndItsGatewayIsWrittenThoughNoSourceIsFound()
    {
        _fib.Add(new Route(IpAddress.V6((UInt128)0xfd05 << 112), 16) { Device = _out, Gateway = IpAddress.V6((UInt128)0xfd05 << 112 | 9) });
        var query = Query(0xfd050000, family: 10);
        Assert.Equal(9, Ask(query, 16));
        Assert.Equal((1024u, (UInt128)0xfd05 << 112 | 9), (BinaryPrimitives.ReadUInt32LittleEndian(query.AsSpan(12)), BinaryPrimitives.ReadUInt128BigEndian(query.AsSpan(32))));
    }
}
