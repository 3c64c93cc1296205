using System.Buffers.Binary;
using Netdev.Devices;
using Netdev.Helpers;
using Netdev.Skbs;
using Netdev.Wire;
using Vm.Memory;

namespace Tests.NetDev;

/// <summary>Errnos and effects of the skb helpers. Source: Linux 6.12 net/core/filter.c; live checks on 6.18.</summary>
public sealed class SkbHelperTests : IDisposable
{
    private readonly Bed _bed = new();
    private readonly byte[] _frame = Bed.Udp();

    public void Dispose() => _bed.Dispose();

    private T At<T>(Func<NetContext, Skb, T> body) => _bed.At(_frame, body);

    private static uint Length(Skb skb) => skb.Fields.Length;

    [Fact]
    public void StoreAndLoad_Errors()
    {
        Assert.Equal((-22L, -14L, -14L, -14L, 0L), At((_, skb) => (
            SkbDataHelpers.StoreBytes(skb, 0, new byte[1], 4), SkbDataHelpers.StoreBytes(skb, 0x80000000, new byte[1], 0),
            SkbDataHelpers.StoreBytes(skb, Length(skb), new byte[1], 0), SkbDataHelpers.StoreBytes(skb, uint.MaxValue, new byte[2], 0),
            SkbDataHelpers.StoreBytes(skb, Length(skb) - 1, new byte[1], 3))));
        byte[] buffer = [1, 2];
        Assert.Equal((-14L, 0), (At((_, skb) => SkbDataHelpers.LoadBytes(skb, Length(skb) - 1, buffer)), buffer[0] + buffer[1]));
        Assert.Equal((0L, 0L, -14L, -14L, -14L), At((_, skb) => (
            SkbDataHelpers.LoadBytesRelative(skb, 0, buffer, 0), SkbDataHelpers.LoadBytesRelative(skb, 0, buffer, 1),
            SkbDataHelpers.LoadBytesRelative(skb, 0, buffer, 2), SkbDataHelpers.LoadBytesRelative(skb, 0x10000, buffer, 0),
            SkbDataHelpers.LoadBytesRelative(skb, Length(skb) - 1, buffer, 0))));
        Assert.Equal((0L, 0L, -12L), At((_, skb) => (
            SkbDataHelpers.PullData(skb, 0), SkbDataHelpers.PullData(skb, Length(skb)), SkbDataHelpers.PullData(skb, Length(skb) + 1))));
    }

    [Fact]
    public void StoreBytes_KeepsACompleteSumRight()
    {
        _bed.Eth0.ReceiveChecksum = ChecksumState.Complete;
        Assert.True(At((_, skb) =>
        {
            SkbDataHelpers.StoreBytes(skb, 21, [1, 2, 3, 4, 5], 1);
            return InternetChecksum.Fold(skb.Fields.Csum) == InternetChecksum.Compute(skb.Bytes[14..]);
        }));
    }

    [Theory]
    [InlineData(24u, 0ul, 0x10ul, -22L)]
    [InlineData(24u, 1ul, 0ul, -22L)]
    [InlineData(24u, 0ul, 3ul, -22L)]
    [InlineData(25u, 0ul, 2ul, -14L)]
    [InlineData(0x10000u, 0ul, 2ul, -14L)]
    [InlineData(62u, 0ul, 2ul, -14L)]
    [InlineData(24u, 0ul, 2ul, 0L)]
    [InlineData(24u, 0ul, 4ul, 0L)]
    public void L3CsumReplace_Errors(uint offset, ulong from, ulong flags, long expected) =>
        Assert.Equal(expected, At((_, skb) => ChecksumHelpers.L3CsumReplace(skb, offset, from, 0, flags)));

    [Fact]
    public void CsumReplace_FollowsAnAddressRewrite()
    {
        _bed.Eth0.StackSink = _bed;
        At((_, skb) =>
        {
            uint from = Native.Ref<uint>(skb.Fields.Data + 26), to = BinaryPrimitives.ReverseEndianness(0xc0a80a63u);
            Assert.Equal(0, ChecksumHelpers.L3CsumReplace(skb, 24, from, to, 4));
            Assert.Equal(0, ChecksumHelpers.L4CsumReplace(skb, 40, from, to, 4 | 0x10 | 0x20));
            return SkbDataHelpers.StoreBytes(skb, 26, BitConverter.GetBytes(to), 0);
        });
        var expected = PacketBuilder.Ethernet(Bed.OtherMac, Bed.HostMac).Ipv4("192.168.10.99", "10.0.0.2").Udp(1000, 2000).Payload(new byte[20]).Build();
        Assert.Equal(expected, _bed.Frames[^1]);
    }

    [Fact]
    public void L4CsumReplace_ZeroMarks()
    {
        _frame[40] = _frame[41] = 0;
        Assert.Equal((0L, (ushort)0, (ushort)0xffff, -22L), At((_, skb) => (
            ChecksumHelpers.L4CsumReplace(skb, 40, 1, 2, 2 | 0x20), Native.Ref<ushort>(skb.Fields.Data + 40),
            Enforced(skb), ChecksumHelpers.L4CsumReplace(skb, 40, 0, 0, 0x100))));

        static ushort Enforced(Skb skb)
        {
            Assert.Equal(0, ChecksumHelpers.L4CsumReplace(skb, 40, 0, 0xffff, 0x20 | 0x40));
            return Native.Ref<ushort>(skb.Fields.Data + 40);
        }
    }

    [Fact]
    public void CsumDiff_SizesAndSum()
    {
        Assert.Equal(-22, ChecksumHelpers.CsumDiff(new byte[2], [], 0));
        Assert.Equal(-22, ChecksumHelpers.CsumDiff(new byte[260], new byte[256], 0));
        Assert.Equal(5, ChecksumHelpers.CsumDiff([], [], 5));
        Assert.Equal(0x0201 + 0x0403_0000, ChecksumHelpers.CsumDiff([], [1, 2, 3, 4], 0));
        Assert.Equal(0xffff_ffff, ChecksumHelpers.CsumDiff([1, 2, 3, 4], [1, 2, 3, 4], 0));
    }

    [Fact]
    public void CsumLevelAndUpdate_FollowTheState()
    {
        Assert.Equal((-13L, 0L, 0L, 0L, 1L, 0L, 0L, -13L, -22L, -524L), At((_, skb) => (
            ChecksumHelpers.CsumLevel(skb, 0), ChecksumHelpers.CsumLevel(skb, 1), ChecksumHelpers.CsumLevel(skb, 0), ChecksumHelpers.CsumLevel(skb, 1),
            ChecksumHelpers.CsumLevel(skb, 0), ChecksumHelpers.CsumLevel(skb, 2), ChecksumHelpers.CsumLevel(skb, 2), ChecksumHelpers.CsumLevel(skb, 0),
            ChecksumHelpers.CsumLevel(skb, 4), ChecksumHelpers.CsumUpdate(skb, 1))));
        _bed.Eth0.ReceiveChecksum = ChecksumState.Complete;
        Assert.True(At((_, skb) => ChecksumHelpers.CsumUpdate(skb, 0x10) == InternetChecksum.Add(InternetChecksum.Partial(_frame.AsSpan(14), 0), 0x10)));
    }

    [Theory]
    [InlineData(8, 0u, 0x200ul, -22L)]
    [InlineData(4096, 0u, 0ul, -14L)]
    [InlineData(-4096, 0u, 0ul, -14L)]
    [InlineData(int.MinValue, 0u, 0ul, -14L)]
    [InlineData(8, 2u, 0ul, -524L)]
    [InlineData(8, 0u, 128ul, -22L)]
    [InlineData(-8, 0u, 384ul, -22L)]
    [InlineData(-8, 0u, 2ul, -22L)]
    [InlineData(-29, 1u, 0ul, -524L)]
    [InlineData(-28, 1u, 0ul, 0L)]
    [InlineData(-9, 1u, 256ul, -524L)]
    [InlineData(20, 1u, 6ul, -22L)]
    [InlineData(20, 1u, 2ul | 24, -22L)]
    [InlineData(20, 1u, 2ul | 64, -22L)]
    [InlineData(13, 1u, (2ul | 64) | (14ul << 56), -22L)]
    [InlineData(34, 1u, (2ul | 64) | (14ul << 56), 0L)]
    [InlineData(0, 1u, 0ul, 0L)]
    public void AdjustRoom_Errors(int difference, uint mode, ulong flags, long expected) =>
        Assert.Equal(expected, At((x, skb) => AdjustRoom.Adjust(x, skb, difference, mode, flags)));

    [Theory, InlineData(4ul, 14), InlineData(4ul | 16, 54)]
    public void AdjustRoom_EncapIpv6_OpensRoomBehindTheEthernetHeader(ulong flags, int transport)
    {
        Assert.Equal((0L, -114L, (ushort)0xdd86, transport, true), At((x, skb) => (
            AdjustRoom.Adjust(x, skb, 40, 1, flags), AdjustRoom.Adjust(x, skb, 40, 1, 4), skb.Fields.Protocol,
            skb.Fields.TransportHeader - (int)(skb.Fields.Data - skb.Fields.Head),
            skb.Bytes[..12].SequenceEqual(_frame.AsSpan(0, 12)) && skb.Bytes[14..54].IndexOfAnyExcept((byte)0) < 0 && skb.Bytes[54..].SequenceEqual(_frame.AsSpan(14)))));
        Assert.Equal(_frame.Length + 40, _bed.Frames[^1].Length);
    }

    [Fact]
    public void AdjustRoom_GrowsIntoABigBufferUpToTheLimit()
    {
        Assert.Equal((0L, 0L, 0L, -524L, true), At((x, skb) => (
            AdjustRoom.Adjust(x, skb, 4095, 1, 0), AdjustRoom.Adjust(x, skb, 4095, 1, 0), AdjustRoom.Adjust(x, skb, 4095, 1, 0),
            AdjustRoom.Adjust(x, skb, 4095, 1, 0), skb.Bytes[12285..][14..].SequenceEqual(_frame.AsSpan(14)))));
    }

    [Fact]
    public void ChangeProto_ThereAndBack()
    {
        Assert.Equal((-22L, -524L, 0L, (ushort)0xdd86, 0L, true), At((x, skb) => (
            ResizeHelpers.ChangeProto(x, skb, 0xdd86, 1), ResizeHelpers.ChangeProto(x, skb, 0x0008, 0), ResizeHelpers.ChangeProto(x, skb, 0xdd86, 0),
            skb.Fields.Protocol, ResizeHelpers.ChangeProto(x, skb, 0x0008, 0), skb.Bytes.Length == _frame.Length && skb.Bytes[..14].SequenceEqual(_frame.AsSpan(0, 14)))));
    }

    [Fact]
    public void ChangeTail_Limits()
    {
        Assert.Equal((-22L, -22L, -22L, 0L, 14u, 0L, 16064u), At((x, skb) => (
            ResizeHelpers.ChangeTail(x, skb, 20, 1), ResizeHelpers.ChangeTail(x, skb, 16065, 0), ResizeHelpers.ChangeTail(x, skb, 13, 0),
            ResizeHelpers.ChangeTail(x, skb, 14, 0), Length(skb), ResizeHelpers.ChangeTail(x, skb, 16064, 0), Length(skb))));
        Assert.True(_bed.Frames[^1].AsSpan(14).IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void ChangeHead_Limits()
    {
        Assert.Equal((-22L, -22L, -22L, 0L, 0L, 28), At((x, skb) => (
            ResizeHelpers.ChangeHead(x, skb, 4, 1), ResizeHelpers.ChangeHead(x, skb, 16064, 0), ResizeHelpers.ChangeHead(x, skb, uint.MaxValue, 0),
            ResizeHelpers.ChangeHead(x, skb, 0, 0), ResizeHelpers.ChangeHead(x, skb, 14, 0), skb.NetworkOffset)));
    }

    [Fact]
    public void Vlan_PushTwiceAndPopTwice()
    {
        Assert.Equal((0L, 0L, (ushort)0x0081, _frame.Length + 4, 0L, (ushort)5, (ushort)0x0008, 0L, 0L, true), At((x, skb) => (
            VlanHelpers.Push(x, skb, 0x0081, 5), VlanHelpers.Push(x, skb, 0xa888, 6), skb.Fields.Protocol, skb.Bytes.Length,
            VlanHelpers.Pop(skb), skb.Fields.VlanTci, skb.Fields.Protocol, VlanHelpers.Pop(skb), VlanHelpers.Pop(skb),
            skb.Bytes.SequenceEqual(_frame) && skb.Fields.Vlan == 0)));
    }

    [Fact]
    public void Vlan_OfReceivedFrames_LiesBesideTheFrame_AndIsBackInDeliveredOnes()
    {
        var tagged = PacketBuilder.Ethernet(Bed.OtherMac, Bed.HostMac).Vlan(100, 3).Vlan(7).Ipv4("10.0.0.1", "10.0.0.2").Udp(1, 2).Build();
        Assert.Equal(((ushort)0x6064, (ushort)0x0081, (ushort)0x0081, tagged.Length - 4), _bed.At(tagged, (_, skb) => (
            skb.Fields.VlanTci, skb.Fields.VlanProtocol, skb.Fields.Protocol, skb.Bytes.Length)));
        Assert.Equal(tagged, _bed.Frames[^1]);
        _bed.Receive(tagged[..17]);
        Assert.Equal(DropReason.VlanCut, _bed.Last.Reason);
    }

    [Theory]
    [InlineData("02:00:00:00:00:01", PacketType.Host)]
    [InlineData("ff:ff:ff:ff:ff:ff", PacketType.Broadcast)]
    [InlineData("01:00:5e:00:00:01", PacketType.Multicast)]
    [InlineData("02:00:00:00:00:77", PacketType.OtherHost)]
    public void PacketType_FollowsTheDestination(string mac, PacketType expected) => Assert.Equal(expected, _bed.At(Bed.Udp(mac), (_, skb) => skb.Fields.PacketType));

    [Theory, InlineData(0x0600, 0, 0x0006), InlineData(0x05ff, 0, 0x0400), InlineData(0x0010, 0xffff, 0x0100), InlineData(0x0010, 0, 0x0400)]
    public void Protocol_LengthsAre802(int type, int next, int expected)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_frame.AsSpan(12), (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(_frame.AsSpan(14), (ushort)next);
        Assert.Equal((ushort)expected, At((_, skb) => skb.Fields.Protocol));
    }

    [Fact]
    public void TypeHashTimeEcn()
    {
        Assert.Equal((0L, -22L, -22L), At((_, skb) => (
            SkbStateHelpers.ChangeType(skb, 3), SkbStateHelpers.ChangeType(skb, 4), ((Func<long>)(() =>
            {
                skb.Fields.PacketType = PacketType.Outgoing;
                return SkbStateHelpers.ChangeType(skb, 0);
            }))())));
        Assert.Equal((0u, FlowHash.OfFrame(1, _frame), 5ul, 0u), At((x, skb) => (
            skb.Fields.Hash, (uint)SkbStateHelpers.GetHashRecalc(x, skb),
            ((Func<ulong>)(() =>
            {
                SkbStateHelpers.SetHash(skb, 5);
                return SkbStateHelpers.GetHashRecalc(x, skb);
            }))(), (uint)SkbStateHelpers.SetHashInvalid(skb) + skb.Fields.Hash)));
        Assert.Equal((0L, -22L, 0L, -22L), At((_, skb) => (
            SkbStateHelpers.SetTimestamp(skb, 0, 0), SkbStateHelpers.SetTimestamp(skb, 0, 1), SkbStateHelpers.SetTimestamp(skb, 1, 2), SkbStateHelpers.SetTimestamp(skb, 1, 3))));
        Assert.Equal(0, At((_, skb) => SkbStateHelpers.EcnSetCe(skb)));
    }

    [Theory, InlineData(1, 1), InlineData(2, 1), InlineData(3, 1), InlineData(0, 0)]
    public void EcnSetCe_KeepsTheChecksum(byte service, long expected)
    {
        var frame = PacketBuilder.Ethernet(Bed.OtherMac, Bed.HostMac).Ipv4("10.0.0.1", "10.0.0.2", typeOfService: service).Udp(1, 2).Build();
        Assert.Equal(expected, _bed.At(frame, (_, skb) => SkbStateHelpers.EcnSetCe(skb)));
        Assert.True(Ipv4View.TryParse(_bed.Frames[^1].AsSpan(14), out var ip));
        Assert.True(ip.ChecksumIsValid);
        Assert.Equal(expected == 1 ? 3 : 0, ip.TypeOfService & 3);
    }

    [Fact]
    public void LegacyLoads_ReadBigEndianAndNegativeBases()
    {
        Assert.Equal((0x0800L, 0x45L, 0x0200_0000L, -14L, -14L), At((_, skb) => (
            LegacyLoads.Load(skb.Address, 12, 2), LegacyLoads.Load(skb.Address, -0x100000, 1), LegacyLoads.Load(skb.Address, -0x200000, 4),
            LegacyLoads.Load(skb.Address, _frame.Length - 1, 2), LegacyLoads.Load(skb.Address, -1 - 0x200000, 1))));
    }

    [Theory, InlineData(0), InlineData(13), InlineData(14), InlineData(3520), InlineData(3521), InlineData(65535), InlineData(65536), InlineData(262144)]
    public void HostileSizes_EndSomewhere(int bytes)
    {
        var frame = new byte[bytes];
        _bed.Receive(frame);
        var reason = bytes < 14 ? DropReason.TooShort : bytes > 65535 ? DropReason.TooLong : DropReason.None;
        Assert.Equal(reason, _bed.Last.Reason);
        _bed.Network.Transmit(_bed.Eth0, frame, 1);
        Assert.Equal((2, reason), (_bed.Outcomes.Count, _bed.Last.Reason));
    }
}
