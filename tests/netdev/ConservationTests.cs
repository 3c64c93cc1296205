using CsCheck;
using Netdev.Devices;
using Netdev.Helpers;
using Netdev.Skbs;

namespace Tests.NetDev;

/// <summary>Whatever programs do: every packet and every copy ends exactly once, and no buffer is lost.</summary>
public sealed class ConservationTests
{
    private sealed class Ledger : IPacketObserver
    {
        public readonly Dictionary<ulong, int> Ends = [];

        public long Entered, Refused;

        void IPacketObserver.Entered(NetContext x, NetDevice device, Skb skb)
        {
            Entered++;
            Assert.True(Ends.TryAdd(skb.Fields.Id, 0), "packet ids are unique");
        }

        void IPacketObserver.ProgramStarts(NetContext x, NetDevice device, HookPoint hook, Vm.Runtime.ExecutableProgram program, Skb skb)
        {
            ref var fields = ref skb.Fields;
            Assert.Equal(fields.DataEnd - fields.Data, fields.Length);
            Assert.True(fields.DataMeta >= fields.Head && fields.DataEnd <= fields.Limit);
            Assert.True(x.Pool.Allows(fields.DataMeta, (int)(fields.DataEnd - fields.DataMeta), Vm.Memory.MemoryAccess.Write));
            Assert.False(x.Pool.Allows(fields.DataEnd, 1, Vm.Memory.MemoryAccess.Read));
            Assert.False(x.Pool.Allows(fields.DataMeta - 1, 1, Vm.Memory.MemoryAccess.Read));
        }

        void IPacketObserver.ProgramEnded(NetContext x, NetDevice device, HookPoint hook, Vm.Runtime.ExecutableProgram program, Skb skb, int verdict)
        {
        }

        void IPacketObserver.Ended(NetContext x, in PacketOutcome outcome, ReadOnlySpan<byte> frame)
        {
            Assert.Equal(outcome.End == PacketEnd.Dropped, outcome.Reason != DropReason.None);
            if (outcome.PacketId == 0) Refused++;
            else Ends[outcome.PacketId]++;
        }
    }

    private static int Act(NetContext x, Skb skb, Random random, int[] ifindexes)
    {
        uint target = (uint)ifindexes[random.Next(ifindexes.Length)];
        for (int i = random.Next(4); i > 0; i--)
        {
            uint length = (uint)random.Next(17000);
            switch (random.Next(10))
            {
                case 0: RedirectHelpers.CloneRedirect(x, skb, target, (ulong)random.Next(2)); break;
                case 1: AdjustRoom.Adjust(x, skb, random.Next(-4095, 4096), (uint)random.Next(2), (ulong)random.Next(512)); break;
                case 2: ResizeHelpers.ChangeTail(x, skb, length, 0); break;
                case 3: ResizeHelpers.ChangeHead(x, skb, length, 0); break;
                case 4: VlanHelpers.Push(x, skb, 0x0081, length); break;
                case 5: VlanHelpers.Pop(skb); break;
                case 6: ResizeHelpers.ChangeProto(x, skb, 0xdd86, 0); break;
                case 7: ResizeHelpers.ChangeProto(x, skb, 0x0008, 0); break;
                case 8: SkbDataHelpers.StoreBytes(skb, length % 64, new byte[random.Next(1, 40)], (ulong)random.Next(4)); break;
                default: RedirectHelpers.RedirectNeigh(x, target, [], 0); break;
            }
        }
        switch (random.Next(8))
        {
            case 0: return -1;
            case 1: return 2;
            case 2: return (int)RedirectHelpers.RedirectPeer(x, target, 0);
            case 3: case 4: return (int)RedirectHelpers.Redirect(x, target, (ulong)random.Next(2));
            case 5: return random.Next(-3, 12);
            default: return 0;
        }
    }

    private static int ActXdp(NetContext x, XdpBuff xdp, Random random, int[] ifindexes)
    {
        XdpHelpers.AdjustHead(xdp, random.Next(-260, 260));
        XdpHelpers.AdjustMeta(xdp, -random.Next(64));
        XdpHelpers.AdjustTail(xdp, random.Next(-4000, 4000));
        if (random.Next(3) == 0) return (int)XdpHelpers.Redirect(x, (uint)ifindexes[random.Next(ifindexes.Length)], 0);
        return random.Next(6);
    }

    [Fact]
    public void EveryPacketEndsOnce_WhateverProgramsDo() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var ledger = new Ledger();
        using var network = new Network { Observer = ledger };
        var other = network.AddNamespace("other");
        network.AddDevice("e0");
        network.AddDevice("e1");
        network.AddVethPair("v0", "v1");
        network.AddVethPair("w0", "w1", null, other);
        int[] ifindexes = [.. network.Devices.Select(device => device.Ifindex), 99];
        foreach (var device in network.Devices)
        {
            device.IsUp = random.Next(10) > 0;
            device.ReceiveChecksum = (ChecksumState)random.Next(3);
            if (random.Next(4) > 0) device.Ingress.Attach(Bed.Tc("in", (x, skb) => Act(x, skb, random, ifindexes)));
            if (random.Next(4) > 0) device.Egress.Attach(Bed.Tc("out", (x, skb) => Act(x, skb, random, ifindexes)));
            if (random.Next(3) == 0) device.AttachXdp(Bed.Xdp("xdp", (x, xdp) => ActXdp(x, xdp, random, ifindexes)));
        }
        const int Packets = 20;
        for (int i = 0; i < Packets; i++)
        {
            var frame = Bed.Udp(payload: random.Next(4) == 0 ? random.Next(65000) : random.Next(100));
            if (random.Next(8) == 0) frame = frame[..random.Next(frame.Length)];
            var device = network.Devices[random.Next(network.Devices.Count)];
            if (random.Next(2) == 0) network.Receive(device, frame, i);
            else network.Transmit(device, frame, i);
        }
        Assert.All(ledger.Ends, end => Assert.Equal(1, end.Value));
        Assert.Equal(network.Cpus[0].PacketsEntered, (ulong)ledger.Entered);
        Assert.Equal(ledger.Entered + ledger.Refused, network.Devices.Sum(device => device.Counters() is var c ? c.Delivered + c.Transmitted + c.Drops : 0));
        Assert.Equal((0, 0, 0, 0, 0), (network.Cpus[0].Pool.InUse, network.Cpus[0].Pool.BigInUse, network.Cpus[0].Backlog, network.Cpus[0].HookDepth, network.Cpus[0].TransmitDepth));
    }, iter: 300, threads: 1);

    [Fact]
    public void SeveralCpus_CountTheSameTotals()
    {
        static (long, long, long) Run(int cpus)
        {
            using var network = new Network(cpus);
            var e0 = network.AddDevice("e0");
            var (a, b) = network.AddVethPair("a", "b");
            e0.Ingress.Attach(Bed.Tc("split", (x, skb) => skb.Bytes[^1] % 3 == 0 ? 2 : RedirectHelpers.Redirect(x, (uint)a.Ifindex, 0)));
            for (int i = 0; i < 300; i++)
            {
                var frame = Netdev.Wire.PacketBuilder.Ethernet(Bed.OtherMac, Bed.HostMac).Ipv4("10.0.0.1", "10.0.0.2").Udp(i, 53).Payload([(byte)i]).Build();
                network.Receive(e0, frame, i);
            }
            Assert.All(network.Cpus, cpu => Assert.True(cpu.PacketsEntered > 0));
            return (b.Counters().Delivered, e0.Counters().DropsFor(DropReason.TcIngress), e0.Counters().RxBytes);
        }
        Assert.Equal(Run(1), Run(4));
    }
}
